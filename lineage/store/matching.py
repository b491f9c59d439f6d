"""How a search matches and ranks a name: a pure rule, so that every store finds the same nodes in the same order.

The one idea: a node is written `namespace name`, a column `namespace name#column`, a namespace as itself; the last
part is its *own*. Every token of the query must occur in the written name, and at least one must reach into the own
part: else a search for a table would list all its columns, and one for a namespace all its tables. No full-text
scores: they differ between stores.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lineage.facts import Node, NodeKind

EXACT, PREFIX, WORD_START, REST = range(4)

SEARCHED_BY_NAME = frozenset({NodeKind.NAMESPACE, NodeKind.DATASET, NodeKind.JOB})
"""Kinds that are visible through NAME facts, under all their raw spellings; columns are through HAS and DERIVES."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """One written name. `starts`: where a person may begin to write it (its parts), the own part last."""

    text: str
    starts: tuple[int, ...]

    @property
    def own(self) -> str:
        return self.text[self.starts[-1] :]

    @property
    def namespace(self) -> str:
        """Where the name is; of a namespace's name itself."""
        return self.text if len(self.starts) == 1 else self.text[: self.starts[1] - 1]


Candidate: TypeAlias = tuple[Node, Spelling]
"""A node, and a name by which a search may find it."""
Admit: TypeAlias = Callable[[Sequence[Candidate]], Sequence[Candidate]]
"""Which of a search's candidates there are for the one who asks."""


def spelling(kind: NodeKind, namespace: str, name: str, column: str | None = None) -> Spelling:
    if kind is NodeKind.NAMESPACE:
        return Spelling(namespace or name, (0,))
    name_at = len(namespace) + 1
    if kind is NodeKind.COLUMN:
        return Spelling(f"{namespace} {name}#{column or ''}", (0, name_at, name_at + len(name) + 1))
    return Spelling(f"{namespace} {name}", (0, name_at))


def spelling_of(node: Node) -> Spelling:
    return spelling(node.kind, node.namespace, node.name, node.column)


def tokens_of(query: str) -> tuple[str, ...]:
    """The query's words, case-folded. Empty for a query that no stored name can contain (NUL, lone surrogates)."""
    if "\0" in query or any("\ud800" <= c <= "\udfff" for c in query):
        return ()
    return tuple(query.casefold().split())


def rank(tokens: tuple[str, ...], written: Spelling) -> tuple[int, int] | None:
    """(rank, length of the own part), both case-folded; None when the name does not match."""
    text, own = written.text.casefold(), written.own.casefold()
    own_at = len(text) - len(own)
    ends = [text.rfind(token) + len(token) if token in text else -1 for token in tokens]
    if not tokens or min(ends) < 0 or max(ends) <= own_at:
        return None
    whole = " ".join(tokens)
    best = REST
    for start in written.starts:
        folded_start = len(written.text[:start].casefold())  # folding can lengthen a text
        if text.startswith(whole, folded_start) and folded_start + len(whole) > own_at:
            best = min(best, EXACT if folded_start + len(whole) == len(text) else PREFIX)
    if best is REST:
        last_starts = [_last_word_start(text, token) for token in tokens]
        if min(last_starts) >= 0 and any(
            at + len(token) > own_at for at, token in zip(last_starts, tokens, strict=True)
        ):
            best = WORD_START
    return best, len(own)


def _last_word_start(text: str, token: str) -> int:
    """Where the token last begins a word of the text; -1 where it never does."""
    at = text.rfind(token)
    while at > 0 and text[at - 1].isalnum():
        at = text.rfind(token, 0, at + len(token) - 1)
    return at
