"""The questions: reach, impact, provenance, paths, diff, drift; bounded, and honest about what they did not see.

The one idea: `Questions(Sources(graph, seen, ledger))` answers everything, at any Moment, with frozen data
(answers.py). One walk (walk.py) serves all of them; hops.py knows what a step is at either grain, edges.py merges who
says what, completeness.py says what is missing.
"""

from lineage.query.layers import cycles, layers
from lineage.query.moments import NOW, LedgerClock, MomentInput
from lineage.query.questions import Questions
from lineage.query.resolve import DatasetRef, DatasetVersionRef, JobRef, NodeRef
from lineage.query.sources import Sources

__all__ = [
    "NOW",
    "DatasetRef",
    "DatasetVersionRef",
    "JobRef",
    "LedgerClock",
    "MomentInput",
    "NodeRef",
    "Questions",
    "Sources",
    "cycles",
    "layers",
]
