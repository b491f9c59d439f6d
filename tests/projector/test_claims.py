"""Reading one set of claims: how often names are looked up, whatever their number."""

from __future__ import annotations

import pytest

from lineage.claims import ClaimSet, Place, said
from lineage.events import RawName
from lineage.facts import Certainty, EvidenceKind, Relation
from lineage.ids import dataset_id, job_id


class Counting:
    """Every name is a dataset of its own; counts who asks."""

    def __init__(self) -> None:
        self.asked = 0

    def dataset(self, name: RawName) -> Place:
        self.asked += 1
        return Place(dataset_id(name.namespace, name.name), name)

    def schemas(self, _dataset: Place) -> tuple[frozenset[str], ...]:
        return ()

    columns = spellings = analyse = None


@pytest.mark.parametrize("outputs", [1, 3])
def test_a_run_with_many_inputs_looks_up_each_a_few_times(outputs: int) -> None:
    """Not each once for every other: 10,000 inputs would hold up the graph for minutes."""
    many = tuple(RawName("db", f"s.t{n}") for n in range(1000))
    made = tuple(RawName("db", f"s.o{n}") for n in range(outputs))
    view = Counting()
    output = Place(dataset_id("db", "s.o0"), made[0])
    job = Place(job_id("etl", "load"), RawName("etl", "load"))
    claims = ClaimSet(many, made, None, None, None)
    facts = said(claims, "u", output, job, view, EvidenceKind.OBSERVED).coarse  # type: ignore[arg-type]
    feeds = [f for f in facts if f.relation is Relation.FEEDS]
    assert len(feeds) == len(many)
    assert {f.certainty for f in feeds} == {Certainty.CERTAIN if outputs == 1 else Certainty.POSSIBLE}
    assert view.asked < 5 * len(many)
