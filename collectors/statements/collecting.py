"""Files and logs of SQL, read one after the other: events and findings.

The one idea: one broken file or row costs itself and is told; nothing else stops.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from openlineage.client.event_v2 import JobEvent, RunEvent

from collectors.findings import UNREADABLE, Finding, finding
from collectors.statements.files import SqlFile
from collectors.statements.job_events import job_event, withdrawn
from collectors.statements.logs import read_log
from collectors.statements.query_log import Unreadable
from collectors.statements.reading import Frame
from collectors.statements.run_events import run_events
from collectors.visits import Visits
from lineage.errors import InputError


@dataclass(slots=True)
class Statements:
    """One collection. `frame`: how to read; `namespace`: of the jobs."""

    frame: Frame
    namespace: str
    read: int = 0
    """Files and logged statements that were read."""
    silent: int = 0
    """Of them, those without any lineage: SET, COMMIT, an empty file."""
    unchanged: int = 0
    _told: set[tuple[str, str]] = field(default_factory=set)

    def of_file(self, file: SqlFile, visits: Visits, group: str, time: str) -> Iterator[JobEvent | Finding]:
        """What a file declares. `group`: the path that was asked for."""
        try:
            text = file.text()
        except InputError as error:
            yield Finding(file.shown, UNREADABLE, file.shown, error.message)
            return
        self.read += 1
        reading = self.frame.read(text)
        for gap in reading.unresolved:
            yield finding(file.shown, gap)
        if not reading.says_anything:
            self.silent += 1
            return
        event = job_event(reading, self.frame, self.namespace, file.job, time)
        said = {"inputs": _plain(event.inputs), "outputs": _plain(event.outputs), "job": _plain([event.job])}
        if visits.changed(self.namespace, file.job, group, said):
            yield event
        else:
            self.unchanged += 1

    def gone(self, visits: Visits, groups: Mapping[str, object] | set[str], time: str) -> Iterator[JobEvent]:
        """Jobs whose files were there on the last visit to the same paths, and are not now."""
        for name in visits.gone(self.namespace, "", lambda group: any(fnmatchcase(group, g) for g in groups)):
            yield withdrawn(self.namespace, name, time)

    def of_log(
        self, path: str, form: str, columns: Mapping[str, str]
    ) -> Iterator[JobEvent | RunEvent | Finding | None]:
        """What ran. None after each statement that was read, for the progress bar."""
        for each in read_log(path, form, columns):
            if isinstance(each, Unreadable):
                yield Finding(f"{path}:{each.line}", UNREADABLE, "row", f"The row {each.why}.")
                continue
            self.read += 1
            reading = self.frame.read(each.text, database=each.database or None, schema=each.schema or None)
            for gap in reading.unresolved:
                # A statement that runs each hour is unclear once, not a thousand times.
                if (reading.fingerprint, gap.message) not in self._told:
                    self._told.add((reading.fingerprint, gap.message))
                    first = each.line - each.text.count("\n")
                    yield finding(path, gap, line_before=max(0, first - 1))
            if reading.says_anything:
                yield from run_events(each, reading, self.frame, self.namespace)
            else:
                self.silent += 1
            yield None


def _plain(parts: object) -> list[object]:
    import attr

    return [attr.asdict(part) for part in parts] if isinstance(parts, list) else []
