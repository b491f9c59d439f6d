"""A JSON array → its elements as the exact bytes that were sent.

The one idea: to find where elements end, only brackets and strings matter; nothing is parsed, so an element that is no
JSON, nested 100,000 deep, or full of numbers that no reader holds does not take its neighbours with it. Time is linear
in the length whatever the bytes are: each pattern is possessive and anchored where the last one stopped.
"""

from __future__ import annotations

import re
from typing import Final

_BLANK: Final = re.compile(rb"[ \t\r\n]*+")
# Up to and with the next bracket outside a string.
_BRACKET: Final = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+([\[\]{}])', re.DOTALL)
_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_SCALAR: Final = re.compile(rb'[^\s,\[\]{}"]++')
_OPENING: Final = b"[{"


def is_array(text: bytes) -> bool:
    """Whether the first letter that is not blank opens an array."""
    start = _BLANK.match(text)
    assert start is not None
    return text[start.end() : start.end() + 1] == b"["


def elements(text: bytes, *, count_max: int) -> list[bytes] | None:
    """The elements of the array `text`, each exactly as written, without the blanks around it.

    None when the array itself is broken (not closed, a comma missing, something behind it) or has more than `count_max`
    elements: then nobody can say where one ends, and the whole is one piece.
    """
    position = _skip_blank(text, 0)
    if text[position : position + 1] != b"[":
        return None
    position = _skip_blank(text, position + 1)
    found: list[bytes] = []
    if text[position : position + 1] == b"]":
        position += 1
    else:
        while True:
            end = _end_of_element(text, position)
            if end is None or len(found) == count_max:
                return None
            found.append(text[position:end])
            position = _skip_blank(text, end)
            separator = text[position : position + 1]
            position += 1
            if separator == b"]":
                break
            if separator != b",":
                return None
            position = _skip_blank(text, position)
    return found if _skip_blank(text, position) == len(text) else None


def _end_of_element(text: bytes, start: int) -> int | None:
    first = text[start : start + 1]
    if first == b'"':
        match = _STRING.match(text, start)
        return match.end() if match else None
    if first not in (b"[", b"{"):
        match = _SCALAR.match(text, start)
        return match.end() if match else None
    depth, position, next_bracket = 0, start, _BRACKET.match
    while match := next_bracket(text, position):
        position = match.end()
        depth += 1 if text[position - 1] in _OPENING else -1
        if depth == 0:
            return position
    return None


def _skip_blank(text: bytes, start: int) -> int:
    match = _BLANK.match(text, start)
    assert match is not None  # it matches nothing, too
    return match.end()
