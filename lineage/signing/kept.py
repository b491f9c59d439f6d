"""What lies beside a log for fsck: kept checkpoints, published keys, the signer's keys and memory, as they are found.

The one idea: what is gone or damaged is an answer, not an error. Whoever may write the folder may take any of these files
away, and the check that compares them (agreement.py) has to say so, not to break off.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lineage.errors import InputError, LedgerError
from lineage.signing.checkpoints import Checkpoints
from lineage.signing.key_file import parse_keys
from lineage.signing.memory import Remembered, read_memory
from lineage.signing.signer import KEYS_FILE, MEMORY_FILE, SIGNER_FOLDER
from lineage.signing.socket_signer import SocketSigner
from lineage.verify.keys import VerifierKey

MEMORY: Final = f"{SIGNER_FOLDER}/{MEMORY_FILE}"
OWN_KEYS: Final = f"{SIGNER_FOLDER}/{KEYS_FILE}"
CHECKPOINTS: Final = "checkpoints.sqlite"
"""The files' names, as findings say them."""
GONE: Final = "is gone"
STEADY_TRIES, STEADY_PAUSE_S = 20, 0.05  # a service that signs a head a second leaves time between two


@dataclass(frozen=True, slots=True)
class Kept:
    """(size as recorded, note) of each checkpoint by size; keys.json; the signer's memory; and why one of them is not
    there. `asked`: the size of the head that the signer was asked for last. `own_keys`: the public halves of the keys in
    the signer's folder, None: none can be read."""

    rows: Sequence[tuple[int, str]]
    keys_json: bytes | None
    remembered: Remembered | None
    keys_name: str = "keys.json"
    asked: int | None = None
    own_keys: frozenset[VerifierKey] | None = None
    rows_lost: str = ""
    """Why there are no rows: "is gone", or how it is damaged. Empty: the file was read."""
    memory_lost: str = ""
    """The same of the signer's memory."""
    memory_unread: str = ""
    """Why it cannot be told whether there is a memory: not by this user, not from here."""
    asked_apart: bool = False
    """Whether the memory is that of a signer that runs apart, by its own word."""


def read_kept(data: Path, origin: str, keys_path: Path, signer: Path | None) -> Kept:
    """What lies in the data folder beside the log `origin`. `signer`: the socket of a signer that runs apart."""
    memory = _read_memory(data / MEMORY, origin) if signer is None else _ask(signer, origin)
    for _ in range(STEADY_TRIES):  # beside a running service: a memory and rows of one moment
        rows, asked, rows_lost = _read_rows(data / CHECKPOINTS, origin)
        before, memory = memory, _read_memory(data / MEMORY, origin) if signer is None else _ask(signer, origin)
        if memory == before:
            break
        time.sleep(STEADY_PAUSE_S)
    try:
        keys_json = keys_path.read_bytes()
    except OSError:
        keys_json = None
    remembered, lost, unread = memory
    own_keys = _read_keys(data / OWN_KEYS, origin)
    return Kept(
        rows, keys_json, remembered, keys_path.name, asked, own_keys, rows_lost, lost, unread, signer is not None
    )


def _read_rows(path: Path, origin: str) -> tuple[list[tuple[int, str]], int | None, str]:
    if not path.exists():
        return [], None, GONE
    try:
        with closing(Checkpoints(path, read_only=True)) as checkpoints:
            return checkpoints.rows(origin), checkpoints.asked(origin), ""
    except LedgerError as error:
        if error.retryable:
            raise
        return [], None, f"cannot be read ({error.message})"


def _read_memory(path: Path, origin: str) -> tuple[Remembered | None, str, str]:
    """(memory, why it is lost, why it was not read)."""
    try:
        if not path.exists():
            return None, GONE, ""
        remembered = read_memory(path, origin)
    except PermissionError as error:
        return None, "", str(error)
    except LedgerError as error:
        return (None, "", error.message) if error.retryable else (None, f"cannot be read ({error.message})", "")
    return remembered, "" if remembered else "has no row of this log", ""


def _ask(socket: Path, origin: str) -> tuple[Remembered | None, str, str]:
    try:
        remembered = SocketSigner(socket).remembered(origin)
    except LedgerError as error:
        return None, "", error.message
    return remembered, "" if remembered else f"(asked at {socket}) has no row of this log", ""


def _read_keys(path: Path, origin: str) -> frozenset[VerifierKey] | None:
    try:
        keys = parse_keys(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, InputError):
        return None
    return frozenset(each.key.verifier for each in keys if each.key.verifier.name == origin)
