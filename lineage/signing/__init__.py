"""Who vouches for the ledger: signed checkpoints, the key behind them, and witnesses that others run.

Reading order: private_keys.py (what signs), signer.py (signs a head only as the growth of the last one), publisher.py
(when), checkpoints.py (what is kept of it), key_ranges.py (which key counts for which sizes), witness.py (the other
party). What a stranger needs to check all this is in lineage/verify.
"""

from lineage.signing.checkpoints import Checkpoints
from lineage.signing.publisher import Publisher
from lineage.signing.signer import LocalSigner, Signer

__all__ = ["Checkpoints", "LocalSigner", "Publisher", "Signer"]
