"""What GraphQL costs: putting answers together, reading documents, and keeping others served under load and abuse.

    python -m benchmarks.graphql [--nodes 10000] [--requests 400] [--folder DIR] [--only executor documents service]

`executor`: an answer of so many nodes and three times as many edges, given to the real schema, put together by
graphql-core's own executor and by ours, in turns, in one process; and the longest time that the event loop stood still with
ours, writing the JSON included.
`documents`: hostile documents, each read for the first time. `service`: a real service in a process of its own over a graph of
that size; a plain request's latency alone, and beside each kind of abuse.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote

import httpx2
import orjson
from graphql import parse
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.graphql.admission import Reader
from api.graphql.compiled import CompilingExecutor
from api.graphql.cost import price
from api.graphql.documents import own
from api.graphql.encoding import encoded
from api.graphql.schema import schema
from lineage.access.principal import ANONYMOUS
from lineage.errors import HeadwaterError
from lineage.facts import Certainty, Change, EvidenceKind, Fact, Flow, Interval, Node, NodeKind, Relation, Verdict
from lineage.ids import dataset_id, job_id
from lineage.ledger import Draft, Ledger
from lineage.moment import FOREVER
from lineage.query import answers as data
from lineage.settings import Settings
from lineage.store import open_store

NAMESPACE: Final = "postgres://warehouse:5432"
FIVE: Final = "nodes { id kind namespace name distance } edges { source target flow certainty runCount }"
ALL: Final = (
    "roots nodes { id kind namespace name column version datasetType distance more } edges { source target flow "
    "transformation masking certainty verdict evidence jobs firstSeen lastSeen inLatestRun runCount because codeChanged "
    "tableLevel } completeness { status reasons { code } graphIndex }"
)
T0_US: Final = 1_790_000_000_000_000


# ---- putting answers together --------------------------------------------------------------------------------------------


def answer(count: int) -> data.LineageAnswer:
    """`count` nodes and three times as many edges, no two values alike that need not be."""
    nodes = tuple(
        data.LineageNode(
            dataset_id(NAMESPACE, f"t{n}"), NodeKind.DATASET, NAMESPACE, f"t{n}", None, None, "TABLE", n % 9
        )
        for n in range(count)
    )
    edges = tuple(
        data.LineageEdge(
            source=nodes[n % count].id, target=nodes[(n * 7 + 1) % count].id, flow=Flow.VALUE, transformation="IDENTITY",
            masking=False, certainty=Certainty.CERTAIN, verdict=Verdict.UNKNOWN, evidence=(EvidenceKind.OBSERVED,),
            jobs=(job_id("airflow", f"load_{n % 500}"),), first_seen_us=T0_US + n * 977_777, last_seen_us=T0_US + n * 1_913_131,
            in_latest_run=True, run_count=n % 90, because=None, code_changed=False, table_level=False, entries=(),
        )
        for n in range(3 * count)
    )  # fmt: skip
    whole = data.Completeness(data.CompletenessStatus.COMPLETE, (), 9, count, T0_US, 5, 5, 5)
    return data.LineageAnswer((nodes[0].id,), nodes, edges, whole)


class _Given:
    """A request's context whose questions are answered with what is at hand."""

    principal = ANONYMOUS
    request = None

    def __init__(self, given: data.LineageAnswer) -> None:
        self._given = given
        self.desk = self.questions = self

    lineage = None

    async def ask(self, *_: Any, **__: Any) -> data.LineageAnswer:
        return self._given


