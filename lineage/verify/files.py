"""An evidence pack's files, from a zip or from the folder that it was unpacked into: bounded, and each name once."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from lineage.verify.refusal import Malformed

FILES_MAX = 1_000_000
SMALL_FILE_BYTES_MAX = 1 << 20  # checkpoints, proofs, entries, keys: none is near it
FILE_BYTES_MAX = 1 << 30  # a payload part is at most half of this
_NAME = re.compile(r"(?!/)(?!.*(^|/)\.{1,2}(/|$))[^\x00-\x1f\\]+")


class PackFiles(Protocol):
    """The files of a pack by their path in it, `/` between folders."""

    names: frozenset[str]

    def open(self, name: str) -> IO[bytes]:
        """The file's bytes. Malformed if it cannot be read."""


class FolderFiles:
    """A pack that was unpacked into `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.names = _checked([path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()])

    def open(self, name: str) -> IO[bytes]:
        """As the protocol says; a link is refused, as it may lead out of the folder."""
        path = self._folder / name
        if not path.is_file() or not path.resolve().is_relative_to(self._folder.resolve()):
            raise Malformed("not a file of this folder")
        return path.open("rb")


class ZipFiles:
    """A pack as one zip."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.names = _checked([each.filename for each in archive.infolist() if not each.is_dir()])

    def open(self, name: str) -> IO[bytes]:
        """As the protocol says."""
        if self._archive.getinfo(name).file_size > FILE_BYTES_MAX:
            raise Malformed(f"more than {FILE_BYTES_MAX} bytes")
        try:
            return self._archive.open(name)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise Malformed(f"the zip does not give it: {error}") from error


@contextmanager
def open_pack(path: Path) -> Iterator[PackFiles]:
    """The pack at `path`. Malformed if it is neither a folder nor a sound zip; OSError as the system has it."""
    if path.is_dir():
        yield FolderFiles(path)
        return
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise Malformed(f"neither a folder nor a zip: {error}") from error
    with archive:
        yield ZipFiles(archive)


def chunks(files: PackFiles, name: str) -> Iterator[bytes]:
    """The file's bytes, a piece at a time. Malformed when it breaks off or is too large."""
    size = 0
    try:
        with files.open(name) as file:
            while piece := file.read(1 << 20):
                size += len(piece)
                if size > FILE_BYTES_MAX:
                    raise Malformed(f"more than {FILE_BYTES_MAX} bytes")
                yield piece
    except (zipfile.BadZipFile, EOFError, ValueError, zlib.error) as error:
        raise Malformed(f"damaged in the zip: {error}") from error


def read(files: PackFiles, name: str, *, bytes_max: int = FILE_BYTES_MAX) -> bytes:
    """The whole file. Malformed when it is not there, damaged, or too large."""
    if name not in files.names:
        raise Malformed("is missing")
    content = bytearray()
    for piece in chunks(files, name):
        content += piece
        if len(content) > bytes_max:
            raise Malformed(f"more than {bytes_max} bytes")
    return bytes(content)


def _checked(names: list[str]) -> frozenset[str]:
    if len(names) > FILES_MAX:
        raise Malformed(f"{len(names)} files, more than {FILES_MAX}")
    for name in names:
        if not _NAME.fullmatch(name):
            raise Malformed(f"{name[:80]!r} cannot name a file of a pack")
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise Malformed(f"{twice[:80]!r} is in the zip twice, so readers could see different ones")
    return frozenset(names)
