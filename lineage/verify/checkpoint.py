"""C2SP tlog-checkpoint: the signed head of a log, the only place from which a size and a root may be taken.

An inclusion proof binds neither the size nor the log: both come from here, and count once policy.py has said so.
"""

from __future__ import annotations

from dataclasses import dataclass

from lineage.verify import base64_text
from lineage.verify.note import Note, parse_note
from lineage.verify.refusal import Malformed
from lineage.verify.tree import HASH_BYTES

SIZE_MAX = 2**63 - 1  # what Go's readers hold


def parse_decimal(text: str, what: str) -> int:
    """A number without sign, leading zeroes or other digits than ASCII's. Malformed."""
    if not (text.isascii() and text.isdecimal()) or (text[0] == "0" and text != "0") or len(text) > 19:
        raise Malformed(f"{text[:40]!r} is no {what}")
    number = int(text)
    if number > SIZE_MAX:
        raise Malformed(f"{text} is too large for a {what}")
    return number


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log `origin` had `size` entries under `root` (32 bytes)."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The three lines that are signed. This service writes no extension lines: nobody could audit them."""
        return f"{self.origin}\n{self.size}\n{base64_text.encode(self.root)}\n"


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint and the note that it came in, signatures unchecked."""

    checkpoint: Checkpoint
    note: Note

    def encode(self) -> str:
        """The signed note."""
        return self.note.encode()


def parse_checkpoint_text(text: str) -> Checkpoint:
    """The checkpoint in a note's text; extension lines are passed over. Malformed."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise Malformed("not a checkpoint: origin, size and root on a line each")
    return Checkpoint(lines[0], parse_decimal(lines[1], "tree size"), base64_text.decode(lines[2], length=HASH_BYTES))


def parse_checkpoint(content: bytes | str) -> SignedCheckpoint:
    """The signed checkpoint in `content`. Malformed. Whom to believe is policy.py's question."""
    note = parse_note(content)
    return SignedCheckpoint(parse_checkpoint_text(note.text), note)
