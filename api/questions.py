"""What goes to the process that answers long questions, and what comes back.

The one idea: whoever answers needs no more than this, and whoever asks learns all that it would have seen by answering: what
is to be put on record, and what is to be counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from graphql import GraphQLFormattedError

from api.metrics import Counting
from lineage.access.principal import Principal
from lineage.access.reads import Read

HELLO: Final = 0
"""The number of each side's first message: the key of the service's pseudonyms; that the process is ready."""


@dataclass(frozen=True, slots=True)
class Query:
    """One GraphQL query and who asks it. `headers` are those that an answer depends on; no key is among them."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None
    principal: Principal
    request: str
    headers: tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Address:
    """What is asked for by an address of REST, as it was sent, and who asks."""

    path: bytes
    query_string: bytes
    principal: Principal
    request: str
    """The request's id."""


Question = Query | Address


class Operation(NamedTuple):
    """An operation that was answered: its name, `ok` or an error's code. How long it took knows who waited for it."""

    name: str | None
    outcome: str


class StoreRead(NamedTuple):
    """A read of the graph, and how long it took."""

    name: str
    seconds: float


@dataclass(slots=True)
class Taken:
    """What answering took, for who has the record and the figures."""

    reads: list[Read] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    store_reads: list[StoreRead] = field(default_factory=list)
    objects: frozenset[str] = frozenset()
    """What an address showed: the service makes one entry of it."""

    def count_reads(self, metrics: Counting) -> None:
        """Count the reads of the graph."""
        for read in self.store_reads:
            metrics.store_read(*read)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `data` is JSON in pieces, which travel beside it; none where there is no data. `declined`: the
    question has to be answered by the service itself. `status` and `headers` are an address's."""

    data: tuple[bytes, ...] = ()
    errors: tuple[GraphQLFormattedError, ...] = ()
    extensions: Mapping[str, Any] | None = None
    taken: Taken = field(default_factory=Taken)
    declined: bool = False
    status: int = 200
    headers: tuple[tuple[bytes, bytes], ...] = ()
