"""What people tell the service: aliases, distrust, replays of dead letters; and what they told before."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from api.cli import EXIT_FINE, EXIT_NO, documents
from api.cli.client import Client
from api.cli.options import settings, time
from api.cli.screen import as_json, more, pairs, say, table
from api.cli.words import day
from lineage.errors import InputError, NotFound

Answer = Mapping[str, Any]
PAGE_ITEMS = 500


def list_aliases(options: argparse.Namespace) -> int:
    """Rules that hold."""
    with Client(settings(options)) as client:
        found = _all(client, documents.ALIASES, "aliases")
    rows = [(a["kind"].lower(), a["from"], a["to"], a["reason"], a["index"], day(a["time"])) for a in found]
    return _list(options, found, ("KIND", "FROM", "TO", "REASON", "ENTRY", "SINCE"), rows, "No alias rule holds.")


def add_alias(options: argparse.Namespace) -> int:
    """Let two names be one thing."""
    told = {"kind": options.kind, "from": options.from_, "to": options.to, "reason": options.reason}
    with Client(settings(options)) as client:
        done = client.ask(documents.ADD_ALIAS, input=told)["addAlias"]
    return entry_told(options, done, f"{done['kind'].lower()} {done['from']} is {done['to']} from now on")


def remove_alias(options: argparse.Namespace) -> int:
    """Take a rule back."""
    told = {"kind": options.kind, "from": options.from_, "reason": options.reason}
    with Client(settings(options)) as client:
        done = client.ask(documents.REMOVE_ALIAS, input=told)["removeAlias"]
    return entry_told(options, done, f"{done['kind'].lower()} {done['from']} is no longer {done['to']}")


def suggest_aliases(options: argparse.Namespace) -> int:
    """Names that look alike."""
    with Client(settings(options)) as client:
        found = client.ask(documents.SUGGESTIONS, first=options.first)["aliasSuggestions"]
    rows = [(s["kind"].lower(), s["from"], s["to"], s["reason"]) for s in found]
    return _list(options, found, ("KIND", "FROM", "TO", "WHY"), rows, "No two names look alike.")


def list_distrust(options: argparse.Namespace) -> int:
    """What is set aside now."""
    with Client(settings(options)) as client:
        found = _all(client, documents.DISTRUSTED, "distrusted")
    rows = [(d["job"], d["producer"], day(d["from"]), day(d["to"]), d["reason"], d["index"]) for d in found]
    return _list(options, found, ("JOBS", "PRODUCER", "FROM", "TO", "REASON", "ENTRY"), rows, "No runs are set aside.")


def add_distrust(options: argparse.Namespace) -> int:
    """Set runs aside."""
    with Client(settings(options)) as client:
        done = client.ask(documents.DISTRUST, input=_distrust(options))["distrustRuns"]
    return entry_told(options, done, f"runs of {done['job']} are set aside")


def remove_distrust(options: argparse.Namespace) -> int:
    """Believe them again."""
    with Client(settings(options)) as client:
        done = client.ask(documents.TRUST, input=_distrust(options))["trustRuns"]
    return entry_told(options, done, f"runs of {done['job']} are believed again")


def list_dead_letters(options: argparse.Namespace) -> int:
    """What came and could not be understood."""
    with Client(settings(options)) as client:
        found = client.ask(
            documents.DEAD_LETTERS, first=options.first, after=options.after, openOnly=options.open_only
        )["deadLetters"]
    if options.format == "json":
        as_json(found)
        return EXIT_FINE
    rows = [
        (e["index"], day(e["time"]), e["code"], e["reason"] + (f" (at {e['place']})" if e["place"] else ""),
         e["sizeBytes"], e["replayed"] or "–")
        for e in found["nodes"]
    ]  # fmt: skip
    if not rows:
        say("No dead letters.")
        return EXIT_FINE
    table(("ENTRY", "CAME", "CODE", "WHY", "BYTES", "REPLAYED AS"), rows, fixed=("ENTRY", "CAME", "BYTES"))
    say(f"{len(rows)} of {found['totalCount']}.")
    more(found["pageInfo"])
    return EXIT_FINE


def show_dead_letter(options: argparse.Namespace) -> int:
    """One of them, or its bytes."""
    with Client(settings(options)) as client:
        found = client.ask(documents.DEAD_LETTER, index=str(options.index))["deadLetter"]
        if options.raw:
            received = client.send("GET", f"/api/v1/events/{options.index}")
            if received.status_code != 200:
                raise NotFound(f"The bytes of entry {options.index} are not there: they were erased.")
            sys.stdout.buffer.write(received.content)
            return EXIT_FINE
    if options.format == "json":
        as_json(found)
        return EXIT_FINE
    rows = [("entry", found["index"]), ("came", found["time"]), ("code", found["code"]), ("why", found["reason"]),
            ("where in it", found["place"] or "–"), ("bytes", found["sizeBytes"]),
            ("replayed as", found["replayed"] or "–"), ("begins", found["preview"])]  # fmt: skip
    pairs(rows)
    return EXIT_FINE


def replay_dead_letters(options: argparse.Namespace) -> int:
    """Exit 1 if any is still not understood."""
    if bool(options.indexes) == options.all:
        raise InputError("Say which: indexes, or --all.", place="INDEX")
    told = {"all": True} if options.all else {"indexes": [str(index) for index in options.indexes]}
    with Client(settings(options)) as client:
        done = client.ask(documents.REPLAY, input=told)["replayDeadLetters"]
    if options.format == "json":
        as_json(done)
    else:
        rows = [(e["index"], e["entry"] or "–", e["reason"] or "understood") for e in done["letters"]]
        if rows:
            table(("ENTRY", "BECAME", "NOW"), rows, fixed=("ENTRY", "BECAME"))
        say(f"{done['replayed']} understood, {done['refused']} still not.")
    return EXIT_NO if done["refused"] else EXIT_FINE


def _distrust(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "job": options.job,
        "producer": options.producer,
        "from": time(options.from_, "--from"),
        "to": time(options.to, "--to"),
        "reason": options.reason,
    }


def entry_told(options: argparse.Namespace, done: Answer, words: str) -> int:
    """The entry that a statement became, as JSON or in words."""
    if options.format == "json":
        as_json(done)
    else:
        say(f"Ledger entry {done['index']}: {words}.")
    return EXIT_FINE


def _all(client: Client, document: str, field: str) -> list[Answer]:
    """Every item of a list, page by page."""
    found: list[Answer] = []
    after: str | None = None
    while True:
        page = client.ask(document, first=PAGE_ITEMS, after=after)[field]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def _list(
    options: argparse.Namespace,
    found: list[Answer],
    headings: tuple[str, ...],
    rows: Sequence[Sequence[str]],
    none: str,
) -> int:
    if options.format == "json":
        as_json(found)
    elif rows:
        table(headings, rows)
    else:
        say(none)
    return EXIT_FINE
