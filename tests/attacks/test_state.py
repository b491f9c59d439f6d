"""The projector's own tables edited: no edge of the graph changes, but counts of evidence, runs and search would lie."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from collectors.openlineage import read
from collectors.sql.columns import read_columns
from lineage.access.principal import Principal
from lineage.erasure import Eraser, Selection
from lineage.ledger import Ledger
from lineage.projector import follow
from lineage.store import open_store
from tests.attacks.company import SIZE, Company, command
from tests.attacks.conftest import Fsck

OTHERS = "(SELECT content FROM state_run_event ORDER BY run DESC LIMIT 1)"


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        (f"UPDATE state_run_event SET content = {OTHERS} WHERE run = 1", "state_run_event"),
        ("DELETE FROM state_run WHERE id = 5", "state_run"),
        ("UPDATE state_run SET run = 'another' WHERE id = 5", "state_run"),
        ("UPDATE state_entry SET last_us = last_us + 1 WHERE id = 5", "state_entry"),
        ("UPDATE state_tally SET runs = runs + 1", "state_tally"),
        ("UPDATE state_entry SET set_id = set_id % 3 + 1 WHERE id = 5", "state_entry"),
        ("UPDATE state_member SET known_to = 5", "state_member"),
        ("DELETE FROM state_output WHERE unit = (SELECT min(unit) FROM state_output)", "state_output"),
        ("INSERT INTO state_aside VALUES (5, 'of no importance')", "state_aside"),
        ("INSERT INTO state_statement VALUES (5, 'annotate', x'7b7d', 0)", "state_statement"),
        ("UPDATE state_name SET first_us = 0", "state_name"),
        (
            "DELETE FROM graph_spelling WHERE word = (SELECT min(id) FROM graph_word)",
            "graph_spelling",
        ),
        ("UPDATE graph_word SET word = 'hidden' WHERE id = 3", "graph_spelling"),
        ("DROP TABLE state_set", "cannot be read"),
    ],
)
def test_a_table_of_the_projector_edited(company: Company, fsck: Fsck, statement: str, table: str) -> None:
    """Each is named with a row that does not fit."""
    with company.administrator("state.sqlite") as database:
        database.execute(statement)
        assert database.total_changes or statement.startswith("DROP")
    found = fsck("--graph")
    assert any(each.startswith("9: state.sqlite") and table in each for each in found), found


def test_a_state_that_is_behind_is_a_gap(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody tampered with what is still to be done."""
    company.work(SIZE, SIZE + 3)
    assert command("fsck", "--data", company.data, "--policy", company.policy, "--graph") == 4
    assert f"state.sqlite holds {SIZE} of {SIZE + 3} entries" in capsys.readouterr().out


def followed(company: Company) -> None:
    """What the projector's process does, until the graph has all."""

    def is_done() -> bool:
        if not (company.data / "state.sqlite").exists():
            return False
        with (
            closing(open_store("sqlite:", company.data, read_only=True)) as store,
            Ledger.open(company.ledger_path, read_only=True) as ledger,
        ):
            return store.applied() >= ledger.size()

    follow(company.data, "sqlite:", read, analyse=read_columns, wait=lambda _: None, stop=is_done)


def test_a_state_that_grew_beside_the_ledger_raises_no_alarm(tmp_path: Path) -> None:
    """In pieces, with an erasure that folds it again, and more after that: a replay at once gives the same tables."""
    company = Company(tmp_path / "data", tmp_path / "outside")
    company.outside.mkdir()
    company.work(0, 40)
    company.project()
    for begin in (40, 55, 80):
        company.work(begin, begin + 15)
        followed(company)
    with Ledger.open(company.ledger_path) as ledger:
        eraser = Eraser(ledger, lambda: ledger.time_of(ledger.size() - 1))
        receipt, _ = eraser.propose(Selection(entries=((5, 9),)), "law", "DSR-1", Principal(actor="ann"))
        eraser.approve(receipt.index, Principal(actor="bob"))
    followed(company)
    company.work(20, 50)  # some of it told again
    followed(company)
    assert command("fsck", "--data", company.data, "--policy", company.policy, "--graph") == 0
