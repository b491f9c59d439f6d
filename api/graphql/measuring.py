"""Each operation counted, timed and traced, by its name."""

import time
from collections.abc import Iterator

from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from api.graphql.context import RequestContext


class Measured(SchemaExtension):
    """On operations only: an extension on fields would cost more than the fields."""

    def on_operation(self) -> Iterator[None]:
        """Around the whole operation. A subscription has no time of its own: it lasts as long as its client."""
        asked = self.execution_context
        context = asked.context
        if not isinstance(context, RequestContext):
            yield
            return
        metrics = context.app.metrics
        headers = {} if context.request is None else context.request.headers
        began = time.perf_counter()
        with context.app.tracing.operation(headers) as trace:
            yield
            name = metrics.operation(asked.operation_name)
            trace(name)
        errors = asked.pre_execution_errors or getattr(asked.result, "errors", None)
        outcome = str((errors[0].extensions or {}).get("code", "INTERNAL")) if errors else "ok"
        metrics.operations.labels(operation=name, outcome=outcome).inc()
        if asked.graphql_document is None or asked.operation_type is not OperationType.SUBSCRIPTION:
            metrics.operation_seconds.labels(operation=name).observe(time.perf_counter() - began)
