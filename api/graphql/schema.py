"""The schema, put together, with its bounds."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import cached_property
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult

from api.graphql.accesses import AccessQuery
from api.graphql.admission import Admitted, Reader
from api.graphql.compiled import CompilingExecutor
from api.graphql.context import RequestContext
from api.graphql.elsewhere import Elsewhere
from api.graphql.errors import coded
from api.graphql.evidence import EvidenceQuery
from api.graphql.guard import guard
from api.graphql.keys import KeyQuery
from api.graphql.long import Long
from api.graphql.measuring import Measured
from api.graphql.models import ModelQuery
from api.graphql.mutations import Mutation
from api.graphql.nodes import Column, Dataset, DatasetVersion, Job, Namespace, Run
from api.graphql.pinned import Pinned
from api.graphql.queries import Query as LineageQuery
from api.graphql.reads import AccessNoted
from api.graphql.record import RecordQuery
from api.graphql.run_lineage import RunLineageQuery
from api.graphql.subscriptions import Subscription
from api.graphql.trail import TrailQuery
from api.graphql.vocabulary import SCALARS

_reader = Reader()


@strawberry.type(description="All questions. They take any spelling of a name, and most of them any moment.")
class Query(LineageQuery, RecordQuery, TrailQuery, EvidenceQuery, KeyQuery, AccessQuery, RunLineageQuery, ModelQuery):
    pass


def _admit() -> SchemaExtension:
    return Admitted(_reader)


class Schema(strawberry.Schema):
    """Strawberry's schema, quiet: errors.py logs faults, and what callers do wrong is told to them, not to the log."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing more to do."""

    @cached_property
    def long(self) -> Long:
        """Tells long questions from others."""
        return Long(self._schema, _reader)

    @cached_property
    def _elsewhere(self) -> Elsewhere:
        return Elsewhere(self.long)

    async def execute(self, query: str | None, *, context_value: Any = None, **options: Any) -> ExecutionResult:  # type: ignore[override]
        """Every error of the answer has its code, whether it came while reading, checking or answering. Long questions are
        answered by another process, where there is one."""
        told = await self._told(query, context_value, options)
        if told is not None:
            return told
        result = await super().execute(query, context_value=context_value, **options)
        if result.errors:
            result.errors = [coded(error) for error in result.errors]
        return result

    async def stream(self, query: str | None, *, context_value: Any = None, **options: Any) -> Any:  # type: ignore[override]
        """The same for each result of a stream. A connection's context serves all its operations: each gets its own."""
        own = context_value.again() if isinstance(context_value, RequestContext) else context_value
        told = await self._told(query, own, options)
        if told is not None:
            return _alone(told)
        return _coded(await super().stream(query, context_value=own, **options))

    async def _told(self, query: str | None, context: Any, options: dict[str, Any]) -> ExecutionResult | None:
        if query is None or not isinstance(context, RequestContext):
            return None
        names = ("variable_values", "operation_name", "operation_extensions")
        return await self._elsewhere.answer(query, context, *map(options.get, names))


async def _alone(result: ExecutionResult) -> AsyncGenerator[ExecutionResult, None]:
    yield result


async def _coded(results: Any) -> AsyncGenerator[Any, None]:
    async with aclosing(results):
        async for result in results:
            if result.errors:
                result.errors = [coded(error) for error in result.errors]
            yield result


schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Namespace, Dataset, Column, Job, Run, DatasetVersion],
    execution_context_class=CompilingExecutor,
    extensions=[Measured, AccessNoted, Pinned, _admit],
    config=StrawberryConfig(scalar_map=SCALARS),
)
guard(schema._schema)


def clients_names() -> set[str]:
    """How `headwater.client` names its operations: each by its root field."""
    roots = (schema._schema.query_type, schema._schema.mutation_type, schema._schema.subscription_type)
    return {name[0].upper() + name[1:] for root in roots if root is not None for name in root.fields}
