"""`python -m api.cli.settings_page`: writes docs/settings.md from the settings and limits themselves."""

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lineage.settings import table

FILE: Final = Path("docs/settings.md")

HEAD: Final = """# Settings and limits

Written by `python -m api.cli.settings_page`; a test holds it to the code.

A flag wins over its environment variable, a variable over the default; an empty variable counts as not set. There is no settings
file. `headwater doctor` says what is in force, and names `HEADWATER_*` variables that are none.

## Settings

| setting | flag | default | meaning |
|---|---|---|---|
"""

LIMITS_HEAD: Final = """
## Limits

Each is a named constant with its reason in the code.

| limit | of what | beyond it | where |
|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """A constant that users can meet."""

    module: str
    name: str
    meaning: str
    beyond: str
    """What happens beyond it: a status, a reason of incompleteness, or words."""

    @property
    def value(self) -> float:
        """As it is in the code."""
        value: float = getattr(importlib.import_module(self.module), self.name)
        return value


LIMITS: Final = (
    Limit(
        "lineage.settings",
        "BODY_BYTES_MAX_DEFAULT",
        "bytes of one request's body, as it came and decompressed (`HEADWATER_BODY_BYTES_MAX`)",
        "413",
    ),
    Limit("api.bodies", "BODIES_BYTES_MAX", "bytes of all bodies in flight", "503"),
    Limit("api.bodies", "IDLE_S_MAX", "seconds without a byte of a body", "408"),
    Limit("api.bodies", "TOTAL_S_MAX", "seconds for a whole body", "408"),
    Limit("api.connections", "HEAD_S_MAX", "seconds for the head of a request", "closed"),
    Limit("api.connections", "UNTAKEN_S_MAX", "seconds in which nothing of an answer is taken", "closed"),
    Limit("api.untaken", "UNTAKEN_BYTES_MAX", "bytes of all answers that wait to be taken", "the oldest is closed"),
    Limit("api.connections", "HEAD_BYTES_MAX", "bytes of the head of a request", "closed"),
    Limit("api.connections", "FILES_MAX", "open files and connections, where the system allows as many", "not let in"),
    Limit("api.accepting", "ELEMENTS_MAX", "elements of one array", "dead letter"),
    Limit("api.accepting", "VALUES_MAX", "JSON values of one body", "dead letter"),
    Limit("collectors.openlineage.json_text", "DEPTH_MAX", "levels of nesting of an event", "dead letter"),
    Limit("lineage.ledger.commit", "QUEUE_ENTRIES_MAX", "entries that wait for the disk", "503"),
    Limit("collectors.openlineage.mask", "SQL_CHARACTERS_MAX", "characters of one SQL text", "the text is left out"),
    Limit("lineage.query.walk", "LIMIT_MAX", "nodes of a `lineage` answer", "refused"),
    Limit("lineage.query.impact", "IMPACT_NODES_MAX", "nodes of an impact's walk", "TRUNCATED, NODES"),
    Limit("lineage.query.provenance", "PROVENANCE_NODES_MAX", "nodes of a provenance", "TRUNCATED, NODES"),
    Limit("lineage.query.walk", "WALK_TIME_S_MAX", "seconds of one walk", "TRUNCATED, TIME"),
    Limit("lineage.query.cursors", "FIRST_MAX", "items of a page", "refused"),
    Limit("api.graphql.desk", "WAITING_MAX", "questions that wait", "503"),
    Limit("api.answering", "ASKED_MAX", "long questions that wait", "503"),
    Limit("api.answering", "ASKED_BY_ONE_MAX", "long questions of one caller that wait", "503"),
    Limit("api.answering", "ANSWER_S_MAX", "seconds for a long question", "503"),
    Limit("api.graphql.admission", "CHARACTERS_MAX", "characters of a GraphQL document", "refused"),
    Limit("api.graphql.admission", "TOKENS_MAX", "words and signs of a GraphQL document", "refused"),
    Limit("api.graphql.admission", "VALUES_MAX", "values in the variables of one GraphQL operation", "refused"),
    Limit("api.graphql.cost", "COMPARISONS_MAX", "pairs of fields of one name in a GraphQL document", "refused"),
    Limit("api.graphql.feed", "SUBSCRIPTIONS_MAX", "subscriptions at a time", "refused"),
    Limit("api.graphql.sockets", "OPERATIONS_MAX", "operations of one WebSocket at a time", "refused"),
    Limit("api.operation_names", "OPERATIONS_MAX", "names of operations in `/metrics`, besides known ones", "`other`"),
    Limit("api.graphql.cost", "DEPTH_MAX", "fields in one another in a GraphQL document", "refused"),
    Limit("api.graphql.cost", "COST_MAX", "values that an answer of GraphQL may have, worked out before", "refused"),
    Limit("api.graphql.compiled", "OBJECTS_MAX", "objects of all lists within lists of one answer of GraphQL", "refused"),
    Limit("lineage.query.run_lineage", "VERSIONS_MAX", "versions of a `runLineage` answer", "refused"),
    Limit("api.access.log", "WAITING_MAX", "reads that wait to be on record", "503"),
    Limit("api.rest.graph", "NODES_MAX", "datasets in an answer of Marquez's `/lineage`", "the nearest are told"),
    Limit("api.rest.graph", "FIELDS_MAX", "fields in an answer of Marquez's `/column-lineage`", "the nearest are told"),
    Limit("api.graphql.endpoint", "DOCUMENT_BYTES_MAX", "bytes of one GraphQL request", "413"),
    Limit("api.events", "LIST_MAX", "events in one page of the event list", "refused"),
    Limit("lineage.query.search", "QUERY_LENGTH_MAX", "characters of a search", "refused"),
)


def text() -> str:
    """The whole page."""
    rows = [
        f"| `{each.variable}` | `--{each.name.replace('_', '-')}` | {f'`{each.default}`' if each.default else '–'} "
        f"| {each.meaning} |\n"
        for each in table()
    ]
    limits = [f"| {each.value:,} | {each.meaning} | {each.beyond} | `{each.module}.{each.name}` |\n" for each in LIMITS]
    return HEAD + "".join(rows) + LIMITS_HEAD + "".join(limits)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    target.write_text(text(), encoding="utf-8")
