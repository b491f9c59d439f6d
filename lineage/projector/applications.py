"""Application runs: the run that a person would name above a technical one, and when it ended.

The one idea: Spark's SQL and RDD jobs, Airflow's queries and dbt's statements are parts of the nearest run above them that is none of
these (the application, the task, the model). A DAG or dbt's root job only groups, and bundles nothing. Runs above may be known by
name only: then they count as applications until an event says otherwise.
"""

from collections import OrderedDict

from lineage.events import RawName
from lineage.projector.state import RunRow, State
from lineage.runs import Attempt

RUNS_KEPT_MAX = 20_000  # run rows in memory: an application's row is asked for with each of its parts
ANCESTORS_MAX = 32  # deeper nesting is a loop in what producers say
FAILED = frozenset({"FAIL", "ABORT"})

App = tuple[int, int]


class Applications:
    """Looks up the runs above runs."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._rows: OrderedDict[int, RunRow] = OrderedDict()

    def forget(self, run: int) -> None:
        """A run's row has changed."""
        self._rows.pop(run, None)

    def _row(self, run: int) -> RunRow:
        row = self._rows.get(run)
        if row is None:
            row = self._rows[run] = self._state.run_by_id(run)
            if len(self._rows) > RUNS_KEPT_MAX:
                self._rows.popitem(last=False)
        return row

    def application(self, row: RunRow) -> RunRow | None:
        """The run that this technical one is a part of; None when it stands for itself."""
        if not row.technical:
            return None
        above = row
        for _ in range(ANCESTORS_MAX):
            if above.parent is None:
                break
            above = self._row(above.parent)
            if not above.technical:
                return None if above.container else above
        return above if above.id != row.id and not above.container else None

    def of(self, row: RunRow, attempt: Attempt) -> tuple[App, bool, int | None]:
        """(the application run, whether the attempt is only a part of it, when it began if that is known)."""
        above = self.application(row)
        if above is None:
            return (row.id, attempt.number), False, attempt.started_us
        number, begun_us = 1, None
        for told, _, first_us, started_us, _, _ in above.attempts:
            if told == 1 or first_us <= attempt.first_us:
                number, begun_us = told, started_us
        return (above.id, number), True, begun_us

    def job_of(self, row: RunRow) -> RawName:
        """The job whose run this is for a person."""
        above = self.application(row)
        return row.job if above is None else above.job

    def end_of(self, run: int, attempt: int) -> tuple[bool, int | None, bool]:
        """(whether the run ever sent an event, when this attempt ended, whether it failed)."""
        row = self._row(run)
        for number, label, _, _, ended_us, _ in row.attempts:
            if number == attempt:
                return True, ended_us, label in FAILED
        return bool(row.attempts), None, False

    def shown_for(self, job: RawName) -> set[RawName]:
        """The jobs as which a technical job is shown; none when it is not technical, or bundled by nothing."""
        shown = set()
        for run in self._state.technical_runs(job):
            above = self.application(self._row(run))
            if above is not None:
                shown.add(above.job)
        return shown

    def failed_writes(self, app: App, but: int, from_us: int, to_us: int) -> set[RawName]:
        """The outputs of the failed parts of an application run that overlap a time span, but for one run's."""
        return {
            name
            for run, attempt, name in self._state.attempted_writes(app, but, from_us, to_us)
            if self.end_of(run, attempt)[2]
        }
