"""C2SP signed-note: a text and the signatures below it.

A note proves nothing by itself: signatures of unknown keys are carried along unread (so keys can rotate, and witnesses
can add theirs), and only policy.py decides which keys count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lineage.verify import base64_text
from lineage.verify.refusal import Malformed

NOTE_BYTES_MAX = 1_000_000  # as Go's note package has it; a checkpoint with 100 post-quantum signatures has a third
SIGNATURES_MAX = 100
KEY_ID_BYTES = 4
_MARK = "\u2014 "  # em dash, space
_KEY_NAME = re.compile(r"[^\s+]+")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


def require_key_name(name: str) -> str:
    """The name, if it can name a key: not empty, no white space, no plus. Malformed."""
    if not _KEY_NAME.fullmatch(name):
        raise Malformed(f"{name[:80]!r} cannot name a key")
    return name


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: whose (`name` and the 4-byte `key_id`), and the bytes. Not checked against any key."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """The line with its newline."""
        return f"{_MARK}{self.name} {base64_text.encode(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """`text` with its final newline, and the signature lines in their order."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def encode(self) -> str:
        """The note as it is stored and sent."""
        return format_note(self.text, self.signatures)

    def signed_also(self, signatures: Iterable[NoteSignature]) -> Note:
        """The note with more signatures; a newer one of the same key takes the older one's place."""
        merged = {(each.name, each.key_id): each for each in (*self.signatures, *signatures)}
        return Note(self.text, tuple(merged.values()))


def format_note(text: str, signatures: Iterable[NoteSignature]) -> str:
    """`text` (which ends in a newline), a blank line, and one line for each signature."""
    return f"{text}\n{''.join(each.line for each in signatures)}"


def parse_signature_line(line: str) -> NoteSignature:
    """One signature line without its newline. Malformed."""
    name, blank, encoded = line.removeprefix(_MARK).partition(" ")
    if not line.startswith(_MARK) or not blank:
        raise Malformed(f"{line[:80]!r} is not a signature line")
    value = base64_text.decode(encoded)
    if len(value) <= KEY_ID_BYTES:
        raise Malformed(f"the signature of {name[:80]!r} is empty")
    return NoteSignature(require_key_name(name), value[:KEY_ID_BYTES], value[KEY_ID_BYTES:])


def decode_text(content: bytes | str) -> str:
    """UTF-8 without control characters but newlines, of bounded size. Malformed."""
    raw = content.encode() if isinstance(content, str) else content
    if len(raw) > NOTE_BYTES_MAX:
        raise Malformed(f"a text of {len(raw)} bytes, more than {NOTE_BYTES_MAX}")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"not UTF-8 ({error.reason} at byte {error.start})") from error
    if control := _CONTROL.search(text):
        raise Malformed(f"a control character U+{ord(control[0]):04X} at {control.start()}")
    return text


def parse_note(content: bytes | str) -> Note:
    """The note in `content`. Malformed unless it has a text, a blank line and at least one signature line."""
    whole = decode_text(content)
    text, blank, below = whole.rpartition("\n\n")
    if not blank or not below.endswith("\n") or not text:
        raise Malformed("not a signed note: no text, blank line and signatures, each line ended")
    lines = below[:-1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise Malformed(f"{len(lines)} signatures, more than {SIGNATURES_MAX}")
    return Note(text + "\n", tuple(parse_signature_line(line) for line in lines))
