"""The three answers: what breaks, where it comes from, and what the record said before.

The one idea: each answer is one GraphQL question and a pure function from its JSON to rows; nothing is known here that
the service did not say. Each is headed by the command that asks the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from api.cli.client import Client
from api.cli.words import Names, only_decides, reasons, steps, sure
from api.demo.screen import heading, say, table
from api.demo.story import Moments

CHANGED: Final = {"namespace": "postgres://localhost:5599", "name": "shop.public.customers"}
CHANGED_COLUMN: Final = "email"
PREDICTED: Final = {"namespace": "file", "name": "/tmp/work/lake/gold/predictions"}
DAY: Final = "2026-11-22T20:00Z"
"""A time after the run that was heard of late."""

_NODE: Final = "node { id kind name column datasetType }"
_ENDS: Final = "source target"
_COMPLETE: Final = "completeness { status knownIndex reasons { code message count } }"

IMPACT: Final = f"""query($of: [NodeRef!]!) {{ impact(of: $of, first: 500) {{
  items {{ {_NODE} certainty reasons distance owners }} {_COMPLETE} }} }}"""
PROVENANCE: Final = f"""query($of: NodeRef!) {{ provenance(of: $of, first: 500) {{
  sources {{ {_NODE} certainty distance why {{ {_ENDS} flow }} }} nodes {{ id namespace name column }} {_COMPLETE} }} }}"""
DIFF: Final = f"""query($of: [NodeRef!]!, $from: MomentInput!, $to: MomentInput!) {{
  before: lineage(of: $of, direction: DOWNSTREAM, at: $from) {{ nodes {{ id name column distance }} }}
  diff(of: $of, direction: DOWNSTREAM, from: $from, to: $to) {{
    addedEdges {{ {_ENDS} jobs evidence entries(first: 100) {{ nodes {{ index time kind }} }} }}
    removedEdges {{ {_ENDS} jobs evidence entries(first: 100) {{ nodes {{ index time kind }} }} }} {_COMPLETE} }}
  aliases {{ nodes {{ index actor from to reason }} }} }}"""
NAMES: Final = "query($ids: [ID!]!) { nodes(ids: $ids) { id name } }"

Answer = Mapping[str, Any]


def print_all(client: Client, moments: Moments) -> None:
    """Ask and print all three."""
    _breaks(client)
    _comes_from(client)
    _said_before(client, moments)


def _breaks(client: Client) -> None:
    changed = f"{CHANGED['name']}#{CHANGED_COLUMN}"
    heading(1, f"What breaks if {changed} changes?", f"impact {CHANGED['namespace']} '{changed}'")
    answer = client.ask(IMPACT, of=[{"dataset": {**CHANGED, "column": CHANGED_COLUMN}}])["impact"]
    table(("WHAT", "SURE", "HOPS", "OWNER"), impact_rows(answer["items"]), fixed=("SURE", "HOPS"))
    say("", *(f"   {line}" for line in job_lines(answer["items"])), *(f"   {line}" for line in honesty(answer)))


def impact_rows(items: Sequence[Answer]) -> Iterator[tuple[str, ...]]:
    """Columns, and the datasets of which no column is told, each with why it is only possible below it; jobs are said
    apart."""
    by_column = {item["node"]["name"] for item in items if item["node"]["kind"] == "COLUMN"}
    for item in items:
        node = item["node"]
        if node["kind"] == "JOB" or (node["kind"] == "DATASET" and node["name"] in by_column):
            continue
        owners = ", ".join(item["owners"])
        yield name_of(node), sure(item["certainty"]), str(item["distance"]), owners, *reasons(item["reasons"])


def job_lines(items: Sequence[Answer]) -> Iterator[str]:
    """The jobs in between, with who owns them."""
    for certainty, words in (("CERTAIN", "Jobs that read it"), ("POSSIBLE", "Jobs that may")):
        jobs = [
            item["node"]["name"] + (f" ({', '.join(item['owners'])})" if item["owners"] else "")
            for item in items
            if item["node"]["kind"] == "JOB" and item["certainty"] == certainty
        ]
        if jobs:
            yield f"{words}: {', '.join(jobs)}."


def _comes_from(client: Client) -> None:
    heading(2, "Where do the predictions come from?", f"provenance {PREDICTED['namespace']} {PREDICTED['name']}")
    answer = client.ask(PROVENANCE, of={"dataset": PREDICTED})["provenance"]
    table(("SOURCE, AND ITS WAY", "SURE", "HOPS"), source_rows(answer), fixed=("SURE", "HOPS"))
    edges = (edge for source in answer["sources"] for edge in source["why"])
    say(*(f"   {line}" for line in only_decides(edges)), "", *(f"   {line}" for line in honesty(answer)))


def source_rows(answer: Answer) -> Iterator[tuple[str, ...]]:
    """Each source in a line, and below it the way from it."""
    names = Names(answer["nodes"])
    for source in answer["sources"]:
        yield name_of(source["node"]), sure(source["certainty"]), str(source["distance"]), *steps(source["why"], names)


def _said_before(client: Client, moments: Moments) -> None:
    heading(
        3, f"What did the record say before about {DAY[:10]} {DAY[11:16]}, and why does it say something else today?",
        f"diff {CHANGED['namespace']} {CHANGED['name']} --direction downstream",
        f"--from {DAY} --from-known-index {moments.early}",
        f"--at {DAY} --known-index {moments.late}",
    )  # fmt: skip
    told = client.ask(
        DIFF, of=[{"dataset": CHANGED}],
        **{"from": {"validAt": DAY, "knownIndex": moments.early}, "to": {"validAt": DAY, "knownIndex": moments.late}},
    )  # fmt: skip
    edges = [("+", edge) for edge in told["diff"]["addedEdges"]] + [
        ("-", edge) for edge in told["diff"]["removedEdges"]
    ]
    wanted = sorted({end for _, edge in edges for end in (edge["source"], edge["target"], *edge["jobs"])})
    names = {node["id"]: node["name"] for node in client.ask(NAMES, ids=wanted)["nodes"] if node}
    used = ", ".join(node["name"] for node in told["before"]["nodes"] if node["distance"])
    say(f"   With {moments.early} ledger entries, downstream of {CHANGED['name']}: {used}.")
    say(f"   With {moments.late} of them, also:" if edges else f"   With {moments.late} of them: the same.")
    for mark, edge in edges:
        jobs = ", ".join(names[job] for job in edge["jobs"])
        say(f"     {mark} {names[edge['source']]} → {names[edge['target']]}   by {jobs}")
    say("   because of what the ledger learned in between:")
    later = {
        int(e["index"]): e for _, edge in edges for e in edge["entries"]["nodes"] if int(e["index"]) >= moments.early
    }
    say(*(f"     {line}" for line in learned(client, later, told["aliases"]["nodes"])))
    say(f"   Nothing was overwritten: `--known-index {moments.early}` gives the first answer for ever.")


def learned(client: Client, later: Mapping[int, Answer], aliases: Iterable[Answer]) -> Iterator[str]:
    """Why the record says something else: entry by entry."""
    rules = {int(alias["index"]): alias for alias in aliases}
    events = sorted(index for index, entry in later.items() if entry["kind"] == "ol.event")
    if events:
        first, last = (client.send("GET", f"/api/v1/events/{index}").json() for index in (events[0], events[-1]))
        listed = ", ".join(str(index) for index in events)
        yield (
            f"entries {listed}: events of {first['eventTime'][:16].replace('T', ' ')} to {last['eventTime'][11:16]}, "
            "which came late"
        )
    for index in sorted(later.keys() & rules.keys()):
        rule = rules[index]
        yield f"entry {index}: {rule['actor']} said that {rule['from']} is {rule['to']} ({rule['reason']})"


def honesty(answer: Answer) -> Iterator[str]:
    """How much of the truth the answer is."""
    told = answer["completeness"]
    status = {
        "COMPLETE": "Complete.", "TRUNCATED": "Cut short:", "UNKNOWN": "Not all of it is known:",
    }[told["status"]]  # fmt: skip
    yield " ".join([status, *(reason["message"] for reason in told["reasons"])])


def name_of(node: Answer) -> str:
    """`shop.public.customers#email`."""
    return str(node["name"]) + (f"#{node['column']}" if node.get("column") else "")
