"""Erasure, legal holds and retention from the command line: asked of the running service, which holds the rules."""

import argparse
import re
import sys
from collections.abc import Mapping
from typing import Any

from api.cli import EXIT_FINE
from api.cli.client import Client
from api.cli.options import settings
from api.cli.screen import as_json, more, say, table
from api.cli.telling import entry_told
from api.cli.words import day
from lineage.erasure.retention import FLOORS
from lineage.errors import InputError
from lineage.ledger.classes import RetentionClass

_RANGES = "partCount ranges { part start stop }"
_PAGE = "pageInfo { hasNextPage endCursor } totalCount"
PROPOSE = f"""mutation($input: ProposeErasureInput!) {{ proposeErasure(input: $input) {{
  index time actor basis request {_RANGES} }} }}"""
APPROVE = "mutation($proposal: Long!) { approveErasure(proposal: $proposal) { index parts keys purged } }"
WITHDRAW = """mutation($proposal: Long!, $reason: String!) {
  withdrawErasure(proposal: $proposal, reason: $reason) { index } }"""
ERASED = f"""query($first: Int, $after: String) {{ erasures(first: $first, after: $after) {{ {_PAGE} nodes {{
  index time cause basis request proposal proposedBy approvedBy keys {_RANGES} }} }} }}"""
PROPOSALS = f"""query($first: Int, $after: String) {{ erasureProposals(first: $first, after: $after) {{ {_PAGE} nodes {{
  index time actor basis request {_RANGES} }} }} }}"""
SET_HOLD = "mutation($input: LegalHoldInput!) { setLegalHold(input: $input) { index } }"
LIFT_HOLD = "mutation($hold: Long!, $reason: String!) { liftLegalHold(hold: $hold, reason: $reason) { index } }"
HOLDS = f"""query($first: Int, $after: String) {{ legalHolds(first: $first, after: $after) {{ {_PAGE} nodes {{
  index time actor classes entries {{ start stop }} reason }} }} }}"""
_LIMITS = "index preset limits { payloadClass days } reason"
RETENTION = f"{{ retention {{ {_LIMITS} }} }}"
SET_RETENTION = f"mutation($input: RetentionInput!) {{ setRetention(input: $input) {{ {_LIMITS} }} }}"
APPLY = "mutation { applyRetention { index parts keys purged } }"
_ENTRIES = re.compile(r"(\d{1,18})(?:-(\d{1,18}))?")

Answer = Mapping[str, Any]


def propose(options: argparse.Namespace) -> int:
    """What is meant is said back, to be looked at before somebody approves it."""
    text = sys.stdin.read().strip() if options.text == "-" else options.text
    told = {
        "basis": options.basis, "request": options.request, "ranges": _ranges(options.entries),
        "personalText": text or "", "parts": options.parts or [],
    }  # fmt: skip
    with Client(settings(options)) as client:
        done = client.ask(PROPOSE, input=told)["proposeErasure"]
    if options.format == "json":
        as_json(done)
        return EXIT_FINE
    say(f"Ledger entry {done['index']}: {done['partCount']} parts are proposed: {_shown(done)}.")
    say(f"Another than {done['actor']} approves it: headwater audit erase approve {done['index']}")
    return EXIT_FINE


def approve(options: argparse.Namespace) -> int:
    """Erases."""
    with Client(settings(options)) as client:
        done = client.ask(APPROVE, proposal=options.proposal)["approveErasure"]
    return _done(options, done)


def withdraw(options: argparse.Namespace) -> int:
    """Erases nothing."""
    with Client(settings(options)) as client:
        done = client.ask(WITHDRAW, proposal=options.proposal, reason=options.reason)["withdrawErasure"]
    return entry_told(options, done, f"the proposal {options.proposal} is closed")


def erased(options: argparse.Namespace) -> int:
    """The report."""
    headings = ("ENTRY", "WHEN", "WHY", "GROUND", "CASE", "PROPOSED", "APPROVED", "WHAT")
    return _listed(options, ERASED, "erasures", headings, _erased_row, "Nothing was erased.")


def proposals(options: argparse.Namespace) -> int:
    """What waits."""
    headings = ("ENTRY", "WHEN", "BY", "GROUND", "CASE", "WHAT")
    return _listed(options, PROPOSALS, "erasureProposals", headings, _proposal_row, "Nothing is proposed.")


def set_hold(options: argparse.Namespace) -> int:
    """Everything only when that is said."""
    if bool(options.entries or options.classes) == options.everything:
        raise InputError("Say what is held: entries, classes, or --everything.", place="ENTRY")
    classes = [RetentionClass(each).name for each in options.classes or ()]
    told = {"reason": options.reason, "classes": classes, "entries": _ranges(options.entries)}
    with Client(settings(options)) as client:
        done = client.ask(SET_HOLD, input=told)["setLegalHold"]
    return entry_told(options, done, "the hold is in force")


