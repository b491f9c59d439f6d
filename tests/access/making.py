"""Keys for tests."""

from __future__ import annotations

from typing import Any

from lineage.access.key_file import Keys, new_key
from lineage.access.keys import Key, Rights


def make(keys: Keys, label: str, rights: Rights, **more: Any) -> tuple[Key, str]:
    """A key that is kept, and its token."""
    key, token = new_key(label, rights, **more)
    keys.keep(key, token)
    return key, token
