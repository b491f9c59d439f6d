"""Two keys are no two people: whose hands are behind an actor, and what that means for an erasure."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lineage.access.key_file import Keys
from lineage.access.keys import Rights
from lineage.access.principal import ALL_SCOPES, Principal
from lineage.erasure import Eraser, Selection
from lineage.errors import Conflict, InputError, NotFound, StoreError
from lineage.ledger import Draft, Ledger
from tests.access.making import make
from tests.cli.conftest import Run, run, shop

__all__ = ["run", "shop"]
NOW = 1_800_000_000_000_000
WHY = ("--basis", "GDPR Art. 17(1)(b)", "--request", "DSR-17")


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Keys]:
    with closing(Keys(tmp_path / "keys.sqlite")) as made:
        yield made


def made(keys: Keys, by: str, owner: str | None = None) -> str:
    """The id of a new key with all scopes."""
    return make(keys, "erasure", Rights(ALL_SCOPES), by=by, now_us=NOW, owner=owner)[0].id


def apart(keys: Keys, one: str, other: str) -> bool:
    """Whether each may approve what the other proposed: told by an eraser, both ways."""
    with Ledger.open(
        Path(keys._path).with_name(f"{one}{other}.sqlite"), origin="o.example/ledger", clock=lambda: NOW
    ) as ledger:
        eraser = Eraser(ledger, lambda: NOW, hands=keys.hands_behind)
        answers = set()
        for proposer, approver in ((one, other), (other, one)):
            index = ledger.append([Draft("ol.event", {"raw": b"{}"})])[0].index
            receipt, _ = eraser.propose(
                Selection(entries=((index, index + 1),)), "law", "DSR-17", Principal(actor=proposer)
            )
            try:
                eraser.approve(receipt.index, Principal(actor=approver))
                answers.add(True)
            except Conflict as error:
                assert "made one of them" in error.message or "Nobody knows whose" in error.message
                assert ledger.part(index, "raw") is not None
                answers.add(False)
        (answer,) = answers
        return answer


def test_two_keys_of_one_person_are_one_person(keys: Keys) -> None:
    """However they are spelled, whoever made them."""
    first, second = made(keys, "operator", "Ann  Lee"), made(keys, "api-key", "ann lee")
    assert not apart(keys, first, second)
    assert apart(keys, first, made(keys, "operator", "bob"))


def test_a_key_for_nobody_is_its_makers(keys: Keys) -> None:
    """So two that the operator made without saying for whom are the operator's, and one's own key is one's own."""
    assert not apart(keys, made(keys, "operator"), made(keys, "operator"))
    ann = made(keys, "operator", "ann")
    assert not apart(keys, ann, made(keys, ann))
    assert not apart(keys, "u_ann", made(keys, "u_ann"))
    assert apart(keys, made(keys, "u_ann"), made(keys, "u_bob"))
    assert not apart(keys, "u_ann", made(keys, "operator", "U_ANN"))


def test_who_made_a_key_has_seen_its_text(keys: Keys) -> None:
    """Directly or by another key; and who makes keys for two cannot be both of them."""
    ann, bob = made(keys, "operator", "ann"), made(keys, "operator", "bob")
    carl = made(keys, ann, "carl")
    dora = made(keys, carl, "dora")
    assert not apart(keys, ann, carl) and not apart(keys, ann, dora) and not apart(keys, carl, dora)
    assert not apart(keys, carl, made(keys, ann, "emil"))
    assert apart(keys, bob, dora) and apart(keys, "u_zoe", dora)


def test_nobody_knows_whose_a_key_was_that_is_gone(keys: Keys) -> None:
    """Then nobody can say that it was another's."""
    ann, bob = made(keys, "operator", "ann"), made(keys, "operator", "bob")
    keys._keys.pop(bob)
    with pytest.raises(NotFound, match=bob):
        keys.hands_behind(bob)
    assert not apart(keys, ann, bob)


def test_owners_last_and_are_printable(tmp_path: Path, keys: Keys) -> None:
    """Across a restart; InputError for one that is no text."""
    ann = made(keys, "operator", "ann")
    with closing(Keys(tmp_path / "keys.sqlite")) as again:
        assert again.get(ann).owner == "ann"
    for owner in ("", "a\nb", "n" * 201):
        with pytest.raises(InputError):
            made(keys, "operator", owner)


def test_a_file_from_before_owners_is_read_and_gets_them(tmp_path: Path) -> None:
    """Its keys belong to whoever made them."""
    path = tmp_path / "keys.sqlite"
    with closing(Keys(path)) as keys:
        old = made(keys, "operator", "ann")
    with closing(sqlite3.connect(path)) as file:
        file.executescript("ALTER TABLE key DROP COLUMN owner; PRAGMA user_version = 1")
    with closing(Keys(path)) as keys:
        assert keys.get(old).owner is None
        assert keys.hands_behind(old) == {old, "operator"}
        assert keys.get(made(keys, "operator", "bob")).owner == "bob"
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA user_version = 9")
    with pytest.raises(StoreError, match="Upgrade"):
        Keys(path)


def test_by_command_one_administrator_is_never_two(shop: Ledger, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither with a second key of their own nor with those that they make for others; the record says for whom."""
    root = run("key", "create", "ops", "--role", "admin", "--for", "ops-1").out.strip()
    monkeypatch.setenv("HEADWATER_API_KEY", root)
    second = run("key", "create", "mine", "--role", "admin").out.strip()
    others = [run("key", "create", "dpo", "--role", "admin", "--for", each).out.strip() for each in ("dpo-1", "dpo-2")]
    assert b'"owner":"dpo-2"' in (shop.part(shop.size() - 1, "norm") or b"")
    shown = run("key", "list", "--format", "json").json["nodes"]
    assert [each["owner"] for each in shown] == ["ops-1", None, "dpo-1", "dpo-2"]
    assert "dpo-2" in run("key", "list").out
    for proposer, approver in ((root, second), (root, others[0]), (others[0], others[1])):
        monkeypatch.setenv("HEADWATER_API_KEY", proposer)
        index = run("audit", "erase", "propose", "3", "--part", "norm", *WHY, "--format", "json").json["index"]
        monkeypatch.setenv("HEADWATER_API_KEY", approver)
        refused = run("audit", "erase", "approve", index)
        assert refused.code == 2 and "made one of them" in refused.err
    assert shop.part(3, "norm") is not None


def test_by_command_the_operator_makes_the_keys_of_two(run: Run, tmp_path: Path) -> None:
    """On the data folder, each for another: they may control each other."""
    for owner in ("dpo-1", "dpo-2"):
        assert run("key", "create", "erasure", "--role", "admin", "--for", owner, "--data", str(tmp_path)).code == 0
    with closing(Keys(tmp_path / "keys.sqlite")) as keys:
        first, second = (each.id for each in keys.all())
        assert apart(keys, first, second)
