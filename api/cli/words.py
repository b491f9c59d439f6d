"""Answers in words: names as short as they stay clear, evidence, certainty and completeness as people say them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Answer = Mapping[str, Any]

_EVIDENCE = {
    "OBSERVED": "observed",
    "DECLARED": "declared",
    "STATED": "stated by a person",
    "INFERRED": "inferred from the run",
    "ATTEMPTED": "only attempted",
}
_VERDICT = {
    "VERIFIED": "declared and observed",
    "UNDECLARED": "not declared",
    "PHANTOM": "never observed",
    "UNKNOWN": "",
}
_KINDS = {
    "NAMESPACE": ("namespace", "namespaces"),
    "DATASET": ("dataset", "datasets"),
    "COLUMN": ("column", "columns"),
    "JOB": ("job", "jobs"),
    "RUN": ("run", "runs"),
    "DATASET_VERSION": ("version", "versions"),
}


class Names:
    """Short names of one answer's nodes: `shop.public.customers#email`; the namespace only where two would look alike."""

    def __init__(self, nodes: Iterable[Answer]) -> None:
        self._by_id: dict[str, str] = {}
        alike: dict[str, set[str]] = defaultdict(set)
        known = {node["id"]: node for node in nodes if node}
        for node in known.values():
            alike[node["name"]].add(node["namespace"])
        for node_id, node in known.items():
            full = node["name"] if len(alike[node["name"]]) == 1 else f"{node['namespace']} {node['name']}"
            self._by_id[node_id] = full + (f"#{node['column']}" if node.get("column") else "") + (
                f"@{node['version']}" if node.get("version") else ""
            )  # fmt: skip

    def __getitem__(self, node_id: str) -> str:
        return self._by_id.get(node_id, node_id)


def kind_of(node: Answer) -> str:
    """`model`, `topic`, `column`, `job` …: a dataset by its own type."""
    if node["kind"] == "DATASET" and node.get("datasetType"):
        return str(node["datasetType"]).lower().replace("_", " ")
    return _KINDS[node["kind"]][0]


def how(edge: Answer) -> str:
    """What an edge does and how it is known: `aggregation, masked; observed`."""
    done = [part.lower().replace("_", " ") for part in (edge["transformation"],) if part]
    if edge["flow"] == "CONTROL":
        done.insert(0, "decides only")
    if edge.get("masking"):
        done.append("masked")
    if edge.get("tableLevel"):
        done.append("table level only")
    known = [_EVIDENCE[kind] for kind in edge["evidence"]]
    if _VERDICT[edge["verdict"]]:
        known.append(_VERDICT[edge["verdict"]])
    if not edge["inLatestRun"] and edge["runCount"]:
        known.append("not in the latest run")
    return "; ".join(filter(None, [", ".join(done), ", ".join(known)]))


def sure(certainty: str) -> str:
    """`certain` or `possible`."""
    return certainty.lower()


def totals(counts: Sequence[Answer]) -> str:
    """`3 columns and 1 model for certain, 2 jobs possibly`; `nothing` when there is none."""
    said = []
    for certainty, adverb in (("CERTAIN", "for certain"), ("POSSIBLE", "possibly")):
        parts: Counter[tuple[str, str]] = Counter()
        for each in counts:
            if each["certainty"] == certainty:
                parts[_kind_words(each)] += each["count"]
        if parts:
            said.append(f"{_listed(f'{n} {one if n == 1 else many}' for (one, many), n in parts.items())} {adverb}")
    return ", ".join(said) or "nothing"


def _kind_words(each: Answer) -> tuple[str, str]:
    if each["kind"] == "DATASET" and each.get("datasetType"):
        word = str(each["datasetType"]).lower().replace("_", " ")
        return word, word + "s"
    return _KINDS[each["kind"]]


def _listed(parts: Iterable[str]) -> str:
    *most, last = list(parts)
    return f"{', '.join(most)} and {last}" if most else last


def completeness(told: Answer) -> list[str]:
    """The last lines of every answer about lineage: how much of the truth it is."""
    status = {
        "COMPLETE": "Complete",
        "TRUNCATED": "Cut short",
        "UNKNOWN": "Not all of it is known",
    }[told["status"]]
    known = f"{told['knownIndex']} of {told['ledgerSize']} ledger entries, as of {day(told['validAt'])}"
    walked = f"{_counted(told['nodesExplored'], 'node')} over {_counted(told['hops'], 'hop')}"
    last = f"{status}: {walked}; {known}."
    notes = [f"Note, {reason['code'].lower().replace('_', ' ')}: {reason['message']}" for reason in told["reasons"]]
    return ["", *notes, last]


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


ONLY_DECIDES = "(⇢ decides only: it filters, joins, groups or sorts)"


def way(edges: Sequence[Answer], names: Names) -> str:
    """A path, one node a line: `a`, `→ b`, `→ c`."""
    return "\n".join([names[edges[0]["source"]], *steps(edges, names)]) if edges else ""


def steps(edges: Sequence[Answer], names: Names) -> list[str]:
    """The nodes after the first of a path; `⇢` where it only decides about rows."""
    return [f"{'→' if edge['flow'] == 'VALUE' else '⇢'} {names[edge['target']]}" for edge in edges]


def only_decides(edges: Iterable[Answer]) -> list[str]:
    """What `⇢` means, where there is one."""
    return [ONLY_DECIDES] if any(edge["flow"] == "CONTROL" for edge in edges) else []


def reasons(told: Sequence[str]) -> list[str]:
    """Why something is only possible, as the line below it."""
    return ["; ".join(told)] if told else []


def day(time: str | None) -> str:
    """A time without its fraction; a dash for none."""
    return "–" if time is None else time[:16].replace("T", " ")
