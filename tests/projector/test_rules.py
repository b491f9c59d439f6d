"""Design 3 and 4 rule by rule, each in one small history."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from lineage.events import ColumnClaim, Event, Lifecycle, Mention, ParentRun, RawName, Role, SchemaColumn
from lineage.facts import Certainty, EvidenceKind, Fact, Flow, Interval, Relation
from lineage.ids import column_id, dataset_id, job_id
from lineage.moment import FOREVER
from lineage.projector.engine import Engine
from lineage.statements import AliasStatement, Distrust, DistrustStatement, FactStatement, Op
from tests.projector.histories import (
    APP,
    CHECK,
    DAG,
    DB,
    FACTS,
    LAKE,
    LOAD,
    RDD,
    RULES,
    SQL,
    TABLES,
    Step,
    Word,
    event,
    instant,
)
from tests.projector.projection import Projection

A, B, C, D = TABLES
Spans = list[tuple[float, float | None]]
FAILED_AND_OPEN = ("FAIL", "ABORT", "START")


def copies(column: str, source: RawName = A, flow: Flow = Flow.VALUE) -> ColumnClaim:
    """The column of the source goes into the output's column of the same name."""
    return ColumnClaim(column, source, column, flow, "IDENTITY", masking=False, typed=True)


def schema(*names: str) -> tuple[SchemaColumn, ...]:
    return tuple(SchemaColumn(name, "int", ordinal) for ordinal, name in enumerate(names, start=1))


def flow(
    sources: Sequence[RawName],
    target: RawName | None,
    *columns: ColumnClaim,
    schema: tuple[SchemaColumn, ...] | None = None,
    lifecycle: Lifecycle | None = None,
    previous: RawName | None = None,
) -> list[Mention]:
    """Inputs, and one output."""
    read = [Mention(source, Role.INPUT) for source in sources]
    if target is None:
        return read
    return [
        *read,
        Mention(
            target, Role.OUTPUT, columns=schema, claims=columns or None, lifecycle=lifecycle, previous=previous, real=True
        ),
    ]  # fmt: skip


def part(
    seconds: float, type: str, job: RawName, run: str, mentions: Sequence[Mention] = (), above: str = "a1"
) -> Event:
    """An event of a technical run below the application's run."""
    return event(seconds, type, job, run, mentions, technical=True, parent=ParentRun(APP, above))


class Seen:
    """The graph after a history, asked in seconds."""

    def __init__(self, *steps: Step) -> None:
        with Projection(steps) as projection:
            self.graph = projection.graph()

    def facts(self, relation: Relation) -> list[Fact]:
        return [fact for fact in self.graph if fact.relation is relation]

    def fact(self, relation: Relation, subject: str, object: str) -> Fact:
        (found,) = [f for f in self.facts(relation) if (f.subject, f.object) == (subject, object)]
        return found

    def spans(self, relation: Relation, subject: str, object: str) -> Spans:
        """When a fact held, whoever says so, in seconds; None: it lasts."""
        return sorted(
            (seconds(span), until(span))
            for fact, spans in self.graph.items()
            if (fact.relation, fact.subject, fact.object) == (relation, subject, object)
            and fact.evidence is not EvidenceKind.ATTEMPTED
            for span in spans
        )

    def feeds(self, source: RawName, target: RawName) -> Spans:
        return self.spans(Relation.FEEDS, node(source), node(target))

    def derives(self, source: RawName, target: RawName, column: str = "x") -> Spans:
        return self.spans(Relation.DERIVES, col(source, column), col(target, column))

    def attempts(self, run: str) -> list[str]:
        """What is told of each attempt of a run."""
        told = [f for f in self.facts(Relation.RUN) if f'"runId":"{run}"' in f.value]
        return [f.label for f in sorted(told, key=lambda f: f.value.partition('"attempt":')[2])]

    def attempted(self, source: RawName, target: RawName) -> bool:
        """Whether an edge is there only because somebody tried."""
        return any(
            f.evidence is EvidenceKind.ATTEMPTED and (f.subject, f.object) == (node(source), node(target))
            for f in self.facts(Relation.FEEDS)
        )


def seconds(span: Interval) -> float:
    return (span.from_us - instant(0)) / 1e6


def until(span: Interval) -> float | None:
    return None if span.to_us == FOREVER else (span.to_us - instant(0)) / 1e6


def node(name: RawName) -> str:
    return dataset_id(name.namespace, name.name)


