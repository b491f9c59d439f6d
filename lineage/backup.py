"""Copies of a data folder: made beside a running service, and put back with every byte checked.

The one idea: order makes the copy whole. What only remembers the ledger (the signer's memory, checkpoints, the graph)
is copied first, then the logs, then the keys of their payloads: so nothing in the copy speaks of an entry that is not in
it, and no payload in it lacks its key. Databases are copied by SQLite's own means, in one snapshot each. The signer's
memory and the kept checkpoints say the same of each head; they are copied together, until no head was signed between.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final

from lineage.errors import Conflict, InputError, NotFound, StoreError
from lineage.ledger import Ledger

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
KEYRING: Final = "keyring"
LOGS: Final = ("access.sqlite", "ledger.sqlite")
"""In the order in which they are copied: the access log tells of reads of the ledger."""
SIGNING: Final = ("signer/memory.sqlite", "checkpoints.sqlite")
"""Copied together: `audit fsck` calls a head that is in one of them and not in the other taken away."""
STEADY_TRIES, STEADY_PAUSE_S = 20, 0.05
_LEFT_OUT: Final = (".lock", ".turn", "-wal", "-shm", "-journal")  # locks, and what SQLite's own copy has taken in
_CHUNK_BYTES: Final = 1 << 20

Progress = Callable[[str], None]
"""Told the name of each file before it is worked on."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a copy holds, as its manifest says: `files` by POSIX path -> (bytes, SHA-256 in hexadecimal)."""

    origin: str
    size: int
    root: str
    made_at: str
    files: dict[str, tuple[int, str]]

    @property
    def byte_count(self) -> int:
        """Of all files together."""
        return sum(count for count, _ in self.files.values())


def back_up(
    data: Path, target: Path, *, graph: bool = True, keys: bool = True, progress: Progress | None = None
) -> Backup:
    """Copy the data folder into the folder `target`, which must be new or empty. The service may run.

    Without `graph` the state that can be made again is left out, without `keys` the keyring: then keep it elsewhere, or
    no payload of the copy can be read.

    Errors: NotFound without a ledger, Conflict for a target that holds something, StoreError for a disk that fails.
    """
    if not (data / "ledger.sqlite").exists():
        raise NotFound(f"There is no ledger in {data}. Give the service's folder with --data.")
    _require_empty(target)
    try:
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        files: dict[str, tuple[int, str]] = {}
        for source, name in _plan(data, graph=graph, keys=keys):
            if progress is not None:
                progress(name)
            copy = target / name
            copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _copy(source, copy)
            if name == SIGNING[1] and SIGNING[0] in files:
                _copy_of_one_moment(data, target)
                files[SIGNING[0]] = _measured(target / SIGNING[0])
            files[name] = _measured(copy)
        with closing(Ledger.open(target / "ledger.sqlite", read_only=True)) as ledger:
            size = ledger.size()
            backup = Backup(
                ledger.origin, size, ledger.root(size).hex(), datetime.now(UTC).isoformat(timespec="seconds"), files
            )
        _remove_traces(target / "ledger.sqlite")
        _write_manifest(target / MANIFEST, backup)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"The backup into {target} failed: {error}. It is not complete; remove it.", retryable=True
        ) from error
    return backup


def restore(source: Path, data: Path, keyring: Path, *, progress: Progress | None = None) -> Backup:
    """Put a copy back as the new data folder `data`, and its keyring as `keyring`; each byte is checked on the way, and
    nothing is in place before all of it is.

    Errors: NotFound for no backup, Conflict for a folder that holds something, InputError naming the first file that is
    not what the manifest says, StoreError for a disk that fails.
    """
    backup = read_manifest(source)
    with_keys = any(PurePosixPath(name).parts[0] == KEYRING for name in backup.files)
    apart = keyring.resolve() != (data / KEYRING).resolve()
    _require_empty(data)
    if apart and with_keys:
        _require_empty(keyring)
    try:
        for name, (byte_count, digest) in sorted(backup.files.items()):
            if progress is not None:
                progress(name)
            held = _inside(source, name)
            if not held.is_file() or held.stat().st_size != byte_count or _digest(held) != digest:
                raise InputError(f"{name} is not the file that was backed up. Use another copy.", place=name)
        making = data.with_name(data.name + ".restoring")
        shutil.rmtree(making, ignore_errors=True)
        for name in sorted(backup.files):
            copy = making / name
            copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _copy_bytes(_inside(source, name), copy)
        if apart and with_keys:
            keyring.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(making / KEYRING, _vacated(keyring))
        making.replace(_vacated(data))
    except OSError as error:
        raise StoreError(
            f"The restore into {data} failed: {error}. Free space, then try again.", retryable=True
        ) from error
    return backup


