"""API keys: shown once, kept as a hash, and worth what they were given."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from lineage.access import key_file
from lineage.access.key_file import Keys, is_key
from lineage.access.keys import KeyState, Rights
from lineage.access.principal import ALL_SCOPES, ANONYMOUS, Principal, Scope
from lineage.errors import InputError, LimitExceeded, NotFound, StoreError
from tests.access.making import make

NOW = 1_800_000_000_000_000
READ = Rights(frozenset({Scope.READ}), ("db://a", "s3://lake*"), frozenset({"pii"}))


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Keys]:
    made = Keys(tmp_path / "keys.sqlite")
    yield made
    made.close()


def test_a_key_opens_with_exactly_its_rights(keys: Keys) -> None:
    """The principal is what the key was made with; its id stands in leaves, its secret nowhere."""
    key, token = make(keys, "ci", READ, by="ada", now_us=NOW)
    assert is_key(token) and token.startswith(f"hw_{key.id}_")
    principal = keys.principal(token, NOW)
    assert principal == Principal(key.id, f"key:{key.id}", READ.scopes, READ.namespaces, READ.hidden_tags)
    assert principal is not None and principal.sees_namespace("s3://lakehouse")
    assert not principal.sees_namespace("db://ab")


def test_what_is_not_the_key_opens_nothing(keys: Keys) -> None:
    """Wrong secret, wrong id, another form, odd letters: all alike."""
    key, token = make(keys, "ci", READ, by="ada", now_us=NOW)
    other = "a" if token[-1] != "a" else "b"
    for wrong in (token[:-1] + other, token.replace(key.id, "lk_aaaaaaaa"), token.upper(), token + " ", token[:-1],
                  "", "hw_", "hw_lk_", "\udcff", token.replace("hw_", "")):  # fmt: skip
        assert keys.principal(wrong, NOW) is None


def test_a_key_ends_by_time_and_by_hand(keys: Keys) -> None:
    """From the very microsecond on; revoking twice changes nothing."""
    key, token = make(keys, "ci", READ, by="ada", now_us=NOW, expires_us=NOW + 10)
    assert keys.principal(token, NOW + 9) is not None
    assert keys.principal(token, NOW + 10) is None
    assert keys.get(key.id).state(NOW + 10) is KeyState.EXPIRED
    second, token = make(keys, "ci", READ, by="ada", now_us=NOW)
    assert keys.revoke(second.id, NOW + 5).revoked_us == NOW + 5
    assert keys.principal(token, NOW) is None
    assert keys.revoke(second.id, NOW + 9).revoked_us == NOW + 5
    with pytest.raises(NotFound):
        keys.revoke("lk_zzzzzzzz", NOW)


def test_keys_are_the_same_after_a_restart_and_the_file_tells_no_secret(tmp_path: Path) -> None:
    """Rights, expiry, revocation and last use come back; the file is its owner's alone and has no token in it."""
    path = tmp_path / "keys.sqlite"
    keys = Keys(path)
    assert len(keys) == 0 and not path.exists()
    key, token = make(keys, "ci ✓", READ, by="ada", now_us=NOW, expires_us=NOW + 100)
    gone, gone_token = make(keys, "old", Rights(ALL_SCOPES), by="ada", now_us=NOW)
    keys.revoke(gone.id, NOW)
    keys.principal(token, NOW + 7)
    keys.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    secret = token.rpartition("_")[2]
    assert secret.encode() not in path.read_bytes()
    again = Keys(path)
    assert [each.id for each in again.all()] == sorted([key.id, gone.id])
    assert again.get(key.id).last_used_us == NOW + 7
    assert again.get(key.id).rights == READ
    assert again.principal(token, NOW) is not None
    assert again.principal(gone_token, NOW) is None
    again.close()


