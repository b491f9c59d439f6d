"""A company under attack: a real data folder made by the product's own parts, its auditor, its witness, and an
administrator who may write to any file of the database."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.accepting import Sender, accept_entry
from api.cli import main
from api.signing import Signing, open_signing
from collectors.openlineage import read
from collectors.sql.columns import read_columns
from lineage.ledger import Ledger, Receipt
from lineage.projector import rebuild
from lineage.settings import Settings
from lineage.signing.private_keys import make_key
from lineage.signing.witness import Answer, Witness
from lineage.verify.keys import KeyKind
from lineage.verify.policy import parse_policy
from lineage.verify.refusal import Rejected

ORIGIN = "acme.example/lineage/ledger"
TIME_US = 1_795_000_000_000_000
FIRST, SIZE = 290, 400  # the sizes of the two checkpoints: the second tile is half full, and the attacks cross it


def event(number: int) -> bytes:
    """An event of a small pipeline: three tables feed one another, over and over."""
    names = ("raw.orders", "core.orders", "mart.sales", "mart.report")
    step = number % 3
    return json.dumps(
        {
            "eventType": "COMPLETE",
            "eventTime": f"2026-11-20T{number // 60 % 24:02d}:{number % 60:02d}:00Z",
            "run": {"runId": f"01900000-0000-7000-8000-{number:012d}"},
            "job": {"namespace": "airflow", "name": f"step_{step}"},
            "inputs": [{"namespace": "pg", "name": names[step]}],
            "outputs": [{"namespace": "pg", "name": names[step + 1]}],
            "producer": "https://acme.example/scheduler",
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        }
    ).encode()


@dataclass
class Company:
    """`data` is what the administrator reaches. `outside` is the auditor's: policy, last head, the witness's memory.
    The signer's folder is the signer's own unless an attack says otherwise."""

    data: Path
    outside: Path

    @property
    def ledger_path(self) -> Path:
        return self.data / "ledger.sqlite"

    @property
    def policy(self) -> Path:
        return self.outside / "policy.txt"

    @contextmanager
    def service(self) -> Iterator[tuple[Ledger, Signing]]:
        """Ledger and signing as `serve` has them."""
        with ExitStack() as opened:
            ledger = opened.enter_context(Ledger.open(self.ledger_path, origin=ORIGIN))
            yield ledger, opened.enter_context(closing(open_signing(Settings(data=self.data), [ledger])))

    @contextmanager
    def witness(self) -> Iterator[Witness]:
        """The audit department's witness, which trusts nobody but the policy's log keys."""
        key = make_key("audit.acme.example/w1", KeyKind.COSIGNATURE_ED25519, seed=b"w" * 32)
        logs = [line for line in self.policy.read_text().splitlines() if line.startswith("log ")]
        policy = parse_policy("\n".join(logs) + "\nquorum none\n")
        with closing(Witness(self.outside / "witness.sqlite", key, policy)) as held:
            yield held

    def work(self, begin: int, end: int) -> list[Receipt]:
        """Take the events begin … end - 1 and publish a checkpoint, cosigned by the witness."""
        with self.service() as (ledger, signing):
            accepted = [accept_entry(event(each), Sender(), TIME_US + each) for each in range(begin, end)]
            receipts = ledger.append([each.draft for each in accepted])
            signed = signing.cover(ledger.origin, ledger.size())
            if not self.policy.exists():
                self.policy.write_text(signing.policy_text())
            assert self.submit(signed.encode(), ledger).status == 200
        return receipts

    def submit(self, checkpoint: str, ledger: Ledger) -> Answer:
        """Ask the witness to cosign, from what it saw last."""
        from lineage.verify.checkpoint import parse_checkpoint
        from lineage.verify.proof import ConsistencyProof

        signed = parse_checkpoint(checkpoint)
        with self.witness() as held:
            seen = held.head(ORIGIN)
            old = min(seen.size if seen else 0, signed.checkpoint.size)
            proof = ledger.consistency_proof(old, signed.checkpoint.size)
            return held.add_checkpoint(ConsistencyProof(old, tuple(proof), checkpoint).encode().encode())

    def project(self) -> None:
        """Make the graph."""
        rebuild(self.data, "sqlite:", read, analyse=read_columns)

    @contextmanager
    def administrator(self, file: str = "ledger.sqlite") -> Iterator[sqlite3.Connection]:
        """Somebody with all rights on a database file."""
        with closing(sqlite3.connect(self.data / file)) as connection:
            yield connection
            connection.commit()

    def tiles(self) -> Callable[[str], bytes]:
        """What the service would serve under /log."""
        from api.cli.log_sources import read_ledger
        from lineage.signing.checkpoints import Checkpoints

        def read_path(path: str) -> bytes:
            with ExitStack() as opened:
                ledger = opened.enter_context(Ledger.open(self.ledger_path, read_only=True))
                kept = opened.enter_context(closing(Checkpoints(self.data / "checkpoints.sqlite", read_only=True)))
                return read_ledger(ledger, kept)(path)

        return read_path

    def copy(self, to: Path) -> Company:
        """The same company in other folders."""
        shutil.copytree(self.data, to / "data", dirs_exist_ok=True)
        shutil.copytree(self.outside, to / "outside", dirs_exist_ok=True)
        return Company(to / "data", to / "outside")


def command(*words: str | Path) -> int:
    """Run `headwater audit …`; its exit status."""
    return main(["audit", *map(str, words)])


def look(company: Company) -> None:
    """One look of the auditor's watcher."""
    from api.cli.auditing import read_policy
    from api.cli.witnessing import look as look_once

    look_once(company.tiles(), read_policy(str(company.policy)), company.outside / "head")


def alarm(company: Company) -> str:
    """What the watcher says, which must be an alarm."""
    with pytest.raises(Rejected) as raised:
        look(company)
    return raised.value.message