def col(name: RawName, column: str) -> str:
    return column_id(dataset_id(name.namespace, name.name), column)


# Runs and attempts


def test_a_start_after_an_end_opens_a_new_attempt() -> None:
    """Run ids are used again: each START after an end counts as one more attempt."""
    seen = Seen(
        event(0, "START", LOAD, "r", flow([A], B)),
        event(5, "FAIL", LOAD, "r"),
        event(7, "START", LOAD, "r", flow([A], B)),
        event(9, "COMPLETE", LOAD, "r"),
    )
    assert seen.attempts("r") == ["FAIL", "COMPLETE"]
    assert seen.feeds(A, B) == [(9, None)]


def test_attempts_are_counted_by_event_time() -> None:
    """The first attempt to happen is the first, although it arrives last."""
    seen = Seen(
        event(70, "START", LOAD, "r"),
        event(75, "COMPLETE", LOAD, "r"),
        event(0, "START", LOAD, "r"),
        event(5, "ABORT", LOAD, "r"),
    )
    assert seen.attempts("r") == ["ABORT", "COMPLETE"]


@pytest.mark.parametrize(("gap", "attempts"), [(0.01, ["FAIL"]), (59, ["FAIL"])])
def test_fail_and_complete_at_once_is_one_failed_attempt(gap: float, attempts: list[str]) -> None:
    """Spark says both within milliseconds: the failure counts, in whatever order they come."""
    told = [event(0, "FAIL", LOAD, "r", flow([A], B)), event(gap, "COMPLETE", LOAD, "r", flow([A], B))]
    assert Seen(*told).attempts("r") == attempts
    assert Seen(*reversed(told)).feeds(A, B) == []


def test_a_complete_long_after_a_complete_is_an_attempt_of_its_own() -> None:
    """A minute later without a START: the id was used again."""
    seen = Seen(event(0, "COMPLETE", LOAD, "r", flow([A], B)), event(60, "COMPLETE", LOAD, "r", flow([C], B)))
    assert seen.attempts("r") == ["COMPLETE", "COMPLETE"]
    assert seen.feeds(A, B) == [(0, 60)]
    assert seen.feeds(C, B) == [(60, None)]


def test_a_stream_counts_from_its_first_running() -> None:
    """It may never end."""
    seen = Seen(
        event(0, "START", LOAD, "r", flow([A], B), streaming=True),
        event(2, "RUNNING", LOAD, "r", streaming=True),
        event(9, "RUNNING", LOAD, "r", streaming=True),
    )
    assert seen.feeds(A, B) == [(2, None)]


@pytest.mark.parametrize("type", FAILED_AND_OPEN)
def test_what_only_attempts_say_is_kept_apart(type: str) -> None:
    """A run that failed, was aborted or has only begun is no evidence of a flow, only of an attempt."""
    seen = Seen(event(0, type, LOAD, "r", flow([A], B)))
    assert seen.feeds(A, B) == []
    assert seen.attempted(A, B)


@pytest.mark.parametrize("type", FAILED_AND_OPEN)
def test_an_attempt_shows_no_edge_beside_an_observed_one(type: str) -> None:
    """Not even when the observed fact has ended since."""
    seen = Seen(
        event(0, "COMPLETE", LOAD, "r1", flow([A], B)),
        event(1, "COMPLETE", LOAD, "r2", flow([C], B)),
        event(2, type, LOAD, "r3", flow([A], B)),
    )
    assert not seen.attempted(A, B)


# Sources of writes


def test_the_last_run_that_wrote_a_dataset_says_what_it_holds() -> None:
    """What the run before read, and this one did not, has ended."""
    seen = Seen(event(0, "COMPLETE", LOAD, "r1", flow([A], B)), event(5, "COMPLETE", LOAD, "r2", flow([C], B)))
    assert seen.feeds(A, B) == [(0, 5)]
    assert seen.feeds(C, B) == [(5, None)]


def test_a_run_that_wrote_something_else_closes_nothing() -> None:
    """A loader that wrote another table today has not lost yesterday's."""
    seen = Seen(event(0, "COMPLETE", LOAD, "r1", flow([A], B)), event(5, "COMPLETE", LOAD, "r2", flow([A], C)))
    assert seen.feeds(A, B) == [(0, None)]


