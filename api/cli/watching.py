"""Commands for those who watch: drift (the 2:34 a.m. question) and check (the blast radius, for CI)."""

import argparse

from api.cli import EXIT_FINE, EXIT_NO, documents
from api.cli.asking import change_in_words, impact_table
from api.cli.client import Client
from api.cli.options import nodes, one_node, settings, time
from api.cli.screen import as_json, say, table
from api.cli.words import day, totals


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
    rows = []
    for edge in found["edges"]:
        change = edge["node"]
        reached = totals(change["impact"]["totals"])
        if reached == "nothing" and change["impact"]["completeness"]["status"] != "COMPLETE":
            reached = "not known"
        rows.append(
            (day(change["at"]), f"{change['dataset']['name']}#{change['column']}", change_in_words(change),
             change["reporter"], reached)
        )  # fmt: skip
    if rows:
        table(("WHEN", "COLUMN", "CHANGE", "TOLD BY", "DOWNSTREAM OF IT"), rows, fixed=("WHEN",))
    else:
        say("No schema changed.")
    if found["pageInfo"]["hasNextPage"]:
        say(f"More: the same with --after {found['pageInfo']['endCursor']}")
    return EXIT_FINE


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
