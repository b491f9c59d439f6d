"""Each operation counted, timed and traced, by its name."""

import time
from collections.abc import Iterator, Sequence

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from api.graphql.context import RequestContext
from api.graphql.errors import code_of
from api.operation_names import CHARACTERS_MAX, UNNAMED


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
        errors: Sequence[GraphQLError] | None = None
        name: str | None = None
        try:
            with context.app.tracing.operation(headers) as trace:
                yield
                name = asked.operation_name
                trace((name or UNNAMED)[:CHARACTERS_MAX])
                errors = asked.pre_execution_errors or getattr(asked.result, "errors", None)
        except GraphQLError as error:  # it could not even be read
            errors = [error]
            raise
        finally:
            outcome = code_of(errors[0]) if errors else "ok"
            lasts = asked.graphql_document is not None and asked.operation_type is OperationType.SUBSCRIPTION
            metrics.operation(name, outcome, None if lasts else time.perf_counter() - began)
