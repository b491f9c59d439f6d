"""Commands on the files themselves, beside a running service or without one: `graph …` and `audit fsck`."""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from api.cli import EXIT_FINE, EXIT_NO, EXIT_USAGE
from api.cli.options import settings
from api.cli.pace import Pace
from api.cli.screen import progress
from collectors.openlineage import read
from collectors.sql.columns import read_columns
from lineage.errors import Conflict, NotFound
from lineage.ledger.keyring import keep_keys_in
from lineage.projector import StateSeen
from lineage.projector import rebuild as rebuild_graph
from lineage.projector.claim import Claimed
from lineage.settings import STORE_SCHEMES, Settings
from lineage.store import GraphStore, open_store
from lineage.store.canonical import digest as digest_of
from lineage.store.canonical import export_lines

LEDGER_SIDE: Final = "ledger:"
DIFFERENCES_SHOWN: Final = 20  # enough to see what kind of difference it is


@contextmanager
def _graph(chosen: Settings) -> Iterator[tuple[GraphStore, StateSeen]]:
    if not chosen.ledger_path.exists():
        raise NotFound(f"There is no ledger in {chosen.data}. Give the service's folder with --data.")
    with closing(open_store(chosen.store, chosen.data, read_only=True)) as store:
        yield store, StateSeen(chosen.state_path)


def digest(options: argparse.Namespace) -> int:
    """The digest is the last word printed."""
    with _graph(settings(options)) as (store, seen):
        print(digest_of(store, options.history, seen=seen))
    return EXIT_FINE


def export(options: argparse.Namespace) -> int:
    """Streams to standard output."""
    with _graph(settings(options)) as (store, seen):
        for line in export_lines(store, history=options.history, seen=seen):
            sys.stdout.write(line + "\n")
    return EXIT_FINE


def rebuild(options: argparse.Namespace) -> int:
    """Drops what can be made again; the ledger is only read."""
    chosen = settings(options)
    if not options.yes and not _agreed(f"Drop the graph of {chosen.data} and make it again from the ledger?"):
        print("headwater: nothing was done. Say --yes to do it without asking.", file=sys.stderr)
        return EXIT_USAGE
    if not chosen.ledger_path.exists():  # a store that another ledger filled is given to a new one
        with closing(open_store(chosen.store, chosen.data)) as store:
            store.wipe()
        print(f"There is no ledger in {chosen.data} yet, so the graph is empty now.", file=sys.stderr)
        return EXIT_FINE
    keep_keys_in(chosen.data, chosen.keyring)
    with progress() as bar:
        task = bar.add_task("dropping the graph", total=None)
        pace = Pace("replaying", quiet=not bar.disable)

        def told(done: int, total: int) -> None:
            bar.update(task, description="replaying", completed=done, total=total)
            pace.at(done, total)

        try:
            size = rebuild_graph(chosen.data, chosen.store, read, progress=told, analyse=read_columns)
        except Claimed as error:  # nothing failed: another rebuild is under way, or a projector does not step aside
            raise Conflict(error.message) from error
    print(f"The graph holds {size} ledger entries.", file=sys.stderr)
    return EXIT_FINE


def _agreed(question: str) -> bool:
    return sys.stdin.isatty() and input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def compare(options: argparse.Namespace) -> int:
    """Two passes over each side, so that two large graphs need 16 bytes a line and no more."""
    names = (options.first, options.second)
    with ExitStack() as made:
        folders = [_replayed(name, made) for name in names]
        # what a server's graph does not hold (how often, when last) is told by the data folder on the other side
        beside = next((folder for folder in folders if folder is not None), None)
        sides = [
            partial(_lines, name, folder, beside, history=options.history)
            for name, folder in zip(names, folders, strict=True)
        ]
        first, second = ({_fingerprint(line) for line in side()} for side in sides)
        gone, new = first - second, second - first
        if not gone and not new:
            print(f"the same graph: {len(first)} lines")
            return EXIT_FINE
        shown = [_without_password(name) for name in names]
        differing = [
            (mark, line)
            for mark, side, only in (("-", sides[0], gone), ("+", sides[1], new))
            for line in islice((line for line in side() if _fingerprint(line) in only), DIFFERENCES_SHOWN)
        ]
        called = _names_of({end for _, line in differing for end in _ends(line)}, sides)
        for mark, line in differing:
            print(mark, line)
            if ends := _ends(line):
                print("    that is", " → ".join(called.get(end, end) for end in ends))
    print(f"{len(gone)} lines only in {shown[0]}, {len(new)} only in {shown[1]}, {len(first) - len(gone)} in both")
    return EXIT_NO


def _ends(line: str) -> tuple[str, ...]:
    """The ids of the nodes that the fact on a line is about; none where the line is no fact of an export."""
    try:
        told = json.loads(line)
        return tuple(end for end in (told["subject"], told["object"]) if end)
    except (ValueError, KeyError, TypeError):
        return ()


def _names_of(ids: set[str], sides: Iterable[Callable[[], Iterator[str]]]) -> dict[str, str]:
    """What the nodes of these ids are called on the first side that has them: a person knows no id."""
    called: dict[str, str] = {}
    for side in sides:
        if called.keys() >= ids:
            break
        for line in side():
            if '"node":' in line and (told := json.loads(line)).get("node") in ids - called.keys():
                column = f"#{told['column']}" if told["column"] else ""
                called[told["node"]] = f"{told['namespace']} {told['name']}{column}"
    return called


def _replayed(name: str, made: ExitStack) -> Path | None:
    """The data folder that a side of `compare` names; for `ledger:FOLDER` a passing one, made from the ledger alone."""
    if not name.startswith(LEDGER_SIDE):
        return Path(name) if Path(name).is_dir() else None
    ledger = Settings(data=Path(name.removeprefix(LEDGER_SIDE))).ledger_path
    if not ledger.exists():
        raise NotFound(f"There is no ledger at {ledger}. Name the service's data folder: ledger:FOLDER.")
    folder = Path(made.enter_context(TemporaryDirectory(prefix="headwater-compare-")))
    Settings(data=folder).ledger_path.symlink_to(ledger.resolve())
    rebuild_graph(folder, "sqlite:", read, analyse=read_columns)
    return folder


def _without_password(name: str) -> str:
    scheme, separator, rest = name.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if separator else name


def _fingerprint(line: str) -> bytes:
    return hashlib.blake2b(line.encode(), digest_size=16).digest()


def _lines(name: str, folder: Path | None, beside: Path | None, *, history: bool) -> Iterator[str]:
    if folder is not None:
        with _graph(Settings(data=folder)) as (store, seen):
            yield from export_lines(store, history=history, seen=seen)
    elif name.partition(":")[0] in STORE_SCHEMES:
        with closing(open_store(name, Path(), read_only=True)) as store:
            known = StateSeen(Settings(data=beside).state_path) if beside else None
            yield from export_lines(store, history=history, seen=known)
    elif Path(name).exists():
        with Path(name).open(encoding="utf-8") as file:
            yield from (line.rstrip("\n") for line in file)
    else:
        raise NotFound(
            f"{_without_password(name)} is no file, folder or store. Name an export, a data folder, ledger:FOLDER or a "
            "store's URL."
        )
