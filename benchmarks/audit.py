"""What proof costs: proofs made and verified, the verifier cold, a checkpoint after an event, fsck over tiles and heads.

    python -m benchmarks.audit [--entries 1000000] [--folder DIR]

Beside each figure stands its baseline of the same run: what one Ed25519 verification costs, what an empty interpreter
takes to start, what SHA-256 over the same leaves takes.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

from lineage.ledger import Draft, Ledger
from lineage.signing.checkpoints import Checkpoints
from lineage.signing.heads import check_heads
from lineage.signing.kept import Kept
from lineage.signing.private_keys import make_key, sign_line
from lineage.signing.publisher import PublishedLog, Publisher
from lineage.signing.signer import LocalSigner
from lineage.verify.checkpoint import Checkpoint, SignedCheckpoint
from lineage.verify.keys import KeyKind
from lineage.verify.note import Note, format_note
from lineage.verify.policy import parse_policy
from lineage.verify.proof import TlogProof, parse_proof, verify_proof
from lineage.verify.report import Report
from lineage.verify.tiled_log import verify_log
from lineage.verify.tiles import parse_number

ORIGIN = "bench.example/ledger"
BATCH = 5_000
ROOT = Path(__file__).resolve().parent.parent


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of all do not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def line(name: str, value: str, beside: str = "", goal: str = "") -> None:
    """One row of the report."""
    print(f"{name:<58} {value:>16}   {beside:<44} {goal}", flush=True)


def each_ms(work: Callable[[int], object], count: int) -> list[float]:
    """Milliseconds of each of `count` calls."""
    taken = []
    for number in range(count):
        began = time.perf_counter()
        work(number)
        taken.append((time.perf_counter() - began) * 1e3)
    return taken


def fill(ledger: Ledger, count: int) -> None:
    """Entries without payload: leaves and tree are what is measured."""
    while (size := ledger.size()) < count:
        ledger.append([Draft("ol.event", {}, request=f"r{size + at}") for at in range(min(BATCH, count - size))])


def bench_proofs(ledger: Ledger) -> None:
    """Making and checking `.tlog-proof` files, warm."""
    size = ledger.size()
    log, witness = make_key(ORIGIN), make_key("w.example/1", KeyKind.COSIGNATURE_ED25519)
    quantum = make_key(ORIGIN, KeyKind.ML_DSA_44)
    head = Checkpoint(ORIGIN, size, ledger.root())
    checkpoint = format_note(head.text, [sign_line(log, head.text, 0), sign_line(witness, head.text, 1_790_000_000)])
    policy = parse_policy(f"log {log.verifier.text}\nwitness w {witness.verifier.text}\nquorum w\n")
    step = 7919 * max(1, size // 100_000)
    made = each_ms(lambda at: ledger.inclusion_proof(at * step % size, size), 2000)
    line(
        f"inclusion proof, made at {size:,}, p99",
        f"{percentile(made, 0.99):.2f} ms",
        f"median {statistics.median(made):.2f} ms",
        "goal 5 ms (with GraphQL)",
    )
    grown = each_ms(lambda at: ledger.consistency_proof(1 + at * step % (size - 1), size), 2000)
    line(
        f"consistency proof, made at {size:,}, p99",
        f"{percentile(grown, 0.99):.2f} ms",
        f"median {statistics.median(grown):.2f} ms",
        "goal 5 ms (with GraphQL)",
    )
    texts = [
        (TlogProof(at, tuple(ledger.inclusion_proof(at, size)), checkpoint).encode(), ledger.leaf_bytes(at))
        for at in range(0, size, max(1, size // 500))
    ]
    checked = each_ms(lambda at: verify_proof(parse_proof(texts[at][0]), texts[at][1], policy), len(texts))
    signature = sign_line(log, head.text, 0).signature
    alone = statistics.median(each_ms(lambda _: log.verifier.verify(head.text, signature), 500))
    line(
        "one proof verified, log and one witness (median)", f"{statistics.median(checked):.2f} ms",
        f"one Ed25519 verification {alone:.2f} ms", "goal 2 ms",
    )  # fmt: skip
    proof = texts[-1][0]
    line(f"size of a proof at {size:,}", f"{len(proof)} bytes", "goal 1.5 kB at 10 M")
    both = format_note(head.text, [sign_line(log, head.text, 0), sign_line(quantum, head.text, 0)])
    signed = statistics.median(each_ms(lambda _: sign_line(quantum, head.text, 0), 100))
    line("a checkpoint with ML-DSA-44 beside Ed25519", f"{len(both)} bytes", f"ML-DSA-44 signs in {signed:.2f} ms")


def bench_cold(folder: Path, ledger: Ledger) -> None:
    """The verifier as an auditor starts it: a process for one proof."""
    size = ledger.size()
    log = make_key(ORIGIN)
    head = Checkpoint(ORIGIN, size, ledger.root())
    checkpoint = format_note(head.text, [sign_line(log, head.text, 0)])
    (folder / "policy").write_text(f"log {log.verifier.text}\nquorum none\n")
    (folder / "0.tlog-proof").write_text(TlogProof(0, tuple(ledger.inclusion_proof(0, size)), checkpoint).encode())
    (folder / "0.json").write_bytes(ledger.leaf_bytes(0))
    words = [str(folder / "0.tlog-proof"), "--policy", str(folder / "policy")]

    def started(*command: str) -> float:
        def run(_: int) -> None:
            subprocess.run([sys.executable, *command], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)

        return statistics.median(each_ms(run, 7))

    empty = started("-c", "pass")
    line(
        "python -m lineage.verify, cold",
        f"{started('-m', 'lineage.verify', *words):.0f} ms",
        f"an empty Python {empty:.0f} ms",
        "goal 500 ms",
    )
    line(
        "headwater audit verify, cold",
        f"{started('-m', 'api.cli', 'audit', 'verify', *words):.0f} ms",
        f"an empty Python {empty:.0f} ms",
        "goal 500 ms",
    )


def bench_latency(folder: Path, count: int) -> None:
    """From an append to a kept checkpoint that covers it, with the publisher in its thread: one at a time, and under
    load."""
    with ExitStack() as opened:
        ledger = opened.enter_context(Ledger.open(folder / "latency.sqlite", origin=ORIGIN))
        signer = opened.enter_context(closing(LocalSigner(folder / "signer")))
        checkpoints = opened.enter_context(closing(Checkpoints(folder / "checkpoints.sqlite")))
        publisher = Publisher([PublishedLog(ledger, folder / "keys.json")], signer, checkpoints)
        opened.enter_context(closing(publisher))
        publisher.start()
        for title, batch, pause_s in (("one entry now and then", 1, 0.35), ("100 entries each 50 ms", 100, 0.05)):
            waits: list[float] = []
            open_since: list[tuple[int, float]] = []
            for _ in range(count):
                ledger.append([Draft("ol.event", {}) for _ in range(batch)])
                open_since.append((ledger.size(), time.perf_counter()))
                until = time.perf_counter() + pause_s
                while time.perf_counter() < until or (open_since and _ == count - 1):
                    newest = checkpoints.latest(ORIGIN)
                    covered = newest.checkpoint.size if newest else 0
                    waits += [time.perf_counter() - began for size, began in open_since if size <= covered]
                    open_since = [each for each in open_since if each[0] > covered]
                    time.sleep(0.005)
            line(
                f"append to covering checkpoint, {title}, p99",
                f"{percentile(waits, 0.99):.2f} s",
                f"median {statistics.median(waits):.2f} s",
                "goal 2 s",
            )
        size, root = ledger.size(), ledger.root()
        signing = each_ms(lambda _: signer.sign(Checkpoint(ORIGIN, size, root), []), 100)
        line("the signer, one head, its memory on disk first (median)", f"{statistics.median(signing):.2f} ms")


def bench_fsck(ledger: Ledger) -> None:
    """Checks 1 to 3 as a monitor does them, from tiles; check 6 and 7 over kept heads."""
    size = ledger.size()
    key = make_key(ORIGIN)
    head = Checkpoint(ORIGIN, size, ledger.root())
    note = format_note(head.text, [sign_line(key, head.text, 0)]).encode()

    def read(path: str) -> bytes:
        if path == "checkpoint":
            return note
        level, _, rest = path.removeprefix("tile/").partition("/")
        number, width = parse_number(rest)
        return ledger.bundle(number, width) if level == "entries" else ledger.tile(int(level), number, width)

    began = time.perf_counter()
    report = Report("log")
    verify_log(read, parse_policy(f"log {key.verifier.text}\nquorum none\n"), report)
    taken = time.perf_counter() - began
    assert report.exit_code == 0, report.findings
    leaves = [ledger.leaf_bytes(at) for at in range(0, size, max(1, size // 10_000))]
    began = time.perf_counter()
    for leaf in leaves:
        hashlib.sha256(leaf).digest()
    hashed = (time.perf_counter() - began) * size / len(leaves)
    line(
        f"fsck of tiles, {size:,} entries, 1 M from rate", f"{taken * 1e6 / size:.1f} s",
        f"SHA-256 of the leaves alone {hashed * 1e6 / size:.1f} s",
    )  # fmt: skip
    heads = []
    for at in range(1, 1001):
        each = Checkpoint(ORIGIN, size * at // 1000, ledger.root(size * at // 1000))
        heads.append((each.size, SignedCheckpoint(each, Note(each.text, (sign_line(key, each.text, 0),))).encode()))
    began = time.perf_counter()
    found = check_heads(ledger, Kept(heads, None, None), parse_policy(f"log {key.verifier.text}\nquorum none\n"))
    assert found.findings == []
    line(f"fsck, checks 6 and 7, 1,000 kept heads at {size:,}", f"{time.perf_counter() - began:.1f} s")
    line("most memory of this process", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def main() -> int:
    """All of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--entries", type=int, default=1_000_000, help="entries of the log (default 1,000,000)")
    parser.add_argument("--appends", type=int, default=60, help="appends for the latency (default 60)")
    parser.add_argument("--folder", type=Path, help="where to write: the disk to measure")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        with Ledger.open(folder / "ledger.sqlite", origin=ORIGIN) as ledger:
            fill(ledger, options.entries)
            bench_proofs(ledger)
            bench_cold(folder, ledger)
            bench_latency(folder, options.appends)
            bench_fsck(ledger)
    return 0


if __name__ == "__main__":
    sys.exit(main())