def test_when_a_key_was_used_is_written_seldom(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a minute for all, not once a request."""
    key, token = make(keys, "ci", READ, by="ada", now_us=NOW)
    assert not keys.wants_flush(NOW)
    keys.principal(token, NOW + 1)
    assert keys.wants_flush(NOW + 1)
    assert keys.all()[0].last_used_us == NOW + 1
    keys.flush(NOW + 1)
    keys.principal(token, NOW + 2)
    assert not keys.wants_flush(NOW + 2)
    assert keys.wants_flush(NOW + 2 + key_file.FLUSH_US)
    assert keys.get(key.id).last_used_us == NOW + 1


@pytest.mark.parametrize(
    ("scopes", "namespaces", "tags"),
    [
        ((), None, ()),
        (ALL_SCOPES, (), ()),
        (ALL_SCOPES, ("",), ()),
        (ALL_SCOPES, ("a\nb",), ()),
        (ALL_SCOPES, ("n" * 201,), ()),
        (ALL_SCOPES, None, ("\0",)),
    ],
    ids=["no scope", "no namespace", "empty", "two lines", "long", "unprintable tag"],
)
def test_rights_that_cannot_be_are_refused_when_made(
    scopes: frozenset[Scope], namespaces: tuple[str, ...] | None, tags: tuple[str, ...]
) -> None:
    """With the place, so that a command can say which flag."""
    with pytest.raises(InputError):
        Rights(frozenset(scopes), namespaces, frozenset(tags))


def test_more_than_a_limit_is_said(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of keys in all, and of names in one; an expiry has to come."""
    with pytest.raises(LimitExceeded):
        Rights(ALL_SCOPES, tuple(f"n{number}" for number in range(1_001)))
    monkeypatch.setattr(key_file, "KEYS_MAX", 1)
    make(keys, "one", READ, by="ada", now_us=NOW)
    with pytest.raises(LimitExceeded):
        make(keys, "two", READ, by="ada", now_us=NOW)
    with pytest.raises(InputError):
        make(keys, "late", READ, by="ada", now_us=NOW, expires_us=NOW)


@pytest.mark.parametrize(
    ("rights", "fits"),
    [
        (Rights(frozenset({Scope.READ}), ("db://a",), frozenset({"pii"})), True),
        (Rights(frozenset({Scope.READ}), ("s3://lake/x", "s3://lake/y*"), frozenset({"pii", "hr"})), True),
        (Rights(frozenset({Scope.READ}), ("s3://lak*",), frozenset({"pii"})), False),
        (Rights(frozenset({Scope.READ}), ("db://a*",), frozenset({"pii"})), False),
        (Rights(frozenset({Scope.READ}), None, frozenset({"pii"})), False),
        (Rights(frozenset({Scope.READ}), ("db://a",)), False),
        (Rights(frozenset({Scope.WRITE}), ("db://a",), frozenset({"pii"})), False),
        (Rights(frozenset({Scope.READ}), ("db://a",), frozenset({"pii"}), counts=True), False),
    ],
)
def test_nobody_gives_more_than_they_have(rights: Rights, fits: bool) -> None:
    """Scopes, namespaces, tags and counts each."""
    maker = Principal("m", "key:m", frozenset({Scope.READ, Scope.ADMIN_KEYS}), READ.namespaces, READ.hidden_tags)
    assert rights.within(maker) is fits
    assert rights.within(ANONYMOUS)


def test_a_person_has_one_opaque_name_here_and_another_elsewhere(tmp_path: Path) -> None:
    """The record holds no subject of a provider; the installation can tell whom a name means, its record alone not."""
    first, second = Keys(tmp_path / "one.sqlite"), Keys(tmp_path / "two.sqlite")
    actor = first.actor("https://idp", "ada@example.org", NOW)
    assert actor == first.actor("https://idp", "ada@example.org", NOW + 1)
    assert actor != first.actor("https://other", "ada@example.org", NOW)
    assert actor != second.actor("https://idp", "ada@example.org", NOW)
    assert "ada" not in actor
    first.close()
    again = Keys(tmp_path / "one.sqlite")
    assert again.actor("https://idp", "ada@example.org", NOW) == actor
    assert [(p.actor, p.subject) for p in again.people([actor, "u_nobody"])] == [(actor, "ada@example.org")]
    again.close()
    second.close()


def test_a_file_that_is_none_of_ours_is_refused(tmp_path: Path) -> None:
    """Said in words, and left as it is."""
    path = tmp_path / "keys.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE t (x)")
    with pytest.raises(StoreError):
        Keys(path)
    path.write_bytes(b"not a database, but long enough to be one" * 40)
    with pytest.raises(StoreError):
        Keys(path)
