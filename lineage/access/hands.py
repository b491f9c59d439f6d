"""Whose hands are behind an actor of the record: the person or service that a key belongs to, and who made it.

The one idea: two keys are no two people. A key belongs to whom it was made for, else to whoever made it; and whoever made a
key has seen its text, so their hands are behind it too. Two actors act for each other's control only where no hand is behind
both. The operator (who has the data folder, or the key in the settings) makes the first keys and could be anybody: their
hand counts only where they did not say whom a key is for.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Final

from lineage.access.keys import Key
from lineage.errors import NotFound

KEY_PREFIX: Final = "lk_"


def normal_owner(owner: str) -> str:
    """An owner as it is compared: neither letter case nor blanks make another person."""
    return " ".join(unicodedata.normalize("NFKC", owner).casefold().split())


def hands_behind(actor: str, keys: Mapping[str, Key]) -> frozenset[str]:
    """Everybody who can act as `actor`: itself, its owner, and all who made its key. NotFound for a key that is not there:
    nobody knows whose it was."""
    hands: set[str] = set()
    while actor not in hands:
        hands.add(actor)
        if not actor.startswith(KEY_PREFIX):
            return frozenset(hands)
        key = keys.get(actor)
        if key is None:
            raise NotFound(f"Nobody knows whose the key {actor} was.")
        if key.owner is not None:
            hands.add(normal_owner(key.owner))
            if not _is_known(key.created_by):
                return frozenset(hands)
        actor = key.created_by
    return frozenset(hands)


def _is_known(maker: str) -> bool:
    """Whether it is a key or a person; else the operator."""
    return maker.startswith((KEY_PREFIX, "u_"))
