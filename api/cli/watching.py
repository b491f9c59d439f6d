"""Commands for those who watch: drift (the 2:34 a.m. question) and check (the blast radius, for CI)."""

import argparse
from collections.abc import Mapping
from typing import Any

from api.cli import EXIT_FINE, EXIT_NO, documents
from api.cli.asking import change_in_words, impact_table, named
from api.cli.client import Client
from api.cli.options import nodes, one_node, settings, time
from api.cli.screen import as_json, say, table
from api.cli.words import Names, day, totals
from lineage.ids import is_id


def drift(options: argparse.Namespace) -> int:
    """What changed in any schema, when, in whose report, and what is downstream of it."""
    of = nodes(options.node) if options.node else None
    with Client(settings(options)) as client:
        found = client.ask(
            documents.DRIFT, since=time(options.since, "--since"), until=time(options.until, "--until"), of=of,
            first=options.first, after=options.after,
        )["schemaChanges"]  # fmt: skip
        changes = [edge["node"] for edge in found["edges"]]
        ids = [each["reporter"].partition(":")[2] for each in changes]
        reporters = Names(named(client, filter(is_id, ids)) if options.format == "table" else [])
    if options.format == "json":
        as_json(found)
        return EXIT_FINE
    rows = [
        (f"{each['dataset']['name']}#{each['column']}", day(each["at"]),
         f"{change_in_words(each)}\nby {_told_by(each['reporter'], reporters)}\nreaches {_reached(each['impact'])}")
        for each in changes
    ]  # fmt: skip
    if rows:
        table(("COLUMN", "WHEN", "CHANGE, BY WHOM, AND WHAT IS DOWNSTREAM"), rows, fixed=("WHEN",), names="COLUMN")
    else:
        say("No schema changed.")
    if found["pageInfo"]["hasNextPage"]:
        say(f"More: the same with --after {found['pageInfo']['endCursor']}")
    return EXIT_FINE


def _told_by(reporter: str, jobs: Names) -> str:
    """`writer shop_lake_ingest`: a job's namespace says little here, and there is no room for it."""
    role, _, who = reporter.partition(":")
    return f"{role} {jobs[who] if is_id(who) else who.rpartition(' ')[2]}"


def _reached(impact: Mapping[str, Any]) -> str:
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
