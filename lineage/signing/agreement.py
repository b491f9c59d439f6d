"""Whether the files that signing leaves agree: part of fsck's checks 6 and 7.

The one idea: signing writes down one fact in several places, in a fixed order (published keys, what the signer is asked
for, its memory, the checkpoint), and a kill leaves only what that order allows. Whatever else is missing was taken away,
and whatever else contradicts was changed; the file is named. A log that nobody ever signed has none of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from lineage.ledger import Ledger
from lineage.ledger.check_report import CheckReport
from lineage.signing.kept import CHECKPOINTS, GONE, MEMORY, OWN_KEYS, Kept
from lineage.signing.key_ranges import KeyRange, SignerPlace, signer_place
from lineage.signing.memory import SIGNED_KEPT
from lineage.verify.checkpoint import Checkpoint, SignedCheckpoint
from lineage.verify.keys import signatures_of
from lineage.verify.refusal import VerifyError

HEADS, KEYS = 6, 7
"""The checks' numbers."""


class Agreement:
    """The files beside `ledger` held against one another. `heads` are the kept checkpoints that can be read."""

    def __init__(self, ledger: Ledger, kept: Kept, heads: Sequence[SignedCheckpoint]) -> None:
        self.report = CheckReport()
        self._ledger, self._kept, self._heads = ledger, kept, heads
        self._newest = max((size for size, _ in kept.rows), default=0)
        told = kept.keys_json
        self._place = None if told is None else signer_place(told)

    def check_files(self) -> None:
        """Check 6: the signer's memory and the kept checkpoints."""
        self._check_memory_is_there()
        remembered = self._kept.remembered
        if self._kept.rows_lost and (self._kept.keys_json is not None or (remembered and remembered.last.size)):
            signed = f": the signer signed {remembered.last.size} entries" if remembered else ""
            self._found(HEADS, f"{CHECKPOINTS} {self._kept.rows_lost}{signed}, and kept checkpoints are never removed")
        elif not self._kept.rows and remembered is None and self._kept.keys_json is not None:
            self.report.gaps.append(f"{CHECKPOINTS} keeps no head of this log, though {self._kept.keys_name} names its keys")
        if remembered is not None and not self._left_behind():
            self._check_not_set_back(remembered.last)
            if not self._kept.rows_lost:
                self._check_rows(remembered.last, remembered.signed)

    def changed_memory(self, head: Checkpoint) -> bool:
        """Whether a head of the memory that is not the log's is contradicted by a checkpoint that is: then the memory was
        changed, not the log."""
        return any(each.checkpoint.size == head.size and each.checkpoint.root != head.root for each in self._heads)

    def check_keys(self, published: Sequence[KeyRange], expected: Sequence[KeyRange]) -> None:
        """Check 7: keys.json and the signer's key file, against what signed the kept checkpoints."""
        name, remembered = self._kept.keys_name, self._kept.remembered
        if self._kept.keys_json is None:
            if self._kept.rows:
                self._found(KEYS, f"{name} is gone, though {CHECKPOINTS} keeps {len(self._kept.rows)} signed heads")
            elif remembered is not None and remembered.last.size:
                self._found(KEYS, f"{name} is gone, though the signer signed {remembered.last.size} entries ({MEMORY})")
            return
        if not published and not expected and self._heads:
            self._found(KEYS, f"{name} names no key, though {CHECKPOINTS} keeps {len(self._heads)} signed heads")
        for each in published:
            # The entry that names a key stands at from_size: a head of that very size is from before it.
            covered = [
                head for head in self._heads
                if each.covers(head.checkpoint.size) and head.checkpoint.size > each.from_size
            ]  # fmt: skip
            if covered and not self.signed_any(each):
                self._found(
                    KEYS,
                    f"{name} names the key {each.key.key_id.hex()}, which signed none of the {len(covered)} kept "
                    "checkpoints of its sizes: it was put there by hand",
                )
        if self._kept.own_keys is not None and self._place is SignerPlace.FOLDER:
            for each in published:
                if each.to_size is None and each.key not in self._kept.own_keys:
                    self._found(
                        KEYS,
                        f"{OWN_KEYS} lacks the key {each.key.key_id.hex()}, which signs by {name}: the signer's keys were "
                        "replaced",
                    )

    def _check_memory_is_there(self) -> None:
        kept = self._kept
        if kept.memory_unread:
            self.report.gaps.append(f"the signer's memory ({MEMORY}) was not compared: {kept.memory_unread}")
        if not kept.memory_lost or not (kept.rows or kept.keys_json is not None):
            return
        what = f"{CHECKPOINTS} keeps {len(kept.rows)} signed heads" if kept.rows else f"{kept.keys_name} names its keys"
        if self._place is SignerPlace.APART and kept.memory_lost == GONE:
            self.report.statements.append("the signer runs apart: its memory was not compared (ask it with --signer)")
        elif self._place is None and kept.memory_lost == GONE and kept.own_keys is None:
            self.report.gaps.append(
                f"{MEMORY} is not here, though {what}: if the signer runs apart, ask it with --signer; else it was removed"
            )
        else:
            self._found(HEADS, f"{MEMORY} {kept.memory_lost}, though {what}: what the signer remembers was taken away")

    def _left_behind(self) -> bool:
        """Whether the memory is one of before the signer moved elsewhere: its heads are true, but not the newest."""
        return self._place is SignerPlace.APART and not self._kept.asked_apart

    def _check_not_set_back(self, last: Checkpoint) -> None:
        if last.size < self._newest:
            self._found(
                HEADS,
                f"{MEMORY} says that {last.size} entries were signed last, {CHECKPOINTS} keeps a head of {self._newest}: "
                "the signer's memory was set back",
            )

    def _check_rows(self, last: Checkpoint, signed: Sequence[Checkpoint]) -> None:
        there = {size for size, _ in self._kept.rows}
        lacking = [each.size for each in signed[-SIGNED_KEPT:] if each.size not in there and each.size != last.size]
        if lacking:
            which = f"the head of size {lacking[0]}"
            which += f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
            self._found(HEADS, f"{CHECKPOINTS} lacks {which}, which the signer signed ({MEMORY}): rows were taken away")
        if last.size <= self._newest or last.size in there or last.size > self._ledger.size():
            return
        if self._kept.asked == last.size:
            self.report.statements.append(
                f"the head of size {last.size} was signed, but not kept: the service was killed then"
            )
        elif self._kept.asked is None and not signed:  # both files are from before this was taken down
            self.report.gaps.append(
                f"{CHECKPOINTS} lacks the head of size {last.size} that was signed last: start the service"
            )
        elif not lacking:
            self._found(
                HEADS,
                f"{CHECKPOINTS} lacks the head of size {last.size}, which was signed last ({MEMORY}): it was taken away",
            )

    def signed_any(self, each: KeyRange) -> bool:
        """Whether the key signed a kept checkpoint."""
        return any(_signed_by(each, head) for head in self._heads)

    def _found(self, check: int, message: str) -> None:
        self.report.found(check, message)


def _signed_by(each: KeyRange, head: SignedCheckpoint) -> bool:
    try:
        return bool(signatures_of(each.key, head))
    except VerifyError:  # a forged signature line of its name, which check 7 names
        return False
