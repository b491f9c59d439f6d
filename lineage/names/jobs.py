"""The normal form of a job's name: without what changes from day to day, so that each day's run of one program is one
job.

The one idea: only what no person would choose is volatile (UUIDs, long hex, dates, epoch stamps, application ids).
Small numbers are never touched: `model_1` is not `model_2`.
"""

import re
from functools import lru_cache
from typing import Final

# Spark's random ids have 12 hex digits, Git's short hashes 7 to 10 and dbt's test hashes 10: those last are stable
# names.
_HEX_DIGITS_MIN: Final = 12
_LONG_NUMBER_DIGITS_MIN: Final = 10

_TIME: Final = r"(?:[T_ ]?\d{2}[-:_]?\d{2}(?:[-:_]?\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_VOLATILE: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:"
    r"application_1\d{12}_\d{4,}"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    rf"|(?:19|20)\d{{2}}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]){_TIME}"
    r"|(?:19|20)\d{2}_(?:0[1-9]|1[0-2])_(?:0[1-9]|[12]\d|3[01])"
    r"|(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[T_]?\d{4}(?:\d{2})?Z?)?"
    rf"|\d{{{_LONG_NUMBER_DIGITS_MIN},}}"
    rf"|(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{{{_HEX_DIGITS_MIN},}}"
    r")(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_SEPARATORS: Final = "_-.:/@# "
_EMPTY_GROUP: Final = re.compile(r"\(\s*\)|\[\s*\]|\{\s*\}")
CACHE_SIZE = 50_000  # about 20 MB when full


@lru_cache(CACHE_SIZE)
def normal_job(namespace: str, name: str) -> tuple[str, str]:
    """(namespace, name) that all runs of one program share. Total and idempotent; a name that is volatile as a whole
    stays."""
    form = name.strip() or name
    while (shorter := _once(form)) != form:
        form = shorter
    return namespace.strip() or namespace, form


def _once(name: str) -> str:
    match = _VOLATILE.search(name)
    while match is not None:
        before, after = name[: match.start()], name[match.end() :]
        # one of the two separators around goes with it: `a_2026-11-01_b` is `a_b`
        if before and before[-1] in _SEPARATORS and (not after or after[0] in _SEPARATORS):
            before = before.rstrip(_SEPARATORS)
        elif not before:
            after = after.lstrip(_SEPARATORS)
        shorter = _EMPTY_GROUP.sub("", before + after)
        if shorter.strip(_SEPARATORS):
            return shorter.strip()
        match = _VOLATILE.search(name, match.end())
    return name
