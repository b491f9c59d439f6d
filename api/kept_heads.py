"""Signed heads as a process sees them that signs nothing itself: what is kept on disk, and who may have signed it.

The one idea: whoever signs writes its heads and its keys into files before it tells anybody, so what anybody knows is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from api.signing import keys_path, log_lines, read_witnesses, standing_of
from lineage.errors import StoreError
from lineage.settings import Settings
from lineage.signing.checkpoints import Checkpoints
from lineage.signing.key_ranges import decode_ranges
from lineage.verify.bundle import access_origin
from lineage.verify.checkpoint import SignedCheckpoint
from lineage.verify.policy import Standing


@dataclass(frozen=True, slots=True)
class KeptHeads:
    """A vouching.Heads over the files of `keys`: the keys.json of each log."""

    checkpoints: Checkpoints
    keys: tuple[Path, ...]
    witness_lines: str

    def cover(self, origin: str, size: int) -> SignedCheckpoint:
        """StoreError when it is not signed yet."""
        kept = self.checkpoints.covering(origin, size)
        if kept is None:
            raise StoreError(f"There is no checkpoint of {origin} at {size} entries yet. Ask again.", retryable=True)
        return kept

    def standing(self, signed: SignedCheckpoint) -> Standing:
        """Retired keys count."""
        ranges = (each for path in self.keys if path.exists() for each in decode_ranges(path.read_bytes())[1])
        return standing_of(signed, log_lines(ranges), self.witness_lines)

    def close(self) -> None:
        """Let go of the checkpoints' file."""
        self.checkpoints.close()


def open_kept_heads(settings: Settings, origin: str) -> KeptHeads:
    """The heads of the ledger `origin` and of its access log. NotFound where nothing was ever signed."""
    keys = tuple(keys_path(settings.data, each) for each in (origin, access_origin(origin)))
    lines, _ = read_witnesses(settings.witnesses)
    return KeptHeads(Checkpoints(settings.checkpoints_path, read_only=True), keys, lines)
