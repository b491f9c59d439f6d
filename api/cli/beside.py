"""fsck's check 10, and who erased: what lies beside the logs is held against what the ledger says.

10  keys.sqlite has the keys that `admin.key` entries made; no database has a trigger or a view; the access log is there
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from api.signing import keys_path
from lineage.access.key_check import BESIDE, check_keys
from lineage.erasure.check import check_erasures
from lineage.errors import LedgerError, NotFound, StoreError
from lineage.ledger import Finding, Ledger
from lineage.ledger.check_report import CheckReport
from lineage.ledger.foreign import foreign_to_us
from lineage.settings import Settings
from lineage.signing.checkpoints import Checkpoints


def check_beside(chosen: Settings, ledger: Ledger) -> CheckReport:
    """Of the ledger, not of the access log: it is the one that says who came in and who erased."""
    report = CheckReport()
    for path in sorted(chosen.data.rglob("*.sqlite")):
        for each in foreign_to_us(path):
            name = path.relative_to(chosen.data).as_posix()
            report.findings.append(
                Finding(
                    BESIDE, None, f"{name} holds the {each}, which is none of ours: it changes what is written or read"
                )
            )
    report.findings += _lost_access_log(chosen, ledger)
    try:
        report.findings += check_erasures(ledger)
        report.findings += check_keys(ledger, chosen.keys_path)
    except LedgerError as error:
        report.gaps.append(f"keys and erasures were not compared with their entries: {error.message}")
    return report


def _lost_access_log(chosen: Settings, ledger: Ledger) -> list[Finding]:
    """An access log that was signed and is gone: who reads only the ledger's report would not miss it."""
    if chosen.access_path.exists():
        return []
    origin = f"{ledger.origin.rpartition('/')[0]}/{chosen.access_path.stem}"
    published = keys_path(chosen.data, origin)
    told = [published.name] if published.exists() else []
    told += ["checkpoints.sqlite"] if _is_signed(chosen.checkpoints_path, origin) else []
    if not told:
        return []
    message = f"{chosen.access_path.name} is gone, though {' and '.join(told)} tell of it: who saw what was taken away"
    return [Finding(BESIDE, None, message)]


def _is_signed(path: Path, origin: str) -> bool:
    try:
        with closing(Checkpoints(path, read_only=True)) as checkpoints:
            return bool(checkpoints.rows(origin))
    except (NotFound, StoreError):
        return False
