"""The words of the schema.

Written by `python -m api.clients` from docs/schema.graphql. Do not edit.
"""

from enum import StrEnum


class AccessKind(StrEnum):
    """What an entry of the access log is about."""

    READ = "READ"
    """Somebody asked, and was answered."""

    EXPORT = "EXPORT"
    """Somebody took evidence away."""

    DENY = "DENY"
    """Somebody was refused."""


class AliasKind(StrEnum):
    """What an alias rule joins."""

    NAMESPACE = "NAMESPACE"
    """Namespaces: exact, a host list (`hosts:a,b,c`) or a pattern (`regex:…`)."""

    DATASET = "DATASET"
    """Two datasets, each written `NAMESPACE NAME`."""

    JOB = "JOB"
    """Two jobs, each written `NAMESPACE NAME`."""


class Certainty(StrEnum):
    """Whether an edge or effect is known or may be."""

    CERTAIN = "CERTAIN"
    """A column or lineage facet, parsed SQL, a person or a single pairing says so."""

    POSSIBLE = "POSSIBLE"
    """It may be: several inputs met several outputs, or a job told its tables only."""


class ChangeKind(StrEnum):
    """What somebody is about to do to a dataset or column."""

    REMOVE = "REMOVE"
    """Drop it."""

    RENAME = "RENAME"
    """Call it something else."""

    TYPE_NARROW = "TYPE_NARROW"
    """Give it a type that holds less."""

    TYPE_WIDEN = "TYPE_WIDEN"
    """Give it a type that holds more."""

    NULLABILITY = "NULLABILITY"
    """Allow or forbid null."""

    MEANING = "MEANING"
    """Let the same type mean something else: a unit, a code list."""

    ROWS = "ROWS"
    """Let it have other rows: a filter, a retention."""

    GRAIN = "GRAIN"
    """Let a row stand for something else."""


class CompletenessStatus(StrEnum):
    """How much of the whole an answer is."""

    COMPLETE = "COMPLETE"
    """All that the record holds. It may carry notes."""

    TRUNCATED = "TRUNCATED"
    """A limit cut it (DEPTH, NODES, TIME): ask again with a larger one."""

    UNKNOWN = "UNKNOWN"
    """There is more that the record cannot tell (UNPARSED_SQL, TABLE_LEVEL_ONLY, ERASED, UNVERSIONED)."""


class Direction(StrEnum):
    """Which way to walk."""

    UPSTREAM = "UPSTREAM"
    """Against the data: where it came from."""

    DOWNSTREAM = "DOWNSTREAM"
    """With the data: what depends on it."""

    BOTH = "BOTH"
    """Both ways, each for itself: no turning round on the way."""


class DossierFormat(StrEnum):
    """A form of the dossier."""

    HTML = "HTML"
    """One page that needs nothing else and prints on A4."""

    MARKDOWN = "MARKDOWN"
    """The same as Markdown."""

    PROV = "PROV"
    """W3C PROV-JSON: versions, runs, owners."""

    CYCLONEDX = "CYCLONEDX"
    """A CycloneDX 1.6 ML-BOM: the model and its data as components."""


class ErasureCause(StrEnum):
    """Why something was erased."""

    REQUEST = "REQUEST"
    """Somebody proposed it, another approved."""

    RETENTION = "RETENTION"
    """It was older than the limits."""


class EvidenceKind(StrEnum):
    """How an edge is known."""

    OBSERVED = "OBSERVED"
    """A run that completed said so."""

    DECLARED = "DECLARED"
    """Code says so: a job event, a manifest."""

    STATED = "STATED"
    """A person vouches for it."""

    INFERRED = "INFERRED"
    """A run's inputs paired with its outputs, because nothing finer came."""

    ATTEMPTED = "ATTEMPTED"
    """Only runs that failed, were aborted or have not ended say so."""


