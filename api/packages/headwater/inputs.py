"""What operations take. What is None is not sent, so the service's own default holds.

Written by `python -m api.clients` from docs/schema.graphql. Do not edit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, fields
from datetime import datetime

from headwater.words import (
    AccessKind,
    AliasKind,
    FactKind,
    Flow,
    PlaceKind,
    RetentionClass,
    RetentionPreset,
    Scope,
)


@dataclass(frozen=True, slots=True)
class AccessFilter:
    """Which entries of the access log. What is left out excludes nothing."""

    _: KW_ONLY

    actor: str | None = None
    """Who, by opaque id."""

    kinds: Sequence[AccessKind] | None = None
    """Only these kinds."""

    since: datetime | None = None
    """From this time on."""

    until: datetime | None = None
    """Before this time."""

    object: str | None = None
    """Only who saw this: a node by any of its ids (a dataset or job with all in it), or `entry:N`."""


@dataclass(frozen=True, slots=True)
class AddAliasInput:
    """A rule that two names are one thing."""

    kind: AliasKind
    """What the rule joins."""

    from_: str
    """The name to be known under the other one. A namespace, `hosts:a,b,c` or `regex:…`; a dataset or job is written
    `NAMESPACE NAME`.
    """

    to: str
    r"""The name that is shown from now on; for a host list the host, for a pattern with `\1` …"""

    reason: str
    """Why, for those who read the record later."""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries. All that is given has to fit; times and positions are from … to before …"""

    _: KW_ONLY

    kinds: Sequence[str] | None = None
    """Kinds, such as `ol.event`; `admin.*` stands for all that begin so."""

    actor: str | None = None
    """Who sent it: the opaque id."""

    subject: NodeRef | None = None
    """Only entries that speak of this node."""

    from_: datetime | None = None
    """Appended from this time on."""

    to: datetime | None = None
    """Appended before this time."""

    event_from: datetime | None = None
    """Happened from this time on."""

    event_to: datetime | None = None
    """Happened before this time."""

    from_index: int | None = None
    """From this position on."""

    to_index: int | None = None
    """Before this position."""


@dataclass(frozen=True, slots=True)
class CreateKeyInput:
    """A new key. It gives no more than its maker has."""

    label: str
    """What it is for."""

    scopes: Sequence[Scope]
    """What it may be used for."""

    _: KW_ONLY

    namespaces: Sequence[str] | None = None
    """What exists for it; end a name in `*` to mean all that begin so. Null: all."""

    hidden_tags: Sequence[str] | None = None
    """Tags (`key` or `key=value`) whose nodes do not exist for it."""

    counts: bool = False
    """Whether its answers may say how many nodes they left out."""

    expires: datetime | None = None
    """When it ends by itself. Null: never."""

    owner: str | None = None
    """The person or service that it is for, who alone gets its text: two keys of one owner, or of whoever made one
    of them, are never two people. Null: whoever makes it.
    """


@dataclass(frozen=True, slots=True)
class DatasetRef:
    """A dataset, or a column of it, by any of its names: raw, symlinked, folded or aliased."""

    namespace: str
    """The namespace, such as `postgres://db:5432`."""

    name: str
    """The name in the namespace, such as `shop.public.orders`."""

    _: KW_ONLY

    column: str | None = None
    """A column; left out: the whole dataset."""


@dataclass(frozen=True, slots=True)
class DatasetVersionRef:
    """One version of a dataset; a model's version too."""

    namespace: str
    """The dataset's namespace."""

    name: str
    """The dataset's name."""

    version: str
    """The version as its producer wrote it."""


@dataclass(frozen=True, slots=True)
class DistrustInput:
    """Runs that are set aside: not erased, but in no answer."""

    job: str
    """The jobs: a glob over `NAMESPACE NAME`, such as `airflow *_test`."""

    reason: str
    """Why they are not to be believed."""

    _: KW_ONLY

    producer: str = "*"
    """Their producers: a glob."""

    from_: datetime | None = None
    """Runs from this event time on."""

    to: datetime | None = None
    """Runs before this event time."""


@dataclass(frozen=True, slots=True)
class EntryRangeInput:
    """Consecutive entries."""

    start: int
    """The first entry."""

    stop: int
    """The entry behind the last."""


@dataclass(frozen=True, slots=True)
class JobRef:
    """A job by any of its names."""

    namespace: str
    """The job's namespace, often a scheduler's name."""

    name: str
    """The job's name in it."""


@dataclass(frozen=True, slots=True)
class LegalHoldInput:
    """What may not be erased, and why. With neither classes nor entries: everything."""

    reason: str
    """Why, such as the case's reference."""

    _: KW_ONLY

    classes: Sequence[RetentionClass] = ()
    """Whole classes."""

    entries: Sequence[EntryRangeInput] = ()
    """Consecutive entries."""


