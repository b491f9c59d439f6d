"""Run-true lineage: each run's inputs at the version that it read, whatever was written since."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.errors import InputError, LimitExceeded, NotFound
from lineage.facts import Direction
from lineage.query.answers import ReasonCode
from lineage.query.resolve import JobRef, NodeRef
from lineage.query.run_lineage import ReadHow, RunLineage
from tests.ml.world import World, at_us, dataset, mention, model, run_event, version

UP, DOWN = Direction.UPSTREAM, Direction.DOWNSTREAM


def written(name: str, number: str) -> dict[str, object]:
    return mention(name, version={"datasetVersion": number})


def load(run: str, hours: float, version_: str | None = None) -> dict[str, object]:
    out = written("features", version_) if version_ else mention("features")
    return run_event("load", run, hours, inputs=[mention("raw")], outputs=[out])


def train(number: str, hours: float, *inputs: dict[str, object], start: float | None = None) -> list[dict[str, object]]:
    told = list(inputs) or [mention("features")]
    events = [run_event("train", f"t{number}", hours, inputs=told, outputs=[model("churn", number)])]
    if start is not None:
        events.insert(0, run_event("train", f"t{number}", start, "START", inputs=told))
    return events


def asked(world: World, ref: NodeRef, direction: Direction = UP, **options: object) -> RunLineage:
    return world.questions.run_lineage(ref, direction, **options)  # type: ignore[arg-type]


def reads(answer: RunLineage) -> dict[tuple[str, str], tuple[str | None, str | None, ReadHow]]:
    """(run, dataset) -> (the run that wrote it, its version, how that is known)."""
    runs = {page.node.id: page.run_id for page in answer.runs}
    versions = {each.key: each for each in answer.versions}
    return {
        (runs[read.run], versions[read.version].dataset.name): (
            runs.get(versions[read.version].run or ""),  # type: ignore[arg-type]
            versions[read.version].version,
            read.how,
        )
        for read in answer.reads
    }


def test_a_model_version_leads_to_the_data_as_it_was_at_its_training() -> None:
    """Not to what was loaded since; and the answer says that nobody told the version."""
    world = World([load("l1", 1), *train("1", 2), load("l2", 3), *train("2", 4)])
    first, second = asked(world, version("churn", "1")), asked(world, version("churn", "2"))
    assert reads(first)["t1", "features"] == ("l1", None, ReadHow.LAST_WRITE)
    assert reads(second)["t2", "features"] == ("l2", None, ReadHow.LAST_WRITE)
    assert reads(first)["l1", "raw"] == (None, None, ReadHow.NEVER_WRITTEN)
    assert [reason.code for reason in first.completeness.reasons] == [ReasonCode.UNVERSIONED]
    root = {each.key: each for each in first.versions}[first.root or ""]
    assert (root.dataset.name, root.version, root.distance) == ("churn@1", "1", 0)


def test_the_version_that_a_producer_told_wins_over_the_last_write() -> None:
    """Also when a newer one was there already (Marquez #2733), and when it is told again and again."""
    world = World([load("l1", 1, "v1"), load("l2", 2, "v2"), *train("1", 3, written("features", "v1"))])
    answer = asked(world, version("churn", "1"))
    assert reads(answer)["t1", "features"] == ("l1", "v1", ReadHow.REPORTED)
    assert answer.completeness.reasons == ()


def test_a_version_that_nobody_is_known_to_have_written_is_named_all_the_same() -> None:
    """A snapshot id that only the reader tells."""
    world = World([load("l1", 1, "v1"), *train("1", 3, written("features", "v0"))])
    assert reads(asked(world, version("churn", "1")))["t1", "features"] == (None, "v0", ReadHow.REPORTED)


def test_a_write_that_ended_after_the_run_began_was_not_read() -> None:
    """The training began at 2.5; the load of 3 had begun before that, but its data was not there."""
    world = World([load("l1", 1), run_event("load", "l2", 2, "START", inputs=[mention("raw")]), load("l2", 3)])
    for event in train("1", 4, start=2.5):
        world.take(event)
    assert reads(asked(world, version("churn", "1")))["t1", "features"][0] == "l1"


def test_failed_and_distrusted_writes_are_not_what_was_read() -> None:
    """What did not count was not there."""
    failed = run_event("load", "l2", 1.5, "FAIL", inputs=[mention("raw")], outputs=[mention("features")])
    world = World([load("l1", 1), failed, *train("1", 2)])
    assert reads(asked(world, version("churn", "1")))["t1", "features"][0] == "l1"


def test_downstream_of_a_version_are_the_runs_that_read_just_it() -> None:
    """Those that began before the next write, and those that told its version whenever they ran."""
    world = World([load("l1", 1, "v1"), *train("1", 2), load("l2", 3, "v2"), *train("2", 4)])
    for event in train("3", 5, written("features", "v1")):
        world.take(event)
    reached = {each.dataset.name for each in asked(world, version("features", "v1"), DOWN).versions}
    assert reached == {"features", "churn@1", "churn@3"}
    latest = {each.dataset.name for each in asked(world, dataset("features"), DOWN).versions}
    assert latest == {"features", "churn@2"}


def test_a_run_can_be_asked_about_both_ways() -> None:
    """What it read, and what was made of what it wrote."""
    world = World([load("l1", 1), *train("1", 2)])
    job = world.questions.find(NodeRef(job=JobRef("jobs", "load")))
    run = world.questions.run("jobs", "load", "l1").node
    answer = asked(world, NodeRef(id=run.id), Direction.BOTH)
    assert {each.dataset.name for each in answer.versions} == {"raw", "features", "churn@1"}
    assert answer.root is None
    with pytest.raises(InputError):
        asked(world, NodeRef(id=job.id))


def test_depth_and_limit_cut_and_say_so() -> None:
    """A hop is a run."""
    world = World([load("l1", 1), *train("1", 2)])
    near = asked(world, version("churn", "1"), depth=1)
    assert {each.dataset.name for each in near.versions} == {"churn@1", "features"}
    assert ReasonCode.DEPTH in {reason.code for reason in near.completeness.reasons}
    few = asked(world, version("churn", "1"), limit=1)
    assert len(few.versions) == 1
    assert ReasonCode.NODES in {reason.code for reason in few.completeness.reasons}
    with pytest.raises(LimitExceeded):
        asked(world, version("churn", "1"), limit=0)
    with pytest.raises(NotFound):
        asked(world, dataset("raw"))


def test_a_table_that_is_rewritten_from_itself_leads_back_through_its_history() -> None:
    """Each run's version leads to the one before: no loop, and no end before the first."""
    runs = [run_event("grow", f"g{n}", n, inputs=[mention("log")], outputs=[mention("log")]) for n in range(1, 6)]
    answer = asked(World(runs), dataset("log"))
    chain = reads(answer)
    assert [chain[f"g{n}", "log"][0] for n in range(5, 1, -1)] == ["g4", "g3", "g2", "g1"]
    assert chain["g1", "log"] == (None, None, ReadHow.NEVER_WRITTEN)


TIMES = st.lists(st.tuples(st.booleans(), st.integers(0, 40)), min_size=1, max_size=14)


@settings(max_examples=60)
@given(TIMES, st.randoms())
def test_any_history_in_any_order_gives_the_last_write_before(steps: list[tuple[bool, int]], random: object) -> None:
    """Against the plain rule: of the loads that had ended when a training began, the last."""
    loads = {f"l{n}": hour for n, (is_load, hour) in enumerate(steps) if is_load}
    trainings = {str(n): hour for n, (is_load, hour) in enumerate(steps) if not is_load}
    events = [load(run, hour) for run, hour in loads.items()]
    events += [event for number, hour in trainings.items() for event in train(number, hour)]
    random.shuffle(events)  # type: ignore[attr-defined]
    world = World(events)
    for number, hour in trainings.items():
        before = [(at_us(end), run) for run, end in loads.items() if end <= hour]
        found = reads(asked(world, version("churn", number)))[f"t{number}", "features"]
        if not before:
            assert found == (None, None, ReadHow.NEVER_WRITTEN)
        else:
            assert found[2] is ReadHow.LAST_WRITE
            assert loads[found[0] or ""] == max(loads[run] for _, run in before)
