"""Signed heads as a process sees them that signs nothing itself: what is kept on disk, and who may have signed it.

The one idea: whoever signs writes its heads and its keys into files before it tells anybody, so what anybody knows is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from api.signing import keys_path, log_lines, read_witnesses, standing_of
from lineage.settings import Settings
from lineage.signing.checkpoints import Checkpoints
from lineage.signing.key_ranges import decode_ranges
from lineage.verify.checkpoint import SignedCheckpoint
from lineage.verify.policy import Standing


@dataclass(frozen=True, slots=True)
class KeptHeads:
    """A vouching.Heads of one log, over its keys.json."""

    checkpoints: Checkpoints
    keys: Path
    witness_lines: str

    def standing(self, signed: SignedCheckpoint) -> Standing:
        """Retired keys count."""
        _, ranges = decode_ranges(self.keys.read_bytes())
        return standing_of(signed, log_lines(ranges), self.witness_lines)

    def close(self) -> None:
        """Let go of the checkpoints' file."""
        self.checkpoints.close()


def open_kept_heads(settings: Settings, origin: str) -> KeptHeads:
    """The heads of the log `origin`. NotFound where nothing was ever signed."""
    lines, _ = read_witnesses(settings.witnesses)
    return KeptHeads(
        Checkpoints(settings.checkpoints_path, read_only=True), keys_path(settings.data, origin), lines
    )