def lift_hold(options: argparse.Namespace) -> int:
    """From now on."""
    with Client(settings(options)) as client:
        done = client.ask(LIFT_HOLD, hold=options.hold, reason=options.reason)["liftLegalHold"]
    return entry_told(options, done, f"the hold {options.hold} is over")


def holds(options: argparse.Namespace) -> int:
    """Those in force."""
    return _listed(
        options, HOLDS, "legalHolds", ("ENTRY", "SINCE", "BY", "WHAT", "WHY"), _hold_row, "No hold is in force."
    )


def retention(options: argparse.Namespace) -> int:
    """The limits."""
    with Client(settings(options)) as client:
        return _limits(options, client.ask(RETENTION)["retention"])


def set_retention(options: argparse.Namespace) -> int:
    """Nothing is erased by it yet."""
    changes = []
    for each in FLOORS:
        days = getattr(options, each)
        if days is not None and days != "ever" and not days.isdecimal():
            raise InputError(f"`{days}` is no number of days, and not `ever`.", place=f"--{each}")
        if days is not None:
            changes.append({"payloadClass": each.name, "days": None if days == "ever" else int(days)})
    preset = options.preset.upper().replace("-", "_")
    with Client(settings(options)) as client:
        told = {"preset": preset, "reason": options.reason, "changes": changes}
        return _limits(options, client.ask(SET_RETENTION, input=told)["setRetention"])


def apply_retention(options: argparse.Namespace) -> int:
    """What the service does each hour."""
    with Client(settings(options)) as client:
        return _done(options, client.ask(APPLY)["applyRetention"])


def _ranges(written: list[str]) -> list[dict[str, str]]:
    ranges = []
    for each in written:
        found = _ENTRIES.fullmatch(each)
        if found is None:
            raise InputError(f"`{each}` is no entry. Write an index, or a range such as 100-199.", place="ENTRY")
        ranges.append({"start": found[1], "stop": str(int(found[2] or found[1]) + 1)})
    return ranges


def _written(start: str, stop: str) -> str:
    return start if int(stop) == int(start) + 1 else f"{start}-{int(stop) - 1}"


def _shown(found: Answer, most: int = 5) -> str:
    ranges = [f"{each['part']} {_written(each['start'], each['stop'])}" for each in found["ranges"]]
    more_ranges = f" … ({found['partCount']} parts)" if len(ranges) > most else ""
    return ", ".join(ranges[:most]) + more_ranges


def _erased_row(e: Answer) -> tuple[str, ...]:
    what = _shown(e) if e["ranges"] else f"destroyed: {', '.join(e['keys'])}"
    return (
        e["index"],
        day(e["time"]),
        e["cause"].lower(),
        e["basis"],
        e["request"],
        e["proposedBy"],
        e["approvedBy"],
        what,
    )


def _proposal_row(e: Answer) -> tuple[str, ...]:
    return (e["index"], day(e["time"]), e["actor"], e["basis"], e["request"], _shown(e))


def _hold_row(e: Answer) -> tuple[str, ...]:
    entries = [_written(each["start"], each["stop"]) for each in e["entries"]]
    covers = ", ".join([*(each.lower() for each in e["classes"]), *entries[:5]]) or "everything"
    return (e["index"], day(e["time"]), e["actor"], covers, e["reason"])


def _listed(
    options: argparse.Namespace, document: str, field: str, headings: tuple[str, ...], row: Any, none: str
) -> int:
    with Client(settings(options)) as client:
        found = client.ask(document, first=options.first, after=options.after)[field]
    if options.format == "json":
        as_json(found)
    elif not found["nodes"]:
        say(none)
    else:
        table(headings, [row(each) for each in found["nodes"]], fixed=("ENTRY",))
        more(found["pageInfo"])
    return EXIT_FINE


def _limits(options: argparse.Namespace, found: Answer) -> int:
    if options.format == "json":
        as_json(found)
        return EXIT_FINE
    if not found["limits"]:
        say("Everything is kept.")
        return EXIT_FINE
    table(("CLASS", "DAYS"), [(each["payloadClass"].lower(), str(each["days"])) for each in found["limits"]])
    say(f"{found['preset'].lower().replace('_', '-')}, entry {found['index']}: {found['reason']}")
    return EXIT_FINE


def _done(options: argparse.Namespace, done: Answer) -> int:
    if options.format == "json":
        as_json(done)
    elif done["index"] is None and not int(done["parts"]):
        say("There was nothing to erase.")
    else:
        say(f"{done['parts']} parts are gone, said by ledger entry {done['index'] or '– (access log)'}.")
        if done["keys"]:
            say(f"Destroyed keys: {', '.join(done['keys'])}.")
        if not done["purged"]:
            say("Readers kept the write-ahead log: later entries overwrite what it holds.")
    return EXIT_FINE
