"""The schema, put together, with its bounds."""

import strawberry
from graphql import GraphQLError
from strawberry.extensions import MaxTokensLimiter, ParserCache, SchemaExtension, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types
from strawberry.types import ExecutionContext

from api.graphql.errors import ErrorCodes
from api.graphql.mutations import Mutation
from api.graphql.nodes import Column, Dataset, DatasetVersion, Job, Namespace, Run
from api.graphql.queries import Query as LineageQuery
from api.graphql.record import RecordQuery
from api.graphql.vocabulary import SCALARS

TOKENS_MAX = 4_000  # the largest query of our own has 600; a document of this size parses in 10 ms
DOCUMENTS_CACHED = 128  # parsing and checking a page's query costs 2 ms, finding it again nothing

Query = merge_types("Query", (LineageQuery, RecordQuery))


def _limit_tokens() -> SchemaExtension:
    return MaxTokensLimiter(max_token_count=TOKENS_MAX)


def _keep_parsed() -> SchemaExtension:
    return ParserCache(maxsize=DOCUMENTS_CACHED)


def _keep_checked() -> SchemaExtension:
    return ValidationCache(maxsize=DOCUMENTS_CACHED)


class Schema(strawberry.Schema):
    """Strawberry's schema, quiet: errors.py logs faults, and what callers do wrong is told to them, not to the log."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing more to do."""


schema = Schema(
    query=Query,
    mutation=Mutation,
    types=[Namespace, Dataset, Column, Job, Run, DatasetVersion],
    extensions=[_limit_tokens, _keep_parsed, _keep_checked, ErrorCodes],
    config=StrawberryConfig(scalar_map=SCALARS),
)
