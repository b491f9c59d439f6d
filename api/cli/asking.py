"""Questions to a service: search, show, lineage, impact, provenance, paths, diff."""

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from api.cli import EXIT_FINE, documents
from api.cli.client import Client
from api.cli.options import evidence, grain, moment, nodes, one_node, settings, time
from api.cli.pages import show_page
from api.cli.pictures import Drawing, dot, drawing, mermaid
from api.cli.screen import as_json, more, say, table
from api.cli.words import Names, completeness, day, how, kind_of, only_decides, reasons, steps, sure, totals, way
from lineage.errors import InputError, NotFound

IDS_AT_ONCE = 500  # what the service answers in one request

Answer = Mapping[str, Any]


def search(options: argparse.Namespace) -> int:
    """Find nodes by any part of any name."""
    with Client(settings(options)) as client:
        found = client.ask(
            documents.SEARCH, query=" ".join(options.query), kinds=options.kind, first=options.first,
            after=options.after, at=moment(options),
        )["search"]  # fmt: skip
    hits = found["edges"]
    if _drawn(options, found, lambda: drawing([hit["node"] for hit in hits], [], [])):
        return EXIT_FINE
    if not hits:
        say("Nothing has such a name. Try a part of it.")
        return EXIT_FINE
    rows = [
        (kind_of(node), node["name"] + (f"#{node['column']}" if node.get("column") else ""), node["namespace"],
         _other_name(hit["matched"], node))
        for hit in hits
        for node in [hit["node"]]
    ]  # fmt: skip
    table(("KIND", "NAME", "NAMESPACE", "FOUND AS"), rows, fixed=("KIND",))
    more(found["pageInfo"])
    return EXIT_FINE


def _other_name(matched: str, node: Answer) -> str:
    own = node["name"] + (f"#{node['column']}" if node.get("column") else "")
    return "" if matched.casefold() in (own.casefold(), f"{node['namespace']} {own}".casefold()) else matched


def show(options: argparse.Namespace) -> int:
    """All that is known of one node; a name that is no dataset may be a job."""
    ref = one_node(options)
    with Client(settings(options)) as client:
        try:
            found = client.ask(documents.SHOW, of=ref, at=moment(options))["find"]
        except NotFound:
            if "dataset" not in ref or "column" in ref["dataset"]:
                raise
            try:
                found = client.ask(documents.SHOW, of={"job": ref["dataset"]}, at=moment(options))["find"]
            except NotFound:
                found = None
            if found is None:
                raise
    if not _drawn(options, found, lambda: _surroundings(found)):
        show_page(found)
    return EXIT_FINE


def _surroundings(page: Answer) -> Drawing:
    """A node with the jobs that write and read it, or the datasets that it reads and writes."""
    before = [*page.get("writtenBy", ()), *page.get("reads", ()), *page.get("inputs", ())]
    after = [*page.get("readBy", ()), *page.get("writes", ()), *page.get("outputs", ())]
    pairs = [(each["id"], page["id"]) for each in before] + [(page["id"], each["id"]) for each in after]
    edges = [
        {"source": source, "target": target, "transformation": None, "certainty": "CERTAIN", "flow": "VALUE"}
        for source, target in pairs
    ]
    return drawing(each_once([page, *before, *after]), edges, [page["id"]])


def lineage(options: argparse.Namespace) -> int:
    """What is upstream or downstream."""
    ref = one_node(options)
    with Client(settings(options)) as client:
        answer = client.ask(
            documents.LINEAGE, of=[ref], direction=options.direction, depth=options.depth,
            grain=grain(options, [ref], "DATASET"), flows=options.flow, evidence=evidence(options),
            seenAfter=time(options.seen_after, "--seen-after"), limit=options.limit, at=moment(options),
        )["lineage"]  # fmt: skip
        jobs = (
            named(client, (job for edge in answer["edges"] for job in edge["jobs"]))
            if options.format == "table"
            else []
        )
    if not _drawn(options, answer, lambda: drawing(answer["nodes"], answer["edges"], answer["roots"])):
        _edges(answer, jobs, upstream=options.direction == "UPSTREAM")
        say(*completeness(answer["completeness"]))
    return EXIT_FINE


def impact(options: argparse.Namespace) -> int:
    """What breaks if a node changes."""
    ref = one_node(options)
    with Client(settings(options)) as client:
        answer = client.ask(
            documents.IMPACT, of=[ref], change=options.change, kinds=options.kind, first=options.first,
            after=options.after, at=moment(options),
        )["impact"]  # fmt: skip
        met = _on_the_way(client, answer["items"]) if options.format in ("mermaid", "dot") else []
    if not _drawn(options, answer, lambda: _witnesses(answer["items"], met)):
        impact_table(answer)
    return EXIT_FINE