@dataclass(frozen=True, slots=True)
class MomentInput:
    """When it was true, and when we knew it. Left out: the latest state, with all that is known now."""

    _: KW_ONLY

    valid_at: datetime | None = None
    """What was true at this time (event time). Null: the latest state."""

    known_at: datetime | None = None
    """What the record held at this time. Not together with `knownIndex`."""

    known_index: int | None = None
    """What the record held when it had this many entries (0 to n - 1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRef:
    """A node by its id or by a name: exactly one of the fields. Exactly one is given."""

    id: str | None = None
    """A node's id, `hw:…`."""

    dataset: DatasetRef | None = None
    """A dataset or a column."""

    job: JobRef | None = None
    """A job."""

    dataset_version: DatasetVersionRef | None = None
    """A version of a dataset or model."""

    def __post_init__(self) -> None:
        given = [each.name for each in fields(self) if getattr(self, each.name) is not None]
        if len(given) != 1:
            told = ", ".join(given) or "none"
            raise ValueError(f"NodeRef takes exactly one of its fields; given: {told}.")


@dataclass(frozen=True, slots=True)
class PlaceInput:
    """A dataset, a column or a job that a stated fact is about."""

    namespace: str
    """Its namespace."""

    name: str
    """Its name."""

    _: KW_ONLY

    kind: PlaceKind = PlaceKind.DATASET
    """A dataset or a job."""

    column: str | None = None
    """A column of the dataset."""


@dataclass(frozen=True, slots=True)
class ProposeErasureInput:
    """What is to be erased, and why. Entries, a text, or a text within entries."""

    basis: str
    """The ground in law or policy, such as `GDPR Art. 17(1)(b)`."""

    _: KW_ONLY

    request: str = ""
    """The reference of the case. No personal data: it stays."""

    indexes: Sequence[int] = ()
    """Ledger entries."""

    ranges: Sequence[EntryRangeInput] = ()
    """Consecutive entries."""

    personal_text: str = ""
    """A text that payloads hold, such as a person's name. It is kept in no log."""

    parts: Sequence[str] = ()
    """`raw`, `norm` …; none: all of the entries, or all that hold the text."""


@dataclass(frozen=True, slots=True)
class RemoveAliasInput:
    """Which alias rule is taken back."""

    kind: AliasKind
    """What the rule joined."""

    from_: str
    """The rule's `from`, as it was added."""

    reason: str
    """Why it is taken back."""


@dataclass(frozen=True, slots=True)
class ReplayInput:
    """Which dead letters are read again, by code that may understand them now."""

    _: KW_ONLY

    indexes: Sequence[int] | None = None
    """Their ledger indexes. Null, with `all`: every one that was not replayed yet."""

    all: bool = False
    """Replay every dead letter that was not replayed yet."""


@dataclass(frozen=True, slots=True)
class RetentionInput:
    """How long payloads are kept from now on."""

    preset: RetentionPreset
    """Where to begin."""

    reason: str
    """Why: the policy's name, a decision."""

    _: KW_ONLY

    changes: Sequence[RetentionLimitInput] = ()
    """Limits of your own."""


@dataclass(frozen=True, slots=True)
class RetentionLimitInput:
    """A limit other than the preset's."""

    payload_class: RetentionClass
    """The class."""

    _: KW_ONLY

    days: int | None = None
    """Days; null: kept for ever."""


@dataclass(frozen=True, slots=True)
class RetractFactInput:
    """Which stated fact is taken back."""

    index: int
    """The ledger index that `stateFact` answered."""

    reason: str
    """Why it is taken back."""


@dataclass(frozen=True, slots=True)
class RevokeKeyInput:
    """A key that is to open nothing any more."""

    id: str
    """Its id, `lk_…`."""

    _: KW_ONLY

    reason: str = ""
    """Why, for those who read the record later."""


@dataclass(frozen=True, slots=True)
class StateFactInput:
    """A fact that you vouch for, until it is retracted."""

    kind: FactKind
    """What is stated."""

    about: PlaceInput
    """What it is about; of an edge, where the data goes."""

    reason: str
    """How you know."""

    _: KW_ONLY

    source: PlaceInput | None = None
    """EDGE: where the data comes from."""

    key: str = ""
    """TAG: the tag's name. OWNER: the owner's role, if any."""

    value: str = ""
    """The owner, the tag's value, the description or the dataset type."""

    flow: Flow = Flow.VALUE
    """EDGE: what flows."""

    transformation: str = ""
    """EDGE: OpenLineage's subtype, such as `IDENTITY`."""

    masking: bool = False
    """EDGE: whether the value is masked on the way."""

    valid_from: datetime | None = None
    """True from this time on. Null: from now."""

    valid_to: datetime | None = None
    """True until this time. Null: for ever."""


@dataclass(frozen=True, slots=True)
class TrustInput:
    """Which distrust is undone: the same pattern, producer and span as when it was made."""

    job: str
    """The pattern of the jobs."""

    reason: str
    """Why they are believed again."""

    _: KW_ONLY

    producer: str = "*"
    """The pattern of the producers."""

    from_: datetime | None = None
    """The span's begin."""

    to: datetime | None = None
    """The span's end."""
