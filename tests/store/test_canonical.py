"""The export as text: one graph, one text, whatever came first and wherever it is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from lineage.facts import Change, Fact, Interval, NodeKind
from lineage.moment import FOREVER, Moment
from lineage.seen import Seen
from lineage.store import GraphStore
from lineage.store.canonical import digest, export_lines
from lineage.store.memory import MemoryStore
from tests.store import world
from tests.store.world import DATASETS, JOB_IDS, NODES, feeds, name_fact, open_change

A, B, C, _ = DATASETS
DAY = Interval(1_700_000_000_000_000, FOREVER)


class SeenTwice:
    """Evidence that says the same of every fact, and remembers how it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, Moment]] = []

    def seen(self, facts: Sequence[Fact], at: Moment) -> list[Seen]:
        self.asked.append((len(facts), at))
        return [Seen(1_700_000_000_000_000, 1_700_000_000_500_000, 2, True, False, None, (4, 5)) for _ in facts]


def test_a_line_tells_a_fact_without_the_ledger(store: GraphStore) -> None:
    """Keys are sorted, times are ISO, an open end is null, and no index is in it; nodes follow the facts."""
    store.apply([open_change(7, (feeds(A, B, value='{"because":"é"}'), DAY))], 9)
    first, *rest = export_lines(store, history=False)
    assert first == (
        '{"certainty":"CERTAIN","evidence":"OBSERVED","flow":"VALUE","job":"' + JOB_IDS[0] + '","label":"TABLE",'
        f'"masking":false,"object":"{B}","producer":"p","relation":"FEEDS","subject":"{A}",'
        f'"unit":"write|{JOB_IDS[0]}|{B}","valid_from":"2023-11-14T22:13:20Z","valid_to":null,"value":{{"because":"é"}}}}'
    )
    assert [json.loads(line)["node"] for line in rest] == sorted([A, B, JOB_IDS[0]])


def test_history_adds_the_known_bounds(store: GraphStore) -> None:
    """Only the export with history tells when the ledger taught what, superseded versions included."""
    version = (feeds(A, B), DAY)
    store.apply([open_change(0, version), Change(2, (), (version,), ())], 4)
    assert list(export_lines(store, history=False)) == []
    line = json.loads(next(export_lines(store, history=True)))
    assert (line["known_from"], line["known_to"]) == (1, 3)


def test_evidence_is_asked_in_batches_and_told_on_edges_only(store: GraphStore) -> None:
    """First and last seen and the run count stand on what runs repeat, as known at the exported size."""
    store.apply([open_change(0, (feeds(A, B), DAY), (name_fact(NodeKind.DATASET, A, A, "n", "a"), DAY))], 3)
    seen = SeenTwice()
    edge, name, *_ = (json.loads(line) for line in export_lines(store, history=False, seen=seen))
    assert (edge["first_seen"], edge["last_seen"]) == ("2023-11-14T22:13:20Z", "2023-11-14T22:13:20.500000Z")
    assert edge["run_count"] == 2
    assert "run_count" not in name
    assert seen.asked == [(1, Moment(None, 3))]


def test_what_a_merge_left_behind_is_not_exported(store: GraphStore) -> None:
    """A node that no exported fact names is no part of the graph; with history it is, while an old version names it."""
    version = (feeds(A, B), DAY)
    store.apply([open_change(0, version), Change(1, (NODES[C],), (version,), ())], 2)
    assert list(export_lines(store, history=False)) == []
    named = {json.loads(line).get("node") for line in export_lines(store, history=True)}
    assert named == {None, A, B, JOB_IDS[0]}


def test_the_digest_is_of_the_lines(store: GraphStore) -> None:
    """`headwater graph export | sha256sum` is `headwater graph digest`."""
    store.apply([open_change(0, (feeds(A, B), DAY))], 1)
    text = "".join(line + "\n" for line in export_lines(store, history=True))
    assert digest(store, True) == hashlib.sha256(text.encode()).hexdigest() != digest(store, False)


@given(st.sets(st.integers(0, len(world.POOL) - 1), min_size=1, max_size=60), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_show(numbers: set[int], chance: Random) -> None:
    """The same facts in any order and split, with detours that were closed again, give the same text."""
    straight, winding = MemoryStore(), MemoryStore()
    straight.apply(world.history([numbers]), 1)
    shuffled = sorted(numbers)
    chance.shuffle(shuffled)
    detour = set(chance.sample(range(len(world.POOL)), 10)) - numbers
    toggles = [detour, *({number} for number in shuffled), detour]
    winding.apply(world.history(toggles), len(toggles))
    assert list(export_lines(straight, history=False)) == list(export_lines(winding, history=False))
    assert digest(straight, False) == digest(winding, False)
