"""Proofs for one request: each asked for once, all of a page made in one visit to the desk.

The one idea: a proof leads to a signed checkpoint and nowhere else, for neither size nor root are bound by it. The newest
one that covers the entry serves, unless a size is asked for: then the smallest kept one that covers that size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from strawberry.dataloader import DataLoader

from lineage.errors import HeadwaterError, NotFound
from lineage.verify.checkpoint import SignedCheckpoint
from lineage.verify.proof import TlogProof

if TYPE_CHECKING:
    from api.context import AppContext
    from api.graphql.reads import WatchedDesk


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry is in the log at a signed head."""

    index: int
    head: SignedCheckpoint
    hashes: tuple[bytes, ...]

    @property
    def text(self) -> str:
        """C2SP tlog-proof@v1."""
        return TlogProof(self.index, self.hashes, self.head.encode()).encode()


class Prover:
    """Proofs and heads, as long as the request lives."""

    def __init__(self, app: AppContext, desk: WatchedDesk) -> None:
        self._app, self._desk = app, desk
        self._heads: dict[int | None, SignedCheckpoint] = {}
        self.proofs: DataLoader[tuple[int, int | None], Proof] = DataLoader(self._load)

    async def head(self, size: int | None) -> SignedCheckpoint:
        """The newest signed head, or the smallest kept one of at least `size` entries. NotFound beyond the log's end."""
        return await self._desk.ask(self._head, size)

    async def _load(self, keys: list[tuple[int, int | None]]) -> list[Proof | BaseException]:
        return await self._desk.ask(self._prove, keys)

    def _prove(self, keys: list[tuple[int, int | None]]) -> list[Proof | BaseException]:
        made: list[Proof | BaseException] = []
        for index, size in keys:
            try:
                head = self._head(size)
                if size is None and head.checkpoint.size <= index:
                    head = self._head(index + 1)
                made.append(Proof(index, head, tuple(self._app.ledger.inclusion_proof(index, head.checkpoint.size))))
            except HeadwaterError as error:
                made.append(error)
        return made

    def _head(self, size: int | None) -> SignedCheckpoint:
        if size not in self._heads:
            self._heads[size] = self._find(size)
        return self._heads[size]

    def _find(self, size: int | None) -> SignedCheckpoint:
        app = self._app
        if size is None:
            return app.signing.checkpoints.latest(app.ledger.origin) or app.signing.cover(app.ledger.origin, 0)
        end = app.ledger.size()
        if not 0 <= size <= end:
            raise NotFound(f"The log has {end} entries, not {size}. Ask for a size up to that.")
        return app.signing.cover(app.ledger.origin, size)
