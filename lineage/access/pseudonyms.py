"""Names that say nothing, for those who told something and are not to be seen.

The one idea: a pseudonym is the same wherever one key is, so that two answers speak of one reporter, and nobody can guess a job's
name and find it in one.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

KEY_BYTES: Final = 16
_BYTES: Final = 6  # of a pseudonym


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Those of one service, as long as it runs."""

    key: bytes = field(default_factory=lambda: secrets.token_bytes(KEY_BYTES), repr=False)

    def of(self, name: str) -> str:
        """The pseudonym of a name."""
        return blake2b(name.encode(), key=self.key, digest_size=_BYTES).hexdigest()
