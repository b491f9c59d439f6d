"""The signer: signs a log's head only as the growth of the head that it signed before.

The one idea: it trusts neither the ledger's file nor the process that asks. Each request brings a consistency proof from
the signer's own last head; a rewritten, shortened or restored ledger has none, and gets no signature. It may run in the
service's process, or apart under another user (socket_signer.py); the contract is the same.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from lineage.errors import LedgerError
from lineage.signing.key_file import OwnKey, parse_keys, read_keys, write_keys
from lineage.signing.memory import Remembered, SignerMemory
from lineage.signing.private_keys import make_key, sign_line
from lineage.verify.checkpoint import Checkpoint
from lineage.verify.keys import KeyKind, VerifierKey
from lineage.verify.note import NoteSignature
from lineage.verify.tree import EMPTY_ROOT, verify_consistency

SIGNER_FOLDER, KEYS_FILE, MEMORY_FILE = "signer", "keys", "memory.sqlite"
OVERLAP_S = 30 * 86_400  # both keys sign for a month: time for every auditor to be handed the new policy

WallClock = Callable[[], float]
"""Seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that signs for a log now, and from when on it no longer does (seconds since the epoch; None: no date)."""

    verifier: VerifierKey
    retires_s: int | None


class Signer(Protocol):
    """What the publisher needs of a signer. Methods may be called from any thread.

    Raises LedgerError: retryable when the signer cannot be reached or its disk fails, not retryable when it *refuses*,
    because the head does not extend the last one that it signed.
    """

    def last(self, origin: str) -> Checkpoint | None:
        """The last head that it signed for the log; None: it does not know the log yet."""

    def remembered(self, origin: str) -> Remembered | None:
        """That head, and the newest of those before it; None: it does not know the log yet."""

    def keys(self, origin: str) -> tuple[PublicKey, ...]:
        """The keys that sign for the log now, oldest first; makes the first one for a log that it does not know."""

    def sign(self, head: Checkpoint, proof: Sequence[bytes]) -> tuple[NoteSignature, ...]:
        """A signature by each of those keys. `proof`: consistency from `last` (or from size 0) to `head`."""

    def rotate(self, origin: str) -> VerifierKey:
        """Make a new key, let the present ones sign for OVERLAP_S more; the new one's public half."""


class LocalSigner:
    """A signer with its keys and memory in `folder`. `given` are the keys' lines where the environment holds them
    instead of the folder (they cannot be rotated here). One process at a time has the folder."""

    def __init__(
        self, folder: Path, *, post_quantum: bool = False, given: str | None = None, clock: WallClock = time.time
    ) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise LedgerError(f"The signer's folder {folder} cannot be made: {error}.") from error
        self._path = folder / KEYS_FILE
        self._kinds = (KeyKind.ED25519, KeyKind.ML_DSA_44) if post_quantum else (KeyKind.ED25519,)
        self._clock = clock
        self._given = None if given is None else parse_keys(given.replace(",", "\n"))
        self._lock = threading.Lock()
        self._memory = SignerMemory(folder / MEMORY_FILE)

    def close(self) -> None:
        """Let go of the folder."""
        self._memory.close()

    def last(self, origin: str) -> Checkpoint | None:
        """As the protocol says."""
        return self._memory.last(origin)

    def remembered(self, origin: str) -> Remembered | None:
        """As the protocol says."""
        return self._memory.remembered(origin)

    def keys(self, origin: str) -> tuple[PublicKey, ...]:
        """As the protocol says."""
        with self._lock:
            return tuple(PublicKey(each.key.verifier, each.retires_s) for each in self._own(origin))

    def sign(self, head: Checkpoint, proof: Sequence[bytes]) -> tuple[NoteSignature, ...]:
        """As the protocol says."""
        with self._lock:
            own = self._own(head.origin)
            self._require_growth(self._memory.last(head.origin), head, proof)
            self._memory.remember(head)  # before the signature exists: a kill between costs a signature, no promise
            now_s = int(self._clock())
            return tuple(sign_line(each.key, head.text, now_s) for each in own)

    def rotate(self, origin: str) -> VerifierKey:
        """As the protocol says."""
        with self._lock:
            if self._given is not None:
                raise LedgerError("The signer's keys come from the environment. Rotate them where they are kept.")
            own = self._own(origin)
            if any(each.retires_s is not None for each in own):
                raise LedgerError(f"A key of {origin} is being retired already. Rotate once that one is gone.")
            retires_s = int(self._clock()) + OVERLAP_S
            fresh = [OwnKey(make_key(origin, kind)) for kind in self._kinds]
            kept = [replace(each, retires_s=retires_s) if each in own else each for each in read_keys(self._path)]
            write_keys(self._path, [*kept, *fresh])
            return fresh[0].key.verifier

    def _own(self, origin: str) -> tuple[OwnKey, ...]:
        """The keys that sign now. A log that was never heard of gets its first ones; one whose memory is gone none."""
        now_s = self._clock()
        known = read_keys(self._path) if self._given is None else self._given
        own = tuple(each for each in known if each.key.verifier.name == origin)
        remembered = self._memory.last(origin)
        if not own:
            if self._given is not None or remembered is not None:
                raise LedgerError(f"The signer has no key for {origin}. Restore its keys.")
            # The memory first: a key without one is a signer that was robbed of it.
            self._memory.remember(Checkpoint(origin, 0, EMPTY_ROOT))
            own = tuple(OwnKey(make_key(origin, kind)) for kind in self._kinds)
            write_keys(self._path, [*known, *own])
        elif remembered is None:
            if self._given is None:
                raise LedgerError(
                    f"The signer has keys for {origin}, but has lost its memory of what it signed. Restore its folder."
                )
            self._memory.remember(Checkpoint(origin, 0, EMPTY_ROOT))
        return tuple(each for each in own if each.retires_s is None or each.retires_s > now_s)

    @staticmethod
    def _require_growth(last: Checkpoint | None, head: Checkpoint, proof: Sequence[bytes]) -> None:
        if last is None or verify_consistency(last.size, head.size, proof, last.root, head.root):
            return
        if head.size < last.size:
            what = f"has {head.size} entries, {last.size} were signed: it was cut off or an old copy was restored"
        elif head.size == last.size:
            what = f"has another root at size {head.size} than the one that was signed: its history was rewritten"
        else:
            what = f"does not extend the {last.size} entries that were signed: its history was rewritten"
        raise LedgerError(f"The signer refuses: {head.origin} {what}. Run `headwater audit fsck`.")
