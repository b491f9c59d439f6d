"""Packs that wait to be fetched: for their maker, for an hour, in bounded number."""

from __future__ import annotations

from pathlib import Path

import pytest

from api import evidence
from api.evidence import FOLDER, Packs
from lineage.access.principal import Principal
from lineage.errors import LimitExceeded, NotFound

ANN, BOB = Principal("ann", "key"), Principal("bob", "key")


def test_a_pack_is_its_makers_alone(tmp_path: Path) -> None:
    """0600 in a folder 0700, NOT_FOUND for others and once it is forgotten, in the same words."""
    packs = Packs()
    kept = packs.put(tmp_path, b"pack", ANN)
    assert packs.get(kept.id, ANN).path.read_bytes() == b"pack"
    assert kept.path.stat().st_mode & 0o777 == 0o600 and kept.path.parent.stat().st_mode & 0o777 == 0o700
    with pytest.raises(NotFound) as another:
        packs.get(kept.id, BOB)
    packs.forget(kept.id)
    assert not kept.path.exists()
    with pytest.raises(NotFound) as gone:
        packs.get(kept.id, ANN)
    assert gone.value.message == another.value.message


def test_only_so_many_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LIMIT in number and in bytes; what is forgotten makes room."""
    monkeypatch.setattr(evidence, "KEPT_MAX", 2)
    packs = Packs()
    first, _ = packs.put(tmp_path, b"1", ANN), packs.put(tmp_path, b"2", ANN)
    with pytest.raises(LimitExceeded):
        packs.put(tmp_path, b"3", ANN)
    packs.forget(first.id)
    packs.put(tmp_path, b"3", ANN)
    monkeypatch.setattr(evidence, "KEPT_BYTES_MAX", 2)
    with pytest.raises(LimitExceeded):
        Packs().put(tmp_path, b"too large", ANN)


def test_a_start_removes_what_was_left(tmp_path: Path) -> None:
    """After a kill the files of the service before are nobody's."""
    left = Packs().put(tmp_path, b"left", ANN)
    packs = Packs()
    mine = packs.put(tmp_path, b"mine", ANN)
    packs.sweep(tmp_path)
    assert not left.path.exists() and mine.path.exists()
    Packs().sweep(tmp_path / "nothing")
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == [mine.path.name]
