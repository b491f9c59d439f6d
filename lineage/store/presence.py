"""Which facts show that a node is there at a Moment: nodes are names without times, so facts must say it."""

from enum import Enum
from typing import Final

from lineage.facts import NodeKind, Relation


class End(Enum):
    SUBJECT = "subject"
    OBJECT = "object"


PRESENCE: Final[dict[NodeKind, tuple[tuple[Relation, End], ...]]] = {
    NodeKind.NAMESPACE: ((Relation.NAME, End.OBJECT),),
    NodeKind.DATASET: ((Relation.NAME, End.OBJECT),),
    NodeKind.JOB: ((Relation.NAME, End.OBJECT),),
    NodeKind.COLUMN: ((Relation.HAS, End.OBJECT), (Relation.DERIVES, End.OBJECT), (Relation.DERIVES, End.SUBJECT)),
    NodeKind.RUN: ((Relation.RUN, End.SUBJECT),),
    NodeKind.DATASET_VERSION: ((Relation.VERSION, End.SUBJECT),),
}
"""A node of this kind is present while any fact of these relations that has it at this end is visible."""
