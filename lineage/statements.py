"""What people tell the ledger: alias rules, distrust, facts that somebody vouches for, replays of dead letters.

The one idea: a statement is a ledger entry like any event. Its `norm` part is canonical JSON (sorted keys, no blanks),
its kind says which statement it is, and undoing one is another entry, so that what was believed when stays provable.
`encode` makes the entry's kind and bytes, `decode` reads them back; both check everything, so that no entry is ever
half understood.

    admin.alias     {"op": "add" | "remove", "kind": "NAMESPACE" | "DATASET" | "JOB", "from", "to", "reason"}
    admin.distrust  {"op": "add" | "remove", "job": GLOB, "producer": GLOB, "from": TIME | null, "to": …, "reason"}
    annotate        {"op": "state", "kind", "about": PLACE, …, "reason"}  or  {"op": "retract", "index", "reason"}
    admin.replay    {"index"}

Alias rules themselves are in lineage/aliases.py. What a statement does to identities and facts is not here.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from lineage.aliases import AliasKind, AliasMatch, AliasRule, split_name
from lineage.body import NAME_LENGTH_MAX, TEXT_LENGTH_MAX, Body, require_index, require_text
from lineage.errors import InputError
from lineage.events import RawName
from lineage.facts import Flow
from lineage.moment import iso

ALIAS_KIND, DISTRUST_KIND, FACT_KIND, REPLAY_KIND = "admin.alias", "admin.distrust", "annotate", "admin.replay"
ENTRY_KINDS = frozenset({ALIAS_KIND, DISTRUST_KIND, FACT_KIND, REPLAY_KIND})

__all__ = [
    "ALIAS_KIND", "DISTRUST_KIND", "ENTRY_KINDS", "FACT_KIND", "REPLAY_KIND", "AliasKind", "AliasMatch", "AliasRule",
    "AliasStatement", "Distrust", "DistrustStatement", "FactKind", "FactStatement", "Op", "Place", "PlaceKind",
    "Replay", "Retraction", "StatedFact", "Statement", "decode", "encode", "split_name",
]  # fmt: skip


class Op(StrEnum):
    """A statement is made, or undone."""

    ADD = "add"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Distrust:
    """Runs set aside, not erased: those of jobs like `job` (a glob over `NAMESPACE NAME`) whose producer is like
    `producer` (a glob; "*" for all) and whose event time is in [from_us, to_us); None: open on that side."""

    job: str
    producer: str
    from_us: int | None
    to_us: int | None
    reason: str

    def __post_init__(self) -> None:
        require_text(self.job, "job", NAME_LENGTH_MAX)
        require_text(self.producer, "producer", NAME_LENGTH_MAX)
        require_text(self.reason, "reason", TEXT_LENGTH_MAX)
        if self.from_us is not None and self.to_us is not None and self.from_us >= self.to_us:
            raise InputError("The time span ends before it begins. Exchange `from` and `to`.", place="to")

    @property
    def key(self) -> tuple[str, str, int | None, int | None]:
        """What a removal names."""
        return self.job, self.producer, self.from_us, self.to_us

    def covers(self, job: RawName, producer: str, time_us: int) -> bool:
        """Whether a run of this job, told by this producer at this event time, is set aside."""
        return (
            (self.from_us is None or self.from_us <= time_us)
            and (self.to_us is None or time_us < self.to_us)
            and fnmatchcase(f"{job.namespace} {job.name}", self.job)
            and fnmatchcase(producer, self.producer)
        )


class PlaceKind(StrEnum):
    """What a stated fact can be about."""

    DATASET = "DATASET"
    JOB = "JOB"


@dataclass(frozen=True, slots=True)
class Place:
    """A dataset (or one of its columns) or a job, by any of its raw names."""

    kind: PlaceKind
    name: RawName
    column: str | None = None

    def __post_init__(self) -> None:
        require_text(self.name.namespace, "namespace", NAME_LENGTH_MAX)
        require_text(self.name.name, "name", NAME_LENGTH_MAX)
        if self.column is not None:
            require_text(self.column, "column", NAME_LENGTH_MAX)
            if self.kind is PlaceKind.JOB:
                raise InputError("A job has no columns. Name a dataset, or leave the column out.", place="column")


class FactKind(StrEnum):
    """What a person can vouch for."""

    EDGE = "EDGE"
    OWNER = "OWNER"
    TAG = "TAG"
    DESCRIPTION = "DESCRIPTION"
    DATASET_TYPE = "DATASET_TYPE"


@dataclass(frozen=True, slots=True)
class StatedFact:
    """One fact that a person vouches for, until it is retracted.

    EDGE: data flows from `source` into `about` (each a dataset or a column). The others: `value` is the owner, the
    tag's value, the description or the dataset type of `about`; `key` the owner's role or the tag's name. Valid in
    [from_us, to_us); None: from the entry's own time on, and for ever.
    """

    kind: FactKind
    about: Place
    reason: str
    source: Place | None = None
    key: str = ""
    value: str = ""
    flow: Flow = Flow.VALUE
    transformation: str = ""
    masking: bool = False
    from_us: int | None = None
    to_us: int | None = None

    def __post_init__(self) -> None:
        require_text(self.reason, "reason", TEXT_LENGTH_MAX)
        if self.from_us is not None and self.to_us is not None and self.from_us >= self.to_us:
            raise InputError("The time span ends before it begins. Exchange its two ends.", place="validTo")
        if self.kind is FactKind.EDGE:
            if self.source is None or PlaceKind.JOB in (self.about.kind, self.source.kind):
                raise InputError(
                    "An edge joins two datasets or columns. Give its source and its target.", place="source"
                )
            if self.source == self.about:
                raise InputError("An edge joins two different places. Correct its source or target.", place="source")
            if self.value or self.key:
                raise InputError("An edge has no key and no value. Leave them out.", place="value")
        else:
            if self.source is not None:
                raise InputError(f"Only an edge has a source, {self.kind} has none. Leave it out.", place="source")
            require_text(self.value, "value", TEXT_LENGTH_MAX)
        if self.kind is FactKind.TAG:
            require_text(self.key, "key", NAME_LENGTH_MAX)
        if self.kind is FactKind.DATASET_TYPE and (self.about.kind is PlaceKind.JOB or self.about.column):
            raise InputError("Only a dataset has a dataset type. Name a dataset.", place="about")
        if len(self.transformation) > NAME_LENGTH_MAX or len(self.key) > NAME_LENGTH_MAX:
            raise InputError(f"Names have at most {NAME_LENGTH_MAX} characters. Shorten it.", place="transformation")


@dataclass(frozen=True, slots=True)
class AliasStatement:
    """An alias rule is added, or the rule with the same key removed."""

    op: Op
    rule: AliasRule


@dataclass(frozen=True, slots=True)
class DistrustStatement:
    """Runs are set aside, or the distrust with the same key is undone."""

    op: Op
    distrust: Distrust


@dataclass(frozen=True, slots=True)
class FactStatement:
    """A person vouches for a fact; its ledger index is the fact's name for a retraction."""

    fact: StatedFact


