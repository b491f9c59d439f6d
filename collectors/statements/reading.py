"""One text of SQL, read: the engine's answer with everything that events need beside it.

The one idea: equal statements have one answer, so a log of a million lines costs as much as its distinct statements.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property

from openlineage.client.event_v2 import InputDataset, OutputDataset

from collectors.openlineage.mask import mask_sql
from collectors.openlineage.properties import fingerprint
from collectors.sql import StatementLineage, Unresolved, analyse
from collectors.statements.facets import input_datasets, output_datasets
from collectors.statements.known import NOTHING_KNOWN, KnownTables
from collectors.statements.spelling import Spelling
from collectors.statements.system_tables import without_system_tables

ANSWERS_KEPT_MAX = 8_192  # distinct statements of a busy day; some 80 MB at 10 kB each
PRODUCER = "urn:headwater:collect:sql"


@dataclass(frozen=True)
class Reading:
    """A text and what it says. Its datasets are made once, however often the statement ran."""

    masked: str
    """Without comments and values: what may be sent and kept."""
    fingerprint: str
    answer: StatementLineage
    spelling: Spelling
    known: KnownTables

    @cached_property
    def inputs(self) -> list[InputDataset]:
        """What is read."""
        return input_datasets(self.answer, self.spelling, self.known)

    @cached_property
    def declared(self) -> list[OutputDataset]:
        """What would be written."""
        return output_datasets(self.answer, self.spelling, self.known, observed=False)

    @cached_property
    def observed(self) -> list[OutputDataset]:
        """What was written, with changes to whole tables."""
        return output_datasets(self.answer, self.spelling, self.known, observed=True)

    @property
    def unresolved(self) -> tuple[Unresolved, ...]:
        return self.answer.unresolved

    @property
    def says_anything(self) -> bool:
        """Whether there is lineage in it, or something that nobody can tell; SET and COMMIT have neither."""
        answer = self.answer
        return bool(answer.reads or answer.writes or answer.lifecycle or answer.unresolved)


@dataclass(frozen=True)
class Frame:
    """What all statements of one collection share."""

    namespace: str
    dialect: str
    default_database: str | None = None
    default_schema: str | None = None
    known: KnownTables = NOTHING_KNOWN
    masking_functions: tuple[str, ...] = ()
    _kept: "OrderedDict[tuple[str, str | None, str | None], Reading]" = field(
        default_factory=OrderedDict, repr=False, compare=False
    )

    def read(self, text: str, *, database: str | None = None, schema: str | None = None) -> Reading:
        """`database`, `schema`: where the unqualified names of this text fall, if not where those of the frame do. InputError for a
        dialect that does not exist."""
        masked = mask_sql(text, self.dialect)
        database, schema = database or self.default_database, schema or self.default_schema
        key = masked or text, database, schema
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept
        answer = analyse(
            text, dialect=self.dialect, schema=self.known.index, default_db=database, default_schema=schema,
            masking_functions=self.masking_functions,
        )  # fmt: skip
        answer = without_system_tables(answer, self.dialect, self.known)
        # Names that the frame gives are spelled as they are meant.
        given = frozenset(part for part in (database, schema) if part)
        reading = Reading(
            masked,
            fingerprint(masked or text),
            answer,
            Spelling(self.namespace, self.dialect, text, self.known.spelled, given),
            self.known,
        )
        self._kept[key] = reading
        if len(self._kept) > ANSWERS_KEPT_MAX:
            self._kept.popitem(last=False)
        return reading
