"""Which questions are long: those are answered by a process of their own, where there is one.

The one idea: what an operation asks for is known before it is answered, by its price; and whoever sends a document that nobody has
read yet, or many values with it, decides what reading it costs. So what is dear, or long and unread, or of many values, goes to
the other process; nothing goes there that needs what the service alone has: the signer, the record of reads, the keys.
"""

from __future__ import annotations

from typing import Any, Final

from graphql import GraphQLError, GraphQLSchema

from api.graphql.admission import CHARACTERS_MAX, KEPT_LENGTH_MAX, Reader, require_one_operation, values_in
from api.graphql.cost import COST_MAX, WALKED, Price
from lineage.errors import HeadwaterError, LimitExceeded

LONG_COST_MIN: Final = WALKED // 2  # whatever walks the graph, and what shows as much as a full page
UNREAD_LENGTH_MIN: Final = 64  # characters: fewer are read in some milliseconds, whatever they are
LONG_VALUES_MIN: Final = 1_000  # of all variables: checking fewer takes some milliseconds
ELSEWHERE: Final = frozenset({
    "__schema", "__type", "__typename", "aliasSuggestions", "aliases", "compareVersions", "dataset", "diff", "distrusted",
    "featureSkew", "find", "impact", "job", "ledger", "lineage", "node", "nodes", "paths", "provenance", "run", "runLineage",
    "schemaChanges", "search", "servedVersions", "statedFacts", "whoami",
})  # fmt: skip
"""Root fields that only read the graph, or what people said of it."""
OF_THE_RECORD: Final = frozenset({"AuditEntry"})
"""What has fields that need more: proofs are signed for, and what an entry says is disclosed on record."""
_WRITES: Final = ("mutation", "subscription")


class LongQuestions:
    """Tells long questions from others, by what `reader` reads. One for each schema; safe to use from several threads."""

    def __init__(self, schema: GraphQLSchema, reader: Reader) -> None:
        self._schema, self._reader = schema, reader

    def is_long(self, query: str, operation_name: str | None, variables: dict[str, Any] | None) -> bool:
        """Whether another process should be asked. Reads a short document."""
        if len(query) > CHARACTERS_MAX or query.lstrip().startswith(_WRITES):
            return False  # nobody reads it; or the other process would decline it
        try:
            values = values_in(variables or {})
        except LimitExceeded:
            return False
        if len(query) >= UNREAD_LENGTH_MIN and not self.knows(query):
            return True
        price = self._price(query, operation_name, variables)
        if price is None or price.cost > COST_MAX or not _belongs(price):
            return False
        return price.cost >= LONG_COST_MIN or values >= LONG_VALUES_MIN

    def belongs(self, query: str, operation_name: str | None, variables: dict[str, Any] | None) -> bool:
        """Whether a process can answer that only reads the graph. What is refused anyhow, whatever it asks for, it can
        refuse as well."""
        price = self._price(query, operation_name, variables)
        return price is None or price.cost > COST_MAX or _belongs(price)

    def knows(self, query: str) -> bool:
        """Whether the document was read already."""
        return self._reader.kept(query) is not None

    def learn(self, query: str) -> None:
        """Read a document that another process found good and cheap, so that it is not long the next time; unless it is
        too long to be kept."""
        if len(query) <= KEPT_LENGTH_MAX and not self.knows(query):
            self._reader.read(self._schema, query)

    def _price(self, query: str, operation_name: str | None, variables: dict[str, Any] | None) -> Price | None:
        """None for what is not answered: no GraphQL, not of this schema."""
        try:
            document = self._reader.kept(query) or self._reader.read(self._schema, query)
            require_one_operation(document.tree, operation_name)
            return None if document.errors else document.price(self._schema, operation_name, variables)
        except (GraphQLError, HeadwaterError):
            return None


def _belongs(price: Price) -> bool:
    return bool(price.roots) and price.roots <= ELSEWHERE and not price.kinds & OF_THE_RECORD
