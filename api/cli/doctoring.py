"""`headwater doctor`: settings, versions, files, store, lag: what is wrong, and what to do."""

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version

from api.cli import EXIT_FINE, EXIT_NO, EXIT_UNREACHABLE, Unreachable, documents
from api.cli.client import Client
from api.cli.options import settings
from api.cli.screen import as_json, say, table
from lineage.errors import HeadwaterError
from lineage.ledger import Ledger
from lineage.settings import Settings, unknown_variables
from lineage.store import open_store

FREE_BYTES_MIN = 1 << 30  # a day of a middle-sized company's events, with room for a rebuild
LAG_S_MAX = 60.0
PACKAGES = ("headwater", "fastapi", "strawberry-graphql", "graphql-core", "openlineage-python", "sqlglot", "neo4j")


class Health(StrEnum):
    """How something is."""

    FINE = "fine"
    NOTE = "note"
    AWAY = "away"
    """It could not be reached, so nothing can be said of it."""
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and what to do about it."""

    about: str
    health: Health
    message: str


def doctor(options: argparse.Namespace) -> int:
    """1 if anything is wrong; else 3 if the service cannot be reached."""
    chosen = settings(options)
    findings = [*_environment(), *_files(chosen), *_service(chosen)]
    if options.format == "json":
        as_json([asdict(each) for each in findings])
    else:
        table(("", "ABOUT", "WHAT"), [(each.health, each.about, each.message) for each in findings])
        wrong = sum(each.health is Health.WRONG for each in findings)
        away = any(each.health is Health.AWAY for each in findings)
        well = "The service was not reached; all else is well." if away else "All is well."
        say(well if not wrong else f"{wrong} {'thing is' if wrong == 1 else 'things are'} wrong.")
    if any(each.health is Health.WRONG for each in findings):
        return EXIT_NO
    return EXIT_UNREACHABLE if any(each.health is Health.AWAY for each in findings) else EXIT_FINE


def _environment() -> Iterator[Finding]:
    yield Finding("python", Health.FINE, sys.version.split()[0])
    for package in PACKAGES:
        try:
            yield Finding(package, Health.FINE, version(package))
        except PackageNotFoundError:
            yield Finding(package, Health.WRONG, "Not installed. Install Headwater again from its requirements.")
    for name in unknown_variables(os.environ):
        yield Finding("settings", Health.WRONG, f"{name} is no setting. Correct its name, or unset it.")


def _files(chosen: Settings) -> Iterator[Finding]:
    if not chosen.ledger_path.exists():
        yield Finding("ledger", Health.NOTE, f"None in {chosen.data} yet: the service has not run there. See --data.")
        return
    free = shutil.disk_usage(chosen.data).free
    health = Health.FINE if free >= FREE_BYTES_MIN else Health.WRONG
    yield Finding(
        "disk", health, f"{free >> 20} MiB free in {chosen.data}" + ("" if free >= FREE_BYTES_MIN else ". Free some.")
    )
    try:
        with closing(Ledger.open(chosen.ledger_path, read_only=True)) as ledger:
            size = ledger.size()
            yield Finding("ledger", Health.FINE, f"{ledger.origin}, {size} entries; `headwater audit fsck` checks them")
            origin = ledger.origin
            ledger.require_keys()
            yield Finding("keyring", Health.FINE, f"{len(ledger.keyring.names())} keys, the newest payloads open")
    except HeadwaterError as error:
        yield Finding("ledger", Health.WRONG, error.message)
        return
    try:
        with closing(open_store(chosen.store, chosen.data, read_only=True)) as store:
            applied, belongs = store.applied(), store.ledger_origin()
    except HeadwaterError as error:
        yield Finding("graph", Health.WRONG, error.message)
        return
    if belongs not in (None, origin):
        yield Finding(
            "graph", Health.WRONG, f"It was made from {belongs}, not {origin}. Run `headwater graph rebuild`."
        )
    elif applied > size:
        yield Finding("graph", Health.WRONG, f"It holds {applied} entries, the ledger {size}. Restore the ledger.")
    else:
        behind = f", {size - applied} behind the ledger" if applied < size else ""
        yield Finding("graph", Health.NOTE if behind else Health.FINE, f"{applied} entries{behind}")


def _service(chosen: Settings) -> Iterator[Finding]:
    try:
        with Client(chosen) as client:
            ready = client.send("GET", "/readyz").json()
            ledger = client.ask(documents.LEDGER)["ledger"]
            letters = client.ask(documents.DEAD_LETTERS, first=0, openOnly=True)["deadLetters"]["totalCount"]
    except Unreachable as error:
        yield Finding("service", Health.AWAY, error.message)
        return
    except ValueError:
        yield Finding("service", Health.AWAY, f"{chosen.url} answers, but not as Headwater does. Check --url.")
        return
    except HeadwaterError as error:
        yield Finding("service", Health.WRONG, error.message)
        return
    reasons = ready.get("reasons") or []
    yield Finding(
        "service", Health.FINE if not reasons else Health.WRONG, " ".join(reasons) or f"ready at {chosen.url}"
    )
    late = ledger["lagSeconds"] > LAG_S_MAX
    yield Finding(
        "lag", Health.WRONG if late else Health.FINE,
        f"the graph holds {ledger['graphIndex']} of {ledger['size']} entries, {ledger['lagSeconds']:.0f} s behind"
        + (". See the service's log." if late else ""),
    )  # fmt: skip
    if letters:
        advice = "`headwater deadletter list --open` shows why."
        yield Finding("dead letters", Health.NOTE, f"{letters} were not understood and not replayed. {advice}")
