"""What stands in a database file of ours that we never made: triggers and views, which change what is written or read.

A trigger is the patient attack: the file is sound today, and drops or changes rows from tomorrow on.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def foreign_to_us(path: Path) -> list[str]:
    """`trigger NAME` or `view NAME` for each that the file holds; none for one that cannot be read, which other checks
    name."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            found = file.execute("SELECT type, name FROM sqlite_schema WHERE type IN ('trigger', 'view') ORDER BY name")
            return [f"{kind} {name!r}" for kind, name in found]
    except sqlite3.Error:
        return []
