"""What proof costs: an entry's proof through GraphQL, the log state beside every answer, and packs of evidence.

    python -m benchmarks.evidence [--entries 20000] [--requests 300] [--folder DIR]

Over a ledger of so many entries and a graph of a few nodes. Proofs are asked of a service as users start it, over one
connection, one after the other as fast as they come; the rest of a whole service in this process. `state` is asked in turns
with `extensions.audit` and without. A pack is of a list of so many entries: answer, proofs, payloads, report, zip, the export's
own entry and its signed head.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import httpx2
import orjson

from api.accepting import Sender, accept
from api.app import create_app
from api.context import AppContext, open_context
from api.graphql import evidence_record, pinned
from api.vouching import Vouching
from benchmarks.ingest import SERVE, running
from collectors.openlineage import read
from lineage.ledger import Ledger
from lineage.projector.follow import rebuild
from lineage.settings import Settings
from lineage.verify.bundle import verify_bundle
from lineage.verify.policy import parse_policy

GOAL_PROOF_MS: Final = 5.0
WARM: Final = 50
TURNS: Final = 6
PACKS: Final = (10, 100, 1_000)
BATCH: Final = 10  # entries of one append share their time, by which lists are cut
PROOF: Final = "query($i: Long!) { entry(index: $i) { bytes proof { text } } }"
PAGE: Final = '{ dataset(namespace: "lake", name: "out_0") { id name owners { name } } }'  # the cheapest answer that asks the graph


def fill(folder: Path, entries: int) -> None:
    """A ledger of small events: jobs by ten names, each with a namespace of its own to be listed by."""
    with Ledger.open(folder / "ledger.sqlite", origin="bench.example/ledger") as ledger:
        for begin in range(0, entries, BATCH):
            ledger.append([_event(number).draft for number in range(begin, min(entries, begin + BATCH))])
    rebuild(folder, Settings(data=folder).store, read)


def _event(number: int) -> Any:
    dataset = {"namespace": "lake", "name": f"out_{number % 10}"}
    raw = orjson.dumps(
        {
            "eventType": "COMPLETE",
            "eventTime": f"2026-03-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z",
            "producer": "https://example.org/bench",
            "run": {"runId": f"run-{number}"},
            "job": {"namespace": f"jobs_{len(str(number))}", "name": f"job_{number % 10}"},
            "inputs": [{"namespace": "lake", "name": f"in_{number % 10}"}],
            "outputs": [dataset],
        }
    )
    return accept(raw, raw, Sender(), 1_780_000_000_000_000)


def proofs(folder: Path, entries: int, requests: int) -> None:
    """What a client waits for a proof; the first answers, which only warm up, do not count."""
    with running(SERVE, folder, "projector") as service:
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
        times = []
        for number in range(-WARM, requests):
            body = orjson.dumps({"query": PROOF, "variables": {"i": str(number * 7919 % entries)}})
            began = time.perf_counter()
            connection.request("POST", "/graphql", body, {"Content-Type": "application/json"})
            told = orjson.loads(connection.getresponse().read())
            if number >= 0:
                times.append((time.perf_counter() - began) * 1e3)
            assert "errors" not in told, told["errors"]
        connection.close()
    print(
        f"a proof through GraphQL, {entries} entries: median {statistics.median(times):.2f} ms  p99 {_p99(times):.2f} ms"
        f"  goal p99 {GOAL_PROOF_MS:.0f} ms"
    )


async def measure(context: AppContext, requests: int, folder: Path) -> None:
    """What is asked of a service in this process."""
    app = create_app(context)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1", timeout=300) as client,
    ):

        async def ask(document: str, **variables: Any) -> Any:
            answer = await client.post("/graphql", json={"query": document, "variables": variables})
            told = answer.json()
            assert "errors" not in told, told["errors"]
            return told["data"]

        await state(client, requests)
        for count in PACKS:
            await pack(ask, client, context, count, folder)


async def state(client: httpx2.AsyncClient, requests: int) -> None:
    """The cheapest answer, with its log state and without, in turns."""
    whole, reading = pinned.Pinned.get_results, Vouching.state

    def none(_self: Any, _app: Any) -> None:
        return None

    async def nothing(_self: Any) -> dict[str, Any]:
        return {}

    waits: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(2 * TURNS + 2):
        told = turn % 2 == 0
        pinned.Pinned.get_results = whole if told else nothing  # type: ignore[method-assign,assignment]
        Vouching.state = reading if told else none  # type: ignore[method-assign,assignment]
        for _ in range(requests // TURNS):
            began = time.perf_counter()
            await client.post("/graphql", json={"query": PAGE})
            if turn >= 2:  # the first of each only warms up
                waits[told].append((time.perf_counter() - began) * 1e3)
    pinned.Pinned.get_results, Vouching.state = whole, reading  # type: ignore[method-assign]
    with_state, without = (statistics.median(waits[told]) for told in (True, False))
    print(
        f"the log state beside an answer: {with_state:.2f} ms with, {without:.2f} ms without: {with_state / without:.2f} x"
    )


async def pack(ask: Any, client: httpx2.AsyncClient, context: AppContext, count: int, folder: Path) -> None:
    """A list of `count` entries as a pack, and the verifier on it."""
    variables = {"system": "jobs_*", "from": _from(context, count)}
    began = time.perf_counter()
    bundle = (
        await ask(
            "mutation($v: JSON!) { exportEvidence(query: Q4_EVENTS_OF_SYSTEM, variables: $v) { url sizeBytes rowCount } }",
            v=variables,
        )
    )["exportEvidence"]
    content = (await client.get(bundle["url"])).content
    took_s = time.perf_counter() - began
    path = folder / "pack.zip"
    path.write_bytes(content)
    began = time.perf_counter()
    report = verify_bundle(path, parse_policy(context.signing.policy_text()))
    verified_s = time.perf_counter() - began
    assert not report.findings and not report.gaps, report
    rows = bundle["rowCount"]
    print(
        f"a pack of {rows} entries: {took_s * 1e3:.0f} ms ({took_s / max(1, rows) * 1e3:.2f} ms an entry), "
        f"{len(content) / 1e3:.0f} kB; verified in {verified_s * 1e3:.0f} ms"
    )


def _from(context: AppContext, count: int) -> str:
    """A time after which so many entries came: each append of a thousand has one."""
    ledger = context.ledger
    return str(orjson.loads(ledger.leaf_bytes(ledger.size() - 1 - count))["t"])


def _p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--folder", type=Path, help="where to write: the disk to measure")
    options = parser.parse_args()
    evidence_record.GRAPH_WAIT_S = 0.0  # type: ignore[misc]  # nobody projects here
    with tempfile.TemporaryDirectory(dir=options.folder) as made:
        folder = Path(made)
        fill(folder, options.entries)
        proofs(folder, options.entries, options.requests)
        context = open_context(Settings(data=folder))

        async def run() -> None:
            try:
                await measure(context, options.requests, folder)
            finally:
                await context.close()

        asyncio.run(run())


if __name__ == "__main__":
    main()
