"""Commands for those who watch: drift (the 2:34 a.m. question) and check (the blast radius, for CI)."""

import argparse
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from api.cli import EXIT_FINE, EXIT_NO, documents
from api.cli.asking import change_in_words, impact_table
from api.cli.client import Client
from api.cli.options import nodes, one_node, settings, time
from api.cli.screen import as_json, more, say, table
from api.cli.words import day, totals

AT_ONCE: Final = timedelta(seconds=60)
"""How long after each other two reports tell the same change, not it again: as for FAIL and COMPLETE of one run."""

Answer = Mapping[str, Any]


def drift(options: argparse.Namespace) -> int:
    """What changed in any schema, when, in whose report, and what is downstream of it."""
    of = nodes(options.node) if options.node else None
    with Client(settings(options)) as client:
        found = client.ask(
            documents.DRIFT, since=time(options.since, "--since"), until=time(options.until, "--until"), of=of,
            first=options.first, after=options.after,
        )["schemaChanges"]  # fmt: skip
    if options.format == "json":
        as_json(found)
        return EXIT_FINE
    rows = [
        (f"{told[0]['dataset']['name']}#{told[0]['column']}", day(told[0]["at"]), change_in_words(told[0]),
         f"by {told_by(each['reporter'] for each in told)}\nreaches {_reached(told[0]['impact'])}")
        for told in at_once([edge["node"] for edge in found["edges"]])
    ]  # fmt: skip
    if rows:
        table(("COLUMN", "WHEN", "CHANGE"), rows, fixed=("WHEN",))
    else:
        say("No schema changed.")
    more(found["pageInfo"])
    return EXIT_FINE


def at_once(changes: Iterable[Answer]) -> list[list[Answer]]:
    """Changes as people see them: one for all reporters that tell the same of a column within a minute (a DROP ends
    what every job had said of it; Spark's inner and outer jobs both report an ALTER). In the order of the first."""
    groups: dict[tuple[object, ...], list[list[Answer]]] = {}
    found = []
    for change in changes:
        what = (change["dataset"]["id"], *(change[field] for field in ("column", "kind", "before", "after")))
        like = groups.setdefault(what, [])
        at = datetime.fromisoformat(change["at"])
        for group in like:
            if abs(at - datetime.fromisoformat(group[0]["at"])) <= AT_ONCE:
                group.append(change)
                break
        else:
            like.append([change])
            found.append(like[-1])
    return found


def told_by(reporters: Iterable[str]) -> str:
    """`writer shop_lake_ingest, shop_lake_silver, reader train`: each once; a job's namespace says little here."""
    by_role: dict[str, list[str]] = {}
    for reporter in reporters:
        role, _, who = reporter.partition(":")
        by_role.setdefault(role, []).append(who.rpartition(" ")[2])
    return ", ".join(f"{role} {', '.join(dict.fromkeys(who))}" for role, who in by_role.items())


def _reached(impact: Answer) -> str:
    reached = totals(impact["totals"])
    return "what is not known" if reached == "nothing" and impact["completeness"]["status"] != "COMPLETE" else reached


def check(options: argparse.Namespace) -> int:
    """Exit 1 if the change breaks something, or, with --fail-on POSSIBLE, if it may or nobody can tell."""
    ref = one_node(options)
    with Client(settings(options)) as client:
        answer = client.ask(documents.IMPACT, of=[ref], change=options.change, first=options.first)["impact"]
    certain = sum(each["count"] for each in answer["totals"] if each["certainty"] == "CERTAIN")
    possible = sum(each["count"] for each in answer["totals"]) - certain
    untold = answer["completeness"]["status"] != "COMPLETE"
    failed = certain > 0 or (options.fail_on == "POSSIBLE" and (possible > 0 or untold))
    if options.format == "json":
        as_json({"failed": failed, "certain": certain, "possible": possible, **answer})
        return EXIT_NO if failed else EXIT_FINE
    impact_table(answer)
    if failed and not certain and not possible:
        say(f"FAILED: nothing is known to depend on it, but {options.change} cannot be said to be safe.")
    else:
        say(f"{'FAILED' if failed else 'PASSED'}: {options.change} reaches {certain} for certain, {possible} possibly.")
    return EXIT_NO if failed else EXIT_FINE
