"""The tables of the projector's state, and the rows that come out of them.

The one idea: every table is a set keyed by content (or what is derived from sets, and can be dropped): doing a thing twice changes
nothing. state.py says what each is for.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from lineage.events import RawName
from lineage.moment import FOREVER

FORMAT = 4  # bumped whenever a table changes its meaning: an older state is dropped and replayed

SCHEMA = f"""
CREATE TABLE IF NOT EXISTS state_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state_event (digest BLOB PRIMARY KEY, idx INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state_name (
  kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, traits INTEGER NOT NULL, first_us INTEGER NOT NULL,
  PRIMARY KEY (kind, namespace, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state_link (
  kind TEXT NOT NULL, namespace1 TEXT NOT NULL, name1 TEXT NOT NULL, namespace2 TEXT NOT NULL, name2 TEXT NOT NULL,
  PRIMARY KEY (kind, namespace1, name1, namespace2, name2)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state_statement (idx INTEGER PRIMARY KEY, kind TEXT NOT NULL, norm BLOB NOT NULL, time_us INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS state_run (
  id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, name TEXT NOT NULL, run TEXT NOT NULL,
  parent INTEGER, technical INTEGER NOT NULL DEFAULT 0, container INTEGER NOT NULL DEFAULT 0, attempts TEXT NOT NULL DEFAULT '[]',
  UNIQUE (namespace, name, run));
CREATE INDEX IF NOT EXISTS state_run_parent ON state_run (parent) WHERE parent IS NOT NULL;
CREATE INDEX IF NOT EXISTS state_run_technical ON state_run (namespace, name) WHERE technical;
CREATE INDEX IF NOT EXISTS state_run_id ON state_run (run);
CREATE TABLE IF NOT EXISTS state_run_link (other TEXT NOT NULL, run INTEGER NOT NULL, PRIMARY KEY (other, run)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state_run_event (
  run INTEGER NOT NULL, time_us INTEGER NOT NULL, rank INTEGER NOT NULL, digest BLOB NOT NULL, idx INTEGER NOT NULL,
  content BLOB NOT NULL, PRIMARY KEY (run, time_us, rank, digest)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state_set (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS state_source (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, namespace1 TEXT NOT NULL, name1 TEXT NOT NULL,
  namespace2 TEXT NOT NULL, name2 TEXT NOT NULL, extra TEXT NOT NULL, unit TEXT, mixed INTEGER NOT NULL DEFAULT 0,
  UNIQUE (kind, namespace1, name1, namespace2, name2, extra));
CREATE INDEX IF NOT EXISTS state_source_unit ON state_source (unit);
CREATE INDEX IF NOT EXISTS state_source_second ON state_source (namespace2, name2);
CREATE INDEX IF NOT EXISTS state_source_first ON state_source (namespace1, name1);
CREATE TABLE IF NOT EXISTS state_entry (
  id INTEGER PRIMARY KEY, source INTEGER NOT NULL, state TEXT NOT NULL, kind INTEGER NOT NULL, time_us INTEGER NOT NULL,
  tie BLOB NOT NULL, set_id INTEGER NOT NULL, run INTEGER, attempt INTEGER, app INTEGER, app_attempt INTEGER,
  started_us INTEGER NOT NULL, last_us INTEGER NOT NULL, idx INTEGER NOT NULL, known_from INTEGER NOT NULL, known_to INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS state_entry_source ON state_entry (source, known_to, time_us);
CREATE INDEX IF NOT EXISTS state_entry_set ON state_entry (source, set_id, state, time_us);
CREATE INDEX IF NOT EXISTS state_entry_last ON state_entry (source, set_id, state, last_us, known_from) WHERE known_to = {FOREVER};
CREATE INDEX IF NOT EXISTS state_entry_run ON state_entry (run, known_to, source, set_id) WHERE run IS NOT NULL;
CREATE INDEX IF NOT EXISTS state_entry_app ON state_entry (app, known_to, source, set_id) WHERE app IS NOT NULL;
CREATE TABLE IF NOT EXISTS state_tally (
  source INTEGER NOT NULL, set_id INTEGER NOT NULL, known INTEGER NOT NULL, runs INTEGER NOT NULL,
  PRIMARY KEY (source, set_id, known)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state_closer (
  namespace TEXT NOT NULL, name TEXT NOT NULL, time_us INTEGER NOT NULL, kind TEXT NOT NULL, before_us INTEGER NOT NULL,
  tie BLOB NOT NULL, run INTEGER NOT NULL, PRIMARY KEY (namespace, name, time_us, kind, tie, before_us)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS state_closer_run ON state_closer (run);
CREATE TABLE IF NOT EXISTS state_mention (
  kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, source INTEGER NOT NULL,
  PRIMARY KEY (kind, namespace, name, source)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state_member (
  fact INTEGER NOT NULL, source INTEGER NOT NULL, set_id INTEGER NOT NULL, attempted INTEGER NOT NULL,
  known_from INTEGER NOT NULL, known_to INTEGER NOT NULL,
  PRIMARY KEY (fact, source, set_id, known_from)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS state_member_set ON state_member (source, set_id, attempted);
CREATE TABLE IF NOT EXISTS state_output (unit TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state_aside (idx INTEGER PRIMARY KEY, reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS state_outbox (idx INTEGER PRIMARY KEY, body BLOB NOT NULL);
"""

TABLES = (
    "meta", "event", "name", "link", "statement", "run", "run_link", "run_event", "set", "source", "entry", "tally", "closer", "mention",
    "member", "output", "aside", "outbox",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """A source of assertions in raw names (design 4); which unit it belongs to depends on what its names mean."""

    kind: str
    """write, read, declare, schema or property."""
    first: RawName
    """write, read, declare: the job; schema, property: the dataset or job."""
    second: RawName
    """write, declare: the dataset; else empty."""
    extra: str = ""
    """schema: the reporter; property: JOB or DATASET, and the label."""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One assertion as it is stored, in force from `known_from`."""

    source: int
    state: str
    """OBSERVED, DECLARED, ATTEMPTED (lineage.facts.EvidenceKind)."""
    kind: int
    """lineage.fold.Kind: ADD for a part of an application run, REPLACE for a whole."""
    time_us: int
    tie: bytes
    set_id: int
    run: int | None
    attempt: int | None
    app: int | None
    app_attempt: int | None
    started_us: int
    last_us: int
    idx: int

    @property
    def said(self) -> tuple[object, ...]:
        """What it says, without which ledger entry told us."""
        return (
            self.source,
            self.state,
            self.kind,
            self.time_us,
            self.tie,
            self.set_id,
            self.run,
            self.attempt,
            self.app,
            self.app_attempt,
            self.started_us,
            self.last_us,
        )


@dataclass(frozen=True, slots=True)
class Closer:
    """A lifecycle change that ends what was asserted about a dataset."""

    dataset: RawName
    time_us: int
    kind: str
    before_us: int
    tie: bytes


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run, and what its attempts were when last computed: (number, state, first, started, ended, counted)."""

    id: int
    job: RawName
    run: str
    parent: int | None
    technical: bool
    container: bool
    attempts: tuple[tuple[int, str, int, int, int | None, int], ...]


ENTRY_COLUMNS = "source, state, kind, time_us, tie, set_id, run, attempt, app, app_attempt, started_us, last_us, idx"
RUN_COLUMNS = "id, namespace, name, run, parent, technical, container, attempts"


def run_row(row: Sequence[object]) -> RunRow:
    id_, namespace, name, run, parent, technical, container, attempts = row
    return RunRow(
        int(id_), RawName(str(namespace), str(name)), str(run), parent if parent is None else int(parent),  # type: ignore[call-overload]
        bool(technical), bool(container), tuple(tuple(a) for a in json.loads(str(attempts))),
    )  # fmt: skip
