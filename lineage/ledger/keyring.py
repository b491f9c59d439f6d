"""The keyring: the keys that unlock payloads, kept apart from the ledger's file.

The one idea: each part has a key of its own, and that key stands beside the part *wrapped* by the key of the part's
retention class and month, which stands here. So a copy of the ledger (a backup, a stolen disk) says nothing without the
keyring, and removing one small file shreds a month of a class in every copy that was ever made.

A wrapping key is named `CLASS-YYYY-MM-RANDOM`; a key that is made anew for the same month has another name, so that no
name ever means two keys. `Keyring` is what a ledger needs; `FolderKeyring` keeps one file a key, for the service's own
user. A key management service would be another Keyring.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from lineage.errors import Conflict, LedgerError
from lineage.ledger.classes import RetentionClass

WRAPPING_KEY_BYTES = 32  # AES-256
KEYRING_FOLDER = "keyring"  # in the data folder, or a link there; in it a folder for each log
LOG_FILE = "log"  # the origin of the log that the keys belong to
_NAME = re.compile(r"[a-z]{1,16}-\d{4}-\d{2}-[0-9a-f]{8}")
_SUFFIX = ".key"


class KeyMissing(LedgerError):
    """A key that payloads need cannot be had from the keyring; `key_name` says which."""

    def __init__(self, message: str, key_name: str) -> None:
        super().__init__(message)
        self.key_name = key_name


class Keyring(Protocol):
    """Wrapping keys by name. Any thread may call any method; one process at a time makes and drops keys."""

    def bind(self, origin: str) -> None:
        """Before anything is written: the keys are those of the log `origin`. Conflict if they are another log's."""

    def current(self, retention: RetentionClass, month: str) -> str:
        """The name of the key for new parts of this class and month (`2026-11`), made and on disk if there is none."""

    def key(self, name: str) -> bytes:
        """The 32 bytes of a key. KeyMissing if it is not there: lost, or dropped on purpose."""

    def drop(self, name: str) -> None:
        """Destroy a key. What it wraps can never be opened again. Harmless if it is not there."""

    def names(self) -> list[str]:
        """The names of all keys, in order."""


