"""The normal form of a path: the dataset that a file, partition or temporary directory belongs to.

The one idea: a path names data by its stable beginning. Everything from the first part that only says *which part* of
the data (`ds=2026-11-01`, `2026/11/01`) or *how it is being written* (`_temporary`, `.spark-staging-…`) is cut off;
nothing is cut that would leave no name. What depends on what else is known (is the directory above a dataset?) is in
folding.py.
"""

import re
from datetime import date
from typing import Final

WRITING: Final = re.compile(
    r"_temporary|_delta_log|_spark_metadata|_success|_symlink_format_manifest|_checkpoints?|_committed_.*|_started_.*"
    r"|\.spark-staging.*|\.hive-staging.*|\.hoodie|\._.*|\.sparkstaging.*|\.spark-bigquery-.*",
    re.IGNORECASE,
)
"""Directories and marks that a writer makes inside a dataset."""

PARTITION: Final = re.compile(r"[A-Za-z_][\w .-]*=.*", re.DOTALL)
_DATE: Final = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T_ -]?\d{2}[-:.]?\d{2}(?:[-:.]?\d{2}(?:\.\d+)?)?Z?)?"
    r"|(\d{4})(\d{2})(\d{2})(?:T?\d{4}(?:\d{2})?Z?)?"
)
_MONTH: Final = re.compile(r"(?:19[7-9]|20\d)\d-?(?:0[1-9]|1[0-2])")
_TWO_DIGITS: Final = re.compile(r"\d{2}")
_YEAR: Final = re.compile(r"(?:19|20)\d{2}")
# Milliseconds, micro- or nanoseconds: ten digits may as well be a customer's number.
_EPOCH: Final = re.compile(r"1\d{12}(?:\d{3}){0,2}")
_STAMP: Final = re.compile(
    r"(?<=[^_.\-/])[_-](?:1\d{12}(?:\d{3}){0,2}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$"
)
_STAGE: Final = re.compile(r"\d+_[A-Za-z]\w*_[0-9a-f]{12}")

DATA_FILE: Final = re.compile(
    r"part-.*|[^/]*\.(?:csv|tsv|psv|txt|json|jsonl|ndjson|geojson|parquet|pq|orc|avro|arrow|feather|xml|xlsx?|log"
    r"|dat|data|bin|pkl|pickle|npy|npz|h5|hdf5|pb|tfrecords?|crc|gz|gzip|bz2|zst|zstd|snappy|lz4|xz|zip|tar|tgz|html?"
    r"|ya?ml|md|pdf|png|jpe?g|webp|wav|mp3|mp4|sas7bdat|dbf|shp)",
    re.IGNORECASE,
)
"""What the last part of a path must look like to be a file and not a directory of files. `shop.db` and `v1.5` are not
here: Hive's databases and versions are directories."""


def normal_path(path: str, *, rooted: bool | None) -> str:
    """A path without repeated, empty and trailing parts, cut to its dataset.

    rooted: True: always with a leading slash (HDFS); False: never (object stores); None: as given (local files may be
    relative).
    """
    leading = path.startswith("/") if rooted is None else rooted
    parts = [part for part in path.split("/") if part not in ("", ".")]
    kept = _cut(parts)
    body = "/".join(kept)
    if not body:
        return "/"
    return "/" + body if leading else body


def _cut(parts: list[str]) -> list[str]:
    """The parts that name the dataset; the first part always stays."""
    for index in range(1, len(parts)):
        part = parts[index]
        if PARTITION.fullmatch(part) or WRITING.fullmatch(part):
            return _unstamped(parts[:index])
        if part == "stages" and index + 1 < len(parts) and _STAGE.fullmatch(parts[index + 1]):
            return _unstamped(
                parts[:index]
            )  # a Spark ML model's inner directories, new names on each training (NAMING 38)
        end = _date_end(parts, index)
        if end is not None and _only_part_of(parts[end:]):
            return _unstamped(parts[:index])
    return _unstamped(_iceberg_table(parts))


def _unstamped(parts: list[str]) -> list[str]:
    """Without what a run stamped on the end: `outputs_1729097570970`, `outputs/1729097570970` (NAMING 24)."""
    while len(parts) > 1 and _EPOCH.fullmatch(parts[-1]):
        parts = parts[:-1]
    while parts and (shorter := _STAMP.sub("", parts[-1])) and shorter != parts[-1]:
        parts = [*parts[:-1], shorter]
    return parts


def _iceberg_table(parts: list[str]) -> list[str]:
    """`db.db/db.table` (Spark's Iceberg, before its fix) is `db.db/table` (NAMING 17)."""
    if len(parts) > 1 and parts[-2].endswith(".db"):
        prefix = parts[-2][:-2]
        if prefix != "." and parts[-1].startswith(prefix) and len(parts[-1]) > len(prefix):
            return [*parts[:-1], parts[-1][len(prefix) :]]
    return parts


def _date_end(parts: list[str], index: int) -> int | None:
    """Where a date that begins at `index` ends: `2026-11-01`, `20261101`, or `2026/11/01` over three parts (`2026/11`
    over two, `2026-11` or `202611` in one)."""
    part = parts[index]
    if _MONTH.fullmatch(part):
        return index + 1
    match = _DATE.fullmatch(part)
    if match is not None:
        year, month, day = (int(digits) for digits in (match.groups()[:3] if match[1] else match.groups()[3:]))
        return index + 1 if _is_date(year, month, day) else None
    if _YEAR.fullmatch(part) and index + 1 < len(parts) and _TWO_DIGITS.fullmatch(parts[index + 1]):
        month = int(parts[index + 1])
        if not 1 <= month <= 12:
            return None
        if index + 2 < len(parts) and _TWO_DIGITS.fullmatch(parts[index + 2]):
            return index + 3 if _is_date(int(part), month, int(parts[index + 2])) else None
        return index + 2
    return None


def _is_date(year: int, month: int, day: int) -> bool:
    if not 1970 <= year <= 2100:
        return False
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _only_part_of(rest: list[str]) -> bool:
    """Whether what follows a date is only a finer part of the same data: hours, partitions, one file.
    `dump/2026-11-01/orders` and `dump/2026-11-01/customers` are two datasets that a cut would make one."""
    while rest and _TWO_DIGITS.fullmatch(rest[0]):
        rest = rest[1:]
    return (
        not rest
        or bool(PARTITION.fullmatch(rest[0]) or WRITING.fullmatch(rest[0]))
        or (len(rest) == 1 and bool(DATA_FILE.fullmatch(rest[0])))
    )
