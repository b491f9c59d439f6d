"""What a collector could not tell, each with its place, so that a person can go there: `models/daily.sql:12:3`."""

import re
from dataclasses import dataclass

from collectors.sql import Reason, Unresolved


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that stays unknown."""

    place: str
    reason: str
    """A Reason of the SQL engine, or UNREADABLE: a row, a file or a view that could not be read at all."""
    subject: str
    message: str


_TOKEN = re.compile(r"<Token token_type: [^,]*, text: (.*?), line: [^>]*>")
"""How the parser shows a word that it did not expect."""

UNREADABLE = "UNREADABLE"
UNKNOWN_SOURCE = "UNKNOWN_SOURCE"
"""A dataset without an address: a frame in memory, a table by its name alone."""
NO_SIGNATURE = "NO_SIGNATURE"
"""A model that does not say which columns it takes."""
SUGGESTED = "SUGGESTED"
"""Two things that look like one: for a person to decide."""
DELETED = "DELETED"
"""Something that is only left in traces."""
REASONS = (*(reason.value for reason in Reason), UNREADABLE, UNKNOWN_SOURCE, NO_SIGNATURE, SUGGESTED, DELETED)


def finding(place: str, gap: Unresolved, *, line_before: int = 0) -> Finding:
    """Something unresolved in the text at `place`, whose first line is line `line_before` + 1 of the file."""
    if gap.place is not None:
        place = f"{place}:{gap.place.line + line_before}:{gap.place.column}"
    elif line_before:
        place = f"{place}:{line_before + 1}"
    return Finding(place, gap.reason.value, gap.subject, _TOKEN.sub(r"`\1`", gap.message))
