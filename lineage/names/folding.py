"""Which datasets a name would be a part of, if they are datasets.

The one idea: whether `landing/products.json` is a dataset or a file of one cannot be read off its name; it depends on
whether `landing` is known as a dataset. So this module only lists candidates; lineage/identity decides with what is
known, and dates it.
"""

from typing import Literal, NamedTuple

from lineage.names.paths import DATA_FILE
from lineage.names.systems import is_path_system

_LAYOUT = frozenset({"data", "metadata", "stages"})
"""Directories that table formats and Spark's models make inside."""


class Fold(NamedTuple):
    """A candidate parent, as a normal name. `when`: REAL: it is a dataset that was written or read as one; MODEL: it
    is a Spark ML model, told by its `stages` children."""

    namespace: str
    name: str
    when: Literal["REAL", "MODEL"]


def fold_parents(namespace: str, name: str) -> tuple[Fold, ...]:
    """Candidates for a *normal* name, nearest first; none for what is no path."""
    if "/" not in name.strip("/") or not is_path_system(namespace):
        return ()
    folds: list[Fold] = []
    parts = name.split("/")
    top = 1 if name.startswith("/") else 0  # parts[0] is empty there

    def add(length: int, when: Literal["REAL", "MODEL"]) -> None:
        if length > top:
            fold = Fold(namespace, "/".join(parts[:length]), when)
            if fold not in folds:
                folds.append(fold)

    last = len(parts) - 1
    is_file = bool(DATA_FILE.fullmatch(parts[last])) or parts[last].startswith(("_", "."))
    if is_file:
        add(last, "REAL")
    holder = last - 1 if is_file else last
    if holder > top and parts[holder] in _LAYOUT:
        if is_file:
            add(holder, "REAL")
        if parts[holder] != "data":
            add(holder, "MODEL")
    for index in range(last, top, -1):
        if parts[index].startswith(("_", ".")):
            add(index, "REAL")
    return tuple(folds)