def test_a_late_event_takes_its_place_in_time() -> None:
    """It is known late, and holds from when it happened until the next run."""
    seen = Seen(event(5, "COMPLETE", LOAD, "r2", flow([C], B)), event(0, "COMPLETE", LOAD, "r1", flow([A], B)))
    assert seen.feeds(A, B) == [(0, 5)]


def test_many_inputs_and_outputs_without_columns_are_possible_only() -> None:
    """A pairing that nobody told is guessed, and says so; with one output nothing is guessed."""
    mentions = [*flow([A, B], C), *flow([], D)]
    many = Seen(event(0, "COMPLETE", LOAD, "r", mentions)).fact(Relation.FEEDS, node(A), node(C))
    assert (many.certainty, many.evidence) == (Certainty.POSSIBLE, EvidenceKind.INFERRED)
    one = Seen(event(0, "COMPLETE", LOAD, "r", flow([A, B], C))).fact(Relation.FEEDS, node(A), node(C))
    assert one.certainty is Certainty.CERTAIN


def test_a_job_without_outputs_reads() -> None:
    """Checks, training and exports are known by what they read."""
    seen = Seen(event(0, "COMPLETE", CHECK, "r", flow([A], None)))
    assert seen.spans(Relation.READS, job_id("etl", "check"), node(A)) == [(0, None)]


# Columns


def test_a_column_edge_ends_with_its_dataset_edge() -> None:
    """Also when the run that ends the dataset edge says nothing about columns."""
    seen = Seen(
        event(0, "COMPLETE", LOAD, "r1", flow([A], B, copies("x"))), event(5, "COMPLETE", LOAD, "r2", flow([C], B))
    )
    assert seen.feeds(A, B) == [(0, 5)]
    assert seen.derives(A, B) == [(0, 5)]


def test_a_run_without_columns_closes_no_column_edge() -> None:
    """dbt's structured mode says nothing about columns, seconds after the mode that does."""
    seen = Seen(
        event(0, "COMPLETE", LOAD, "r1", flow([A], B, copies("x"))), event(5, "COMPLETE", LOAD, "r2", flow([A], B))
    )
    assert seen.derives(A, B) == [(0, None)]


def test_a_run_without_columns_makes_no_known_pair_a_vaguer_one() -> None:
    """The edge of datasets goes on to say that columns stand behind it; a pair that the run leaves out ends."""
    seen = Seen(
        event(0, "COMPLETE", LOAD, "r1", flow([A, C], B, copies("x"), copies("x", C))),
        event(5, "COMPLETE", LOAD, "r2", flow([A], B)),
    )
    by_columns = {f.subject: seen.graph[f] for f in seen.facts(Relation.FEEDS) if f.label == "COLUMNS"}
    assert [until(span) for span in by_columns[node(A)]] == [None]
    assert [until(span) for span in by_columns[node(C)]] == [5]


def test_a_run_with_other_columns_closes_those_that_it_leaves_out() -> None:
    """It spoke about columns, so what it does not say is over."""
    seen = Seen(
        event(0, "COMPLETE", LOAD, "r1", flow([A], B, copies("x"))),
        event(5, "COMPLETE", LOAD, "r2", flow([A], B, copies("y"))),
    )
    assert seen.derives(A, B, "x") == [(0, 5)]
    assert seen.derives(A, B, "y") == [(5, None)]


def test_a_column_facet_that_the_schema_refutes_is_not_believed() -> None:
    """Airflow names the SELECT's aliases for an INSERT by position: neither set of columns contains the other."""
    refuted = Seen(event(0, "COMPLETE", LOAD, "r", flow([A], B, copies("alias"), schema=schema("x", "y"))))
    assert refuted.facts(Relation.DERIVES) == []
    assert refuted.feeds(A, B) == [(0, None)]
    partial = Seen(event(0, "COMPLETE", LOAD, "r", flow([A], B, copies("x"), schema=schema("x", "y"))))
    assert partial.derives(A, B) == [(0, None)]


def test_a_schema_that_comes_later_refutes_too() -> None:
    """A catalogue's word about the output is enough, and it works backwards."""
    catalogue = event(9, "OTHER", None, None, [Mention(B, Role.SUBJECT, columns=schema("x", "y"))])
    seen = Seen(event(0, "COMPLETE", LOAD, "r", flow([A], B, copies("alias"))), catalogue)
    assert seen.facts(Relation.DERIVES) == []


