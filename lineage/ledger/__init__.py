"""The ledger, the source of truth: what was received, in what order, provable for ever.

Reading order: leaf.py (what is kept of an entry), payload.py and keyring.py (how its parts lie on the disk), log.py
(append and read), commit.py (many callers, one disk), erasing.py, fsck.py (the check of all of it). Why nobody can
rewrite it is in lineage/verify/tree.py; who signs it, in lineage/signing.
"""

from lineage.ledger.commit import GroupCommit
from lineage.ledger.entries import Disclosure, Draft, Entry, Receipt
from lineage.ledger.fsck import Finding, FsckReport, fsck
from lineage.ledger.leaf import Leaf, Part
from lineage.ledger.log import Ledger

__all__ = [
    "Disclosure", "Draft", "Entry", "Finding", "FsckReport", "GroupCommit", "Leaf", "Ledger", "Part", "Receipt", "fsck",
]  # fmt: skip