class FactKind(StrEnum):
    """What a person can vouch for."""

    EDGE = "EDGE"
    """Data flows from one dataset or column into another."""

    OWNER = "OWNER"
    """Somebody answers for it."""

    TAG = "TAG"
    """It has this tag."""

    DESCRIPTION = "DESCRIPTION"
    """This is what it is."""

    DATASET_TYPE = "DATASET_TYPE"
    """This is what kind of dataset it is."""


class Flow(StrEnum):
    """What flows along an edge."""

    VALUE = "VALUE"
    """The value itself."""

    CONTROL = "CONTROL"
    """A decision only: it filters, joins, groups or sorts (OpenLineage: INDIRECT)."""


class Grain(StrEnum):
    """How fine an answer is."""

    DATASET = "DATASET"
    """Edges join datasets."""

    COLUMN = "COLUMN"
    """Edges join columns, or a column and a whole dataset."""


class KeyState(StrEnum):
    """Whether a key opens anything."""

    ACTIVE = "ACTIVE"
    """It does."""

    EXPIRED = "EXPIRED"
    """Its time is over."""

    REVOKED = "REVOKED"
    """Somebody took it back."""


class NamedAuditQuery(StrEnum):
    """A question that law and auditors ask, by name. `auditQueries` tells the variables of each."""

    Q1_TRAINING_DATA = "Q1_TRAINING_DATA"
    """Which datasets and columns, from which original sources, at which versions, trained, validated or tested a
    model version, and how was each obtained? (AI Act Art. 10(2)(b), Annex IV 2(d))
    """

    Q2_PREPARATION_STEPS = "Q2_PREPARATION_STEPS"
    """Every preparation step (clean, join, label, aggregate) between a source and a feature, with the code that ran.
    (AI Act Art. 10(2)(c))
    """

    Q3_TRAINED_ON_TAGGED = "Q3_TRAINED_ON_TAGGED"
    """Which model versions were trained with a column while it bore a tag (personal data), between two dates? (AI
    Act Art. 10, GDPR Art. 5(1)(b))
    """

    Q4_EVENTS_OF_SYSTEM = "Q4_EVENTS_OF_SYSTEM"
    """Show all recorded events of a system in a time; prove that there is no gap and no deletion. (AI Act Art. 12,
    18, 19, 26(6))
    """

    Q5_MODEL_AS_DOCUMENTED = "Q5_MODEL_AS_DOCUMENTED"
    """Show the documentation of a model version as it stood on the day it was put into service. (AI Act Art. 11, 18)"""

    Q6_MODEL_INPUTS_CHANGED = "Q6_MODEL_INPUTS_CHANGED"
    """What changed in the inputs of a model between two versions? Is it a substantial modification? (AI Act Art.
    13(3)(f), 72)
    """

    Q7_PROCESSING_RECORD = "Q7_PROCESSING_RECORD"
    """For each processing purpose: categories of data, recipients, third countries, erasure times. (GDPR Art. 5(2),
    30)
    """

    Q8_SUBJECT_ACCESS = "Q8_SUBJECT_ACCESS"
    """Where does the data of a subject's key flow, to whom was it disclosed, which automated decisions use it? (GDPR
    Art. 15)
    """

    Q9_ERASURE_REACH = "Q9_ERASURE_REACH"
    """After an erasure in a source: which derived tables, features and models still hold it, which were rebuilt
    since? (GDPR Art. 17, 19)
    """

    Q10_TAG_LEAKS = "Q10_TAG_LEAKS"
    """Which paths lead personal data to something that is not marked so? (GDPR Art. 25)"""

    Q11_TRANSFERS_ABROAD = "Q11_TRANSFERS_ABROAD"
    """Which flows leave the EEA, under which transfer tool, since when? (GDPR Art. 44-49)"""

    Q12_FIGURE_LINEAGE = "Q12_FIGURE_LINEAGE"
    """Attribute-level lineage of a figure from capture to report on a date, with manual steps; how complete is it?
    (BCBS 239, ECB RDARR Guide (May 2024))
    """

    Q13_CODE_CHANGES = "Q13_CODE_CHANGES"
    """Who changed the transformation behind a report's cell since a date, who approved it, was it deployed by
    another? (SOX 404 ITGC, AS 2201, AS 1105)
    """

    Q14_RECREATE_FIGURE = "Q14_RECREATE_FIGURE"
    """What would re-create the number as reported on a date: same inputs, same code, same parameters? (SOX (IPE))"""

    Q15_WHO_SAW = "Q15_WHO_SAW"
    """Who viewed or exported lineage of (protected) datasets in a time? (HIPAA 164.312(b), 164.316(b)(2))"""

    Q16_MODEL_INVENTORY = "Q16_MODEL_INVENTORY"
    """An inventory of (material) models with their data inputs, validators and dates; which fail if a source stops?
    (SR 26-2, OCC 2026-13)
    """

    Q17_ADMIN_AND_GAPS = "Q17_ADMIN_AND_GAPS"
    """Show all admin and policy changes; show when logging was down. (DORA RTS 2024/1774 Art. 12)"""

    Q18_ENTRY_UNALTERED = "Q18_ENTRY_UNALTERED"
    """Prove that an entry was not altered since a date. (all of them)"""

    Q19_WHAT_WAS_SAID = "Q19_WHAT_WAS_SAID"
    """What did the system say on a day about another day, and why does it say something else today? (all of them)"""