def test_a_control_edge_on_the_whole_dataset_is_one_edge() -> None:
    """A filter decides about every row: column → dataset."""
    claim = ColumnClaim(None, A, "x", Flow.CONTROL, "FILTER", masking=False, typed=True)
    seen = Seen(event(0, "COMPLETE", LOAD, "r", flow([A], B, claim)))
    (fact,) = seen.facts(Relation.DERIVES)
    assert (fact.subject, fact.object, fact.flow) == (col(A, "x"), node(B), Flow.CONTROL)


def test_a_dataset_into_itself_is_no_edge_of_datasets() -> None:
    """It is kept at column grain only."""
    seen = Seen(
        event(
            0, "COMPLETE", LOAD, "r", flow([A], A, copies("x"), ColumnClaim("y", A, "x", Flow.VALUE, "", False, True))
        )
    )
    assert seen.facts(Relation.FEEDS) == []
    assert seen.spans(Relation.DERIVES, col(A, "x"), col(A, "y")) == [(0, None)]


# Application runs


def application(*, end: str | None) -> list[Event]:
    """Yesterday's application run wrote B from A and C; today's two parts say A, then D."""
    steps = [
        event(0, "START", APP, "a0"),
        part(1, "COMPLETE", SQL, "s0", flow([A, C], B), above="a0"),
        event(5, "COMPLETE", APP, "a0"),
        event(60, "START", APP, "a1"),
        part(61, "COMPLETE", SQL, "s1", flow([A], B)),
        part(62, "COMPLETE", RDD, "s2", flow([D], B)),
    ]
    return steps if end is None else [*steps, event(70, end, APP, "a1")]


def test_the_parts_of_an_application_run_add_up() -> None:
    """While it runs nothing that the run before said is closed; the job is the application."""
    seen = Seen(*application(end=None))
    assert [seen.feeds(source, B) for source in (A, C, D)] == [[(1, None)], [(1, None)], [(62, None)]]
    assert {f.job for f in seen.facts(Relation.FEEDS)} == {job_id(APP.namespace, APP.name)}


def test_the_end_of_an_application_run_closes_what_its_parts_left_out() -> None:
    """Only then is it known that no part says C any more."""
    seen = Seen(*application(end="COMPLETE"))
    assert [seen.feeds(source, B) for source in (A, C, D)] == [[(1, None)], [(1, 70)], [(62, None)]]


def test_an_application_run_that_failed_closes_nothing() -> None:
    """It never said that it wrote all there is; what its parts wrote is written."""
    seen = Seen(*application(end="FAIL"))
    assert [seen.feeds(source, B) for source in (A, C, D)] == [[(1, None)], [(1, None)], [(62, None)]]


def test_the_next_application_run_ends_one_that_never_said_so() -> None:
    """When it writes the dataset itself, the run before must be over."""
    seen = Seen(
        event(0, "START", APP, "a0"),
        part(1, "COMPLETE", SQL, "s0", flow([A, C], B), above="a0"),
        event(60, "START", APP, "a1"),
        part(61, "COMPLETE", SQL, "s1", flow([A], B)),
        event(70, "START", APP, "a2"),
        part(75, "COMPLETE", SQL, "s2", flow([A], B), above="a2"),
    )
    assert seen.feeds(C, B) == [(1, 75)]


def test_an_application_that_never_sends_an_event_ends_with_its_parts() -> None:
    """Only its name is known, from its parts: each run counts at its own end."""
    seen = Seen(
        part(1, "COMPLETE", SQL, "s0", flow([A, C], B), above="a0"), part(61, "COMPLETE", SQL, "s1", flow([A], B))
    )
    assert seen.feeds(C, B) == [(1, 61)]


def test_a_dag_bundles_nothing() -> None:
    """What groups jobs is no application: the technical job stands for itself."""
    below = event(1, "COMPLETE", SQL, "s", flow([A], B), technical=True, parent=ParentRun(DAG, "d"))
    seen = Seen(below, event(5, "COMPLETE", DAG, "d", container=True))
    assert {f.job for f in seen.facts(Relation.FEEDS)} == {job_id(SQL.namespace, SQL.name)}


def test_parts_of_parts_belong_to_the_application() -> None:
    """The nearest run above that a person would name."""
    inner = event(1, "COMPLETE", SQL, "s", flow([A], B), technical=True, parent=ParentRun(RDD, "t"))
    seen = Seen(inner, part(2, "COMPLETE", RDD, "t"), event(5, "COMPLETE", APP, "a1"))
    assert {f.job for f in seen.facts(Relation.FEEDS)} == {job_id(APP.namespace, APP.name)}


