"""A JSON object read by name and type, where every complaint tells the place.

Statements (lineage/statements.py) are read with it, so that an entry is understood whole or refused with a reason.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from lineage.errors import InputError
from lineage.moment import FOREVER, microseconds

NAME_LENGTH_MAX = 4_000  # longer than any real name; keeps a pasted file out of an alias
TEXT_LENGTH_MAX = 20_000  # a description may be a page, not a book

Word = TypeVar("Word", bound=StrEnum)


class Body:
    """One JSON object; `path` is where it stands in the outermost one. Every method raises InputError."""

    def __init__(self, body: object, path: str = "") -> None:
        if not isinstance(body, dict):
            raise InputError("A statement is a JSON object. Correct it.", place=path)
        self._body: Mapping[str, Any] = body
        self._path = path

    def has(self, name: str) -> bool:
        """Whether the name is there at all."""
        return name in self._body

    def text(self, name: str) -> str:
        """The text under this name."""
        value = self._body.get(name)
        if not isinstance(value, str):
            raise self._wrong(name, "text")
        return value

    def one_of(self, name: str, words: type[Word]) -> Word:
        """The text under this name as one of the words."""
        text = self.text(name)
        try:
            return words(text)
        except ValueError:
            known = ", ".join(words)
            raise InputError(f"`{text}` is not one of {known}. Correct it.", place=self._place(name)) from None

    def time(self, name: str) -> int | None:
        """The ISO time under this name in microseconds since the epoch; None for null."""
        return None if self.has(name) and self._body[name] is None else parse_time(self.text(name), self._place(name))

    def index(self, name: str) -> int:
        """The whole number under this name."""
        value = self._body.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(name, "whole number")
        return value

    def switch(self, name: str) -> bool:
        """The truth value under this name."""
        value = self._body.get(name)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def inside(self, name: str) -> "Body":
        """The object under this name."""
        return Body(self._body.get(name), self._place(name))

    def _place(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def _wrong(self, name: str, wanted: str) -> InputError:
        return InputError(f"`{self._place(name)}` is missing or not a {wanted}. Correct it.", place=self._place(name))


def parse_time(text: str, place: str = "time") -> int:
    """ISO 8601 as microseconds since the epoch; without a zone it is UTC. InputError for a date alone or nonsense."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        when = None
    if when is None or len(text) <= len("2026-11-22"):
        raise InputError(f"`{text}` is no time. Write it like 2026-11-22T02:34:00Z.", place=place)
    return microseconds(when if when.tzinfo else when.replace(tzinfo=UTC))


def require_text(text: str, place: str, length_max: int) -> None:
    """InputError, with the place, for a text that is blank, too long or not Unicode."""
    if not text.strip():
        raise InputError(f"`{place}` is empty. Say what it is.", place=place)
    if len(text) > length_max:
        raise InputError(f"`{place}` has {len(text)} characters, more than {length_max}. Shorten it.", place=place)
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise InputError(f"`{place}` holds half a character (a lone surrogate). Correct it.", place=place)


def require_index(index: int) -> None:
    """InputError for a number that no ledger entry can have."""
    if not 0 <= index < FOREVER:
        raise InputError(f"{index} is no ledger index. Indexes count from 0.", place="index")
