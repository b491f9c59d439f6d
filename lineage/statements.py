"""What people tell the ledger: alias rules, distrust, facts that somebody vouches for, replays of dead letters.

The one idea: a statement is a ledger entry like any event. Its `norm` part is canonical JSON (sorted keys, no blanks),
its kind says which statement it is, and undoing one is another entry, so that what was believed when stays provable.
`encode` makes the entry's kind and bytes, `decode` reads them back; both check everything, so that no entry is ever half
understood.

    admin.alias     {"op": "add" | "remove", "kind": "NAMESPACE" | "DATASET" | "JOB", "from", "to", "reason"}
    admin.distrust  {"op": "add" | "remove", "job": GLOB, "producer": GLOB, "from": TIME | null, "to": …, "reason"}
    annotate        {"op": "state", "kind", "about": PLACE, …, "reason"}  or  {"op": "retract", "index", "reason"}
    admin.replay    {"index"}

Deciding what a statement does to identities and facts is not here (lineage/identity, lineage/fold).
"""

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from lineage.body import Body, require_index, require_text
from lineage.errors import InputError
from lineage.events import RawName
from lineage.facts import Flow
from lineage.moment import iso

ALIAS_KIND, DISTRUST_KIND, FACT_KIND, REPLAY_KIND = "admin.alias", "admin.distrust", "annotate", "admin.replay"
ENTRY_KINDS = frozenset({ALIAS_KIND, DISTRUST_KIND, FACT_KIND, REPLAY_KIND})

NAME_LENGTH_MAX = 4_000  # longer than any real name; keeps a pasted file out of an alias
TEXT_LENGTH_MAX = 20_000  # a description may be a page, not a book
PATTERN_LENGTH_MAX = 500  # a rule runs over every namespace: it has to stay readable
HOSTS_MAX = 200  # brokers of one cluster


class Op(StrEnum):
    """A statement is made, or undone."""

    ADD = "add"
    REMOVE = "remove"


class AliasKind(StrEnum):
    """What an alias rule joins."""

    NAMESPACE = "NAMESPACE"
    DATASET = "DATASET"
    JOB = "JOB"


class AliasMatch(StrEnum):
    """How an alias rule's `from` is read."""

    EXACT = "exact"
    HOSTS = "hosts"
    """`hosts:a,b,c`: any namespace whose host is one of these; the host becomes `to`."""
    REGEX = "regex"
    """`regex:…`: a namespace that matches as a whole becomes `to`, with \\1, \\2 … from its groups."""


_AUTHORITY = re.compile(r"(?P<scheme>[A-Za-z][\w+.-]*://)?(?P<user>[^/@]*@)?(?P<hosts>[^/]+)(?P<path>/.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class AliasRule:
    """`from_` and `to` are one thing, and `to` is the name to show.

    NAMESPACE: namespaces, or `from_` is a host list or a pattern (without its prefix; see `match`). DATASET and JOB:
    `NAMESPACE NAME`, split at the first blank. Rules are equal when all but the reason is (`key`).
    """

    kind: AliasKind
    match: AliasMatch
    from_: str
    to: str
    reason: str

    def __post_init__(self) -> None:
        require_text(self.from_, "from", NAME_LENGTH_MAX)
        require_text(self.to, "to", NAME_LENGTH_MAX)
        require_text(self.reason, "reason", TEXT_LENGTH_MAX)
        if self.match is not AliasMatch.EXACT and self.kind is not AliasKind.NAMESPACE:
            raise InputError(
                f"`{self.match}:` joins namespaces only. Name one {self.kind.lower()} as `NAMESPACE NAME`.",
                place="from",
            )
        match self.match:
            case AliasMatch.EXACT:
                if self.from_ == self.to:
                    raise InputError("An alias joins two different names. Correct `from` or `to`.", place="to")
                if self.kind is not AliasKind.NAMESPACE:
                    split_name(self.from_, "from")
                    split_name(self.to, "to")
            case AliasMatch.HOSTS:
                if not self.hosts or len(self.hosts) > HOSTS_MAX:
                    raise InputError(f"A host list has 1 to {HOSTS_MAX} hosts. Write `hosts:a,b,c`.", place="from")
                if "/" in self.to or "/" in self.from_:
                    raise InputError("Hosts are written alone, without scheme or path. Shorten them.", place="from")
            case AliasMatch.REGEX:
                if len(self.from_) > PATTERN_LENGTH_MAX:
                    raise InputError(
                        f"A pattern has at most {PATTERN_LENGTH_MAX} characters. Shorten it.", place="from"
                    )
                try:
                    re.compile(self.from_)
                    re.sub(self.from_, self.to, "")
                except (re.error, OverflowError, RecursionError, IndexError) as error:
                    raise InputError(
                        f"`regex:{self.from_}` cannot be used: {error}. Correct it.", place="from"
                    ) from None

    @classmethod
    def parse(cls, kind: AliasKind, from_: str, to: str, reason: str) -> "AliasRule":
        """A rule as people write it: `from_` with the prefix `hosts:` or `regex:`, or exact. May raise InputError."""
        for match in (AliasMatch.HOSTS, AliasMatch.REGEX):
            if from_.startswith(f"{match}:"):
                return cls(kind, match, from_.removeprefix(f"{match}:"), to, reason)
        return cls(kind, AliasMatch.EXACT, from_, to, reason)

    @property
    def written(self) -> str:
        """`from_` as people write it."""
        return self.from_ if self.match is AliasMatch.EXACT else f"{self.match}:{self.from_}"

    @property
    def key(self) -> tuple[AliasKind, str]:
        """What a removal names: a second rule with the same key replaces the first."""
        return self.kind, self.written

    @property
    def hosts(self) -> tuple[str, ...]:
        """HOSTS: the hosts, lower case, in order; each `host` or `host:port`."""
        return tuple(host.strip().lower() for host in self.from_.split(",") if host.strip())

    @property
    def names(self) -> tuple[RawName, RawName]:
        """DATASET, JOB: (from, to) as raw names."""
        return split_name(self.from_, "from"), split_name(self.to, "to")

    def rewrite(self, namespace: str) -> str | None:
        """NAMESPACE: what this namespace becomes by the rule; None when the rule does not speak about it."""
        if self.kind is not AliasKind.NAMESPACE:
            return None
        match self.match:
            case AliasMatch.EXACT:
                return self.to if namespace == self.from_ else None
            case AliasMatch.REGEX:
                found = re.fullmatch(self.from_, namespace)
                return found.expand(self.to) if found else None
            case AliasMatch.HOSTS:
                return self._rewrite_host(namespace)

    def _rewrite_host(self, namespace: str) -> str | None:
        # A cluster's namespace may list several of its hosts (`kafka://a:9092,b:9092`): one known host is enough.
        parts = _AUTHORITY.fullmatch(namespace)
        if parts is None:
            return None
        listed = parts["hosts"].lower().split(",")
        for written in listed:
            host, colon, port = (
                written.rpartition(":") if written[-1:].isdigit() and ":" in written else (written, "", "")
            )
            if written in self.hosts or host in self.hosts:
                named = self.to if written in self.hosts else f"{self.to}{colon}{port}"
                return f"{parts['scheme'] or ''}{parts['user'] or ''}{named}{parts['path'] or ''}"
        return None


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


def split_name(written: str, place: str = "name") -> RawName:
    """`NAMESPACE NAME`, split at the first blank. InputError when one of them is missing."""
    namespace, _, name = written.partition(" ")
    if not namespace or not name.strip():
        raise InputError(f"`{written}` is not `NAMESPACE NAME`. Put a blank between the two.", place=place)
    return RawName(namespace, name)


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
