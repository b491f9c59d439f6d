"""Group commit: many callers, few transactions, nobody's error is another's."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from lineage.errors import LedgerError, Overloaded
from lineage.ledger import Draft, GroupCommit, Ledger, Receipt


class GatedLedger(Ledger):
    """A ledger whose disk stands still while `gate` is closed, and fails once for each entry of `failures`."""

    gate: threading.Event
    waiting: threading.Event
    batches: list[int]
    failures: list[LedgerError]

    def append(self, drafts: Sequence[Draft]) -> list[Receipt]:
        self.waiting.set()
        assert self.gate.wait(timeout=30)
        self.batches.append(len(drafts))
        if self.failures:
            raise self.failures.pop()
        return super().append(drafts)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[GatedLedger]:
    """An open ledger with its gate open."""
    with GatedLedger.open(tmp_path / "ledger.sqlite") as opened:
        assert isinstance(opened, GatedLedger)
        opened.gate, opened.waiting, opened.batches, opened.failures = threading.Event(), threading.Event(), [], []
        opened.gate.set()
        yield opened


def draft(name: str = "x") -> Draft:
    """A small event."""
    return Draft("ol.event", {"norm": name.encode()})


async def held(commits: GroupCommit, ledger: GatedLedger) -> asyncio.Task[Receipt]:
    """A first append that is being written and stands before the closed gate, so that the next ones queue."""
    ledger.gate.clear()
    first = asyncio.create_task(commits.append(draft("first")))
    assert await asyncio.to_thread(ledger.waiting.wait, 30)
    return first


async def test_concurrent_appends_share_transactions(ledger: GatedLedger) -> None:
    """Two hundred callers get two hundred indexes of their own, from two transactions."""
    commits = GroupCommit(ledger)
    first = await held(commits, ledger)
    others = [asyncio.create_task(commits.append(draft(str(number)))) for number in range(200)]
    await asyncio.sleep(0)
    assert commits.queued_entries == 200
    ledger.gate.set()
    receipts = await asyncio.gather(first, *others)
    assert sorted(receipt.index for receipt in receipts) == list(range(201))
    assert ledger.batches == [1, 200]
    for number, receipt in enumerate(receipts[1:]):
        assert ledger.part(receipt.index, "norm") == str(number).encode()
    await commits.close()


async def test_batches_keep_to_their_limits(ledger: GatedLedger) -> None:
    """A transaction takes up to the given entries and bytes, but always at least one request."""
    commits = GroupCommit(ledger, batch_entries_max=4, batch_bytes_max=100)
    first = await held(commits, ledger)
    small = [asyncio.create_task(commits.append(draft())) for _ in range(6)]
    large = [asyncio.create_task(commits.append(draft("y" * 80))) for _ in range(2)]
    many = asyncio.create_task(commits.append_all([draft()] * 9))
    await asyncio.sleep(0)
    ledger.gate.set()
    await asyncio.gather(first, *small, *large, many)
    assert ledger.batches == [1, 4, 3, 1, 9]
    await commits.close()


async def test_one_call_is_one_transaction(ledger: GatedLedger) -> None:
    """What is appended together stands together, in order, whoever else appends; nothing needs no transaction."""
    commits = GroupCommit(ledger)
    calls = [commits.append_all([draft(f"{call}.{at}") for at in range(5)]) for call in range(20)]
    for call, receipts in enumerate(await asyncio.gather(*calls)):
        start = receipts[0].index
        assert [receipt.index for receipt in receipts] == list(range(start, start + 5))
        assert [ledger.part(start + at, "norm") for at in range(5)] == [f"{call}.{at}".encode() for at in range(5)]
    assert await commits.append_all([]) == []
    await commits.close()


async def test_a_full_queue_refuses_at_once(ledger: GatedLedger) -> None:
    """What does not fit is Overloaded with a time to come back, and what fitted is written all the same."""
    commits = GroupCommit(ledger, queue_max=3, queue_bytes_max=1000)
    first = await held(commits, ledger)
    queued = [asyncio.create_task(commits.append(draft())) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded) as caught:
        await commits.append_all([draft()] * 2)
    assert caught.value.retry_after_s > 0
    with pytest.raises(Overloaded):
        await commits.append(draft("z" * 2000))
    ledger.gate.set()
    await asyncio.gather(first, *queued)
    assert ledger.size() == 3
    # An empty queue takes one request of any size: refusing it would refuse it for ever.
    assert len(await commits.append_all([draft("z" * 2000)] * 5)) == 5
    await commits.close()


async def test_a_failed_commit_reaches_each_waiter_and_the_next_works(ledger: GatedLedger) -> None:
    """Everyone in a failed transaction gets the error; the thread lives on."""
    commits = GroupCommit(ledger)
    first = await held(commits, ledger)
    ledger.failures = [LedgerError("The disk is full. Free space."), LedgerError("The disk is full. Free space.")]
    others = [asyncio.create_task(commits.append(draft())) for _ in range(3)]
    await asyncio.sleep(0)
    ledger.gate.set()
    results = await asyncio.gather(first, *others, return_exceptions=True)
    assert [type(result) for result in results] == [LedgerError] * 4
    assert (await commits.append(draft())).index == 0
    await commits.close()


async def test_close_writes_what_is_queued(ledger: GatedLedger) -> None:
    """Closing loses nothing that was taken, and takes nothing more."""
    commits = GroupCommit(ledger)
    first = await held(commits, ledger)
    queued = [asyncio.create_task(commits.append(draft())) for _ in range(10)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(commits.close())
    await asyncio.sleep(0)
    with pytest.raises(LedgerError, match="being closed") as caught:
        await commits.append(draft())
    assert caught.value.retryable
    ledger.gate.set()
    await closing
    assert len(await asyncio.gather(first, *queued)) == 11
    assert ledger.size() == 11


async def test_a_caller_that_gives_up_disturbs_nobody(ledger: GatedLedger) -> None:
    """A cancelled wait gives up the answer; its entry and the others are written."""
    commits = GroupCommit(ledger)
    first = await held(commits, ledger)
    leaver, stayer = asyncio.create_task(commits.append(draft())), asyncio.create_task(commits.append(draft()))
    await asyncio.sleep(0)
    leaver.cancel()
    ledger.gate.set()
    assert (await stayer).index == 2
    assert (await first).index == 0
    with pytest.raises(asyncio.CancelledError):
        await leaver
    assert ledger.size() == 3
    await commits.close()
