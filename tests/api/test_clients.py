"""The real OpenLineage client in the ways that integrations configure it, against the real service."""

from collections.abc import Callable
from typing import Any

import pytest
from openlineage.client import OpenLineageClient, facet_v2
from openlineage.client.event_v2 import (
    DatasetEvent,
    InputDataset,
    Job,
    JobEvent,
    OutputDataset,
    Run,
    RunEvent,
    RunState,
    StaticDataset,
)

from tests.api.conftest import Service, Start

PRODUCER = "https://example.org/tests"
RUN = "0190a2a4-0000-7000-8000-000000000001"
TIME = "2026-11-01T03:00:00.123456789Z"

TRANSPORTS: dict[str, dict[str, Any]] = {
    "http": {"type": "http"},
    "http with gzip": {"type": "http", "compression": "gzip", "custom_headers": {"X-Team": "ml"}},
    "http with a key": {"type": "http", "auth": {"type": "api_key", "apiKey": "a-key"}},
    "async_http": {"type": "async_http"},
    "async_http with gzip": {"type": "async_http", "compression": "gzip", "max_concurrent_requests": 20},
    "transform": {
        "type": "transform",
        "transport": {"type": "http"},
        "transformer_class": "openlineage.client.transport.transform.JobNamespaceReplaceTransformer",
        "transformer_properties": {"new_job_namespace": "renamed"},
    },
}


def events() -> list[Any]:
    """All three kinds of events, a whole run, a facet that is deleted."""
    schema = facet_v2.schema_dataset.SchemaDatasetFacet(
        fields=[facet_v2.schema_dataset.SchemaDatasetFacetFields(name="id", type="BIGINT")]
    )
    source = InputDataset("postgres://db.example.org:5432", "shop.public.orders", facets={"schema": schema})
    target = OutputDataset("s3://lake", "orders")
    job = Job("etl", "load.orders")
    deleted = {"tags": facet_v2.DatasetFacet(deleted=True)}
    return [
        *[
            RunEvent(
                eventTime=TIME,
                producer=PRODUCER,
                run=Run(RUN),
                job=job,
                eventType=state,
                inputs=[source],
                outputs=[target],
            )
            for state in (RunState.START, RunState.RUNNING, RunState.COMPLETE)
        ],
        JobEvent(eventTime=TIME, producer=PRODUCER, job=job, inputs=[source], outputs=[target]),
        DatasetEvent(eventTime=TIME, producer=PRODUCER, dataset=StaticDataset("s3://lake", "orders", facets=deleted)),
    ]


def client_of(url: str, transport: dict[str, Any]) -> OpenLineageClient:
    """A client as a configuration file would make it."""
    inner = {"transport": {**transport["transport"], "url": url}} if "transport" in transport else {"url": url}
    return OpenLineageClient(config={"transport": {**transport, **inner}})


@pytest.mark.parametrize("name", TRANSPORTS)
@pytest.mark.parametrize("slash", ["", "/"])
def test_every_transport_delivers_everything(service: Service, name: str, slash: str) -> None:
    """Each event is an entry that is understood, whatever the transport does to it on the way."""
    client = client_of(service.url + slash, TRANSPORTS[name])
    for event in events():
        client.emit(event)
    assert client.close(20)
    assert service.size() == len(events())
    assert service.context.dead_letters.counts() == (0, 0)
    assert all(entry.norm for entry in service.context.ledger.entries(0, 10))


def test_a_client_configured_by_environment_delivers(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """OPENLINEAGE_URL alone is enough: how integrations are switched on."""
    monkeypatch.setenv("OPENLINEAGE_URL", service.url)
    client = OpenLineageClient()
    for event in events():
        client.emit(event)
    client.close(20)
    assert service.size() == len(events())


def test_a_client_with_the_key_passes_the_gate(start: Start) -> None:
    """The client's `api_key` is our bearer key."""
    service = start(api_key="a-key")
    client = client_of(service.url, TRANSPORTS["http with a key"])
    client.emit(events()[0])
    client.close(20)
    assert service.size() == 1


@pytest.mark.parametrize("name", ["http", "async_http"])
def test_an_overloaded_service_loses_nothing(service: Service, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A 503 with Retry-After makes both clients send again, and then the event is there once."""
    from lineage.errors import Overloaded

    kept: Callable[..., Any] = type(service.context.commit).append_all
    refusals = [Overloaded(retry_after_s=0.1)]

    async def once_full(self: Any, drafts: Any) -> Any:
        if refusals:
            raise refusals.pop()
        return await kept(self, drafts)

    monkeypatch.setattr(type(service.context.commit), "append_all", once_full)
    client = client_of(service.url, TRANSPORTS[name])
    client.emit(events()[0])
    assert client.close(30)
    assert not refusals
    assert service.size() == 1
