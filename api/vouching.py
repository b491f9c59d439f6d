"""The state of the log that an answer is pinned to, and who vouches for it, in words.

The one idea: a head's note does not change but for signatures that are added, and then it is another text; so what was once
worked out for a text holds, and the signer need not be asked again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from lineage.signing.checkpoints import Checkpoints
from lineage.verify.checkpoint import SignedCheckpoint
from lineage.verify.policy import Standing

if TYPE_CHECKING:
    from api.context import ReadContext

NOT_YET: Final = "not signed yet"
REMEMBERED: Final = 64  # the newest head, and those that a page of proofs leads to


class Heads(Protocol):
    """Signed heads of the logs, and who vouches for them."""

    @property
    def checkpoints(self) -> Checkpoints:
        """Those that are kept."""

    def standing(self, signed: SignedCheckpoint) -> Standing:
        """Who vouches for it, by the operator's own word."""


@dataclass(frozen=True, slots=True)
class LogState:
    """A head of the log that covers all that the graph knew: it held the entries before `as_of_index`."""

    size: int
    root: bytes
    as_of_index: int
    status: str


@dataclass(slots=True)
class Vouching:
    """Safe to use from several threads."""

    _told: OrderedDict[str, tuple[str, ...]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def words(self, heads: Heads, signed: SignedCheckpoint) -> tuple[str, ...]:
        """`signed by the operator …`, `cosigned by N of M witnesses`."""
        note = signed.encode()
        with self._lock:
            if note in self._told:
                self._told.move_to_end(note)
                return self._told[note]
        words = heads.standing(signed).words()
        with self._lock:
            self._told[note] = words
            if len(self._told) > REMEMBERED:
                self._told.popitem(last=False)
        return words

    def state(self, app: ReadContext) -> LogState:
        """The newest signed head where it covers what the graph knows now, else the log as it is. Blocks while it reads."""
        known = app.graph.applied()
        signed = app.signing.checkpoints.latest(app.ledger.origin)
        if signed is not None and signed.checkpoint.size >= known:
            head = signed.checkpoint
            return LogState(head.size, head.root, known, "; ".join(self.words(app.signing, signed)))
        size, root = app.ledger.head()
        return LogState(size, root, known, NOT_YET)
