"""Run-true lineage in the schema: single runs, and single versions of what they read and wrote."""

from typing import Annotated, cast

import strawberry

from api.graphql.answers import Completeness
from api.graphql.context import Info, moment
from api.graphql.inputs import NodeRef
from api.graphql.nodes import Dataset, Job, instant_of, view
from api.graphql.queries import At, DirectionOf, argument
from api.graphql.showing import about, given, resolves, shown
from api.graphql.vocabulary import Instant, describe
from lineage.query import answers as data
from lineage.query import moments
from lineage.query.run_lineage import VERSIONS_DEFAULT, VERSIONS_MAX, ReadHow
from lineage.query.run_lineage import RunLineage as Found

describe(
    ReadHow,
    "How it is known which version a run read.",
    {
        "REPORTED": "The run's producer told the version.",
        "LAST_WRITE": "No version was told: it is the last write that was there when the run began.",
        "NEVER_WRITTEN": "No run that is known had written it by then: a source, or one whose writers tell nothing.",
    },
)


@strawberry.type(description="A dataset as one run wrote it.")
class DataVersion:
    key: str = about("What reads and writes of this answer call it.")
    dataset: Dataset = about("The dataset.")
    version: str | None = about("As its producer calls the version; null: nobody told.")
    run: strawberry.ID | None = about("The run that wrote it; null: none that is known.")
    at: Instant | None = about("When it was there.")
    distance: int = about("Hops of runs from what was asked about.")


@strawberry.type(description="One run of a walk over runs.")
class RunStep:
    id: strawberry.ID = about("The run's node.")
    job: Job = about("The job that ran.")
    run_id: str = about("The run's id as its producer wrote it.")
    attempt: int = about("Which attempt of this run id, from 1.")
    state: str = about("START, RUNNING, COMPLETE, FAIL or ABORT.")
    started_at: Instant | None = about("When it started.")
    ended_at: Instant | None = about("When it ended; null: not yet.")


@strawberry.type(description="One run read one version.")
class RunRead:
    run: strawberry.ID = about("The run.")
    version: str = about("The version's key.")
    how: ReadHow = about("How it is known that it was this one.")


@strawberry.type(description="One run wrote one version.")
class RunWrite:
    run: strawberry.ID = about("The run.")
    version: str = about("The version's key.")


@strawberry.type(description="Which run read which version of what, as it was when it ran.")
class RunLineage:
    root: str | None = about("The key of the version asked about; null when a run was.")
    versions: list[DataVersion] = about("The versions, the nearest first.")
    runs: list[RunStep] = about("The runs, by their beginning.")
    reads: list[RunRead] = about("What each run read.")
    writes: list[RunWrite] = about("What each run wrote.")
    completeness: Completeness = about("How much of the truth this is.")


@strawberry.type(description="What single runs did.")
class RunLineageQuery:
    @resolves("Which run read which version of what, up or down: a model's version leads to the data it was trained on.")
    async def run_lineage(
        self,
        info: Info,
        of: Annotated[NodeRef, argument("A dataset (its last write then), a version of one, or a run by its id.")],
        direction: DirectionOf,
        depth: Annotated[int | None, argument("How many hops of runs; null: all the way.")] = None,
        limit: Annotated[int | None, argument(f"How many versions at most, up to {VERSIONS_MAX}.")] = VERSIONS_DEFAULT,
        at: At = None,
    ) -> RunLineage:
        """The producer's word on versions first, then the last write before each run."""
        ask = info.context.questions.run_lineage
        found = await info.context.desk.ask(
            ask, of.ref(), direction, depth=depth, limit=given(limit, VERSIONS_DEFAULT), at=moment(at)
        )
        return told(found, await info.context.pin(at))


def told(found: Found, at: moments.MomentInput) -> RunLineage:
    """The answer as the schema shows it."""
    return RunLineage(
        root=found.root,
        versions=[
            DataVersion(
                key=each.key,
                dataset=cast(Dataset, view(each.dataset, at)),
                version=each.version,
                run=None if each.run is None else strawberry.ID(each.run),
                at=None if each.at_us is None else Instant(each.at_us),
                distance=each.distance,
            )
            for each in found.versions
        ],
        runs=[run_step(page, at) for page in found.runs],
        reads=[RunRead(run=strawberry.ID(each.run), version=each.version, how=each.how) for each in found.reads],
        writes=[RunWrite(run=strawberry.ID(each.run), version=each.version) for each in found.writes],
        completeness=shown(Completeness, found.completeness),
    )


def run_step(page: data.RunPage, at: moments.MomentInput) -> RunStep:
    """One run."""
    return RunStep(
        id=strawberry.ID(page.node.id),
        job=cast(Job, view(page.job, at)),
        run_id=page.run_id,
        attempt=page.attempt,
        state=page.state,
        started_at=instant_of(page.started_at),
        ended_at=instant_of(page.ended_at),
    )
