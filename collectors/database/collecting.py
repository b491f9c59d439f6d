"""One visit to a database: from its catalogue to events and findings.

The one idea: all tables are read before the first event is made, for a view may read any of them; then events come one by one.
"""

from collections.abc import Iterator

from openlineage.client.event_v2 import DatasetEvent

from collectors.database.address import Address
from collectors.database.catalogue import Catalogue, Complaint, Table
from collectors.database.choice import SchemaChoice
from collectors.database.events import dataset_event, dropped_event, told_of
from collectors.findings import UNREADABLE, Finding, finding
from collectors.sql.dialects import UNSUPPORTED_ALIAS
from collectors.statements.known import KnownTables
from collectors.statements.reading import Frame
from collectors.visits import Visits
from lineage.errors import InputError


class Visit:
    """What one visit found. Counts are right once `events` has been read to its end."""

    def __init__(
        self, catalogue: Catalogue, address: Address, choice: SchemaChoice, dialect: str | None = None
    ) -> None:
        """`dialect`: of the views' SQL, where the address does not tell it. InputError when no schema is as asked."""
        self._catalogue, self._address, self._choice = catalogue, address, choice
        self.schemas = [schema for schema in catalogue.schemas() if choice.chooses(schema)]
        if not self.schemas and choice.patterns:
            raise InputError(
                f"{address.shown} has no schema like {', '.join(choice.patterns)}. It has: {_some(catalogue.schemas())}.",
                place="--schema",
            )
        self.tables: list[Table] = []
        self.complaints: list[Complaint] = []
        self.unchanged = 0
        dialect = dialect if dialect is not None else address.system.dialect
        self._dialect = UNSUPPORTED_ALIAS.get(dialect, dialect)

    def look(self) -> Iterator[str]:
        """Read the catalogue; the name of each schema, when it was read."""
        for schema in self.schemas:
            for found in self._catalogue.tables(schema):
                if isinstance(found, Table):
                    self.tables.append(found)
                else:
                    self.complaints.append(found)
            yield schema

    @property
    def known(self) -> KnownTables:
        """The columns of all tables, by full name."""
        return KnownTables({self._address.dataset(t.schema, t.name): t.columns for t in self.tables})

    @property
    def frame(self) -> Frame:
        """How SQL in this database is to be read."""
        address = self._address
        return Frame(
            address.namespace, self._dialect,
            (address.database or None) if address.system.database_in_name else None,
            self._catalogue.default_schema or None, self.known,
        )  # fmt: skip

    def events(self, visits: Visits, time: str) -> Iterator[DatasetEvent | Finding]:
        """An event for each dataset that is new, changed or gone since the last visit; findings for every view, changed or not."""
        address, frame = self._address, self.frame
        for complaint in self.complaints:
            yield Finding(complaint.about, UNREADABLE, complaint.about, complaint.why)
        for table in self.tables:
            told = told_of(table, address, frame)
            for gap in told.unresolved:
                yield finding(told.name, gap)
            if visits.changed(address.namespace, told.name, told.schema, told.facets):
                taken_back = visits.taken_back(address.namespace, told.name)
                yield dataset_event(told, address.namespace, time, taken_back)
            else:
                self.unchanged += 1
        own = f"{address.database}." if address.system.database_in_name and address.database else ""
        for name in visits.gone(address.namespace, own, self._choice.chooses):
            yield dropped_event(name, address.namespace, time)


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:10])
    return (
        shown + (f" and {len(names) - 10} more" if len(names) > 10 else "") if names else "none that this user may see"
    )