@pytest.mark.parametrize("late", [False, True])
def test_a_wrapper_around_a_failed_write_failed_too(late: bool) -> None:
    """Spark's outer command says COMPLETE around the inner write that says FAIL."""
    steps = [
        event(0, "START", APP, "a1"),
        part(1, "START", RDD, "outer", flow([A], B)),
        part(2, "START", SQL, "inner", flow([A], B)),
        part(3, "FAIL", SQL, "inner"),
        part(4, "COMPLETE", RDD, "outer"),
    ]
    seen = Seen(*(reversed(steps) if late else steps))
    assert seen.feeds(A, B) == []
    assert seen.attempted(A, B)


def test_a_wrapper_and_a_failed_write_may_meet_under_one_name_later() -> None:
    """The inner write names the table by its path, the wrapper by its catalogue name; who says that they are one comes last."""
    other = RawName(B.namespace, "catalogue_name_of_b")
    seen = Seen(
        event(0, "START", APP, "a1"),
        part(1, "START", RDD, "outer", flow([A], other)),
        part(2, "START", SQL, "inner", flow([A], B)),
        part(3, "FAIL", SQL, "inner"),
        part(4, "COMPLETE", RDD, "outer"),
        event(9, "COMPLETE", CHECK, "c", [Mention(B, Role.INPUT, aliases=(other,), real=True)]),
    )
    assert {f.evidence for f in seen.facts(Relation.FEEDS)} == {EvidenceKind.ATTEMPTED}


def test_a_wrapper_of_another_output_did_not_fail() -> None:
    """Only what writes the same dataset."""
    seen = Seen(
        part(1, "START", RDD, "outer", flow([A], C)),
        part(3, "FAIL", SQL, "inner", flow([A], B)),
        part(4, "COMPLETE", RDD, "outer"),
    )
    assert seen.feeds(A, C) == [(4, None)]


def test_the_failure_of_the_application_itself_takes_back_no_write() -> None:
    """It is around its parts, not they around it."""
    seen = Seen(
        part(1, "COMPLETE", SQL, "s", flow([A], B)),
        event(0, "START", APP, "a1", flow([A], B)),
        event(5, "FAIL", APP, "a1"),
    )
    assert seen.feeds(A, B) == [(1, None)]


def test_a_create_or_alter_takes_nothing_back() -> None:
    """It changes a schema and no data."""
    seen = Seen(
        event(0, "COMPLETE", LOAD, "r1", flow([A], B)),
        event(5, "COMPLETE", LOAD, "r2", flow([], B, lifecycle=Lifecycle.ALTER)),
    )
    assert seen.feeds(A, B) == [(0, None)]


# Lifecycle


def test_an_overwrite_spares_what_its_own_application_run_said() -> None:
    """The wrapper says OVERWRITE milliseconds after the inner write: it ends what was there before the run."""
    seen = Seen(
        event(0, "COMPLETE", LOAD, "r", flow([C], B)),
        event(60, "START", APP, "a1"),
        part(61, "COMPLETE", SQL, "inner", flow([A], B)),
        part(61.1, "COMPLETE", RDD, "outer", flow([], B, lifecycle=Lifecycle.OVERWRITE)),
    )
    assert seen.feeds(C, B) == [(0, 61.1)]
    assert seen.feeds(A, B) == [(61, None)]


@pytest.mark.parametrize("change", [Lifecycle.TRUNCATE, Lifecycle.DROP])
def test_truncate_and_drop_close_what_flows_in(change: Lifecycle) -> None:
    """Nothing that came before is in there any more, whichever job wrote it."""
    seen = Seen(
        event(0, "COMPLETE", LOAD, "r", flow([A], B, copies("x"))),
        event(5, "COMPLETE", CHECK, "d", flow([], B, lifecycle=change)),
    )
    assert seen.feeds(A, B) == [(0, 5)]
    assert seen.derives(A, B) == [(0, 5)]


