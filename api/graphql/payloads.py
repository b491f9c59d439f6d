"""What mutations and the ledger's own questions answer. Every payload carries the ledger index of its entry."""

import strawberry

from api.graphql.showing import about
from api.graphql.vocabulary import Instant, Long
from lineage.aliases import AliasKind
from lineage.statements import FactKind


@strawberry.type(description="Where the ledger stands, and how far the graph has followed it.")
class LedgerStatus:
    size: Long = about("How many entries it holds.")
    root: str = about("The Merkle root over all of them, in hexadecimal.")
    graph_index: Long = about("How many of them the graph holds.")
    lag_seconds: float = about("How long the oldest entry that the graph lacks has waited; 0 when it lacks none.")
    origin: str = about("The log's name, as its checkpoints carry it.")


@strawberry.type(description="An alias rule was written into the ledger, or taken back.")
class AliasPayload:
    index: Long = about("The entry's ledger index.")
    leaf_hash: str = about("The entry's leaf hash in hexadecimal.")
    kind: AliasKind = about("What the rule joins.")
    from_: str = about("The name known under the other one.", "from")
    to: str = about("The name that is shown.")
    reason: str = about("Why.")


@strawberry.type(description="A fact was stated, or retracted.")
class FactPayload:
    index: Long = about("The entry's ledger index: of a statement, its name for a retraction.")
    leaf_hash: str = about("The entry's leaf hash in hexadecimal.")
    stated: Long = about("The ledger index of the statement that this is about.")


@strawberry.type(description="Runs were set aside, or are believed again.")
class DistrustPayload:
    index: Long = about("The entry's ledger index.")
    leaf_hash: str = about("The entry's leaf hash in hexadecimal.")
    job: str = about("The pattern of the jobs.")
    producer: str = about("The pattern of the producers.")
    from_: Instant | None = about("The span's begin; null: open.", "from")
    to: Instant | None = about("The span's end; null: open.")
    reason: str = about("Why.")


@strawberry.type(description="What became of one dead letter that was read again.")
class ReplayedLetter:
    index: Long = about("The dead letter.")
    entry: Long | None = about("The ledger index of the event that it became; null: still not understood.")
    code: str | None = about("Why it is still not understood; programs may compare it.")
    reason: str | None = about("The same in words.")


@strawberry.type(description="Dead letters were read again.")
class ReplayPayload:
    index: Long | None = about("The ledger index of the last entry written; null when none was.")
    replayed: int = about("How many were understood.")
    refused: int = about("How many still were not.")
    letters: list[ReplayedLetter] = about("Each of them.")


@strawberry.type(description="Something that came and could not be understood. It is kept as it came.")
class DeadLetter:
    index: Long = about("Its ledger index.")
    time: Instant = about("When it came.")
    code: str = about("Why, in a word; programs may compare it.")
    reason: str = about("Why, in words.")
    place: str = about("Where in it, as a JSON path; empty when it is about the whole.")
    size_bytes: Long = about("How large it is.")
    preview: str = about("Its first characters, with what does not print left out.")
    replayed: Long | None = about("The ledger index of the event that a replay made of it; null: not replayed.")


@strawberry.type(description="An alias rule that holds.")
class Alias:
    index: Long = about("The ledger index of its entry.")
    time: Instant = about("Since when.")
    actor: str = about("Who made it.")
    kind: AliasKind = about("What it joins.")
    from_: str = about("The name known under the other one.", "from")
    to: str = about("The name that is shown.")
    reason: str = about("Why.")


@strawberry.type(description="Runs that are set aside now.")
class Distrusted:
    index: Long = about("The ledger index of its entry.")
    time: Instant = about("Since when.")
    actor: str = about("Who did it.")
    job: str = about("The pattern of the jobs.")
    producer: str = about("The pattern of the producers.")
    from_: Instant | None = about("The span's begin; null: open.", "from")
    to: Instant | None = about("The span's end; null: open.")
    reason: str = about("Why.")


@strawberry.type(description="A fact that a person vouches for.")
class Stated:
    index: Long = about("The ledger index of its entry: its name for a retraction.")
    time: Instant = about("Since when.")
    actor: str = about("Who stated it.")
    kind: FactKind = about("What is stated.")
    text: str = about("The statement in words.")
    reason: str = about("How they know.")


@strawberry.type(description="Two names that may be one thing. Nothing is merged until somebody adds the alias.")
class AliasSuggestion:
    kind: AliasKind = about("What would be joined.")
    from_: str = about("The one name, as `addAlias` takes it.", "from")
    to: str = about("The other, as `addAlias` takes it.")
    reason: str = about("Why they look alike.")
