"""The page of one node for people: what `headwater show` prints."""

from collections.abc import Iterable, Mapping
from typing import Any

from api.cli.screen import pairs, say, table
from api.cli.words import day, kind_of

Answer = Mapping[str, Any]
SHOWN_ABOVE = frozenset({"description", "owner", "tag"})
VALUE_CHARACTERS_MAX = 300  # a query of a hundred lines is read elsewhere


def show_page(page: Answer) -> None:
    """Only what is told: empty fields are left out."""
    title = page["name"] + (f"#{page['column']}" if page.get("column") else "")
    say(f"{title}  ({kind_of(page)})", "")
    facts = [(label, text) for label, text in _facts(page) if text]
    pairs(facts)
    if page.get("columns"):
        say("")
        table(
            ("COLUMN", "TYPE", "TOLD BY", "ABOUT"),
            [
                (c["column"], c["type"] or "–", (c["reporter"] or "lineage only").partition(":")[0],
                 "; ".join(filter(None, [c["description"], _tags(c["tags"])])))
                for c in page["columns"]
            ],
        )  # fmt: skip
    runs = (page.get("runs") or {}).get("nodes")
    if runs:
        say("")
        rows = [
            (r["runId"], str(r["attempt"]), r["state"].lower(), day(r["startedAt"]), day(r["endedAt"])) for r in runs
        ]
        table(("RUN", "ATTEMPT", "STATE", "STARTED", "ENDED"), rows)


def _facts(page: Answer) -> Iterable[tuple[str, str]]:
    yield "namespace", page["namespace"]
    if page.get("typeEvidence") == "INFERRED":
        yield "kind", f"{kind_of(page)}, as its namespace says: no event tells its type"
    yield "id", page["id"]
    own = (page["namespace"], page["name"])
    others = [f"{n['namespace']} {n['name']}" for n in page.get("names", ()) if (n["namespace"], n["name"]) != own]
    yield "also known as", "\n".join(others)
    yield "description", page.get("description") or ""
    yield "owners", ", ".join(o["name"] + (f" ({o['type']})" if o["type"] else "") for o in page.get("owners", ()))
    yield "tags", _tags(page.get("tags", ()))
    yield "dropped", day(page["droppedAt"]) if page.get("droppedAt") else ""
    if page.get("confirmed") is False:
        yield "confirmed", "no: only runs that failed or have not ended mention it"
    yield "type", page.get("type") or ""
    yield "told by", page.get("reporter") or ""
    for label, field in (("dataset", "dataset"), ("job", "job"), ("made by", "madeBy")):
        if page.get(field):
            yield label, _name(page[field])
    for label, field in (("written by", "writtenBy"), ("read by", "readBy"), ("reads", "reads"), ("writes", "writes"),
                         ("read", "inputs"), ("wrote", "outputs")):  # fmt: skip
        yield label, "\n".join(_name(each) for each in page.get(field, ()))
    versions = page.get("versions") or {"nodes": [], "totalCount": 0}
    yield (
        "versions",
        "\n".join(f"{v['version']}  {day(v['time'])}" for v in versions["nodes"])
        + (f"\n… of {versions['totalCount']}" if versions["totalCount"] > len(versions["nodes"]) else ""),
    )
    if "version" in page:
        yield "version", f"{page['version']}  {day(page['time'])}"
    if "state" in page:
        yield "run", f"{page['runId']}, attempt {page['attempt']}: {page['state'].lower()}"
        yield "started, ended", f"{day(page['startedAt'])}, {day(page['endedAt'])}"
    for each in page.get("properties", ()):
        if each["label"] not in SHOWN_ABOVE:
            yield each["label"], each["value"][:VALUE_CHARACTERS_MAX]
    entries = page["entries"]
    if entries["nodes"]:
        listed = ", ".join(str(entry["index"]) for entry in entries["nodes"])
        yield "ledger entries", listed + (" …" if entries["totalCount"] > len(entries["nodes"]) else "")


def _name(node: Answer) -> str:
    return f"{node['namespace']} {node['name']}"


def _tags(tags: Iterable[Answer]) -> str:
    return ", ".join(
        t["key"] + (f"={t['value']}" if t["value"] else "") + (f" (on {t['column']})" if t.get("column") else "")
        for t in tags
    )