def test_a_drop_ends_schema_and_what_flows_out_until_it_is_written_again() -> None:
    """The dataset says since when it is gone, and until when."""
    seen = Seen(
        event(0, "COMPLETE", LOAD, "r1", flow([A], B, schema=schema("x"))),
        event(1, "COMPLETE", CHECK, "r2", flow([B], C)),
        event(5, "COMPLETE", APP, "d", flow([], B, lifecycle=Lifecycle.DROP)),
        event(9, "COMPLETE", LOAD, "r3", flow([A], B, schema=schema("x"))),
    )
    assert seen.feeds(B, C) == [(1, 5)]
    assert seen.spans(Relation.HAS, node(B), col(B, "x")) == [(0, 5), (9, None)]
    (dropped,) = [f for f in seen.facts(Relation.PROPERTY) if f.label == "droppedAt"]
    assert [(seconds(s), until(s)) for s in seen.graph[dropped]] == [(5, 9)]


def test_a_rename_ends_the_old_dataset_and_joins_the_two() -> None:
    """It is no alias: two nodes, a value edge between them. Readers of the old name are cut off; where its data came from still
    holds, for the data lives on."""
    seen = Seen(
        event(0, "COMPLETE", LOAD, "r", flow([A], B, schema=schema("x"))),
        event(1, "COMPLETE", CHECK, "r2", flow([B], D)),
        event(5, "COMPLETE", CHECK, "d", flow([], C, lifecycle=Lifecycle.RENAME, previous=B)),
    )
    assert seen.feeds(A, B) == [(0, None)]
    assert seen.feeds(B, C) == [(5, None)]
    assert seen.feeds(B, D) == [(1, 5)]
    assert seen.spans(Relation.HAS, node(B), col(B, "x")) == [(0, 5)]


# Schemas


def test_drift_is_a_change_in_what_one_reporter_says() -> None:
    """A reader that lists one column takes none from the writer's two; only the writer's next word does."""
    seen = Seen(
        event(0, "COMPLETE", LOAD, "r1", flow([A], B, schema=schema("x", "y"))),
        event(3, "COMPLETE", CHECK, "r2", [Mention(B, Role.INPUT, columns=schema("x"), real=True)]),
        event(5, "COMPLETE", LOAD, "r3", flow([A], B, schema=schema("x"))),
    )
    assert seen.spans(Relation.HAS, node(B), col(B, "y")) == [(0, 5)]
    assert seen.spans(Relation.HAS, node(B), col(B, "x")) == [(0, None), (3, None)]


def test_a_folded_part_tells_no_schema_of_the_whole() -> None:
    """One file's columns say nothing about the dataset that it is a part of."""
    whole, file = RawName(LAKE, "in"), RawName(LAKE, "in/part-0.csv")
    seen = Seen(
        event(0, "COMPLETE", LOAD, "r1", flow([A], whole)),
        event(1, "COMPLETE", CHECK, "r2", [Mention(file, Role.INPUT, columns=schema("x"), real=True)]),
    )
    assert seen.facts(Relation.HAS) == []
    assert seen.spans(Relation.READS, job_id("etl", "check"), node(whole)) == [(1, None)]


def test_a_slash_at_the_end_makes_no_part_of_a_directory() -> None:
    """`/in/` is all of `in`, so its columns are those of the dataset."""
    whole = RawName(LAKE, "/in/")
    seen = Seen(event(0, "COMPLETE", LOAD, "r", flow([A], whole, schema=schema("x"))))
    assert len(seen.facts(Relation.HAS)) == 1


# Identity


def test_a_bare_directory_above_datasets_is_no_source() -> None:
    """Read without a schema, never written: it only holds them."""
    above, below = RawName(LAKE, "in"), RawName(LAKE, "in/clicks")
    seen = Seen(event(0, "COMPLETE", LOAD, "r1", flow([A], below)), event(1, "COMPLETE", LOAD, "r2", flow([above], B)))
    assert seen.feeds(above, B) == []
    assert not any(node(above) in (f.subject, f.object) for f in seen.graph)


def test_a_cte_that_leaked_into_a_facet_is_no_dataset() -> None:
    """Shorter than any table beside it, and in no list of inputs."""
    seen = Seen(event(0, "COMPLETE", LOAD, "r", flow([A], B, copies("x", RawName(DB, "cte")))))
    assert seen.facts(Relation.DERIVES) == []


def test_a_merge_holds_for_all_time_and_its_undoing_leaves_no_trace() -> None:
    """An alias joins what was before it, too; removed, the graph is as it was."""
    steps = [event(0, "COMPLETE", LOAD, "r1", flow([A], B)), event(5, "COMPLETE", LOAD, "r2", flow([D], C))]
    joined = Word(AliasStatement(Op.ADD, RULES[3]), instant(9))
    parted = Word(AliasStatement(Op.REMOVE, RULES[3]), instant(10))
    assert Seen(*steps, joined).feeds(A, C) == [(0, 5)]
    assert Seen(*steps, joined, parted).graph == Seen(*steps).graph