def impact_table(answer: Answer) -> None:
    """An impact for people; `headwater check` prints it too."""
    names = Names(each["node"] for each in answer["items"])
    rows = [
        (names[each["node"]["id"]], kind_of(each["node"]), sure(each["certainty"]), str(each["distance"]),
         ", ".join(each["owners"]), *reasons(each["reasons"]))
        for each in answer["items"]
    ]  # fmt: skip
    say(f"Reaches {totals(answer['totals'])}.")
    if rows:
        table(("WHAT", "KIND", "SURE", "HOPS", "OWNER"), rows, fixed=("KIND", "SURE", "HOPS"))
    more(answer["pageInfo"])
    say(*completeness(answer["completeness"]))


def provenance(options: argparse.Namespace) -> int:
    """Every source behind a node."""
    ref = one_node(options)
    with Client(settings(options)) as client:
        answer = client.ask(documents.PROVENANCE, of=ref, first=options.first, after=options.after, at=moment(options))[
            "provenance"
        ]
    roots = {node["id"] for node in answer["nodes"] if node["distance"] == 0}
    if _drawn(options, answer, lambda: drawing(answer["nodes"], answer["edges"], roots)):
        return EXIT_FINE
    names = Names(answer["nodes"])
    rows = [
        (names[each["node"]["id"]], kind_of(each["node"]), sure(each["certainty"]), str(each["distance"]),
         *steps(each["why"], names))
        for each in answer["sources"]
    ]  # fmt: skip
    if rows:
        table(("SOURCE, AND ITS WAY", "KIND", "SURE", "HOPS"), rows, fixed=("KIND", "SURE", "HOPS"))
        say(*only_decides(edge for each in answer["sources"] for edge in each["why"]))
    else:
        say("Nothing is known upstream of it.")
    more(answer["pageInfo"])
    say(*completeness(answer["completeness"]))
    return EXIT_FINE


def paths(options: argparse.Namespace) -> int:
    """How data gets from one node to another."""
    ends = nodes(options.node)
    if len(ends) != 2:
        raise InputError(f"Two nodes are asked about, {len(ends)} given. Put each in quotes.", place="NODE")
    with Client(settings(options)) as client:
        answer = client.ask(
            documents.PATHS, **{"from": ends[0], "to": ends[1]}, first=options.first,
            grain=grain(options, ends, "COLUMN"), at=moment(options),
        )["paths"]  # fmt: skip
    on_the_way = each_once(node for path in answer["paths"] for node in path["nodes"])
    ends_of = {path["nodes"][at]["id"] for path in answer["paths"] for at in (0, -1)}
    every = [edge for path in answer["paths"] for edge in path["edges"]]
    if _drawn(options, answer, lambda: drawing(on_the_way, _each_edge_once(every), ends_of)):
        return EXIT_FINE
    names = Names([*on_the_way, *answer["chokePoints"]])
    rows = [(str(len(path["edges"])), sure(path["certainty"]), way(path["edges"], names)) for path in answer["paths"]]
    if rows:
        table(("HOPS", "SURE", "WAY"), rows, fixed=("HOPS", "SURE"))
        say(*only_decides(every))
    else:
        say("No way is known from the one to the other.")
    if answer["chokePoints"]:
        say("Every way goes through: " + ", ".join(names[node["id"]] for node in answer["chokePoints"]))
    say(*completeness(answer["completeness"]))
    return EXIT_FINE


def diff(options: argparse.Namespace) -> int:
    """What differs between two moments."""
    ref = one_node(options)
    first, second = moment(options, "from_"), moment(options)
    if first is None:
        raise InputError(
            "The first moment is missing. Give --from, --from-known-at or --from-known-index.", place="--from"
        )
    with Client(settings(options)) as client:
        answer = client.ask(
            documents.DIFF, of=[ref], direction=options.direction, grain=grain(options, [ref], "DATASET"),
            **{"from": first, "to": second or {}},
        )["diff"]  # fmt: skip
        changed = [*answer["addedEdges"], *answer["removedEdges"], *(each["after"] for each in answer["changedEdges"])]
        ends = named(client, (edge[end] for edge in changed for end in ("source", "target")))
    if not _drawn(options, answer, lambda: _difference(answer, ends)):
        _print_diff(answer, Names(each_once([*answer["addedNodes"], *answer["removedNodes"], *ends])))
    return EXIT_FINE


def _difference(answer: Answer, ends: Sequence[Answer]) -> Drawing:
    """Every edge that differs, with what became of it as its label."""
    told = [("new", edge) for edge in answer["addedEdges"]] + [("gone", edge) for edge in answer["removedEdges"]]
    told += [("changed", each["after"]) for each in answer["changedEdges"]]
    shown = each_once([*ends, *answer["addedNodes"], *answer["removedNodes"]])
    return drawing(shown, [{**edge, "transformation": word} for word, edge in told], [])


