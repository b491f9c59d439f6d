"""Whose turn it is: everybody has one before anybody has a second, and no place is lost."""

from __future__ import annotations

import asyncio
from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from api.turns import Turns

STEPS = st.lists(
    st.one_of(st.tuples(st.just("ask"), st.sampled_from("abc")), st.tuples(st.sampled_from(["end", "leave"]), st.integers(0, 9))),
    max_size=40,
)  # fmt: skip


class Naive:
    """The same by looking through one list: of those who wait, whoever's caller was served the longest ago, or never."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.served: list[int] = []
        self._waiting: list[tuple[int, str]] = []
        self._round: deque[str] = deque()

    def ask(self, number: int, caller: str) -> None:
        self._waiting.append((number, caller))
        if caller not in self._round:
            self._round.append(caller)
        self._fill()

    def end(self, number: int) -> None:
        if number in self.served:
            self.served.remove(number)
        else:
            self._waiting = [each for each in self._waiting if each[0] != number]
            self._round = deque(each for each in self._round if each in {caller for _, caller in self._waiting})
        self._fill()

    def _fill(self) -> None:
        while len(self.served) < self.places and self._waiting:
            caller = self._round.popleft()
            mine = [number for number, each in self._waiting if each == caller]
            self.served.append(mine[0])
            self._waiting.remove((mine[0], caller))
            if len(mine) > 1:
                self._round.append(caller)


@given(st.integers(1, 3), STEPS)
def test_turns_are_those_of_the_naive_model(places: int, steps: list[tuple[str, str | int]]) -> None:
    """Whoever asks, is done, or leaves before or while it is served."""

    async def run() -> None:
        turns, naive = Turns(places), Naive(places)
        served: list[int] = []
        tasks: dict[int, asyncio.Task[None]] = {}
        ends: dict[int, asyncio.Event] = {}

        async def serve(number: int, caller: str) -> None:
            async with turns.turn(caller):
                served.append(number)
                try:
                    await ends[number].wait()
                finally:
                    served.remove(number)

        for number, (step, whose) in enumerate(steps):
            if step == "ask":
                ends[number] = asyncio.Event()
                tasks[number] = asyncio.create_task(serve(number, str(whose)))
                naive.ask(number, str(whose))
            elif tasks:
                chosen = sorted(tasks)[int(whose) % len(tasks)]
                if step == "leave":
                    tasks.pop(chosen).cancel()
                    naive.end(chosen)
                elif chosen in served:
                    ends[chosen].set()
                    del tasks[chosen]
                    naive.end(chosen)
            for _ in range(4):
                await asyncio.sleep(0)
            assert sorted(served) == sorted(naive.served)
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        assert turns._free == places and not turns._waiting

    asyncio.run(run())


def test_who_asks_for_much_waits_for_itself() -> None:
    """A hundred questions of one caller, then one of another: that is the next."""

    async def run() -> list[str]:
        turns, order, open_ = Turns(1), list[str](), asyncio.Event()

        async def ask(caller: str) -> None:
            async with turns.turn(caller):
                order.append(caller)
                await open_.wait()

        asked = [asyncio.create_task(ask("greedy")) for _ in range(100)]
        await asyncio.sleep(0)
        asked.append(asyncio.create_task(ask("modest")))
        await asyncio.sleep(0)
        open_.set()
        await asyncio.gather(*asked)
        return order

    assert asyncio.run(run()).index("modest") == 2  # behind the one who is served, and the one whose turn had come
