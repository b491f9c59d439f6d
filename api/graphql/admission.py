"""What a document has to be before it is answered: short, GraphQL, bearable, and of this schema. In this order.

The one idea: whoever sends a document decides what reading it costs, so each step is bounded by the one before:
characters and tokens before parsing, pairs of fields before checking, depth and cost before answering, and the values of its
variables before they are held against their types. A document is read once and kept; a long new one is read by a thread, for
then the event loop goes on turning.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, parse, specified_rules, validate
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from api.graphql.cost import COMPARISONS_MAX, COST_MAX, DEPTH_MAX, Price, comparisons, price
from lineage.errors import HeadwaterError, InputError, LimitExceeded

CHARACTERS_MAX: Final = 100_000  # of a document: what is long and yet means something has its values in variables
ERRORS_MAX: Final = 20  # told of one document: to guess what was meant takes 2 ms each
TOKENS_MAX: Final = 2_000  # the largest document of our own has 600, the question of tools about the schema 400
VALUES_MAX: Final = 20_000  # of all variables: an erasure may name 10,000 entries. Checking so many takes some 50 ms
NESTED_MAX: Final = 50  # variables in one another: the deepest input has four levels
DOCUMENTS_KEPT: Final = 128  # reading a page's query again would cost 2 ms, finding it nothing
KEPT_LENGTH_MAX: Final = 20_000  # characters; a document that holds its own data is not asked twice
OFF_LOOP_LENGTH_MIN: Final = 500  # characters: below, reading takes some 10 ms
RULES: Final = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was read: its tree, and what speaks against it."""

    tree: DocumentNode
    errors: tuple[GraphQLError, ...]
    prices: dict[str | None, Price] = field(default_factory=dict)
    """The last price of each operation: most requests differ in what they ask about, not in how much."""

    def price(self, schema: GraphQLSchema, operation_name: str | None, variables: dict[str, Any] | None) -> Price:
        """What an operation asks for. LimitExceeded for selections in one another without end."""
        known = self.prices.get(operation_name)
        if known is None or not known.holds_for(variables):
            known = self.prices[operation_name] = price(schema, self.tree, operation_name, variables)
        return known


class Reader:
    """Reads documents, and keeps the last. One for each schema; safe to use from several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._lock = threading.Lock()

    def kept(self, query: str) -> Document | None:
        """A document that was read before."""
        with self._lock:
            if query in self._kept:
                self._kept.move_to_end(query)
            return self._kept.get(query)

    def read(self, schema: GraphQLSchema, query: str) -> Document:
        """The document. GraphQLError where it is no GraphQL; what else is wrong is in its `errors`."""
        if len(query) > CHARACTERS_MAX:
            message = f"The document has more than {CHARACTERS_MAX} characters. Give what it holds as variables."
            raise GraphQLError(
                message, original_error=LimitExceeded(message, limit=CHARACTERS_MAX, asked=len(query))
            )
        try:
            tree = parse(query, max_tokens=TOKENS_MAX)
            pairs = comparisons(tree)
            if pairs > COMPARISONS_MAX:
                raise LimitExceeded(
                    "The query asks for fields of the same name too often to be checked. Leave out what is repeated, or "
                    "ask in several steps.",
                    limit=COMPARISONS_MAX,
                    asked=pairs,
                )
            document = Document(tree, tuple(validate(schema, tree, RULES, max_errors=ERRORS_MAX)))
        except LimitExceeded as error:
            document = Document(tree, (GraphQLError(error.message, original_error=error),))
        if len(query) <= KEPT_LENGTH_MAX:
            with self._lock:
                self._kept[query] = document
                if len(self._kept) > DOCUMENTS_KEPT:
                    self._kept.popitem(last=False)
        return document


class Admitted(SchemaExtension):
    """Reads and prices the document of one operation; tells the price in `extensions.cost`."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self._reader = reader
        self._document: Document | None = None
        self._price: Price | None = None

    async def on_parse(self) -> AsyncIterator[None]:
        """GraphQLError for no GraphQL, and where it is not clear which operation is meant."""
        asked = self.execution_context
        query = asked.query or ""
        self._document = self._reader.kept(query)
        if self._document is None:
            desk = getattr(asked.context, "desk", None)
            reading = (asked.schema._schema, query)
            if desk is None or len(query) < OFF_LOOP_LENGTH_MIN:
                self._document = self._reader.read(*reading)
            else:
                self._document = await desk.ask(self._reader.read, *reading)
        require_one_operation(self._document.tree, asked._provided_operation_name)
        asked.graphql_document = self._document.tree
        yield

    async def on_validate(self) -> AsyncIterator[None]:
        """What was found while reading, and whether the answer would be bearable."""
        asked = self.execution_context
        if self._document is not None:
            errors = list(self._document.errors)
            try:
                values_in(asked.variables or {})
                self._price = self._document.price(
                    asked.schema._schema, asked._provided_operation_name, asked.variables
                )
                self._price.require_bearable()
            except HeadwaterError as error:
                errors = errors or [GraphQLError(error.message, original_error=error)]
            asked.pre_execution_errors = errors
        yield

    def get_results(self) -> dict[str, Any]:
        """What was asked for, and what may be."""
        if self._price is None:
            return {}
        asked = {"requested": self._price.told, "maximum": COST_MAX}
        return {"cost": {**asked, "depth": self._price.depth, "depthMaximum": DEPTH_MAX}}


def values_in(variables: dict[str, Any]) -> int:
    """How many values the variables hold. LimitExceeded for more than are looked at, and for more in one another: the
    rest is not even counted."""
    waiting: list[tuple[Any, int]] = [(variables, 0)]
    seen = 0
    while waiting:
        value, nested = waiting.pop()
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        seen += len(inner)
        if seen > VALUES_MAX:
            message = f"The variables hold more than {VALUES_MAX} values. Ask about fewer things at once."
            raise LimitExceeded(message, limit=VALUES_MAX, asked=seen)
        if nested > NESTED_MAX:
            message = f"The variables are nested more than {NESTED_MAX} deep. No input of the schema is."
            raise LimitExceeded(message, limit=NESTED_MAX, asked=nested)
        waiting.extend((each, nested + 1) for each in inner)
    return seen


def require_one_operation(tree: DocumentNode, name: str | None) -> None:
    """InputError, as a GraphQLError, when the document has not exactly one operation that is meant."""
    operations = [each for each in tree.definitions if isinstance(each, OperationDefinitionNode)]
    names = [each.name.value for each in operations if each.name]
    if name is None and len(operations) > 1:
        message = "The document has several operations. Say which one is meant by `operationName`."
    elif name is not None and name not in names:
        message = f"The document has no operation `{name[:100]}`. Correct `operationName`, or leave it out."
    elif not operations:
        message = "The document has no operation. Add a query, a mutation or a subscription."
    else:
        return
    raise GraphQLError(message, original_error=InputError(message, place="operationName"))
