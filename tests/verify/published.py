"""A log as static files, at several sizes: what a monitor would mirror, for verifiers that are not ours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lineage.ledger import Draft, Ledger
from lineage.signing.private_keys import SeedKey, make_key, sign_line
from lineage.verify.checkpoint import Checkpoint
from lineage.verify.note import format_note
from lineage.verify.proof import ConsistencyProof, TlogProof
from lineage.verify.tiles import bundle_path, tile_path, tiles_of

ORIGIN = "acme.example/lineage/ledger"
SIZES = (0, 1, 2, 3, 255, 256, 257, 65_535, 65_536, 65_537, 70_000)
BATCH = 5000


def signed(key: SeedKey, head: Checkpoint, *more: SeedKey, time_s: int = 1_790_000_000) -> str:
    """The signed checkpoint's text."""
    return format_note(head.text, [sign_line(each, head.text, time_s) for each in (key, *more)])


def write(folder: Path, path: str, content: bytes | str) -> None:
    """A file of the log."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content.encode() if isinstance(content, str) else content)


def publish(folder: Path, sizes: Sequence[int] = SIZES) -> SeedKey:
    """Write vkey, sizes, checkpoint.N, tiles, bundles, proofs and consistency proofs of a log that grew through `sizes`
    (ascending). The key that signed."""
    key = make_key(ORIGIN)
    write(folder, "vkey", key.verifier.text + "\n")
    write(folder, "sizes", "".join(f"{size}\n" for size in sizes))
    with Ledger.open(folder / "ledger.sqlite", origin=ORIGIN) as ledger:
        before = None
        for size in sizes:
            while ledger.size() < size:
                ledger.append([Draft("heartbeat", {}) for _ in range(min(BATCH, size - ledger.size()))])
            checkpoint = signed(key, Checkpoint(ORIGIN, size, ledger.root()))
            write(folder, f"checkpoint.{size}", checkpoint)
            for level, number, width in tiles_of(size):
                path = tile_path(level, number, width)
                if not (folder / path).exists():
                    write(folder, path, ledger.tile(level, number, width))
                    if level == 0:
                        write(folder, bundle_path(number, width), ledger.bundle(number, width))
            for index in {0, size // 2, size - 1} if size else ():
                proof = TlogProof(index, tuple(ledger.inclusion_proof(index, size)), checkpoint)
                write(folder, f"proofs/{size}.{index}.tlog-proof", proof.encode())
            if before:
                proof_hashes = tuple(ledger.consistency_proof(before, size))
                growth = ConsistencyProof(before, proof_hashes, checkpoint)
                write(folder, f"consistency/{before}.{size}.proof", growth.encode())
            before = size
    write(folder, "checkpoint", checkpoint)
    return key