async def executor(nodes: int) -> None:
    """Interpreted and compiled, alternating; each figure is the best of several."""
    plain_schema = [
        each for each in schema.extensions if each.__name__ == "_admit"
    ]  # neither the record nor metrics: only GraphQL
    kept, schema.extensions = schema.extensions, tuple(plain_schema)
    print(
        f"{'nodes + edges':>16} {'fields':>7} {'interpreted':>12} {'compiled':>10} {'ratio':>6} {'+ JSON':>8} {'loop stood still':>17}"
    )
    try:
        for count in sorted({10, 100, 1_000, nodes}):
            given = _Given(answer(count))
            for name, fields in (("five", FIVE), ("all", ALL)):
                document = f'{{ lineage(of: [{{id: "hw:x"}}], direction: UPSTREAM, limit: 20000) {{ {fields} }} }}'
                took: dict[type, list[float]] = {StrawberryGraphQLCoreExecutionContext: [], CompilingExecutor: []}
                results, stalls = {}, []
                for _ in range(3 if count >= 1_000 else 20):
                    for kind, times in took.items():
                        schema.execution_context_class = kind
                        stall, elapsed, results[kind] = await _watched(document, given)
                        times.append(elapsed)
                        if kind is CompilingExecutor:
                            stalls.append(stall)
                assert results[CompilingExecutor].data == results[StrawberryGraphQLCoreExecutionContext].data
                began = time.perf_counter()
                size = len(orjson.dumps(results[CompilingExecutor].data))
                encoding = time.perf_counter() - began
                interpreted, compiled = (min(times) * 1e3 for times in took.values())
                print(
                    f"{count:>7} + {3 * count:>6} {name:>7} {interpreted:>9.1f} ms {compiled:>7.1f} ms {interpreted / compiled:>5.0f}x "
                    f"{encoding * 1e3:>5.1f} ms {min(stalls) * 1e3:>14.1f} ms  ({size / 1e6:.1f} MB)"
                )
    finally:
        schema.execution_context_class, schema.extensions = CompilingExecutor, kept


async def _watched(document: str, given: _Given) -> tuple[float, float, Any]:
    longest = 0.0

    async def beside() -> None:
        nonlocal longest
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0)
            longest = max(longest, time.perf_counter() - began)

    watching = asyncio.create_task(beside())
    await asyncio.sleep(0)
    began = time.perf_counter()
    result = await schema.execute(document, context_value=given)
    elapsed = time.perf_counter() - began
    await encoded({"data": result.data})
    await asyncio.sleep(0)  # so that what stood still until now is seen
    watching.cancel()
    assert not result.errors, result.errors
    return longest, elapsed, result


# ---- reading documents ---------------------------------------------------------------------------------------------------


def bomb(levels: int) -> str:
    """Each fragment spreads the next one twice."""
    links = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels))
    return f"{{ ...F0 }} {links} fragment F{levels} on Query {{ ledger {{ size }} }}"


HOSTILE: Final = {
    "30 levels of fragments, each twice": bomb(30),
    "10,000 aliases": "{ ledger { " + " ".join(f"a{n}: size" for n in range(10_000)) + " } }",
    "as many aliases as may be": "{ ledger { " + " ".join(f"a{n}: size" for n in range(660)) + " } }",
    "one field 85 times": "{ " + "ledger { size } " * 60 + "}",
    "two fields under one name": "{ ledger { " + "a: size a: root " * 300 + "} }",
    "900 objects in one another": "{ ledger " * 900 + "}" * 900,
    "900 lists in one another": "{ nodes(ids: " + "[" * 900 + "]" * 900 + ") { id } }",
}


def documents() -> None:
    """Reading and pricing, each document for the first time; then one of ours that is known."""
    for name, text in HOSTILE.items():
        best = min(_read(text) for _ in range(5))
        print(f"{best * 1e3:>8.1f} ms  {name} ({len(text):,} characters)")
    largest = max(own(), key=len)
    tree = parse(largest)
    count = 200
    began = time.perf_counter()
    for _ in range(count):
        price(schema._schema, tree, None, {})
    print(
        f"{(time.perf_counter() - began) / count * 1e3:>8.2f} ms  the price alone of the commands' largest, known document"
    )


def _read(text: str) -> float:
    began = time.perf_counter()
    with contextlib.suppress(Exception):  # what is refused is refused here
        document = Reader().read(schema._schema, text)
        with contextlib.suppress(HeadwaterError):
            price(schema._schema, document.tree, None, {}).require_bearable()
    return time.perf_counter() - began


# ---- a service under load ------------------------------------------------------------------------------------------------


