"""Runs that two producers tell of: a training run in MLflow inside a task of Airflow, linked by the task's run id.

The one idea: MLflow knows what was trained, the other producer what was read. The linked run's inputs are inputs of the
training, too, if that run counts. Only an id joins the two, so whichever comes second, both are computed.
"""

from collections.abc import Callable
from dataclasses import replace

from lineage.events import Event, RawName
from lineage.projector.recent import RecentEvents
from lineage.projector.state import RunRow, State
from lineage.runs import Attempt, Run, RunState, run_of

Distrusted = Callable[[RunRow, str, Attempt], bool]
"""Whether an operator set this attempt of a run aside; its producer is told."""


class LinkedRuns:
    """Looks up what runs that are linked read."""

    def __init__(self, state: State, events: RecentEvents, distrusted: Distrusted) -> None:
        self._state, self._events, self._distrusted = state, events, distrusted

    def hear(self, row: RunRow, event: Event) -> None:
        """Remember that a run names another's id."""
        if event.linked_run is not None and event.linked_run != row.run:
            self._state.link_run(row.id, event.linked_run)

    def waiting_for(self, row: RunRow) -> list[int]:
        """The runs that name this one's id."""
        return [run for run in self._state.runs_linked_to(row.run) if run != row.id]

    def completed(self, row: RunRow, run: Run) -> Run:
        """The run with the inputs of the one that it names."""
        if run.linked is None:
            return run
        inputs = {
            name for run_id in self._state.runs_of_id(run.linked) if run_id != row.id for name in self._read_by(run_id)
        }
        return replace(run, attempts=tuple(_reading(attempt, inputs) for attempt in run.attempts)) if inputs else run

    def _read_by(self, run_id: int) -> set[RawName]:
        events = [self._events.at(i) for i in self._state.run_events(run_id)]
        if not events:
            return set()
        row = self._state.run_by_id(run_id)
        counted = (a for a in run_of(events).attempts if a.state is RunState.OBSERVED)
        return {name for a in counted if not self._distrusted(row, events[0].producer, a) for name in a.inputs}


def _reading(attempt: Attempt, more: set[RawName]) -> Attempt:
    own = {output.name for output in attempt.outputs}
    return replace(attempt, inputs=tuple(sorted({*attempt.inputs, *(more - own)})))
