"""`headwater audit questions | ask | export | proof`: the nineteen questions, their answers, and what proves them."""

import argparse
import base64
import hashlib
from pathlib import Path
from typing import Any

from api.cli import EXIT_FINE, Unreachable
from api.cli.client import Client
from api.cli.options import nodes, settings
from api.cli.options import time as written_time
from api.cli.screen import as_json, more, pairs, say, table
from lineage.errors import InputError

QUESTIONS = (
    """{ auditQueries { query asks law variables { name type required default description } columns { name } } }"""
)
ANSWER = """query($query: NamedAuditQuery!, $variables: JSON!, $first: Int, $after: String, $atSize: Long) {
  auditAnswer(query: $query, variables: $variables, first: $first, after: $after, atSize: $atSize) {
    query status atSize vouchedForBy columns { name description }
    rows { totalCount nodes { values entries } pageInfo { hasNextPage endCursor } }
    unknowns { what reason count nodes } scanned { start stop filter }
    completeness { status validAt knownIndex reasons { code message count } } } }"""
EXPORT = """mutation($query: NamedAuditQuery!, $variables: JSON!, $atSize: Long, $withReceived: Boolean!) {
  exportEvidence(query: $query, variables: $variables, atSize: $atSize, withReceived: $withReceived) {
    url sizeBytes sha256 query status rowCount atSize accessIndex } }"""

PROOF = "query($index: Long!) { entry(index: $index) { index kind time bytes proof { text } } }"

Question = dict[str, Any]


def questions(options: argparse.Namespace) -> int:
    """What can be asked."""
    with Client(settings(options)) as client:
        told = client.ask(QUESTIONS)["auditQueries"]
    if options.format == "json":
        as_json(told)
        return EXIT_FINE
    for each in told:
        say(each["query"])
        takes = [
            f"  {v['name']}{'' if v['required'] else '?'} ({v['type']}): {v['description']}" for v in each["variables"]
        ]
        say(f"  {each['asks']} ({each['law']})", *takes, "")
    return EXIT_FINE


def ask(options: argparse.Namespace) -> int:
    """One page of an answer."""
    with Client(settings(options)) as client:
        question = _question(client, options.query)
        answer = client.ask(
            ANSWER,
            query=question["query"],
            variables=variables(question, options.variables),
            first=options.first,
            after=options.after,
            atSize=options.at_size,
        )["auditAnswer"]
    if options.format == "json":
        as_json(answer)
        return EXIT_FINE
    say(question["asks"], "")
    names = [column["name"] for column in answer["columns"]]
    rows = [[*map(_cell, row["values"]), " ".join(row["entries"])] for row in answer["rows"]["nodes"]]
    table([name.upper() for name in (*names, "entries")], rows)
    more(answer["rows"]["pageInfo"])
    say("", f"{answer['status']}: {answer['rows']['totalCount']} rows, as of {answer['atSize']} entries of the log")
    for each in answer["unknowns"]:
        say(f"  not known: {each['what']} ({each['count']}): {each['reason']}")
    for each in answer["completeness"]["reasons"]:
        say(f"  {each['code']}: {each['message']}")
    return EXIT_FINE


def export(options: argparse.Namespace) -> int:
    """The pack, on disk under its name only when it is whole and what the service said it is."""
    target = Path(options.output)
    if target.is_dir():
        raise InputError(f"{target} is a folder. Name a file.", place="--output")
    with Client(settings(options)) as client:
        question = _question(client, options.query)
        bundle = client.ask(
            EXPORT,
            query=question["query"],
            variables=variables(question, options.variables),
            atSize=options.at_size,
            withReceived=options.with_received,
        )["exportEvidence"]
        fetched = client.send("GET", bundle["url"])
    if fetched.status_code != 200 or hashlib.sha256(fetched.content).hexdigest() != bundle["sha256"]:
        raise Unreachable(f"The pack did not come whole (HTTP {fetched.status_code}). Export it again.")
    passing = target.with_name(target.name + ".part")
    passing.write_bytes(fetched.content)
    passing.replace(target)
    pairs(
        [
            ("pack", f"{target} ({bundle['sizeBytes']} bytes)"),
            ("question", f"{bundle['query']}: {question['asks']}"),
            ("answer", f"{bundle['status']}, {bundle['rowCount']} rows, as of {bundle['atSize']} entries of the log"),
            ("on record", f"entry {bundle['accessIndex']} of the access log"),
            ("check it", f"headwater audit verify {target} --policy POLICY"),
        ]
    )
    return EXIT_FINE


def proof(options: argparse.Namespace) -> int:
    """Two files for each entry, as `headwater audit verify` takes them."""
    folder = Path(options.output)
    folder.mkdir(parents=True, exist_ok=True)
    with Client(settings(options)) as client:
        for index in options.index:
            entry = client.ask(PROOF, index=index)["entry"]
            (folder / f"{index}.json").write_bytes(base64.b64decode(entry["bytes"]))
            target = folder / f"{index}.tlog-proof"
            target.write_text(entry["proof"]["text"], encoding="utf-8")
            say(f"entry {index} ({entry['kind']}, {entry['time']}): {target}")
    return EXIT_FINE


def _question(client: Client, wanted: str) -> Question:
    """By number or whole name. InputError with those there are."""
    found: list[Question] = client.ask(QUESTIONS)["auditQueries"]
    for each in found:
        if wanted.upper() in (each["query"], each["query"].partition("_")[0]):
            return each
    raise InputError(
        f"There is no question {wanted}. `headwater audit questions` lists Q1 to Q{len(found)}.", place="QUERY"
    )


def variables(question: Question, words: list[str]) -> dict[str, Any]:
    """`NAME=VALUE` words as the question's variables. InputError for what it does not take."""
    types = {each["name"]: each["type"] for each in question["variables"]}
    told: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or name not in types:
            takes = ", ".join(types) or "none"
            raise InputError(
                f"{word!r:.80} is no variable of {question['query']}. It takes: {takes}.", place="NAME=VALUE"
            )
        told[name] = _value(types[name], value, name)
    return told


def _value(kind: str, value: str, name: str) -> Any:
    match kind:
        case "node":
            [ref] = nodes([value])
            if "dataset" not in ref:
                raise InputError(f"{name}: write a node as 'NAMESPACE NAME[#COLUMN]'.", place=name)
            return ref["dataset"]
        case "time":
            return written_time(value, name)
        case "number":
            if not value.isascii() or not value.isdecimal():
                raise InputError(f"{name} is a number, not {value!r:.40}.", place=name)
            return int(value)
        case "true or false":
            if value not in ("true", "false"):
                raise InputError(f"{name} is true or false.", place=name)
            return value == "true"
        case "list of texts":
            return [each.strip() for each in value.split(",") if each.strip()]
        case _:
            return value


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
