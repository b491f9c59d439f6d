"""The access log: written within a second, privileged reads before their answer, nothing dropped in silence."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson
import pytest

from api.access import log as access_log
from api.access.log import AccessLog, redacted
from lineage.access.principal import Principal
from lineage.access.reads import OBJECTS, Account, Read, ReadKind, account_of, objects_of
from lineage.errors import LedgerError, Overloaded
from lineage.ledger import Draft, Ledger, Receipt, fsck

ADA = Principal(actor="u_ada", auth="oidc:x")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An access log's own ledger."""
    with Ledger.open(tmp_path / "access.sqlite", origin="test.example/access") as made:
        yield made


def read(operation: str, *objects: str, kind: ReadKind = ReadKind.READ, **variables: object) -> Read:
    return Read(kind, ADA, operation, "ab" * 32, variables, objects, purpose="audit 7", request="r1")


def account(ledger: Ledger, index: int) -> Account:
    return account_of(ledger.leaf(index), ledger.part(index, "norm"))


def test_a_noted_read_is_on_disk_within_a_second_with_all_that_was_asked(ledger: Ledger) -> None:
    """Who, what, of which things, why; the ids are sorted, each once."""
    log = AccessLog(ledger)
    log.note(read("Blast", "hw:b", "hw:a", "hw:b", of="orders"))
    until = time.monotonic() + 5
    while ledger.size() == 0 and time.monotonic() < until:
        time.sleep(0.01)
    told = account(ledger, 0)
    assert (told.kind, told.actor, told.auth, told.request) == ("read", "u_ada", "oidc:x", "r1")
    assert (told.operation, told.document_hash, told.purpose) == ("Blast", "ab" * 32, "audit 7")
    assert (told.decision, told.object_count) == ("allowed", 2)
    assert orjson.loads(told.variables) == {"of": "orders"}
    assert objects_of(ledger.part(0, OBJECTS)) == ("hw:a", "hw:b")
    asyncio.run(log.close())


def test_a_recorded_read_is_on_disk_when_it_returns_with_those_that_waited_before_it(ledger: Ledger) -> None:
    """The order of the log is the order in which reads were told to it."""
    log = AccessLog(ledger)

    async def ask() -> Receipt:
        log.note(read("first"))
        receipt = await log.record(read("second", "entry:7", kind=ReadKind.EXPORT))
        assert ledger.size() == receipt.index + 1
        await log.close()
        return receipt

    receipt = asyncio.run(ask())
    assert [account(ledger, index).operation for index in range(ledger.size())] == ["first", "second"]
    assert ledger.leaf(receipt.index).kind == "export"
    assert fsck(ledger._path).exit_code == 0


def test_closing_writes_what_waits_and_refuses_more(ledger: Ledger) -> None:
    """A stop loses nothing."""
    log = AccessLog(ledger)
    for number in range(2_500):
        log.note(read(f"o{number}"))
    asyncio.run(log.close())
    assert ledger.size() == 2_500
    with pytest.raises(LedgerError):
        log.note(read("late"))


def test_a_privileged_read_fails_when_it_cannot_be_written_and_ordinary_ones_wait(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fail closed; once the disk is well again, everything that waited is written."""
    monkeypatch.setattr(access_log, "RETRY_S", 0.02)
    well = ledger.append
    broken = True

    def append(drafts: Sequence[Draft]) -> list[Receipt]:
        if broken:
            raise LedgerError("The disk is full. Free space.", retryable=True)
        return well(drafts)

    monkeypatch.setattr(ledger, "append", append)
    log = AccessLog(ledger)

    async def ask() -> None:
        nonlocal broken
        log.note(read("one"))
        with pytest.raises(LedgerError):
            await log.record(read("privileged"))
        assert log.failure == "The disk is full. Free space."
        log.note(read("two"))
        broken = False
        await log.record(read("three"))
        assert log.failure is None
        await log.close()

    asyncio.run(ask())
    assert [account(ledger, index).operation for index in range(ledger.size())] == ["one", "two", "three"]


def test_when_as_much_waits_as_may_reads_are_refused(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read that could not be recorded is not answered."""
    monkeypatch.setattr(access_log, "WAITING_MAX", 3)
    monkeypatch.setattr(access_log, "BATCH_S", 30.0)
    log = AccessLog(ledger)
    for number in range(3):
        log.note(read(f"o{number}"))
    with pytest.raises(Overloaded):
        log.note(read("o3"))
    asyncio.run(log.close())
    assert ledger.size() == 3


def test_secrets_and_long_texts_are_not_in_the_variables() -> None:
    """Neither by the name beside them, nor by where they stand, nor by their form; and what is left is bounded."""
    told = redacted(
        {
            "password": "hunter2",
            "input": {"from": "postgres://ada:hunter2@db:5432/shop", "apiKey": 12, "n": 2**70},
            "ids": ["hw:x"] * 5_000,
            "query": "o" * 10_000,
            "deep": [[[[[[[[[["hunter2"]]]]]]]]]],
            "odd": "\ud800",
            "\ud800": 1,
        }
    )
    assert "hunter2" not in told
    assert len(told) < 10_000
    assert orjson.loads(told)["input"]["apiKey"] == "***"


def test_what_cannot_be_told_whole_is_told_in_part(ledger: Ledger) -> None:
    """A fault of ours takes no entry away; and who waits for one learns of it."""
    log = AccessLog(ledger)
    odd = Read(ReadKind.READ, ADA, operation="\ud800")
    log.note(odd)

    async def ask() -> None:
        with pytest.raises(TypeError):
            await log.record(odd)
        await log.close()

    asyncio.run(ask())
    assert [(account(ledger, 0).actor, account(ledger, 0).decision)] == [("u_ada", "INTERNAL")]


def test_large_answers_wait_in_bounded_memory(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the ids that wait, not by the number of reads alone; written ones count no more."""
    monkeypatch.setattr(access_log, "IDS_MAX", 100)
    monkeypatch.setattr(access_log, "BATCH_S", 0.2)
    log = AccessLog(ledger)
    log.note(read("large", *(f"hw:{number}" for number in range(100))))
    with pytest.raises(Overloaded):
        log.note(read("small"))
    until = time.monotonic() + 5
    while log.waiting and time.monotonic() < until:
        time.sleep(0.01)
    log.note(read("small"))
    asyncio.run(log.close())
    assert ledger.size() == 2


def test_a_stop_with_a_broken_disk_leaves_nobody_waiting(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for a receipt gets the error, whatever was queued behind it."""

    def append(_: Sequence[Draft]) -> list[Receipt]:
        raise LedgerError("The disk is full. Free space.", retryable=True)

    monkeypatch.setattr(ledger, "append", append)
    log = AccessLog(ledger)

    async def ask() -> None:
        waiting = [asyncio.create_task(log.record(read(f"o{number}"))) for number in range(3)]
        await asyncio.sleep(0)
        log.note(read("ordinary"))
        await asyncio.wait_for(log.close(), 10)
        assert all(isinstance(each, LedgerError) for each in await asyncio.gather(*waiting, return_exceptions=True))

    asyncio.run(ask())
