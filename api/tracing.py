"""Traces of operations and of reads of the graph, for OpenTelemetry.

The one idea: two levels are enough to see where time goes: the operation that a client asked, and the reads that it
took. A span for each field would cost ten times the answer. Spans carry names of operations and reads, never variables,
SQL or names out of events. Without HEADWATER_TRACES_URL nothing is made at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Final

from lineage.errors import SettingsError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

SERVICE: Final = "headwater"
EXPORT_TIMEOUT_S: Final = 5  # a collector that is away costs the spans, not the service


class Tracing:
    """Makes spans, or does nothing. Safe to use from any thread."""

    def __init__(self, provider: TracerProvider | None = None) -> None:
        self._provider = provider
        self._tracer = None if provider is None else provider.get_tracer(SERVICE)

    @contextmanager
    def operation(self, headers: Mapping[str, str]) -> Iterator[Callable[[str], None]]:
        """The span of one GraphQL operation, below the caller's own if its headers name one (W3C traceparent). Its
        name is told to what this gives, once it has been read."""
        if self._tracer is None:
            yield _nothing
            return
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        above = TraceContextTextMapPropagator().extract(dict(headers))
        with self._tracer.start_as_current_span("graphql", context=above) as span:

            def name(operation: str) -> None:
                span.update_name(f"graphql {operation}")
                span.set_attribute("graphql.operation.name", operation)

            yield name

    def read(self, name: str) -> AbstractContextManager[object]:
        """The span of one read of the graph."""
        if self._tracer is None:
            return nullcontext()
        return self._tracer.start_as_current_span(f"store {name}", attributes={"db.operation.name": name})

    def close(self) -> None:
        """Send what is left."""
        if self._provider is not None:
            self._provider.shutdown()


def _nothing(_operation: str) -> None:
    """Nobody wants to know."""


def open_tracing(url: str | None, exporter: SpanExporter | None = None) -> Tracing:
    """Tracing to an OTLP collector at `url` (its /v1/traces), or to `exporter`; off without either.

    SettingsError when the libraries are not installed."""
    if url is None and exporter is None:
        return Tracing()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise SettingsError(
            "Traces need OpenTelemetry's libraries. Install `headwater[tracing]`, or leave HEADWATER_TRACES_URL out.",
            place="HEADWATER_TRACES_URL",
        ) from error
    provider = TracerProvider(resource=Resource.create({"service.name": SERVICE}))
    sending = exporter or OTLPSpanExporter(endpoint=url, timeout=EXPORT_TIMEOUT_S)
    provider.add_span_processor(BatchSpanProcessor(sending))
    return Tracing(provider)