class NodeKind(StrEnum):
    """What a node is. Models, feature views, dashboards and topics are datasets, told apart by `datasetType`."""

    NAMESPACE = "NAMESPACE"
    """A place that names live in: a database, a bucket, a cluster, a scheduler."""

    DATASET = "DATASET"
    """A table, view, file, topic, stream, feature view, model or dashboard."""

    COLUMN = "COLUMN"
    """A column of a dataset; nested ones by path, like `after.id`."""

    JOB = "JOB"
    """What reads and writes datasets: a task, a model's build, an application."""

    RUN = "RUN"
    """One attempt of one run of a job."""

    DATASET_VERSION = "DATASET_VERSION"
    """One version of a dataset: a snapshot, a model's version."""


class PartState(StrEnum):
    """What there is of a part of an entry's payload."""

    PRESENT = "PRESENT"
    """Its bytes and its key are there."""

    ERASED = "ERASED"
    """Bytes and key are gone under an `erase` entry. The commitment stays, so every proof still verifies."""

    MISSING = "MISSING"
    """Bytes or key are gone, and no `erase` entry says so: somebody took them. Run `headwater audit fsck`."""


class PlaceKind(StrEnum):
    """What a stated fact can be about."""

    DATASET = "DATASET"
    """A dataset or one of its columns."""

    JOB = "JOB"
    """A job."""


class ReadHow(StrEnum):
    """How it is known which version a run read."""

    REPORTED = "REPORTED"
    """The run's producer told the version."""

    LAST_WRITE = "LAST_WRITE"
    """No version was told: it is the last write that was there when the run began."""

    NEVER_WRITTEN = "NEVER_WRITTEN"
    """No run that is known had written it by then: a source, or one whose writers tell nothing."""


class ReasonCode(StrEnum):
    """Why an answer is not complete, or what to know beside it."""

    DEPTH = "DEPTH"
    """The depth asked for cut it."""

    NODES = "NODES"
    """The limit of nodes cut it."""

    TIME = "TIME"
    """The time allowed for a walk was up."""

    UNPARSED_SQL = "UNPARSED_SQL"
    """A job on the way gave SQL that could not be read."""

    TABLE_LEVEL_ONLY = "TABLE_LEVEL_ONLY"
    """A job on the way told its tables, not its columns."""

    ERASED = "ERASED"
    """A payload on the way was erased."""

    UNVERSIONED = "UNVERSIONED"
    """A run did not tell which version it read: it is taken as the last write before it."""

    ATTEMPTED = "ATTEMPTED"
    """A note: edges that only failed or unfinished runs tell were left out."""

    DISTRUSTED = "DISTRUSTED"
    """A note: runs were set aside by an operator."""

    LAG = "LAG"
    """A note: the ledger holds entries that the graph does not yet."""

    SCOPE = "SCOPE"
    """A note: the answer holds what you may see."""


