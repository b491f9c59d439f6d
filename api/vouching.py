"""Who vouches for a head of the log, in words, remembered for the last few heads: every answer says it.

The one idea: a head's note does not change but for signatures that are added, and then it is another text; so what was once
worked out for a text holds, and the signer need not be asked again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from api.signing import Signing
from lineage.verify.checkpoint import SignedCheckpoint

REMEMBERED: Final = 64  # the newest head, and those that a page of proofs leads to


@dataclass(slots=True)
class Vouching:
    """Safe to use from several threads."""

    _told: OrderedDict[str, tuple[str, ...]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def words(self, signing: Signing, signed: SignedCheckpoint) -> tuple[str, ...]:
        """`signed by the operator …`, `cosigned by N of M witnesses`."""
        note = signed.encode()
        with self._lock:
            if note in self._told:
                self._told.move_to_end(note)
                return self._told[note]
        words = signing.standing(signed).words()
        with self._lock:
            self._told[note] = words
            if len(self._told) > REMEMBERED:
                self._told.popitem(last=False)
        return words
