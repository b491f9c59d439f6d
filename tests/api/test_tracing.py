"""Figures and traces: counted by name, bounded, and without anything out of events."""

from __future__ import annotations

import http.server
import threading
from pathlib import Path

from graphql import parse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families

from api.cli.documents import LEDGER
from api.graphql.endpoint import clients_names
from api.metrics import Metrics
from api.operation_names import OPERATIONS_MAX, PLACE_S, OperationNames
from api.tracing import open_tracing
from headwater import documents
from headwater.protocol import Document
from tests.graphql.conftest import SHOP
from tests.graphql.service import endpoint

QUERY = """query Where { lineage(of: [{dataset: {namespace: "n", name: "features"}}], direction: UPSTREAM) { nodes { id } } }"""


def figures(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = metrics.text({"headwater_ready": ("1 while it is.", 1.0)}).decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_operations_are_counted_by_name_and_outcome(tmp_path: Path) -> None:
    """What failed is counted by its code; Prometheus' own parser reads it all."""
    with endpoint(tmp_path, SHOP) as served:
        served.answer(QUERY)
        served.answer(QUERY.replace('"features"', '"nothing"'))
        served.client.post("/graphql", json={"query": "query Broken {"})
        found = figures(served.context.metrics)
    counted = "headwater_graphql_operations_total"
    assert found[counted, (("operation", "Where"), ("outcome", "ok"))] == 1
    assert found[counted, (("operation", "Where"), ("outcome", "NOT_FOUND"))] == 1
    assert found["headwater_graphql_seconds_count", (("operation", "Where"),)] == 2
    assert found[counted, (("operation", "unnamed"), ("outcome", "BAD_QUERY"))] == 1
    assert found["headwater_ready", ()] == 1


def test_made_up_names_do_not_hide_our_own(tmp_path: Path) -> None:
    """A client that asks by more names than are told apart: documents that the service knows, from its commands, its
    client, and the operator's folder, go on being counted as themselves."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "page.graphql").write_text("query OfThePage { ledger { size } }")
    made_up = [f"query Random{number} {{ __typename }}" for number in range(OPERATIONS_MAX + 5)]
    (folder / "unlisted.graphql").write_text("{ __typename }")
    with endpoint(tmp_path / "shop", SHOP, trusted_documents=folder) as served:
        for text in (LEDGER, "query OfThePage { ledger { size } }"):
            served.client.post("/graphql", json={"query": text})
        known = figures(served.context.metrics)
    with endpoint(tmp_path / "open", SHOP) as served:
        for text in (*made_up, LEDGER, documents.LEDGER.text, "query Mine { ledger { size } }"):
            served.client.post("/graphql", json={"query": text})
        found = figures(served.context.metrics)
    counted = "headwater_graphql_operations_total"
    ok = ("outcome", "ok")
    assert known[counted, (("operation", "OfThePage"), ok)] == 1
    assert found[counted, (("operation", "Ledger"), ok)] == 2
    theirs = [each.text for each in vars(documents).values() if isinstance(each, Document)]
    assert {parse(text).definitions[0].name.value for text in theirs} <= clients_names()  # type: ignore[attr-defined]
    assert found[counted, (("operation", "other"), ok)] == 5 + 1
    assert (counted, (("operation", "Mine"), ok)) not in found


def test_names_that_clients_choose_are_bounded_and_get_their_place_back() -> None:
    """The hundred and first name is `other`, while the others are in use; an hour later made-up ones have made room, one
    that was in use kept its place, and the figures of those that went are gone."""
    now = 0.0
    metrics = Metrics()
    metrics.operation_names = names = OperationNames(metrics._forget_operation, lambda: now)

    def ask(name: str, seconds: float | None = 0.1) -> str:
        label = names.label(name)
        metrics.operation(label, "ok", seconds)
        return label

    assert ask("Mine") == "Mine"
    assert {ask(f"Random{number}") for number in range(10 * OPERATIONS_MAX)} >= {"Random0", "other"}
    assert ask("Late", None) == "other"
    now = PLACE_S - 1
    assert ask("Mine") == "Mine"
    assert ask("Late", None) == "other"
    now = PLACE_S + 1
    assert ask("Late", None) == "Late"
    assert {ask(f"Again{number}") for number in range(10 * OPERATIONS_MAX)} >= {"Again0", "other"}
    assert ask("Mine") == "Mine"
    told = {dict(labels).get("operation") for name, labels in figures(metrics) if name.startswith("headwater_graphql")}
    assert "Late" in told and "Mine" in told and "Random0" not in told
    assert len(told) == OPERATIONS_MAX + 1
    now += 2 * PLACE_S
    assert ask("A" * 100_000) == "other"


def test_a_read_of_the_graph_hangs_below_its_operation(tmp_path: Path) -> None:
    """One span an operation, one a read, below what the caller's traceparent says; no names out of events in them."""
    exporter = InMemorySpanExporter()
    tracing = open_tracing(None, exporter)
    caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with endpoint(tmp_path, SHOP, tracing=tracing) as served:
        sent = {"query": QUERY}
        served.client.post("/graphql", json=sent, headers={"traceparent": caller})
    tracing.close()
    spans = exporter.get_finished_spans()
    (operation,) = [span for span in spans if span.name == "graphql Where"]
    assert format(operation.context.trace_id, "032x") == caller.split("-")[1]
    reads = [span for span in spans if span.name.startswith("store ")]
    assert reads
    assert {span.parent.span_id for span in reads} == {operation.context.span_id}
    told = " ".join(str(span.to_json()) for span in spans)
    assert "features" not in told
    assert "customers" not in told


def test_spans_reach_a_collector(tmp_path: Path) -> None:
    """Over OTLP, as the setting says; a collector that is away costs no answer."""
    received: list[ExportTraceServiceRequest] = []

    class Collector(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Not to the test's output."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        tracing = open_tracing(f"http://127.0.0.1:{server.server_port}/v1/traces")
        with tracing.read("facts"):
            pass
        tracing.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    names = [
        s.name for r in received for resource in r.resource_spans for scope in resource.scope_spans for s in scope.spans
    ]
    assert names == ["store facts"]
