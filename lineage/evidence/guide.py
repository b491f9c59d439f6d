"""VERIFY.md: how to check a pack with openssl, Go and npm, none of it ours; a test runs every command in it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from lineage.evidence.report import environment
from lineage.ledger.leaf import Leaf
from lineage.verify.bundle import access_origin


def guide(origin: str, leaves: Sequence[Leaf]) -> str:
    """The document for a pack of these entries of the log `origin`."""
    return environment().get_template("verify.md.jinja").render(
        origin=origin, log=shlex.quote(origin), access=shlex.quote(access_origin(origin)), entry_count=len(leaves)
    )  # fmt: skip
