"""The schema, put together, with its bounds."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from functools import cached_property
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from api.graphql.accesses import AccessQuery
from api.graphql.admission import Admitted, Reader
from api.graphql.compiled import CompilingExecutor
from api.graphql.context import RequestContext
from api.graphql.errors import coded
from api.graphql.evidence import EvidenceQuery
from api.graphql.guard import guard
from api.graphql.handover import Handover
from api.graphql.keys import KeyQuery
from api.graphql.long_questions import LongQuestions
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
    def long_questions(self) -> LongQuestions:
        """Tells them from others."""
        return LongQuestions(self._schema, _reader)

    @cached_property
    def _handover(self) -> Handover:
        return Handover(self.long_questions)

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Every error of the answer has its code, whether it came while reading, checking or answering. Long questions are
        answered by another process, where there is one."""
        told = await self._told(query, context_value, variable_values, operation_name)
        if told is not None:
            return told
        result = await super().execute(
            query,
            variable_values,
            context_value,
            root_value,
            operation_name,
            allowed_operation_types,
            operation_extensions,
        )
        if result.errors:
            result.errors = [coded(error) for error in result.errors]
        return result

    async def stream(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        operation_extensions: dict[str, Any] | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
    ) -> Any:
        """The same for each result of a stream. A connection's context serves all its operations: each gets its own."""
        own = context_value.again() if isinstance(context_value, RequestContext) else context_value
        told = await self._told(query, own, variable_values, operation_name)
        if told is not None:
            return _alone(told)
        results = await super().stream(
            query, variable_values, own, root_value, operation_name, operation_extensions, allowed_operation_types
        )
        return _coded(results)

    async def _told(
        self, query: str | None, context: Any, variables: dict[str, Any] | None, operation_name: str | None
    ) -> ExecutionResult | None:
        if query is None or not isinstance(context, RequestContext):
            return None
        return await self._handover.answer(query, context, variables, operation_name)


async def _alone(result: ExecutionResult) -> AsyncGenerator[ExecutionResult, None]:
    yield result


async def _coded(results: Any) -> AsyncGenerator[Any, None]:
    async with aclosing(results):
        try:
            async for result in results:
                if result.errors:
                    result.errors = [coded(error) for error in result.errors]
                yield result
        except GraphQLError as error:  # it could not even be read
            yield PreExecutionError(data=None, errors=[coded(error)])


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
