"""The lender's record with a signer, an access log and packs: everything of an export but HTTP."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.signing import Signing, open_signing
from lineage.access.principal import ANONYMOUS
from lineage.access.reads import Read, ReadKind, draft_of
from lineage.evidence.answer import Head
from lineage.evidence.pack import IPE_PART, Prepared, finish, prepare
from lineage.evidence.questions import NamedAuditQuery
from lineage.evidence.record import Record
from lineage.ledger import Draft, Ledger
from lineage.settings import Settings
from tests.evidence.company import Company, Event, company, us

AUDIT = "04-10"


@dataclass
class Signed:
    """A company whose log is signed."""

    company: Company
    access: Ledger
    signing: Signing

    def head(self, size: int | None = None) -> Head:
        """A signed head of at least this size."""
        ledger = self.company.ledger
        signed = self.signing.cover(ledger.origin, size or ledger.size())
        words = "; ".join(self.signing.standing(signed).words())
        return Head(signed.checkpoint.size, signed.checkpoint.root, signed.encode(), words)

    def record(self, **changes: Any) -> Record:
        """Pinned to the newest signed head."""
        return self.company.record(head=self.head(), older_head=self.older, **changes)

    def older(self, up_to: int) -> Head | None:
        """The largest head that was kept up to a size."""
        ledger = self.company.ledger
        signed = self.signing.checkpoints.up_to(ledger.origin, up_to)
        return None if signed is None else self.head(signed.checkpoint.size)

    def prepare(self, query: NamedAuditQuery, *, with_raw: bool = False, **variables: Any) -> Prepared:
        return prepare(self.record(), query, variables, policy=self.signing.policy_text(), with_raw=with_raw)

    def export(self, query: NamedAuditQuery, *, with_raw: bool = False, **variables: Any) -> bytes:
        """A pack, and its entry in the access log."""
        prepared = self.prepare(query, with_raw=with_raw, **variables)
        read = Read(
            ReadKind.EXPORT, ANONYMOUS, "exportEvidence", objects=prepared.objects, parts={IPE_PART: prepared.ipe}
        )
        [receipt] = self.access.append([draft_of(read, "{}")])
        return finish(prepared, self.access, receipt.index, self.signing.cover(self.access.origin, receipt.index + 1))


@contextmanager
def signed(folder: Path, *steps: tuple[str, Event | Draft]) -> Iterator[Signed]:
    """As `company`, signed."""
    with ExitStack() as opened:
        made = opened.enter_context(company(folder, *steps))
        access = opened.enter_context(
            Ledger.open(folder / "access.sqlite", origin="lender.example/access", clock=lambda: us(AUDIT))
        )
        signing = open_signing(Settings(data=folder), [made.ledger, access])
        opened.callback(signing.close)
        yield Signed(made, access, signing)


def unpacked(pack: bytes) -> dict[str, bytes]:
    """The files of a pack."""
    with zipfile.ZipFile(io.BytesIO(pack)) as files:
        return {name: files.read(name) for name in files.namelist()}


def packed(files: Mapping[str, bytes], path: Path) -> Path:
    """The files as a pack again."""
    with zipfile.ZipFile(path, "w") as pack:
        for name, content in files.items():
            pack.writestr(name, content)
    return path
