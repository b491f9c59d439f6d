"""From arguments to what commands work with: settings, moments in words, and nodes as people write them."""

import argparse
import os
import re
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from lineage import ids
from lineage.body import parse_time
from lineage.errors import InputError
from lineage.facts import EvidenceKind
from lineage.moment import iso
from lineage.settings import Settings

_AGE = re.compile(r"(\d{1,6})(m|h|d|w)")
_UNIT_US = {"m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000, "w": 604_800_000_000}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")

NodeRef = dict[str, Any]
"""A NodeRef as a GraphQL variable."""


def settings(options: argparse.Namespace) -> Settings:
    """The settings of a command: its flags, then the environment, then the defaults. SettingsError."""
    flags = {each.name: getattr(options, each.name, None) for each in fields(Settings)}
    return Settings.from_environment(os.environ, **flags)


def time(written: str | None, flag: str, *, ahead: bool = False) -> str | None:
    """A time as people write it: ISO 8601, a day, or an age such as `36h` (`ahead`: so long from now). As ISO 8601 with
    a zone. InputError."""
    if written is None:
        return None
    if age := _AGE.fullmatch(written):
        now_us = int(datetime.now(UTC).timestamp() * 1_000_000)
        span_us = int(age[1]) * _UNIT_US[age[2]]
        return iso(now_us + span_us if ahead else now_us - span_us)
    return iso(parse_time(f"{written}T00:00:00Z" if _DAY.fullmatch(written) else written, flag))


def moment(options: argparse.Namespace, prefix: str = "") -> dict[str, Any] | None:
    """The MomentInput of a command's flags; None: now. `prefix`: "from_" for the first moment of a diff."""
    at = options.from_at if prefix else options.at
    given = {
        "validAt": time(at, "--from" if prefix else "--at"),
        "knownAt": time(getattr(options, f"{prefix}known_at"), f"--{prefix.replace('_', '-')}known-at"),
        "knownIndex": getattr(options, f"{prefix}known_index"),
    }
    return {name: value for name, value in given.items() if value is not None} or None


def nodes(words: list[str], *, job: bool = False, version: str | None = None) -> list[NodeRef]:
    """Nodes as people write them: ids, quoted `NAMESPACE NAME[#COLUMN]`, or the two as words. InputError."""
    found: list[NodeRef] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if ids.is_id(word):
            found.append({"id": word})
            continue
        namespace, blank, name = word.strip().partition(" ")
        if not blank:
            if not rest:
                raise InputError(f"`{word}` is no node. Write NAMESPACE NAME[#COLUMN], or an id `hw:…`.", place="NODE")
            name = rest.pop(0)
        found.append(_named(namespace, name.strip(), job=job, version=version))
    return found


def one_node(options: argparse.Namespace) -> NodeRef:
    """The single node of a command. InputError for none or several."""
    found = nodes(options.node, job=options.job, version=options.node_version)
    if len(found) != 1:
        raise InputError(f"One node is asked about, {len(found)} are given. Put each in quotes.", place="NODE")
    return found[0]


def _named(namespace: str, name: str, *, job: bool, version: str | None) -> NodeRef:
    if job:
        return {"job": {"namespace": namespace, "name": name}}
    if version is not None:
        return {"datasetVersion": {"namespace": namespace, "name": name, "version": version}}
    whole, mark, column = name.rpartition("#")
    if mark and whole and column:
        return {"dataset": {"namespace": namespace, "name": whole, "column": column}}
    return {"dataset": {"namespace": namespace, "name": name}}


def evidence(options: argparse.Namespace) -> list[str] | None:
    """The kinds of evidence as given, or all that are asked for by default; with --attempted ATTEMPTED, too."""
    if not options.attempted:
        return list(options.evidence) if options.evidence else None
    return list(dict.fromkeys([*(options.evidence or EvidenceKind), EvidenceKind.ATTEMPTED]))


def grain(options: argparse.Namespace, refs: list[NodeRef], default: str) -> str:
    """As given; else columns where a column is named."""
    named = [ref.get("dataset", {}).get("column") or len(ref.get("id", "")) == ids.CHILD_LENGTH for ref in refs]
    return options.grain or ("COLUMN" if any(named) else default)
