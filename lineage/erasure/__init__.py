"""Erasure and retention: what may be forgotten, by whom, why, and the record of it.

Reading order: statements.py (what the ledger says about it), record.py (what of that is in force), selection.py (which
parts are meant), eraser.py (four eyes, holds, the deed), retention.py (limits by class, applied). How a part is deleted
is in lineage/ledger/erasing.py; what becomes of the graph in lineage/projector/erased.py.
"""

from lineage.erasure.eraser import Eraser, Outcome
from lineage.erasure.record import ErasureRecord, Standing
from lineage.erasure.retention import PRESETS, Preset
from lineage.erasure.selection import Selection
from lineage.erasure.statements import Cause, Deed, Hold, Limits, Proposal, Source

__all__ = [
    "PRESETS", "Cause", "Deed", "Eraser", "ErasureRecord", "Hold", "Limits", "Outcome", "Preset", "Proposal",
    "Selection", "Source", "Standing",
]  # fmt: skip
