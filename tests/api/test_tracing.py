"""Figures and traces: counted by name, bounded, and without anything out of events."""

from __future__ import annotations

import http.server
import threading
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families

from api.metrics import OPERATIONS_MAX, Metrics
from api.tracing import open_tracing
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


def test_names_that_clients_choose_are_bounded() -> None:
    """The hundred and first name is another one."""
    metrics = Metrics()
    names = {metrics.operation(f"Query{number}") for number in range(10 * OPERATIONS_MAX)}
    assert len(names) == OPERATIONS_MAX + 1
    assert metrics.operation("Query0") == "Query0"


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
    names = [s.name for r in received for resource in r.resource_spans for scope in resource.scope_spans for s in scope.spans]
    assert names == ["store facts"]