def fill(folder: Path, nodes: int) -> None:
    """A ledger and a graph: a tree of datasets, three edges for each, so that its root reaches all."""
    settings = Settings(data=folder)
    made = [
        Node(dataset_id(NAMESPACE, f"shop.table_{n}"), NodeKind.DATASET, NAMESPACE, f"shop.table_{n}")
        for n in range(nodes)
    ]
    always = Interval(T0_US, FOREVER)
    with contextlib.closing(Ledger.open(settings.ledger_path)) as ledger:
        ledger.append([Draft("ol.event", {"norm": b"{}"})])
        store = open_store(settings.store, settings.data)
        with contextlib.closing(store):
            store.bind(ledger.origin)
            names = [
                Fact(Relation.NAME, each.id, each.id, unit=f"name|{each.id}", label=NodeKind.DATASET, evidence=EvidenceKind.OBSERVED,
                     value=json.dumps({"namespace": each.namespace, "name": each.name}))
                for each in made
            ]  # fmt: skip
            pairs = (
                {((n - 1) // 3, n) for n in range(1, nodes)}
                | {(n // 2, n) for n in range(2, nodes)}
                | {(n - 1, n) for n in range(1, nodes)}
            )
            feeds = [
                Fact(
                    Relation.FEEDS,
                    made[a].id,
                    made[b].id,
                    unit=f"write|j|{b}",
                    evidence=EvidenceKind.OBSERVED,
                    job=job_id("airflow", "j"),
                )
                for a, b in sorted(pairs)
            ]
            job = Node(job_id("airflow", "j"), NodeKind.JOB, "airflow", "j")
            store.apply([Change(0, (*made, job), (), tuple((fact, always) for fact in (*names, *feeds)))], 1)


@contextlib.asynccontextmanager
async def served(folder: Path) -> AsyncIterator[str]:
    """A service over `folder`, without a projector; its address."""
    port = 8971
    environment = {
        **os.environ,
        "HEADWATER_DATA": str(folder),
        "HEADWATER_PORT": str(port),
        "HEADWATER_LOG_LEVEL": "error",
    }
    code = (
        "import os; from api.serve import serve; from lineage.settings import Settings; "
        "serve(Settings.from_environment(os.environ), projector=False)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx2.AsyncClient() as client:
            for _ in range(100):
                with contextlib.suppress(httpx2.HTTPError):
                    if (await client.get(f"{url}/healthz")).status_code == 200:
                        break
                await asyncio.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(30)


async def service(folder: Path, nodes: int, requests: int) -> None:
    """The latency of `{ ledger { size } }` alone, and beside each abuse."""
    fill(folder, nodes)
    async with served(folder) as url:
        await asyncio.sleep(STARTS_S)
        await _latencies(url, WARM_UP)
        halves = [await _latencies(url, requests) for _ in range(2)]
        idle = halves[0] + halves[1]
        for half in halves:
            _print("alone", half, idle)
        for name in ABUSES:
            abuser = subprocess.Popen([sys.executable, "-m", "benchmarks.graphql", "--abuse", name, "--url", url])
            try:
                await asyncio.sleep(ABUSE_BEGINS_S)
                _print(name.format(nodes=nodes), await _latencies(url, requests), idle)
            finally:
                abuser.kill()
                abuser.wait()


def _big() -> str:
    root = dataset_id(NAMESPACE, "shop.table_0")
    return f'{{ lineage(of: [{{id: "{root}"}}], direction: DOWNSTREAM, limit: 20000) {{ {ALL} }} }}'


ABUSER_NICE: Final = 10  # it stands for another machine: of these cores it gets what whoever is measured leaves
STARTS_S: Final = 10.0  # all processes of the service run, and it is quiet
WARM_UP: Final = 50  # the first requests of a process find nothing in memory yet
ABUSE_BEGINS_S: Final = 3.0  # an interpreter starts, and the abuse is in full swing
_PLACE: Final = quote(NAMESPACE, safe="")
MARQUEZ: Final = (
    f"/api/v1/lineage?nodeId=dataset:{_PLACE}:shop.table_0&depth=100",
    "/api/v1/search?q=shop&limit=1000",
)
ABUSES: Final[dict[str, Callable[[str], Awaitable[None]]]] = {
    "one asks for {nodes:,} nodes again and again": lambda url: _again(url, [_post(_big())]),
    "64 slow clients, a byte each now and then": lambda url: _slow(url, 64),
    "500 connections that say nothing": lambda url: _silent(url, 500),
    "5 MB queries": lambda url: _again(url, [_post("{ __typename }" + " " * 5_000_000)]),
    "first: 2000000000": lambda url: _again(url, [_post('{ search(query: "shop", first: 2000000000) { nodes { id } } }')]),
    "a search for every letter": lambda url: _again(url, [_post(_search(letter)) for letter in "abcdefghijklmnopqrstuvwxyz"]),
    "hostile documents": lambda url: _again(url, [_post(each) for each in HOSTILE.values()]),
    "Marquez's lineage and search, of 500 and 1,000": lambda url: _again(url, [_get(path) for path in MARQUEZ]),
}


def _search(letter: str) -> str:
    return f'{{ search(query: "{letter}", first: 100) {{ nodes {{ id name }} }} }}'


async def _latencies(url: str, count: int) -> list[float]:
    times = []
    async with httpx2.AsyncClient(timeout=30) as client:
        for _ in range(count):
            began = time.perf_counter()
            told = await client.post(f"{url}/graphql", json={"query": "{ ledger { size } }"})
            times.append(time.perf_counter() - began)
            assert told.status_code == 200, told.text
            await asyncio.sleep(0.005)
    return times


def _post(query: str) -> bytes:
    body = orjson.dumps({"query": query})
    head = b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % len(body) + body


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


async def _again(url: str, requests: Sequence[bytes]) -> None:
    """One connection that asks without pause. Bytes made once and read blindly: the abuser shares the cores with whom it
    abuses, and is not to be slower than they are."""
    port = int(url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    while True:
        for request in requests:
            writer.write(request)
            told = (await reader.readuntil(b"\r\n\r\n")).lower()
            left = int(told.partition(b"content-length:")[2].split(b"\r\n")[0])
            while left:
                left -= len(await reader.read(min(left, 1 << 20)))


async def _slow(url: str, count: int) -> None:
    port = int(url.rpartition(":")[2])

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        del reader
        writer.write(
            b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n"
        )
        try:
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.05)
        finally:
            writer.close()

    await asyncio.gather(*(one() for _ in range(count)))


async def _silent(url: str, count: int) -> None:
    port = int(url.rpartition(":")[2])
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(count)]
    try:
        await asyncio.Event().wait()
    finally:
        for _, writer in held:
            writer.close()


def _print(name: str, times: Sequence[float], idle: Sequence[float]) -> None:
    def high(values: Sequence[float]) -> float:
        return statistics.quantiles(values, n=100)[98]

    print(
        f"p50 {statistics.median(times) * 1e3:>6.1f} ms  p99 {high(times) * 1e3:>6.1f} ms  worst {max(times) * 1e3:>6.1f} ms  "
        f"{high(times) / high(idle):>5.1f}x  {name}"
    )


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--nodes", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=800, help="plain requests measured beside each abuse")
    parser.add_argument("--folder", type=Path, help="where the service's data goes")
    parser.add_argument("--only", nargs="+", choices=("executor", "documents", "service"))
    parser.add_argument("--abuse", choices=ABUSES, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.abuse:
        os.nice(ABUSER_NICE)
        with contextlib.suppress(httpx2.HTTPError, OSError):
            asyncio.run(cast(Any, ABUSES[options.abuse](options.url)))
        return
    wanted = options.only or ("executor", "documents", "service")
    if "executor" in wanted:
        asyncio.run(executor(options.nodes))
    if "documents" in wanted:
        documents()
    if "service" in wanted:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            asyncio.run(service(Path(folder), options.nodes, options.requests))


if __name__ == "__main__":
    main()
