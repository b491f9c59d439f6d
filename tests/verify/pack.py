"""An evidence pack made by hand, from the layout alone: two logs, three entries, payloads, an older head, an answer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import zipfile
from dataclasses import dataclass
from pathlib import Path

from lineage.signing.private_keys import SeedKey, make_key
from lineage.verify.checkpoint import Checkpoint
from lineage.verify.proof import ConsistencyProof, TlogProof
from lineage.verify.tree import RightEdge, consistency_proof, inclusion_proof, leaf_hash, root_at
from tests.verify.published import signed

LEDGER, ACCESS = "acme.example/lineage/ledger", "acme.example/lineage/access"
LEDGER_KEY, ACCESS_KEY = make_key(LEDGER, seed=b"l" * 32), make_key(ACCESS, seed=b"a" * 32)
POLICY = f"log {LEDGER_KEY.verifier.text}\nlog {ACCESS_KEY.verifier.text}\nquorum none\n"
ENTRIES, SHOWN, OLDER = 9, (2, 3, 7), 4


@dataclass(frozen=True)
class Log:
    """A log in memory, made by the tree's mathematics alone."""

    key: SeedKey
    leaves: tuple[bytes, ...]

    def _read(self, height: int, index: int) -> bytes:
        hashes = [leaf_hash(leaf) for leaf in self.leaves[index << height : (index + 1) << height]]
        edge = RightEdge()
        for each in hashes:
            edge.append(each)
        return edge.root()

    def checkpoint(self, size: int) -> str:
        return signed(self.key, Checkpoint(self.key.verifier.name, size, root_at(self._read, size)))

    def proof(self, index: int) -> str:
        size = len(self.leaves)
        return TlogProof(index, tuple(inclusion_proof(self._read, index, size)), self.checkpoint(size)).encode()

    def growth(self, old: int) -> str:
        size = len(self.leaves)
        return ConsistencyProof(old, tuple(consistency_proof(self._read, old, size)), self.checkpoint(size)).encode()


def leaf(log: str, index: int, kind: str, parts: dict[str, tuple[bytes, bytes]]) -> bytes:
    """A leaf as the service writes it; `parts`: name → (payload, key)."""
    fields = {
        "v": 1, "log": log, "i": index, "t": f"2026-11-22T18:00:{index:02d}.000000Z", "k": kind, "actor": "a_01",
        "parts": [
            {
                "n": name, "mt": "application/json", "len": len(payload),
                "c": "hmac-sha256:" + base64.b64encode(hmac.digest(key, payload, "sha256")).decode(),
            }
            for name, (payload, key) in sorted(parts.items())
        ],
    }  # fmt: skip
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


def pack_files() -> dict[str, bytes]:
    """The pack's files by name."""
    norms = [(b'{"event": %d}' % at, secrets.token_bytes(32)) for at in range(ENTRIES)]
    ledger = Log(LEDGER_KEY, tuple(leaf(LEDGER, at, "ol.event", {"norm": norms[at]}) for at in range(ENTRIES)))
    files: dict[str, bytes] = {
        "ro-crate-metadata.json": b"{}",
        "checkpoint": ledger.checkpoint(ENTRIES).encode(),
        "policy.txt": POLICY.encode(),
        "answer.json": b'{"rows": [1, 2, 3]}',
        "answer.csv": b"entry\r\n2\r\n3\r\n7\r\n",
        "openlineage.ndjson": b"\n".join(norms[at][0] for at in SHOWN) + b"\n",
        "report.html": b"<!doctype html>",
        "VERIFY.md": b"# How to verify\n",
        f"consistency/{OLDER}.checkpoint": ledger.checkpoint(OLDER).encode(),
        f"consistency/{OLDER}.proof": ledger.growth(OLDER).encode(),
    }
    for at in SHOWN:
        files[f"entries/{at}.json"] = ledger.leaves[at]
        files[f"proofs/{at}.tlog-proof"] = ledger.proof(at).encode()
        files[f"parts/{at}.norm"], key = norms[at]
        files[f"parts/{at}.norm.key"] = base64.b64encode(key) + b"\n"
    ipe = {
        "query": "Q18", "variables": {}, "checkpoint": files["checkpoint"].decode(),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }  # fmt: skip
    files["ipe.json"] = json.dumps(ipe).encode()
    ipe_key = secrets.token_bytes(32)
    before = leaf(ACCESS, 0, "read", {})
    export = leaf(ACCESS, 1, "export", {"ipe": (files["ipe.json"], ipe_key)})
    access = Log(ACCESS_KEY, (before, export))
    return files | {
        "export/entry.json": export,
        "export/proof.tlog-proof": access.proof(1).encode(),
        "export/checkpoint": access.checkpoint(2).encode(),
        "export/ipe.key": base64.b64encode(ipe_key) + b"\n",
    }


def write_zip(path: Path, files: dict[str, bytes]) -> Path:
    """The pack as one zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def write_folder(path: Path, files: dict[str, bytes]) -> Path:
    """The pack as a folder."""
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path
