"""The log's side of witnessing: ask each witness to cosign the newest checkpoint, in a thread of its own.

The one idea: a witness that is slow, down or lying costs nothing but its cosignature. Each has its own thread and its
own state; only the newest checkpoint of a log waits; what a witness *refuses* is an alarm and is said in `state`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lineage.errors import HeadwaterError, LedgerError, StoreError
from lineage.ledger import Ledger
from lineage.signing.checkpoints import Checkpoints
from lineage.signing.witness import ADD_CHECKPOINT
from lineage.verify.checkpoint import SignedCheckpoint, parse_decimal
from lineage.verify.note import NoteSignature, parse_signature_line
from lineage.verify.policy import PolicyKey
from lineage.verify.proof import ConsistencyProof
from lineage.verify.refusal import VerifyError

TIMEOUT_S = 1.0  # a witness that needs longer is asked again with the next checkpoint
RETRY_S_MIN, RETRY_S_MAX = 1.0, 60.0
ROUNDS_MAX = 3  # a 409 tells the size to go on from; another process may cosign between
CLOSE_TIMEOUT_S = 2 * TIMEOUT_S

Post = Callable[[str, bytes], tuple[int, str]]
"""POST these bytes to the URL: HTTP status and text of the answer. StoreError (retryable) when there is none."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class WitnessState:
    """How it stands with one witness, for status pages. `alarm`: why it refuses; `trouble`: why it cannot be asked."""

    name: str
    url: str
    cosigned_size: dict[str, int]
    alarm: str = ""
    trouble: str = ""


def cosign(
    witness: PolicyKey, ledger: Ledger, signed: SignedCheckpoint, known_size: int, post: Post
) -> tuple[NoteSignature, ...]:
    """The witness's cosignatures on the checkpoint, checked. `known_size`: what it cosigned last, as far as we know.

    LedgerError when the witness refuses: it has seen another history. StoreError when it gives no usable answer."""
    head = signed.checkpoint
    old_size = min(known_size, head.size)
    for _ in range(ROUNDS_MAX):
        proof = tuple(ledger.consistency_proof(old_size, head.size))
        request = ConsistencyProof(old_size, proof, signed.encode())
        status, text = post(f"{witness.url.rstrip('/')}/{ADD_CHECKPOINT}", request.encode().encode())
        if status == 200:
            return _cosignatures(witness, signed, text)
        if status == 409:
            seen = _size(witness, text)
            if seen > head.size:
                raise LedgerError(
                    f"The witness {witness.name} has seen {seen} entries of {head.origin}, here are {head.size}: the "
                    "ledger was rolled back. Run `headwater audit fsck`."
                )
            if seen == old_size:
                break  # the same size and another root
            old_size = seen
            continue
        if status == 422:
            break
        raise StoreError(f"The witness {witness.name} answers {status}: {text[:200].strip()!r}.", retryable=True)
    else:
        raise StoreError(f"The witness {witness.name} moves on faster than it can be asked.", retryable=True)
    raise LedgerError(
        f"The witness {witness.name} has seen another history of {head.origin} than the one up to size {head.size}: the "
        "ledger was rewritten. Run `headwater audit fsck`."
    )


def _size(witness: PolicyKey, text: str) -> int:
    try:
        return parse_decimal(text.removesuffix("\n"), "tree size")
    except VerifyError as error:
        raise StoreError(f"The witness {witness.name} answers 409 without a size.", retryable=True) from error


def _cosignatures(witness: PolicyKey, signed: SignedCheckpoint, text: str) -> tuple[NoteSignature, ...]:
    try:
        lines = [parse_signature_line(line) for line in text.removesuffix("\n").split("\n")]
        ours = tuple(line for line in lines if witness.key.signed(line))
        for line in ours:
            witness.key.verify(signed.note.text, line.signature)
    except VerifyError as error:
        raise StoreError(f"The witness {witness.name} answers no cosignature: {error}.", retryable=True) from error
    if not ours:
        raise StoreError(f"The witness {witness.name} signs with another key than the one configured.", retryable=True)
    return ours


class Cosigning:
    """Keeps asking `witnesses` (those with a URL) for the newest checkpoint of each log."""

    def __init__(self, witnesses: Sequence[PolicyKey], checkpoints: Checkpoints, post: Post) -> None:
        self._checkpoints = checkpoints
        self._post = post
        self._changed = threading.Condition()
        self._stopping = False
        self._newest: dict[str, dict[str, tuple[Ledger, SignedCheckpoint]]] = {}
        self.states = tuple(WitnessState(each.name, each.url, {}) for each in witnesses)
        self._threads: list[threading.Thread] = []
        for witness, state in zip(witnesses, self.states, strict=True):
            if witness.url:
                self._newest[witness.name] = {}
                thread = threading.Thread(
                    target=self._run, args=(witness, state), name=f"witness-{witness.name}", daemon=True
                )
                self._threads.append(thread)
                thread.start()

    def ask(self, ledger: Ledger, signed: SignedCheckpoint) -> None:
        """Let every witness cosign it, some time soon. Never blocks."""
        with self._changed:
            for waiting in self._newest.values():
                waiting[ledger.origin] = (ledger, signed)
            self._changed.notify_all()

    def close(self) -> None:
        """Stop asking."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        deadline = time.monotonic() + CLOSE_TIMEOUT_S
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self, witness: PolicyKey, state: WitnessState) -> None:
        waiting, pause_s = self._newest[witness.name], RETRY_S_MIN
        while True:
            with self._changed:
                while not waiting and not self._stopping:
                    self._changed.wait()
                if self._stopping:
                    return
                origin, (ledger, signed) = next(iter(waiting.items()))
                del waiting[origin]
            try:
                self._cosign(witness, state, ledger, signed)
                pause_s = RETRY_S_MIN
            except HeadwaterError as error:
                self._note(state, error)
                with self._changed:
                    waiting.setdefault(origin, (ledger, signed))  # a newer one may wait already
                    self._changed.wait_for(lambda: self._stopping, timeout=pause_s)
                pause_s = min(2 * pause_s, RETRY_S_MAX)

    def _cosign(self, witness: PolicyKey, state: WitnessState, ledger: Ledger, signed: SignedCheckpoint) -> None:
        head = signed.checkpoint
        known = self._checkpoints.witnessed(head.origin, witness.name)
        signatures = cosign(witness, ledger, signed, known, self._post)
        self._checkpoints.cosign(head.origin, head.size, witness.name, signatures)
        state.cosigned_size[head.origin] = head.size
        state.alarm = state.trouble = ""

    @staticmethod
    def _note(state: WitnessState, error: HeadwaterError) -> None:
        refuses = isinstance(error, LedgerError) and not error.retryable
        if error.message not in (state.alarm, state.trouble):
            _log.log(logging.ERROR if refuses else logging.WARNING, "%s", error.message)
        state.alarm, state.trouble = (error.message, "") if refuses else (state.alarm, error.message)
