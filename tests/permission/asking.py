"""What the walk over the schema asks for: one table of arguments for each thing that may be asked about.

The one idea: a *subject* is something with a spelling for each way to name it. Rows that every subject shares stand in
COMMON; a new kind of required argument gets its row here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lineage import ids
from tests.permission.company import GHOST, MARKER, OWN

COMMON: dict[str, str] = {
    "first:Int": "3",
    "limit:Int": "60",
    "LineageNode.entries.first": "1",
    "LineageEdge.entries.first": "1",
    "Dataset.columns.first": "null",  # all that these lists hold, so that what is hidden cannot stand after the page
    "Dataset.readBy.first": "null",
    "Dataset.writtenBy.first": "null",
    "Job.reads.first": "null",
    "Job.writes.first": "null",
    "Run.inputs.first": "null",
    "Run.outputs.first": "null",
    "direction:Direction!": "BOTH",
    "evidence:[EvidenceKind!]": "[OBSERVED, DECLARED, STATED, INFERRED, ATTEMPTED]",
    "from:MomentInput!": "{knownIndex: 1}",
    "to:MomentInput!": "{}",
    "from:Long!": '"1"',
    "to:Long!": '"2"',
    "since:DateTime!": '"2026-01-01T00:00:00Z"',
    "input:ReplayInput!": "{all: true}",
    "NodeRef": '{id: "hw:none"}',
    "String": '"a"',
    "ID": '"hw:none"',
    "Long": '"0"',
    "Int": "1",
    "Boolean": "true",
    "Float": "1.0",
    "JSON": "{}",
    "DateTime": '"2026-06-01T00:00:00Z"',
}


@dataclass(frozen=True)
class Subject:
    """A dataset, a column of one, or a job, by its name."""

    namespace: str
    name: str
    column: str | None = None
    job: bool = False
    run_id: str = "none"

    @property
    def id(self) -> str:
        if self.job:
            return ids.job_id(self.namespace, self.name)
        own = ids.dataset_id(self.namespace, self.name)
        return own if self.column is None else ids.column_id(own, self.column)

    @property
    def ref(self) -> str:
        column = f', column: "{self.column}"' if self.column else ""
        kind = "job" if self.job else "dataset"
        return f'{{{kind}: {{namespace: "{self.namespace}", name: "{self.name}"{column}}}}}'

    @property
    def place(self) -> str:
        column = f', column: "{self.column}"' if self.column else ""
        kind = "JOB" if self.job else "DATASET"
        return f'{{kind: {kind}, namespace: "{self.namespace}", name: "{self.name}"{column}}}'

    def ghost(self) -> Subject:
        """The same under a name that never was: of one length, and unlike all others."""
        namespace, name = self.namespace.replace(MARKER, GHOST), self.name.replace(MARKER, GHOST)
        column = self.column and self.column.replace(MARKER, GHOST)
        return Subject(namespace, name, column, self.job, self.run_id)

    def hide(self, told: str) -> str:
        """A text without the names and the id that were asked for."""
        parts = [self.id, f"{self.namespace} {self.name}", self.namespace, self.name, self.column]
        for part in parts:
            if part and part != OWN:
                told = told.replace(part, "ASKED")
        return told

    def arguments(self, grain: str, to: Subject) -> Mapping[str, str]:
        """The table for this subject; `to`: where paths lead and what is joined with it."""
        kind = "JOB" if self.job else "DATASET"
        written = f"{self.namespace} {self.name}"
        # a job has no edge: then it is an owner that is stated
        fact = f'{{kind: OWNER, about: {self.place}, value: "v", reason: "r"}}'
        edge = f'{{kind: EDGE, about: {self.place}, source: {to.place}, reason: "r"}}'
        return COMMON | {
            "id:ID!": f'"{self.id}"',
            "ids:[ID!]!": f'["{self.id}", "{to.id}"]',
            "of:NodeRef!": self.ref,
            "of:[NodeRef!]!": f"[{self.ref}]",
            "of:[NodeRef!]": f"[{self.ref}]",
            "from:NodeRef!": self.ref,
            "to:NodeRef!": to.ref,
            "namespace:String!": f'"{self.namespace}"',
            "name:String!": f'"{self.name}"',
            "job:String!": f'"{self.name}"',
            "runId:String!": f'"{self.run_id}"',
            "Query.search.query": f'"{self.column or self.name}"',
            "grain:Grain": grain,
            "input:AddAliasInput!": f'{{kind: {kind}, from: "{written}", to: "{OWN} trees", reason: "r"}}',
            "input:RemoveAliasInput!": f'{{kind: {kind}, from: "{written}", reason: "r"}}',
            "input:StateFactInput!": fact if self.job else edge,
            "input:DistrustInput!": f'{{job: "{written}", reason: "r"}}',
            "input:TrustInput!": f'{{job: "{written}", reason: "r"}}',
        }