def _print_diff(answer: Answer, names: Names) -> None:
    rows = [("+", "node", names[node["id"]], kind_of(node)) for node in answer["addedNodes"]]
    rows += [("-", "node", names[node["id"]], kind_of(node)) for node in answer["removedNodes"]]
    for mark, edges in (("+", answer["addedEdges"]), ("-", answer["removedEdges"])):
        rows += [(mark, "edge", f"{names[edge['source']]} → {names[edge['target']]}", how(edge)) for edge in edges]
    for change in answer["changedEdges"]:
        edge = change["after"]
        rows.append(("~", "edge", f"{names[edge['source']]} → {names[edge['target']]}", ", ".join(change["changes"])))
    rows += [
        ("~", "schema", f"{each['dataset']['name']}#{each['column']}", change_in_words(each))
        for each in answer["schemaChanges"]
    ]
    if rows:
        table(("", "WHAT", "WHICH", "HOW"), rows, fixed=("", "WHAT"))
    else:
        say("Nothing differs.")
    say(*completeness(answer["completeness"]))


def change_in_words(change: Answer) -> str:
    """`type int → text`, `new (int)`, `gone (was int)` …"""
    before, after = change["before"] or "no type told", change["after"] or "no type told"
    match change["kind"]:
        case "ADDED":
            return f"new ({after})"
        case "REMOVED":
            return f"gone (was {before})"
        case "REORDERED":
            return f"moved from place {before} to {after}"
        case "RENAMED":
            return f"renamed from {before} to {after}"
        case _:
            return f"type {before} → {after}"


def _edges(answer: Answer, jobs: Sequence[Answer], *, upstream: bool) -> None:
    """Edges under the end that is nearer to what was asked about, and how they are known under them, so that long names
    have the width for themselves."""
    names, by = Names(answer["nodes"]), Names(jobs)
    near, far, arrow = ("target", "source", "←") if upstream else ("source", "target", "→")
    rows: list[tuple[str, ...]] = []
    heading = None
    for edge in answer["edges"]:
        if edge[near] != heading:
            heading = edge[near]
            rows.append((names[heading], ""))
        jobs_in_words = "by " + ", ".join(by[job] for job in edge["jobs"]) if edge["jobs"] else ""
        last = f"last {day(edge['lastSeen'])}" if edge["lastSeen"] else ""
        told = "; ".join(filter(None, (how(edge), last, jobs_in_words)))
        rows.append((f"  {arrow} {names[edge[far]]}", sure(edge["certainty"]), f"    {told}"))
    if rows:
        table(("EDGE, AND HOW IT IS KNOWN", "SURE"), rows, fixed=("SURE",))
    else:
        say("No edge is known there.")


def named(client: Client, wanted: Iterable[str]) -> list[Answer]:
    """Nodes that an answer names by id only."""
    ids = list(dict.fromkeys(wanted))
    found: list[Answer] = []
    for start in range(0, len(ids), IDS_AT_ONCE):
        found += client.ask(documents.NAMES, ids=ids[start : start + IDS_AT_ONCE])["nodes"]
    return [node for node in found if node]


def _drawn(options: argparse.Namespace, answer: Answer, draw: Callable[[], Drawing]) -> bool:
    """Whether the answer was wanted as JSON or a picture, and is printed."""
    match options.format:
        case "json":
            as_json(answer)
        case "mermaid":
            sys.stdout.write(mermaid(draw()))
        case "dot":
            sys.stdout.write(dot(draw()))
        case _:
            return False
    return True


def _on_the_way(client: Client, items: Sequence[Answer]) -> list[Answer]:
    known = {item["node"]["id"] for item in items}
    ends = (edge[end] for item in items for edge in item["why"] for end in ("source", "target"))
    return named(client, (node for node in ends if node not in known))


def _witnesses(items: Sequence[Answer], met: Sequence[Answer]) -> Drawing:
    """What an impact reaches, by the ways that it names; `met`: what is on them and no item itself."""
    edges = _each_edge_once(edge for item in items for edge in item["why"])
    targets = {edge["target"] for edge in edges}
    roots = {edge["source"] for edge in edges} - targets
    return drawing(each_once([*met, *(item["node"] for item in items)]), edges, roots)


def each_once(found: Iterable[Answer]) -> list[Answer]:
    return list({node["id"]: node for node in found}.values())


def _each_edge_once(edges: Iterable[Answer]) -> list[Answer]:
    return list({(edge["source"], edge["target"], edge["flow"]): edge for edge in edges}.values())
