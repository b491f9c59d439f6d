"""A graph's file that somebody edited by hand fails in words."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from lineage.errors import StoreError
from lineage.facts import Change, Fact, Interval, Node, NodeKind, Relation
from lineage.ids import dataset_id
from lineage.moment import FOREVER, Moment
from lineage.store.sqlite import SqliteStore


def test_a_text_that_was_taken_out_is_said(tmp_path: Path) -> None:
    """A row that names it is damage, with what to do about it, and no fault of ours."""
    node = Node(dataset_id("n", "x"), NodeKind.DATASET, "n", "x")
    fact = Fact(Relation.PROPERTY, node.id, "", "unit", label="tag", value="[]")
    with SqliteStore(tmp_path / "state.sqlite") as store:
        store.bind("test")
        store.apply([Change(0, (node,), (), ((fact, Interval(0, FOREVER)),))], 1)
    with sqlite3.connect(tmp_path / "state.sqlite") as connection:
        connection.execute("DELETE FROM graph_text WHERE text = 'tag'")
    connection.close()
    with SqliteStore(tmp_path / "state.sqlite") as store, pytest.raises(StoreError, match="graph rebuild"):
        store.facts([node.id], (Relation.PROPERTY,), Moment(None, 1))
