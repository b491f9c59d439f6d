"""The signer's private keys in one file of mode 0600: a line for each key, `PRIVATE+KEY+… [retires]`.

`retires` is the second (since the epoch) from which the key signs no more; without it the key signs until it is rotated.
The file is replaced as a whole and is on disk before a key is used, so that no signature is ever of a lost key.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lineage.errors import InputError, LedgerError
from lineage.signing.private_keys import SeedKey, parse_private_key


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A key of this signer; `retires_s` None: not rotated yet."""

    key: SeedKey
    retires_s: int | None = None


def parse_keys(text: str) -> tuple[OwnKey, ...]:
    """The keys of a file's text; empty lines and lines that begin with # are passed over. InputError."""
    keys: list[OwnKey] = []
    for line in text.splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) > 2 or not (words[1:] == [] or words[1].isdecimal()):
            raise InputError("A line of the signer's keys is not `PRIVATE+KEY+… [retires]`. Restore the file.")
        keys.append(OwnKey(parse_private_key(words[0]), int(words[1]) if len(words) == 2 else None))
    return tuple(keys)


def format_keys(keys: Iterable[OwnKey]) -> str:
    """The file's text."""
    lines = [f"{each.key.text}{'' if each.retires_s is None else f' {each.retires_s}'}\n" for each in keys]
    return "# The signer's private keys. Whoever has this file signs in the service's name.\n" + "".join(lines)


def read_keys(path: Path) -> tuple[OwnKey, ...]:
    """The keys in the file; none if there is no file. LedgerError when others may read it or it cannot be read."""
    try:
        if path.stat().st_mode & 0o077:
            raise LedgerError(f"{path} may be read by others than its owner. Say `chmod 600 {path}`.")
        return parse_keys(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError, InputError) as error:
        raise LedgerError(f"The signer's keys {path} cannot be read: {error}. Restore the file.") from error


def write_keys(path: Path, keys: Iterable[OwnKey]) -> None:
    """Replace the file. LedgerError when it cannot be written."""
    passing = path.with_name(path.name + ".new")
    try:
        descriptor = os.open(passing, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(format_keys(keys))
            file.flush()
            os.fsync(file.fileno())
        passing.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise LedgerError(f"The signer's keys {path} cannot be written: {error}.", retryable=True) from error
