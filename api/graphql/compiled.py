"""How answers are put together: graphql-core's executor, with a short cut for long lists of plain data.

The one idea: what the specification asks of a list of objects whose selected fields only show attributes can be said as
one comprehension, which costs a thirtieth of resolving each field by itself. It is made once for a selection
(compiled_lists.py) and used where nothing is unusual; whatever is (an error, a missing value, a field that is answered
by a function) goes the executor's own way, which then finds the errors and their places. So an answer is the same
either way; a test holds the two against each other.

Long lists are put together in slices, and the event loop is let go between two of them: one large answer keeps nobody
else waiting. What lists in lists hold is counted, for the price of a document can only guess it (a dataset that three thousand
jobs read, each of which reads it): beyond a bound nothing more is put together. This leans on the inside of graphql-core 3.3: a
test fails loudly when that moves.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Iterable, Sequence
from typing import Any, Final

from graphql import GraphQLOutputType, GraphQLResolveInfo, get_named_type, is_leaf_type
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path, gather_with_cancel
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.graphql.compiled_lists import Compiler
from api.graphql.compiled_source import Complete, Unusual
from lineage.errors import LimitExceeded

OBJECTS_MAX: Final = 50_000  # of all lists that lie in lists: 500 nodes with 100 columns each, in a fifth of a second
ITEMS_MIN: Final = 8  # below, the comprehension is not worth finding
COMPILED_SLICE: Final = 250  # of edges with all fields: some 1.3 ms
RESOLVED_SLICE: Final = 200  # resolved one by one, with a question behind each: some 30 ms

_Collected = list[Any]


class CompilingExecutor(StrawberryGraphQLCoreExecutionContext):
    """One operation's executor."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.middleware_manager is not None and not self.middleware_manager.middlewares:
            self.middleware_manager = None  # Strawberry always hands one over, and each field would ask it
        self._compiler = Compiler.of(self.schema)
        self._objects = 0
        self._completes: dict[tuple[int, int], tuple[FieldDetailsList, Complete | None]] = {}

    def complete_iterable_value(
        self,
        item_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        items: Iterable[Any],
        position_context: Any,
    ) -> Any:
        """The list's value, or an awaitable of it. LimitExceeded when the answer would have too many objects."""
        if isinstance(items, list | tuple) and _lies_in_a_list(path) and not is_leaf_type(get_named_type(item_type)):
            self._objects += len(items)
            if self._objects > OBJECTS_MAX:
                message = (
                    f"The lists within lists of this answer hold more than {OBJECTS_MAX} objects. Ask about fewer things at "
                    "once, for a page of each list (`first`), or less deeply."
                )
                raise LimitExceeded(message, limit=OBJECTS_MAX, asked=self._objects)
        if not isinstance(items, list | tuple) or len(items) < ITEMS_MIN:
            return super().complete_iterable_value(item_type, field_details_list, info, path, items, position_context)
        complete = self._complete(item_type, field_details_list)
        if complete is not None and len(items) <= COMPILED_SLICE:
            try:
                return _without_collecting(complete, items)
            except Unusual:
                complete = None
        if complete is None and len(items) <= RESOLVED_SLICE:
            return super().complete_iterable_value(item_type, field_details_list, info, path, items, position_context)
        return self._in_slices(complete, item_type, field_details_list, info, path, items, position_context)

    def _complete(self, item_type: GraphQLOutputType, field_details_list: FieldDetailsList) -> Complete | None:
        """What puts such a list together; None: it has to be resolved."""
        key = id(item_type), id(field_details_list)
        if key not in self._completes:
            complete = None if self.middleware_manager else self._compiler.find(item_type, field_details_list, self)
            self._completes[key] = field_details_list, complete  # the list is held, so that its id stays its own
        return self._completes[key][1]

    async def _in_slices(
        self,
        complete: Complete | None,
        item_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        items: list[Any] | tuple[Any, ...],
        position_context: Any,
    ) -> _Collected:
        if complete is not None:
            try:
                return await _compiled_slices(complete, items)
            except Unusual:
                pass  # the other way finds out what is unusual, and says where
        completed: _Collected = []
        for begin in range(0, len(items), RESOLVED_SLICE):
            slice_: _Collected = []
            waiting: dict[int, Awaitable[Any]] = {}
            try:
                for index, item in enumerate(items[begin : begin + RESOLVED_SLICE], begin):
                    item_path = path.add_key(index, None)
                    if self.is_awaitable(item):
                        slice_.append(
                            self.complete_awaitable_list_item_value(
                                item, item_type, field_details_list, info, item_path, position_context
                            )
                        )
                    elif not self.complete_list_item_value(
                        item, slice_, item_type, field_details_list, info, item_path, position_context
                    ):
                        continue
                    waiting[index - begin] = slice_[-1]
            except Exception:
                rest = [each for each in items[begin + len(slice_) + 1 :] if self.is_awaitable(each)]
                self.settle_in_background([*waiting.values(), *rest])
                raise
            for position, value in zip(waiting, await gather_with_cancel(*waiting.values()), strict=True):
                slice_[position] = value
            completed += slice_
            await asyncio.sleep(0)
        return completed


def _lies_in_a_list(path: Path) -> bool:
    """Whether there may be many such lists in one answer."""
    above = path.prev
    while above is not None:
        if isinstance(above.key, int):
            return True
        above = above.prev
    return False


async def _compiled_slices(complete: Complete, items: list[Any] | tuple[Any, ...]) -> _Collected:
    completed: _Collected = []
    for begin in range(0, len(items), COMPILED_SLICE):
        completed += _without_collecting(complete, items[begin : begin + COMPILED_SLICE])
        await asyncio.sleep(0)
    return completed


def _without_collecting(complete: Complete, items: Sequence[Any]) -> _Collected:
    """Nothing of a slice is garbage, and looking for some in it again and again costs more than all the rest."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        return complete(items)
    finally:
        if collecting:
            gc.enable()
