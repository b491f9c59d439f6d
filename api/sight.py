"""What one principal sees of the service: the questions, the ledger's entries, what people said, dead letters.

The one idea: every door that answers asks here and nowhere else, with the principal that the gate made. One who sees
everything gets the service's own parts; for all others what is hidden is not there, with the same words as what never
was.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from api.dead_letters import DeadLetters
from api.entry_sight import EntrySight
from lineage.access.principal import Principal
from lineage.access.sources import scoped_by
from lineage.access.statements import StatementSight
from lineage.access.visibility import Visibility
from lineage.aliases import AliasRule
from lineage.query import Questions
from lineage.statements import Distrust, StatedFact

if TYPE_CHECKING:
    from api.context import ReadContext
    from api.graphql.journal import Journal, Origin


class Sight:
    """One principal's view, for one request: it remembers what it judged. Safe to share by the request's threads."""

    def __init__(self, context: ReadContext, principal: Principal) -> None:
        self.principal = principal
        self._context = context
        self._questions = context.questions
        self.statements: StatementSight | None = None
        """None: all of them are seen."""
        self.entries = EntrySight(context.ledger)
        """Which entries of the ledger are there for the principal."""
        if not principal.sees_everything:
            whole = context.questions.sources
            visibility = Visibility(principal, whole.graph)
            sources = scoped_by(whole, visibility, context.pseudonyms)
            self._questions = Questions(sources)
            self.statements = StatementSight(visibility, whole.graph, sources)
            self.entries = EntrySight(context.ledger, visibility, self.statements, whole.graph)

    @property
    def questions(self) -> Questions:
        """What can be asked, of the graph as the principal sees it."""
        return self._questions

    @cached_property
    def dead_letters(self) -> DeadLetters:
        """What could not be understood names nobody knows what: it is there only for who sees everything."""
        return self._context.dead_letters if self.statements is None else _NoDeadLetters(self._context.ledger)

    def aliases(self, journal: Journal) -> list[tuple[Origin, AliasRule]]:
        """As the journal's, of the rules that the principal sees."""
        held, seen = journal.aliases(), self.statements
        return held if seen is None else [each for each in held if seen.sees_rule(each[1])]

    def distrusts(self, journal: Journal) -> list[tuple[Origin, Distrust]]:
        """As the journal's."""
        held, seen = journal.distrusts(), self.statements
        return held if seen is None else [each for each in held if seen.sees_distrust(each[1])]

    def stated(self, journal: Journal) -> list[tuple[Origin, StatedFact]]:
        """As the journal's."""
        held, seen = journal.stated(), self.statements
        return held if seen is None else [each for each in held if seen.sees_fact(each[1])]

    def seen_entries(self, positions: Sequence[int]) -> tuple[int, ...]:
        """Of ledger positions, those whose entries are there for the principal, in order. Blocks while it reads."""
        return tuple(self.entries.listed(positions))


class _NoDeadLetters(DeadLetters):
    """A ledger in which everything was understood."""

    def _search(self) -> None:
        """Nothing is there to be found."""
