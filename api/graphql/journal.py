"""Which statements hold: alias rules, distrust, stated facts. Read from the leaves, kept in memory.

The one idea: the ledger is the truth, so nothing of this is stored a second time. A journal follows the log in bundles
of 256 leaves, looks at each once, and opens the payloads of the few statements. Not here: what statements do to the
graph (the projector reads the same entries), and dead letters (api/dead_letters.py).
"""

import logging
import threading
from dataclasses import dataclass

from api.accepting import NORM
from api.logs import log
from lineage.errors import InputError
from lineage.ledger import Ledger
from lineage.ledger.erasure import ERASE_KIND, decode_erasures
from lineage.ledger.followed import FollowedKinds
from lineage.ledger.leaf import Leaf
from lineage.statements import (
    ENTRY_KINDS,
    AliasRule,
    AliasStatement,
    Distrust,
    DistrustStatement,
    FactStatement,
    Op,
    Replay,
    Retraction,
    StatedFact,
    decode,
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Origin:
    """The entry that a statement came with. Time in microseconds since the epoch."""

    index: int
    time_us: int
    actor: str


class Journal:
    """Follows one ledger. Safe to call from several threads; each call first catches up, and blocks while it does."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._followed = FollowedKinds(ledger, {*ENTRY_KINDS, ERASE_KIND})
        self._aliases: dict[tuple[str, str], tuple[Origin, AliasRule]] = {}
        self._distrusts: dict[tuple[object, ...], tuple[Origin, Distrust]] = {}
        self._stated: dict[int, tuple[Origin, StatedFact]] = {}

    def aliases(self) -> list[tuple[Origin, AliasRule]]:
        """Rules that hold now, in the order in which they were made."""
        with self._lock:
            self._followed.catch_up(self._note)
            return sorted(self._aliases.values(), key=lambda pair: pair[0].index)

    def distrusts(self) -> list[tuple[Origin, Distrust]]:
        """What is set aside now, in the order in which it was."""
        with self._lock:
            self._followed.catch_up(self._note)
            return sorted(self._distrusts.values(), key=lambda pair: pair[0].index)

    def stated(self) -> list[tuple[Origin, StatedFact]]:
        """Facts that hold now, in the order in which they were stated."""
        with self._lock:
            self._followed.catch_up(self._note)
            return [self._stated[index] for index in sorted(self._stated)]

    def _note(self, leaf: Leaf) -> None:
        norm = self._ledger.part(leaf.index, NORM)
        if norm is None:  # erased: it no longer says anything
            return
        if leaf.kind == ERASE_KIND:
            gone = [each for each in decode_erasures(norm, leaf.index) if each.name == NORM]
            for index in [at for at in self._stated if any(each.start <= at < each.stop for each in gone)]:
                del self._stated[index]
            return
        origin = Origin(leaf.index, leaf.time_us, leaf.actor)
        try:
            statement = decode(leaf.kind, norm)
        except InputError as error:  # a newer version wrote it
            log(_log, logging.WARNING, "a statement in the ledger cannot be read", index=leaf.index, error=str(error))
            return
        match statement:
            case AliasStatement(Op.ADD, rule):
                self._aliases[rule.key] = (origin, rule)
            case AliasStatement(Op.REMOVE, rule):
                self._aliases.pop(rule.key, None)
            case DistrustStatement(Op.ADD, distrust):
                self._distrusts[distrust.key] = (origin, distrust)
            case DistrustStatement(Op.REMOVE, distrust):
                self._distrusts.pop(distrust.key, None)
            case FactStatement(fact):
                self._stated[leaf.index] = (origin, fact)
            case Retraction(index):
                self._stated.pop(index, None)
            case Replay():
                return  # moves no statement
