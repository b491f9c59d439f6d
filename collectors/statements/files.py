"""SQL in files: which files, and under which job's name.

The one idea: a file is a job, named by its path below what was asked for, so that its name is the same on every machine.
"""

import gzip
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lineage.errors import InputError, NotFound

SQL_SUFFIXES = (".sql", ".ddl", ".hql", ".bteq")
LOG_SUFFIXES = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl"}
STANDARD_INPUT = "-"
FILE_BYTES_MAX = (
    64 << 20
)  # far more than the engine reads of one text (collectors/sql/budget.py); beyond it a dump of data


@dataclass(frozen=True, slots=True)
class SqlFile:
    """One file to read. `shown`: as messages name it; `job`: its job's name."""

    path: Path | None
    shown: str
    job: str

    def text(self) -> str:
        """What it holds. InputError where it cannot be read, is too large, or is no text."""
        try:
            if self.path is None:
                raw = sys.stdin.buffer.read(FILE_BYTES_MAX + 1)
            else:
                with self.path.open("rb") as stream:
                    raw = stream.read(FILE_BYTES_MAX + 1)
            if self.shown.endswith(".gz"):
                raw = gzip.decompress(raw)
        except (OSError, EOFError, gzip.BadGzipFile) as error:
            raise InputError(f"It cannot be read ({error}). Check the file.", place=self.shown) from None
        if len(raw) > FILE_BYTES_MAX:
            raise InputError(
                f"It has more than {FILE_BYTES_MAX >> 20} MB: that is data, no SQL. Leave it out.", place=self.shown
            )
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            return raw.decode("latin-1")  # comments in an old encoding; names of tables are ASCII there


def log_format(path: str) -> str | None:
    """`csv` or `jsonl` for a query log by its name; None for a file of SQL."""
    return LOG_SUFFIXES.get(Path(path.removesuffix(".gz")).suffix.lower())


def sql_files(path: str, job: str | None = None) -> Iterator[SqlFile]:
    """The files that `path` means: itself, or all SQL below a folder in order of their names. NotFound."""
    if path == STANDARD_INPUT:
        yield SqlFile(None, "standard input", job or "stdin")
        return
    root = Path(path)
    if root.is_file():
        yield SqlFile(root, path, job or _stem(root.name if root.is_absolute() else root.as_posix()))
        return
    if not root.is_dir():
        raise NotFound(f"No such file or folder: {path}.")
    found = sorted(p for p in root.rglob("*") if p.is_file() and _stem(p.name) != p.name and not _hidden(p, root))
    for file in found:
        yield SqlFile(file, str(file), _stem(file.relative_to(root).as_posix()))


def total(paths: Sequence[str]) -> int:
    """How many files there are to read, for the progress bar."""
    return sum(1 for path in paths for _ in sql_files(path))


def _stem(name: str) -> str:
    plain = name.removesuffix(".gz")
    for suffix in SQL_SUFFIXES:
        if plain.lower().endswith(suffix):
            return plain[: -len(suffix)].removeprefix("./")
    return name


def _hidden(path: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(root).parts)
