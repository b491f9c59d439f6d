"""What happens in the demonstration, in order: one company's day, a producer that was held up, and a rule.

The events are real: Airflow and dbt on one PostgreSQL, Spark with Iceberg and Delta up to a model's predictions, a
Kafka topic that Flink reads, and a Feast repository that stands beside them, as their own OpenLineage clients sent them.

The one idea: Airflow's events are loaded last although they are the oldest, and only then somebody says that its
`127.0.0.1` and dbt's `localhost` are one database. So the record learns twice something about a time long past.
"""

import gzip
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from api.cli.client import Client
from api.demo.screen import say
from lineage.errors import HeadwaterError, SettingsError

FIRST: Final = (("dbt", "shop-dbt"), ("Spark", "spark-visible"), ("Flink", "flink"), ("Feast", "feast"))
LATE: Final = (("Airflow", "airflow-scheduler"),)

ALIAS: Final = {
    "kind": "NAMESPACE",
    "from": "postgres://127.0.0.1:5599",
    "to": "postgres://localhost:5599",
    "reason": "one PostgreSQL: Airflow writes its host as 127.0.0.1, dbt and Spark as localhost",
}

GRAPH_WAIT_S_MAX: Final = 60.0  # it takes two seconds on a small machine; a minute means that something is wrong
POLL_S: Final = 0.05

STATUS: Final = "{ ledger { size graphIndex } aliases { nodes { index kind from to } } }"
ADD_ALIAS: Final = "mutation($input: AddAliasInput!) { addAlias(input: $input) { index } }"


@dataclass(frozen=True, slots=True)
class Moments:
    """Ledger sizes that the answers speak of: before what came late, and with the rule."""

    early: int
    late: int


def tell(client: Client) -> Moments:
    """Load the events and say the rule, unless an earlier demonstration did; wait until the graph has it all."""
    status = client.ask(STATUS)
    if int(status["ledger"]["size"]):
        return _told_before(status)
    say("Headwater's demonstration: real lineage events of one company, as its own tools sent them.", "")
    began = time.monotonic()
    early = _load(client, FIRST)
    late = _load(client, LATE)
    rule = int(client.ask(ADD_ALIAS, input=ALIAS)["addAlias"]["index"])
    _wait_for_graph(client, rule + 1)
    say(
        f"  {early} events of {_listed(FIRST)}",
        f"  {late} events of {_listed(LATE)}, which came late",
        f"  1 rule: {ALIAS['from']} is {ALIAS['to']}",
        f"  all in the ledger and in the graph after {time.monotonic() - began:.1f} s",
    )
    return Moments(early, rule + 1)


def _told_before(status: dict[str, Any]) -> Moments:
    for alias in status["aliases"]["nodes"]:
        if (alias["kind"], alias["from"], alias["to"]) == (ALIAS["kind"], ALIAS["from"], ALIAS["to"]):
            rule = int(alias["index"])
            say(f"Headwater's demonstration, as it was loaded before: {rule + 1} ledger entries.")
            return Moments(rule - sum(len(_events(name)) for _, name in LATE), rule + 1)
    raise SettingsError(
        "This folder holds a ledger that is not the demonstration's. Choose an empty folder.", place="--data"
    )


def _load(client: Client, sources: tuple[tuple[str, str], ...]) -> int:
    lines = [line for _, name in sources for line in _events(name)]
    answered = client.send(
        "POST", "/api/v1/lineage", content=b"[" + b",".join(lines) + b"]", headers={"content-type": "application/json"}
    )
    if answered.status_code != 201 or "deadLetter" in answered.text:
        raise HeadwaterError(f"The bundled events were not taken: {answered.text[:300]}. Please report it.")
    return len(lines)


def _events(name: str) -> list[bytes]:
    packed = (files("api.demo") / "events" / f"{name}.ndjson.gz").read_bytes()
    return [line for line in gzip.decompress(packed).splitlines() if line.strip()]


def _wait_for_graph(client: Client, size: int) -> None:
    deadline = time.monotonic() + GRAPH_WAIT_S_MAX
    while int(client.ask(STATUS)["ledger"]["graphIndex"]) < size:
        if time.monotonic() > deadline:
            raise HeadwaterError("The graph does not get up to date. See the log above; please report it.")
        time.sleep(POLL_S)


def _listed(sources: tuple[tuple[str, str], ...]) -> str:
    *most, last = _counted(sources)
    return f"{', '.join(most)} and {last}" if most else last


def _counted(sources: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for title, name in sources:
        yield f"{title} ({len(_events(name))})" if len(sources) > 1 else title
