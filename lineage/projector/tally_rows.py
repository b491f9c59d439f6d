"""How many runs said each set of a source, kept as they come: a count that is asked for is looked up, not counted.

The one idea: a tally is a step function of the ledger. Whatever brings or takes back an entry writes what the set's tally is from
that ledger size on, and the count at any known time is the last step up to it. One run of an application counts once in a set,
however many of its parts say the same; a source of which one run said several sets at a time is marked as mixed, since tallies of
its sets cannot be added. Only what counts is tallied: attempts that failed are few, and counted when they are asked for.
"""

from lineage.facts import EvidenceKind
from lineage.moment import FOREVER
from lineage.projector.run_rows import Rows
from lineage.projector.tables import EntryRow

TALLY = "SELECT runs FROM state_tally WHERE source = ? AND set_id = ? AND known <= ? ORDER BY known DESC LIMIT 1"
_PUT = "INSERT OR REPLACE INTO state_tally VALUES (?, ?, ?, ?)"
_SAID = f"""
SELECT 1 FROM state_entry WHERE {{of_run}} AND known_to = {FOREVER} AND source = ? AND set_id {{compared}} ?
AND state = 'OBSERVED' LIMIT 1
"""


def of_counted_run(
    app: int | None, app_attempt: int | None, run: int | None, attempt: int | None
) -> tuple[str, tuple[int | None, int | None]]:
    """The entries of the run that counts for an entry, as SQL and its values: of the application run, of which the entry's own may be
    a part; else of its own."""
    if app is not None:
        return "app = ? AND app_attempt = ?", (app, app_attempt)
    return "run = ? AND attempt = ?", (run, attempt)


class TallyRows(Rows):
    """Tallies of what runs observed, by source and set."""

    def tally_put(self, row: EntryRow, known: int) -> None:
        """An entry comes into force; it is not among the rows yet."""
        if not _is_tallied(row):
            return
        if self._its_run_says_another(row):
            self._execute("UPDATE state_source SET mixed = 1 WHERE id = ? AND NOT mixed", (row.source,))
        if not self._its_run_says(row):
            self._step(row, known, +1)

    def tally_end(self, row: EntryRow, known: int) -> None:
        """An entry was taken back; it is not among the rows in force any more."""
        if _is_tallied(row) and not self._its_run_says(row):
            self._step(row, known, -1)

    def _step(self, row: EntryRow, known: int, more: int) -> None:
        pair = row.source, row.set_id
        (runs,) = self._execute(TALLY, (*pair, FOREVER)).fetchone() or (0,)
        self._execute(_PUT, (*pair, known, runs + more))

    def _its_run_says_another(self, row: EntryRow) -> bool:
        """Whether the run says another set of the source. Two seeks: "another" would look at each entry of the run."""
        return self._its_run_says(row, "<") or self._its_run_says(row, ">")

    def _its_run_says(self, row: EntryRow, compared: str = "=") -> bool:
        """Whether an entry in force, of the run that counts for this one, says its set (or a lesser, or a greater one)."""
        of_run, run = of_counted_run(row.app, row.app_attempt, row.run, row.attempt)
        query = _SAID.format(of_run=of_run, compared=compared)
        return self._execute(query, (*run, row.source, row.set_id)).fetchone() is not None


def _is_tallied(row: EntryRow) -> bool:
    return row.run is not None and row.state == EvidenceKind.OBSERVED