class RetentionClass(StrEnum):
    """What kind of thing a payload is, and so how long it may be kept."""

    RAW = "RAW"
    """Received bytes of events that were understood."""

    NORM = "NORM"
    """Their cleaned form, of which the graph is made."""

    DEAD_LETTER = "DEAD_LETTER"
    """Received bytes that were not understood; only those that were replayed ever expire."""

    ACCESS = "ACCESS"
    """What the access log says about reads."""

    RECORD = "RECORD"
    """What people and the service itself said: kept as long as the ledger."""


class RetentionPreset(StrEnum):
    """Retention limits that belong together, in days."""

    KEEP = "KEEP"
    """Everything is kept."""

    MINIMAL = "MINIMAL"
    """Received bytes 30, access 400."""

    AI_ACT = "AI_ACT"
    """Received bytes 183, access 400."""

    HIPAA = "HIPAA"
    """Received bytes 30, access 2,190."""

    SOX = "SOX"
    """Received bytes and access 2,555."""

    TEN_YEARS = "TEN_YEARS"
    """Received bytes 30, all else 3,650."""


class SchemaChangeKind(StrEnum):
    """What changed in a schema, as one reporter sees it."""

    ADDED = "ADDED"
    """A column is new."""

    REMOVED = "REMOVED"
    """A column is gone."""

    TYPE_CHANGED = "TYPE_CHANGED"
    """A column has another type."""

    REORDERED = "REORDERED"
    """A column stands elsewhere."""

    RENAMED = "RENAMED"
    """A column has another name."""


class Scope(StrEnum):
    """What a key or token may be used for. None includes another."""

    INGEST = "INGEST"
    """Send events."""

    READ = "READ"
    """Ask questions."""

    WRITE = "WRITE"
    """Add aliases, state facts, set runs aside, replay dead letters."""

    AUDIT_READ = "AUDIT_READ"
    """Read entries, proofs, checkpoints, and who saw what."""

    AUDIT_EXPORT = "AUDIT_EXPORT"
    """Export evidence."""

    PAYLOAD_READ = "PAYLOAD_READ"
    """Read received bytes."""

    ERASE_PROPOSE = "ERASE_PROPOSE"
    """Propose that payloads be erased."""

    ERASE_APPROVE = "ERASE_APPROVE"
    """Approve what another proposed."""

    ADMIN_KEYS = "ADMIN_KEYS"
    """Make, list and revoke keys."""

    ADMIN_POLICY = "ADMIN_POLICY"
    """Set retention and the like."""


class SkewVerdict(StrEnum):
    """How a feature is served, against how it was trained on."""

    SAME = "SAME"
    """The same sources and the same steps."""

    OTHER_SOURCE = "OTHER_SOURCE"
    """Other columns stand at the beginning."""

    OTHER_TRANSFORMATION = "OTHER_TRANSFORMATION"
    """The same columns, and something else is done on the way."""

    UNKNOWN = "UNKNOWN"
    """One of the ways is not told column by column, or no such column is read."""


class Topic(StrEnum):
    """What a difference between two versions is about."""

    DATA = "DATA"
    """What was read on the way, by version or by when it was written."""

    CODE = "CODE"
    """The code of the jobs behind it, as their producers told it."""

    FEATURES = "FEATURES"
    """Input columns: their types, and what they come from."""

    PARAMETERS = "PARAMETERS"
    """What the training was given."""

    METRICS = "METRICS"
    """What the training measured."""


class Verdict(StrEnum):
    """What is declared held against what was observed."""

    VERIFIED = "VERIFIED"
    """Declared and observed."""

    UNDECLARED = "UNDECLARED"
    """Observed only, though the job has declarations."""

    PHANTOM = "PHANTOM"
    """Declared, never observed."""

    UNKNOWN = "UNKNOWN"
    """There is no other side to compare with."""