# People


def test_distrust_sets_runs_aside_and_its_undoing_leaves_no_trace() -> None:
    """Their flows are gone, not the runs; and they come back."""
    steps = [event(0, "COMPLETE", LOAD, "r", flow([A], B))]
    poison = Distrust("etl *", "*", None, None, "poison")
    set_aside = Word(DistrustStatement(Op.ADD, poison), instant(9))
    back = Word(DistrustStatement(Op.REMOVE, poison), instant(10))
    seen = Seen(*steps, set_aside)
    assert seen.feeds(A, B) == []
    assert '"distrusted":true' in seen.facts(Relation.RUN)[0].value
    assert Seen(*steps, set_aside, back).graph == Seen(*steps).graph


def test_a_stated_fact_holds_until_it_is_retracted() -> None:
    """A person's edge is certain, and leaves no trace when it is taken back, not even the name that only it gave."""
    steps = [event(0, "COMPLETE", LOAD, "r", flow([A], B))]
    stated = Word(FactStatement(FACTS[0]), instant(5))
    retracted = Word(None, instant(6))
    seen = Seen(*steps, stated)
    assert seen.feeds(RawName(DB, "stated.only"), A) == [(5, None)]
    assert Seen(*steps, stated, retracted).graph == Seen(*steps).graph


def test_a_deleted_property_ends() -> None:
    """The newest facet replaces the one before, and `_deleted` ends it."""

    def owned(at: float, value: str | None) -> Event:
        return event(at, "OTHER", None, None, [Mention(A, Role.SUBJECT, properties=(("owner", value),))])

    seen = Seen(owned(0, '"Ann"'), owned(5, '"Bob"'), owned(9, None))
    spans = {f.value: [(seconds(s), until(s)) for s in seen.graph[f]] for f in seen.facts(Relation.PROPERTY)}
    assert spans == {'"Ann"': [(0, 5)], '"Bob"': [(5, 9)]}


def test_a_model_removed_from_the_manifest_is_declared_no_more() -> None:
    """A declaration says all that its unit declares."""
    seen = Seen(
        event(0, "OTHER", LOAD, None, [*flow([A], B), *flow([], C)]), event(5, "OTHER", LOAD, None, flow([A], B))
    )
    assert seen.feeds(A, B) == [(0, 5), (5, None)] or seen.feeds(A, B) == [(0, None)]
    assert seen.feeds(A, C) == [(0, 5)]
    assert {f.evidence for f in seen.facts(Relation.FEEDS)} == {EvidenceKind.DECLARED}


def test_the_same_event_again_changes_nothing() -> None:
    """Whatever its index: the entry's change is empty."""
    with Projection([event(0, "COMPLETE", LOAD, "r", flow([A], B, copies("x"), schema=schema("x")))]) as projection:
        again = projection.entries[0].event
        assert again is not None
        change = projection.engine.event(Event(7, *[getattr(again, name) for name in Event.__slots__[1:]]))
        assert (change.index, change.closed, change.opened) == (7, (), ())


def test_a_run_that_says_the_same_again_writes_no_version() -> None:
    """First and last seen and the count of runs are evidence beside the facts; only the run itself is new."""
    with Projection(
        [event(at, "COMPLETE", LOAD, f"r{at}", flow([A], B, copies("x"), schema=schema("x"))) for at in (0, 100)]
    ) as projection:
        new = [v.fact.relation for v in projection.store.export(history=True) if v.known_from == 2]
    assert new == [Relation.RUN]


def test_an_engine_reads_a_run_again_from_the_ledger() -> None:
    """After a restart a run's earlier events are not in memory: the entry's reader gives them."""
    first = event(0, "START", LOAD, "r", flow([A], B))
    with Projection([first]) as projection:
        asked: list[int] = []
        read = projection._read

        def reading(index: int) -> Event:
            asked.append(index)
            return read(index)

        engine = Engine(projection.state, reading)
        last = event(5, "COMPLETE", LOAD, "r")
        change = engine.event(Event(1, *[getattr(last, name) for name in Event.__slots__[1:]]))
        assert asked == [0]
        assert any(fact.relation is Relation.FEEDS for fact, _ in change.opened)
