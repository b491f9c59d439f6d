"""What access control and the access log cost: a decision, and an answer with its entry, beside the same without.

    python -m benchmarks.access [--nodes 4000] [--requests 60] [--folder DIR]

`decision`: from the Authorization header to "may", by each kind of credential, beside a bare look into a set. `entries`: what the log's
own entries take. `answers`:
questions to a whole service in this process, in turns with the access log and without (no ids gathered, nothing noted). The
time is what a client waits; the processor time includes what the log's own thread does afterwards.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import httpx2
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from api.access.claims import Roles
from api.access.doors import Doors
from api.access.log import BATCH_MAX, AccessLog
from api.access.needs import need_of
from api.access.oidc import Provider
from api.access.refusals import Refusals
from api.app import create_app
from api.context import AppContext, open_context
from api.gate import admits
from api.graphql import reads
from api.metrics import Metrics
from benchmarks.graphql import NAMESPACE, fill
from lineage.access.key_file import Keys, new_key
from lineage.access.keys import Rights
from lineage.access.principal import ANONYMOUS, Scope
from lineage.access.reads import Read, ReadKind, draft_of
from lineage.ledger import Ledger
from lineage.settings import Settings

ROUNDS: Final = 2_000
ROOT_ID: Final = "the settings' own key"
FIELDS: Final = "nodes { id namespace name distance } edges { source target flow certainty } completeness { status }"
QUESTIONS: Final = (
    ("a dataset's page", f'{{ dataset(namespace: "{NAMESPACE}", name: "shop.table_0") {{ name owners {{ name }} }} }}'),
    ("a search", '{ search(query: "table_1") { nodes { id name } } }'),
    *(
        (
            f"lineage, {limit} nodes",
            f'{{ lineage(of: [{{dataset: {{namespace: "{NAMESPACE}", name: "shop.table_0"}}}}], direction: DOWNSTREAM, '
            f"limit: {limit}) {{ {FIELDS} }} }}",
        )
        for limit in (10, 100, 1_000, 4_000)
    ),
)


# ---- decisions -----------------------------------------------------------------------------------------------------------


async def decisions(folder: Path) -> None:
    """Microseconds, each the median of many."""
    keys = Keys(folder / "keys.sqlite")
    for number in range(1_000):
        keys.keep(*new_key(f"k{number}", Rights(frozenset({Scope.READ})), by="b", now_us=1))
    key, token = new_key("asked", Rights(frozenset({Scope.READ}), ("db://a", "s3://lake*")), by="b", now_us=1)
    keys.keep(key, token)
    signing = RSAKey.generate_key(2048, {"kid": "one"})
    provider = Provider("https://idp.example", "headwater", Roles("roles", {}))
    provider._keys, provider._fetched_s = KeySet([signing]), time.monotonic()
    now = int(time.time())

    def bearer(number: int) -> str:
        claims = {
            "iss": provider.issuer,
            "aud": "headwater",
            "sub": "ada",
            "exp": now + 900,
            "n": number,
            "roles": "lineage:read",
        }
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, signing)

    doors = Doors(
        "root-key", keys, provider, Refusals(AccessLog(Ledger.open(folder / "access.sqlite")), Metrics().denied)
    )

    async def decide(credential: str) -> None:
        need = need_of("GET", "/api/v1/namespaces/db/datasets/t")
        assert admits(await doors.principal(credential), need)

    scopes = key.rights.scopes
    bare = _median([_took(lambda: Scope.READ in scopes) for _ in range(ROUNDS)])
    print(f"{'a look into a set':>34} {bare * 1e6:>8.2f} us")
    fresh = [bearer(number) for number in range(200)]
    for name, credentials in (
        (ROOT_ID, ["root-key"] * ROUNDS), ("a made key, of 1,001", [token] * ROUNDS),
        ("an OIDC token, seen before", [fresh[0]] * ROUNDS), ("an OIDC token, RS256, never seen", fresh),
    ):  # fmt: skip
        times = []
        for credential in credentials:
            began = time.perf_counter()
            await decide(credential)
            times.append(time.perf_counter() - began)
        print(f"{name:>34} {_median(times) * 1e6:>8.1f} us  p99 {_p99(times) * 1e6:>7.1f} us  goal 200 us")
    await doors.close()


def _took(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


# ---- entries -------------------------------------------------------------------------------------------------------------


def entries(folder: Path) -> None:
    """How much of the disk an entry takes, and how many can be written a second."""
    for count, ids in ((5_000, 20), (20, 10_000)):
        path = folder / f"{ids}.sqlite"
        drafts = [
            draft_of(Read(ReadKind.READ, ANONYMOUS, "Lineage", "ab" * 32, objects=_made_ids(ids)), "{}")
            for _ in range(count)
        ]
        with closing(Ledger.open(path)) as ledger:
            began = time.perf_counter()
            for begin in range(0, count, BATCH_MAX):
                ledger.append(drafts[begin : begin + BATCH_MAX])
            took = time.perf_counter() - began
        print(
            f"{f'an entry of {ids} ids':>34} {path.stat().st_size / count:>8.0f} bytes on disk, {count / took:.0f} a second"
        )


def _made_ids(count: int) -> list[str]:
    return ["hw:" + base64.b32encode(os.urandom(16)).decode().rstrip("=").lower() for _ in range(count)]


# ---- answers -------------------------------------------------------------------------------------------------------------


async def answers(context: AppContext, requests: int) -> None:
    """In turns: some with, some without, and so on, so that a busy machine is as unfair to both."""
    app = create_app(context)
    transport = httpx2.ASGITransport(app=app)
    print(f"{'':>20} {'ids':>6} {'with':>10} {'without':>10} {'ratio':>6} {'processor time':>15}  goal 1.2")
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        for name, document in QUESTIONS:
            logged = reads.ids_in, AccessLog.note
            bare: Any = (lambda _: set(), lambda *_: None)
            waits: dict[bool, list[float]] = {True: [], False: []}
            cpu = {True: 0.0, False: 0.0}
            for turn in range(2 * TURNS + 2):
                noted = turn % 2 == 0
                reads.ids_in, AccessLog.note = logged if noted else bare  # type: ignore[method-assign]
                began_cpu = time.process_time()
                times = []
                for _ in range(requests // TURNS):
                    began = time.perf_counter()
                    answer = await client.post("/graphql", json={"query": document})
                    times.append(time.perf_counter() - began)
                    assert "errors" not in answer.json(), answer.text
                while context.access_log.waiting:
                    await asyncio.sleep(0.02)
                if turn >= 2:  # the first of each only warms up
                    waits[noted] += times
                    cpu[noted] += time.process_time() - began_cpu
            reads.ids_in, AccessLog.note = logged  # type: ignore[method-assign]
            counted = await client.post("/graphql", json={"query": document})
            assert counted.status_code == 200
            with_log, without = _median(waits[True]), _median(waits[False])
            print(
                f"{name:>20} {len(_ids(context)):>6} {with_log * 1e3:>7.2f} ms {without * 1e3:>7.2f} ms "
                f"{with_log / without:>5.2f}x {cpu[True] / cpu[False]:>14.2f}x"
            )


TURNS: Final = 6


def _ids(context: AppContext) -> bytes | list[bytes]:
    while context.access_log.waiting:
        time.sleep(0.02)
    ledger = context.access_log.ledger
    return (ledger.part(ledger.size() - 1, "objects") or b"").split()


def _median(times: list[float]) -> float:
    return statistics.median(times)


def _p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=4_000)
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="headwater-access-") as passing:
        folder: Path = options.folder or Path(passing)
        (folder / "doors").mkdir(parents=True)
        asyncio.run(decisions(folder / "doors"))
        entries(folder / "doors")
        fill(folder / "data", options.nodes)
        context = open_context(Settings(data=folder / "data"))

        async def run() -> None:
            await answers(context, options.requests)
            await context.close()

        asyncio.run(run())


if __name__ == "__main__":
    main()
