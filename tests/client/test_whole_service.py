"""Every question that the client can ask, of a service as users start it: whatever it answers is decoded to its last field."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from headwater import answers, errors
from headwater.client import Client
from headwater.inputs import (
    AddAliasInput,
    DatasetRef,
    DatasetVersionRef,
    DistrustInput,
    JobRef,
    MomentInput,
    NodeRef,
    PlaceInput,
    RemoveAliasInput,
    ReplayInput,
    RetractFactInput,
    StateFactInput,
    TrustInput,
)
from headwater.words import AliasKind, Direction, FactKind, Grain, NamedAuditQuery, PlaceKind
from tests.api.conftest import event
from tests.e2e.service import running

TARGET = DatasetRef("db://a", "public.target")
SINCE = datetime(2020, 1, 1, tzinfo=UTC)


def facets(**more: Any) -> dict[str, Any]:
    """Facets with what the specification demands of each."""
    about = {"_producer": "https://example.org/tests", "_schemaURL": "https://example.org/schema"}
    return {"facets": {name: {**about, **facet} for name, facet in more.items()}}


def events() -> Iterator[Any]:
    """Two runs that write versions with columns, a lost column, a run that failed, and something that is no event."""
    for number in range(3):
        columns = [{"name": "id", "type": "int"}, *([{"name": "email", "type": "text"}] if number < 2 else [])]
        target = {"namespace": "db://a", "name": "public.target"} | facets(
            schema={"fields": columns}, version={"datasetVersion": f"v{number}"},
            ownership={"owners": [{"name": "team:crm", "type": "MAINTAINER"}]},
            columnLineage={"fields": {"id": {"inputFields": [
                {"namespace": "db://a", "name": "public.source", "field": "key",
                 "transformations": [{"type": "DIRECT", "subtype": "IDENTITY"}]}]}}},
        )  # fmt: skip
        yield event(number, eventType="START", outputs=[target], job={"namespace": "tests", "name": "load"})
        yield event(number, outputs=[target], job={"namespace": "tests", "name": "load"})
    yield event(9, eventType="FAIL", job={"namespace": "tests", "name": "broken"})


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of a service that knows all of it."""
    with running(tmp_path_factory.mktemp("whole") / "data") as service:
        service.post(events())
        assert service.request("POST", "/api/v1/lineage", b'{"eventType": "NO"}')[0] == 201
        service.projected()
        with Client(f"http://127.0.0.1:{service.port}") as made:
            yield made


def everything(value: Any) -> Iterator[Any]:
    """All values inside."""
    yield value
    if dataclasses.is_dataclass(value):
        for each in dataclasses.fields(value):
            yield from everything(getattr(value, each.name))
    elif isinstance(value, tuple):
        for inner in value:
            yield from everything(inner)


@pytest.mark.slow
def test_every_kind_of_node_is_decoded(client: Client) -> None:
    """Datasets, columns, jobs, runs, versions and namespaces, each as its own class, by name, by reference and by id."""
    dataset = client.dataset(TARGET.namespace, TARGET.name)
    assert dataset is not None
    assert [column.column for column in dataset.columns] == ["id"]
    assert dataset.versions.total_count == len(dataset.versions.nodes) == 3
    job = client.job("tests", "load")
    assert job is not None
    assert len(job.runs.nodes) == 3
    run = client.run("tests", "load", job.runs.nodes[0].run_id)
    assert isinstance(run, answers.Run)
    assert run.job.name == "load"
    version = client.find(NodeRef(dataset_version=DatasetVersionRef(TARGET.namespace, TARGET.name, "v1")))
    assert isinstance(version, answers.DatasetVersion)
    assert version.dataset.id == dataset.id
    assert version.job is not None
    column = client.find(NodeRef(dataset=dataclasses.replace(TARGET, column="id")))
    assert isinstance(column, answers.Column)
    ids = [dataset.id, job.id, run.id, version.id, column.id]
    assert [type(each) for each in client.nodes([*ids, "hw:" + "a" * 26])] == [
        answers.DatasetItem, answers.JobItem, answers.Run, answers.DatasetVersion, answers.Column, type(None)
    ]  # fmt: skip
    assert client.find(NodeRef(job=JobRef("tests", "load"))) == job