def read_manifest(source: Path) -> Backup:
    """What a backup says of itself. Errors: NotFound, InputError."""
    try:
        told = json.loads((source / MANIFEST).read_text())
        if told["format"] != FORMAT:
            raise InputError(f"This backup has form {told['format']}, not {FORMAT}. Use the Headwater that made it.")
        files = {str(name): (int(count), str(digest)) for name, (count, digest) in told["files"].items()}
        return Backup(told["origin"], int(told["size"]), told["root"], told["madeAt"], files)
    except FileNotFoundError:
        raise NotFound(f"{source} is no backup: it has no {MANIFEST}. Give a folder that `backup` made.") from None
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise InputError(f"{MANIFEST} cannot be read ({error}). Use another copy.", place=MANIFEST) from error


def _plan(data: Path, *, graph: bool, keys: bool) -> Iterator[tuple[Path, str]]:
    """(file, its name in the copy), in the order of copying."""
    found = {path.relative_to(data).as_posix(): path for path in sorted(data.rglob("*")) if path.is_file()}
    kept = {
        name: path
        for name, path in found.items()
        if not name.endswith(_LEFT_OUT) and not name.startswith(f"{KEYRING}/") and not path.is_symlink()
    }
    if not graph:
        kept.pop("state.sqlite", None)
    databases = [name for name in kept if name.endswith(".sqlite") and name not in LOGS]
    plain = [name for name in kept if not name.endswith(".sqlite")]
    signing = [name for name in SIGNING if name in databases]
    databases = [name for name in databases if name not in signing]
    for name in (*plain, *databases, *signing, *(log for log in LOGS if log in kept)):
        yield kept[name], name
    # the generator lists these when the logs are copied: a key that an entry needs was there before the entry
    keyring = data / KEYRING  # a link, when the keys are on another disk
    for path in sorted(keyring.rglob("*")) if keys and keyring.is_dir() else ():
        if path.is_file() and not path.name.endswith(_LEFT_OUT):
            yield path, f"{KEYRING}/{path.relative_to(keyring).as_posix()}"


def _copy(source: Path, target: Path) -> None:
    if source.suffix != ".sqlite":
        _copy_bytes(source, target)
        return
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as reader,
        closing(sqlite3.connect(target)) as writer,
    ):
        reader.backup(writer)  # all pages in one step: one snapshot, and no writer waits for it
    _sync(target)


def _copy_of_one_moment(data: Path, target: Path) -> None:
    """Copy the memory and the checkpoints, which lie in `target` already, until the memory was the same before the
    checkpoints were copied and after. A service signs a head a second, so one of the tries is between two."""
    before = (target / SIGNING[0]).read_bytes()
    for _ in range(STEADY_TRIES):
        (target / SIGNING[0]).unlink()
        _copy(data / SIGNING[0], target / SIGNING[0])
        after = (target / SIGNING[0]).read_bytes()
        if after == before:
            return
        time.sleep(STEADY_PAUSE_S)
        (target / SIGNING[0]).unlink()
        _copy(data / SIGNING[0], target / SIGNING[0])
        before = (target / SIGNING[0]).read_bytes()
        (target / SIGNING[1]).unlink()
        _copy(data / SIGNING[1], target / SIGNING[1])


def _copy_bytes(source: Path, target: Path) -> None:
    with (
        source.open("rb") as reader,
        os.fdopen(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as writer,
    ):
        shutil.copyfileobj(reader, writer, _CHUNK_BYTES)
        writer.flush()
        os.fsync(writer.fileno())


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_traces(database: Path) -> None:
    """What a look into the copy left beside it."""
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)


def _write_manifest(path: Path, backup: Backup) -> None:
    told = {
        "format": FORMAT, "origin": backup.origin, "size": backup.size, "root": backup.root, "madeAt": backup.made_at,
        "files": backup.files,
    }  # fmt: skip
    making = path.with_suffix(".making")
    making.write_text(json.dumps(told, indent=1) + "\n")
    _sync(making)
    making.replace(path)


def _measured(path: Path) -> tuple[int, str]:
    return path.stat().st_size, _digest(path)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _require_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Conflict(f"{folder} holds something already. Give a new or empty folder.")


def _vacated(folder: Path) -> Path:
    """The folder's place, free for what is to come: it is empty if it is there."""
    if folder.exists():
        folder.rmdir()
    return folder


def _inside(folder: Path, name: str) -> Path:
    """A file of the copy. InputError for a manifest that points elsewhere."""
    parts = PurePosixPath(name).parts
    if not parts or PurePosixPath(name).is_absolute() or ".." in parts:
        raise InputError(f"The manifest names {name!r}, which is not inside. Use another copy.", place=MANIFEST)
    return folder.joinpath(*parts)