@dataclass(frozen=True, slots=True)
class Retraction:
    """The fact that entry `index` stated is taken back."""

    index: int
    reason: str

    def __post_init__(self) -> None:
        require_index(self.index)
        require_text(self.reason, "reason", TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class Replay:
    """The dead letter at `index` was read again; an `ol.event` entry follows where it was understood."""

    index: int

    def __post_init__(self) -> None:
        require_index(self.index)


Statement = AliasStatement | DistrustStatement | FactStatement | Retraction | Replay


def encode(statement: Statement) -> tuple[str, bytes]:
    """The entry's kind and its `norm` bytes: canonical JSON."""
    kind: str
    body: dict[str, object]
    match statement:
        case AliasStatement(op, rule):
            kind, body = ALIAS_KIND, {
                "op": op, "kind": rule.kind, "from": rule.written, "to": rule.to, "reason": rule.reason,
            }  # fmt: skip
        case DistrustStatement(op, distrust):
            kind, body = DISTRUST_KIND, {
                "op": op, "job": distrust.job, "producer": distrust.producer, "from": _time(distrust.from_us),
                "to": _time(distrust.to_us), "reason": distrust.reason,
            }  # fmt: skip
        case FactStatement(fact):
            kind, body = FACT_KIND, _fact_body(fact)
        case Retraction(index, reason):
            kind, body = FACT_KIND, {"op": "retract", "index": index, "reason": reason}
        case Replay(index):
            kind, body = REPLAY_KIND, {"index": index}
    return kind, json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def decode(kind: str, norm: bytes) -> Statement:
    """The statement of an entry of this kind. InputError, with the place, for anything that `encode` would not make."""
    try:
        body = json.loads(norm)
    except (ValueError, RecursionError) as error:
        raise InputError(f"This statement is not JSON: {error}. Make it with `encode`.") from None
    read = Body(body)
    match kind:
        case "admin.alias":
            op = read.one_of("op", Op)
            alias_kind = read.one_of("kind", AliasKind)
            rule = AliasRule.parse(alias_kind, read.text("from"), read.text("to"), read.text("reason"))
            return AliasStatement(op, rule)
        case "admin.distrust":
            distrust = Distrust(
                read.text("job"), read.text("producer"), read.time("from"), read.time("to"), read.text("reason")
            )
            return DistrustStatement(read.one_of("op", Op), distrust)
        case "annotate":
            if read.text("op") == "retract":
                return Retraction(read.index("index"), read.text("reason"))
            if read.text("op") != "state":
                raise InputError("`op` is state or retract. Correct it.", place="op")
            return FactStatement(_read_fact(read))
        case "admin.replay":
            return Replay(read.index("index"))
        case _:
            raise InputError(f"{kind} is no statement. Kinds are {', '.join(sorted(ENTRY_KINDS))}.", place="kind")


def _time(time_us: int | None) -> str | None:
    return None if time_us is None else iso(time_us)


def _place_body(place: Place) -> dict[str, str]:
    column = {} if place.column is None else {"column": place.column}
    return {"kind": place.kind, "namespace": place.name.namespace, "name": place.name.name, **column}


def _fact_body(fact: StatedFact) -> dict[str, object]:
    """Only what the kind of fact has: an owner has no flow."""
    body: dict[str, object] = {
        "op": "state", "kind": fact.kind, "about": _place_body(fact.about), "reason": fact.reason,
        "validFrom": _time(fact.from_us), "validTo": _time(fact.to_us),
    }  # fmt: skip
    if fact.source is not None:
        body |= {
            "source": _place_body(fact.source), "flow": fact.flow, "transformation": fact.transformation,
            "masking": fact.masking,
        }  # fmt: skip
        return body
    return body | {"key": fact.key, "value": fact.value}


def _read_place(read: Body) -> Place:
    column = read.text("column") if read.has("column") else None
    return Place(read.one_of("kind", PlaceKind), RawName(read.text("namespace"), read.text("name")), column)


def _read_fact(read: Body) -> StatedFact:
    kind, about, reason = read.one_of("kind", FactKind), _read_place(read.inside("about")), read.text("reason")
    from_us, to_us = read.time("validFrom"), read.time("validTo")
    if kind is FactKind.EDGE:
        return StatedFact(
            kind, about, reason, _read_place(read.inside("source")), flow=read.one_of("flow", Flow),
            transformation=read.text("transformation"), masking=read.switch("masking"), from_us=from_us, to_us=to_us,
        )  # fmt: skip
    return StatedFact(kind, about, reason, key=read.text("key"), value=read.text("value"), from_us=from_us, to_us=to_us)
