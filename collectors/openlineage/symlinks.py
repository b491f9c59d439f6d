"""Symlinks: other names of the same data, and the ones that only look so.

The one idea: a table format's metadata table or branch (`silver.customers.snapshots`, `.branch_audit`) is reported
under the table's own path, with its own name as a symlink. It is another dataset: it gets a name of its own
(`path@snapshots`), or the table would get its schema and its readers (NAMING 32).
"""

import re
from typing import Any, Final

from collectors.openlineage.shapes import as_objects, raw_name
from lineage.events import RawName

_METADATA_TABLE: Final = re.compile(
    r"snapshots|files|data_files|delete_files|history|manifests|partitions|refs|entries|metadata_log_entries|position_deletes|changes"
    r"|all_(?:data_files|delete_files|files|manifests|entries|snapshots)|(?:branch|tag)_.+|snapshot_id_\d+|at_timestamp_\d+",
    re.IGNORECASE,
)


def names_of(main: RawName, symlinks: dict[str, Any], *, iceberg: bool = False) -> tuple[RawName, tuple[RawName, ...]]:
    """(the dataset's own name, its other names) from its main name and its symlinks facet.

    iceberg: other facets say that it is an Iceberg table, so a metadata table's name is told by its suffix alone, wherever
    the table lies.
    """
    others = [
        name
        for told in as_objects(symlinks.get("identifiers"))
        if (name := raw_name(told)) is not None and _names_data(name) and name != main
    ]
    metadata = {name: suffix for name in others if (suffix := _metadata_suffix(main, name, iceberg)) is not None}
    if metadata:
        suffix = min(metadata.values())
        # a plain table name beside it would join the two again
        return RawName(main.namespace, f"{main.name.rstrip('/')}@{suffix}"), tuple(dict.fromkeys(metadata))
    return main, tuple(dict.fromkeys(others))


def _names_data(name: RawName) -> bool:
    """Not a warehouse's place with no table in it."""
    return bool(name.name.strip("/. "))


def _metadata_suffix(main: RawName, other: RawName, iceberg: bool) -> str | None:
    segments = [segment.strip('"`') for segment in other.name.split(".")]
    if len(segments) < 2 or not _METADATA_TABLE.fullmatch(segments[-1]):
        return None
    # `/wh/db/customers`, Iceberg's older `/wh/db.db/db.customers`, or the table by its name
    table = main.name.rstrip("/").rpartition("/")[2].rpartition(".")[2].strip('"`').lower()
    last = segments[-1].lower()
    by_place = table == segments[-2].lower()
    by_format = iceberg and len(segments) >= 3 and table != last
    return last if by_place or by_format else None
