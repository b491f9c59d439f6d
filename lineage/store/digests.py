"""The digest of a fact with its valid interval: how a store finds a version again, and a key that every store
shares."""

import hashlib
from typing import Final

from lineage.facts import Fact, FactVersion, Interval

DIGEST_BYTES: Final = 8  # told apart within one (subject, object, interval) or one ledger entry only, never globally


def version_digest(fact: Fact, valid: Interval) -> bytes:
    """Of everything but the known bounds: the same on every store, for live and rebuilt graphs."""
    parts = (
        fact.relation, fact.subject, fact.object, fact.unit, fact.label, fact.value, fact.job, fact.flow,
        fact.evidence, fact.certainty, str(fact.masking), fact.producer, str(valid.from_us), str(valid.to_us),
    )  # fmt: skip
    written = "\0".join(parts)
    return hashlib.blake2b(written.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest()


def change_key(version: FactVersion) -> str:
    """The key of GraphReader.changed(): with known_from it orders versions, and a page goes on after it."""
    return version_digest(version.fact, version.valid).hex()