@pytest.mark.slow
def test_every_walk_is_decoded(client: Client) -> None:
    """Lineage, impact, provenance, paths, a difference of two times, schema changes, runs."""
    target, source = NodeRef(dataset=TARGET), NodeRef(dataset=DatasetRef("db://a", "public.source"))
    assert client.lineage([target], Direction.BOTH, grain=Grain.COLUMN).edges
    assert client.impact([source]).items
    assert client.provenance(target).sources
    assert client.paths(source, target, grain=Grain.DATASET).paths
    early, late = MomentInput(known_index=2), MomentInput()
    assert client.diff([target], Direction.UPSTREAM, early, late).schema_changes is not None
    lost = [edge.node for page in client.schema_changes_pages(SINCE, first=1) for edge in page.edges]
    assert {change.column for change in lost} >= {"email"}
    assert client.run_lineage(
        NodeRef(dataset_version=DatasetVersionRef(TARGET.namespace, TARGET.name, "v1")), Direction.UPSTREAM
    ).runs
    assert next(iter(client.run_ended(after=-1))).runs
    assert next(iter(client.schema_changed(after=-1))).changes


@pytest.mark.slow
def test_the_record_is_decoded(client: Client) -> None:
    """Ledger, dead letters, entries with their bytes, checkpoints, named questions, keys, erasures, retention, accesses."""
    letters = client.dead_letters()
    assert [letter.code for letter in letters.nodes]
    assert client.dead_letter(letters.nodes[0].index) == letters.nodes[0]
    entry = client.entry(0)
    assert entry is not None
    assert entry.bytes_.startswith(b"{")
    assert [each.index for page in client.audit_entries_pages(first=3) for each in page.nodes]
    assert {question.query for question in client.audit_queries()} == set(NamedAuditQuery)
    listed = client.audit_answer(
        NamedAuditQuery.Q4_EVENTS_OF_SYSTEM,
        {"system": "tests", "from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z"},
    )
    assert listed.rows.total_count == len(listed.rows.nodes) > 0
    assert client.checkpoint(size=None).size <= client.ledger().size
    assert client.whoami().scopes
    assert client.retention().preset == "KEEP"
    assert (
        client.keys().nodes
        == client.erasures().nodes
        == client.erasure_proposals().nodes
        == client.legal_holds().nodes
        == ()
    )
    assert client.access_entries(first=5) is not None


@pytest.mark.slow
def test_every_statement_is_decoded(client: Client) -> None:
    """What people state and take back: aliases, facts, distrust, replays."""
    alias = client.add_alias(AddAliasInput(AliasKind.DATASET, "db://b public.target", "db://a public.target", "moved"))
    assert [each.index for each in client.aliases().nodes] == [alias.index]
    client.remove_alias(RemoveAliasInput(AliasKind.DATASET, alias.from_, "not so"))
    assert client.alias_suggestions() is not None
    place = PlaceInput(TARGET.namespace, TARGET.name, kind=PlaceKind.DATASET)
    fact = client.state_fact(StateFactInput(FactKind.DESCRIPTION, place, "seen it", value="customers"))
    assert [each.index for each in client.stated_facts().nodes] == [fact.index]
    client.retract_fact(RetractFactInput(fact.index, "wrong"))
    distrust = client.distrust_runs(DistrustInput("tests broken", "tests of a broken job"))
    assert [each.job for each in client.distrusted().nodes] == [distrust.job]
    client.trust_runs(TrustInput(distrust.job, "fine again"))
    assert client.replay_dead_letters(ReplayInput(all=True)).refused >= 0


@pytest.mark.slow
def test_what_is_not_a_model_says_so(client: Client) -> None:
    """Questions about models are refused by the service in its own words, as classes."""
    version = NodeRef(dataset_version=DatasetVersionRef(TARGET.namespace, TARGET.name, "v1"))
    for ask in (
        lambda: client.model_dossier(TARGET.namespace, TARGET.name, "v9"),
        lambda: client.compare_versions(version, NodeRef(dataset=DatasetRef("a", "b"))),
        lambda: client.feature_skew(NodeRef(dataset=DatasetRef("a", "b"))),
    ):
        with pytest.raises((errors.NotFound, errors.BadInput)):
            ask()
    assert client.served_versions(TARGET.namespace, TARGET.name) == ()