class FolderKeyring:
    """A folder with one file a key (mode 0600, base64). The folder need not exist before the first key is made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._keys: dict[str, bytes] = {}
        self._current: dict[tuple[RetentionClass, str], str] = {}

    def bind(self, origin: str) -> None:
        """See Keyring."""
        mark = self.folder / LOG_FILE
        with self._words():
            if mark.exists():
                belongs = mark.read_text(encoding="utf-8").strip()
                if belongs != origin:
                    raise Conflict(
                        f"The keyring {self.folder} belongs to the log {belongs}, not to {origin}. Name this log's own"
                        " folder with --keyring; if the other log is gone for good, remove its keyring."
                    )
                return
            self._make()
            self._write(mark, origin + "\n")

    def current(self, retention: RetentionClass, month: str) -> str:
        """See Keyring."""
        known = self._current.get((retention, month))
        if known is not None:
            return known
        with self._lock, self._words():
            begin = f"{retention}-{month}-"
            found = next((name for name in reversed(self.names()) if name.startswith(begin)), None)
            if found is None:
                found = begin + secrets.token_hex(4)
                self._make()
                self._write(self._path(found), base64.b64encode(os.urandom(WRAPPING_KEY_BYTES)).decode() + "\n")
            self._current[retention, month] = found
            return found

    def key(self, name: str) -> bytes:
        """See Keyring."""
        known = self._keys.get(name)
        if known is not None:
            return known
        path = self._path(name)
        try:
            key = binascii.a2b_base64(path.read_bytes().strip(), strict_mode=True)
        except FileNotFoundError:
            raise KeyMissing(
                f"The key {name} is not in the keyring {self.folder}: it was dropped by an erasure, or the keyring is"
                " another or was lost. Restore it from its backup, or name its folder with --keyring.",
                name,
            ) from None
        except OSError as error:
            raise KeyMissing(f"The key file {path} cannot be read: {error}. Correct its rights.", name) from error
        except binascii.Error:
            key = b""
        if len(key) != WRAPPING_KEY_BYTES:
            raise KeyMissing(f"The key file {path} is damaged. Restore the keyring from its backup.", name)
        self._keys[name] = key
        return key

    def drop(self, name: str) -> None:
        """See Keyring. The file is overwritten before it is removed; a copying file system or an SSD may keep the old
        blocks for a while."""
        with self._lock, self._words():
            self._keys.pop(name, None)
            self._current = {of: each for of, each in self._current.items() if each != name}
            with suppress(FileNotFoundError):
                path = self._path(name)
                with path.open("r+b") as file:
                    file.write(bytes(path.stat().st_size))
                    file.flush()
                    os.fsync(file.fileno())
                path.unlink()
                _sync(self.folder)

    def names(self) -> list[str]:
        """See Keyring."""
        return sorted(path.stem for path in self.folder.glob(f"*{_SUFFIX}") if _NAME.fullmatch(path.stem))

    def _make(self) -> None:
        self.folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.mkdir(exist_ok=True, mode=0o700)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):  # it comes out of the ledger's file, which somebody may have edited
            raise LedgerError(f"{name!r} is not the name of a key. Run `headwater audit fsck`.")
        return self.folder / (name + _SUFFIX)

    def _write(self, path: Path, text: str) -> None:
        """A whole file or none, on disk before this returns: a part must never be durable before its key."""
        passing = path.with_name(path.name + ".new")
        with os.fdopen(os.open(passing, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        passing.replace(path)
        _sync(self.folder)

    @contextmanager
    def _words(self) -> Iterator[None]:
        """The system's errors inside become LedgerError; what is not there stays FileNotFoundError."""
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            raise LedgerError(
                f"The keyring {self.folder} cannot be used: {error}. Check that it belongs to the user that runs"
                " Headwater.",
                retryable=True,
            ) from error


def month_of_key(name: str) -> str:
    """The month of a wrapping key, as `2026-11`."""
    return "-".join(name.split("-")[1:3])


def require_one(keyring: Keyring, names: Sequence[str]) -> None:
    """KeyMissing when none of the keys is there. A writer that went on with new keys would hide that the old ones were
    lost; but that some are gone is what an erasure does."""
    missing: KeyMissing | None = None
    for name in names:
        try:
            keyring.key(name)
        except KeyMissing as error:
            missing = missing or error
        else:
            return
    if missing is not None:
        raise missing


def keep_keys_in(data: Path, folder: Path | None) -> None:
    """Let the data folder's `keyring` lead to `folder`, which may be on another disk; None: leave it as it is.

    The link is what every process and command follows, so that only one of them has to be told. Conflict when the data
    folder has keys of its own, or leads elsewhere: keys are moved by a person, never by us."""
    if folder is None:
        return
    place, target = data / KEYRING_FOLDER, folder.absolute()
    if place.resolve() == target.resolve() and (place.exists() or place.is_symlink()):
        return
    if place.exists() or place.is_symlink():
        raise Conflict(
            f"The keys of {data} are in {place.resolve()}, not in {folder}. Stop the service, move that folder to"
            f" {folder}, remove {place}, and start again."
        )
    data.mkdir(parents=True, exist_ok=True)
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    place.symlink_to(target, target_is_directory=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)  # else a crash may lose the file's name
    finally:
        os.close(descriptor)


def beside(ledger: Path) -> FolderKeyring:
    """The keyring of a ledger for which nobody named another: `keyring/NAME` in its own folder."""
    real = ledger.resolve()  # a link elsewhere to a ledger is that ledger
    return FolderKeyring(real.parent / KEYRING_FOLDER / real.stem)
