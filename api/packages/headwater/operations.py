"""A method for each question, mutation and subscription.

Written by `python -m api.clients` from docs/schema.graphql. Do not edit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from headwater import answers, documents, inputs, words
from headwater.protocol import Document


class Operations:
    """What a client can do; how is for the client to say."""

    def _ask(self, document: Document, kind: Any, given: Mapping[str, Any]) -> Any:
        raise NotImplementedError

    def _pages(self, document: Document, kind: Any, given: Mapping[str, Any], info: str) -> Iterator[Any]:
        raise NotImplementedError

    def _listen(self, document: Document, kind: Any, given: Mapping[str, Any]) -> Iterator[Any]:
        raise NotImplementedError

    def node(
        self,
        id: str,
        *,
        at: inputs.MomentInput | None = None,
    ) -> answers.Node | None:
        """The node with this id, or with a raw name of this id. NOT_FOUND when there is none.

        `id`: The id, `hw:…`.
        `at`: When: left out, the latest state with all that is known now.
        """
        answer: answers.Node | None = self._ask(
            documents.NODE,
            answers.Node | None,
            {"id": id, "at": at},
        )
        return answer

    def find(
        self,
        of: inputs.NodeRef,
        *,
        at: inputs.MomentInput | None = None,
    ) -> answers.Node | None:
        """The node that a reference means: any spelling of a name, or an id. NOT_FOUND when there is none.

        `of`: Which node.
        `at`: When: left out, the latest state with all that is known now.
        """
        answer: answers.Node | None = self._ask(
            documents.FIND,
            answers.Node | None,
            {"of": of, "at": at},
        )
        return answer

    def nodes(
        self,
        ids: Sequence[str],
        *,
        at: inputs.MomentInput | None = None,
    ) -> tuple[answers.NodeItem | None, ...]:
        """The nodes with these ids, in order; null and an error for each that is missing.

        `ids`: Ids, at most 500.
        `at`: When: left out, the latest state with all that is known now.
        """
        answer: tuple[answers.NodeItem | None, ...] = self._ask(
            documents.NODES,
            tuple[answers.NodeItem | None, ...],
            {"ids": ids, "at": at},
        )
        return answer

    def dataset(
        self,
        namespace: str,
        name: str,
        *,
        at: inputs.MomentInput | None = None,
    ) -> answers.Dataset | None:
        """The dataset with this name. NOT_FOUND, with near names, when there is none.

        `namespace`: The namespace: any spelling.
        `name`: The name: any spelling.
        `at`: When: left out, the latest state with all that is known now.
        """
        answer: answers.Dataset | None = self._ask(
            documents.DATASET,
            answers.Dataset | None,
            {"namespace": namespace, "name": name, "at": at},
        )
        return answer

    def job(
        self,
        namespace: str,
        name: str,
        *,
        at: inputs.MomentInput | None = None,
    ) -> answers.Job | None:
        """The job with this name. NOT_FOUND, with near names, when there is none.

        `namespace`: The namespace: any spelling.
        `name`: The name: any spelling.
        `at`: When: left out, the latest state with all that is known now.
        """
        answer: answers.Job | None = self._ask(
            documents.JOB,
            answers.Job | None,
            {"namespace": namespace, "name": name, "at": at},
        )
        return answer

    def run(
        self,
        namespace: str,
        job: str,
        run_id: str,
        *,
        attempt: int | None = None,
    ) -> answers.Run | None:
        """One run of a job. NOT_FOUND when there is none.

        `namespace`: The namespace: any spelling.
        `job`: The job's name: any spelling.
        `run_id`: The run's id as its producer wrote it.
        `attempt`: Which attempt, from 1; null: the last.
        """
        answer: answers.Run | None = self._ask(
            documents.RUN,
            answers.Run | None,
            {"namespace": namespace, "job": job, "runId": run_id, "attempt": attempt},
        )
        return answer

    def search(
        self,
        query: str,
        *,
        kinds: Sequence[words.NodeKind] | None = None,
        first: int | None = 20,
        after: str | None = None,
        at: inputs.MomentInput | None = None,
    ) -> answers.SearchConnection:
        """Nodes one of whose names contains every word of the query, whatever the case.

        `query`: Words or parts of names, such as `orders` or `shop customers email`.
        `kinds`: Only these kinds; null: all.
        `first`: How many items the page has at most.
        `after`: The `endCursor` of the page before, with the same arguments.
        `at`: When: left out, the latest state with all that is known now.
        """
        answer: answers.SearchConnection = self._ask(
            documents.SEARCH,
            answers.SearchConnection,
            {"query": query, "kinds": kinds, "first": first, "after": after, "at": at},
        )
        return answer

    def search_pages(
        self,
        query: str,
        *,
        kinds: Sequence[words.NodeKind] | None = None,
        first: int | None = 20,
        at: inputs.MomentInput | None = None,
    ) -> Iterator[answers.SearchConnection]:
        """Nodes one of whose names contains every word of the query, whatever the case. All pages, as they are needed.

        `query`: Words or parts of names, such as `orders` or `shop customers email`.
        `kinds`: Only these kinds; null: all.
        `first`: How many items the page has at most.
        `at`: When: left out, the latest state with all that is known now.
        """
        pages: Iterator[answers.SearchConnection] = self._pages(
            documents.SEARCH,
            answers.SearchConnection,
            {"query": query, "kinds": kinds, "first": first, "at": at},
            "page_info",
        )
        return pages

    def lineage(
        self,
        of: Sequence[inputs.NodeRef],
        direction: words.Direction,
        *,
        depth: int | None = None,
        grain: words.Grain | None = words.Grain.DATASET,
        flows: Sequence[words.Flow] | None = None,
        evidence: Sequence[words.EvidenceKind] | None = None,
        seen_after: datetime | None = None,
        limit: int | None = 1000,
        at: inputs.MomentInput | None = None,
    ) -> answers.LineageAnswer:
        """What is upstream or downstream, as nodes and edges.

        `of`: What is asked about. Spellings of one node count once.
        `direction`: Which way to walk.
        `depth`: How many hops; null: all the way.
        `grain`: Datasets, or columns.
        `flows`: Only these flows; null: both.
        `evidence`: Only such edges; null: all but ATTEMPTED.
        `seen_after`: Only edges that a run repeated since.
        `limit`: How many nodes at most; beyond: TRUNCATED by NODES.
        `at`: When: left out, the latest state with all that is known now.
        """
        answer: answers.LineageAnswer = self._ask(
            documents.LINEAGE,
            answers.LineageAnswer,
            {"of": of, "direction": direction, "depth": depth, "grain": grain, "flows": flows, "evidence":
            evidence, "seenAfter": seen_after, "limit": limit, "at": at},
        )
        return answer

    def impact(
        self,
        of: Sequence[inputs.NodeRef],
        *,
        change: words.ChangeKind | None = None,
        kinds: Sequence[words.NodeKind] | None = None,
        first: int | None = 100,
        after: str | None = None,
        at: inputs.MomentInput | None = None,
    ) -> answers.ImpactAnswer:
        """What breaks if this changes: columns, datasets and jobs, with the reason for each.

        `of`: What is asked about. Spellings of one node count once.
        `change`: What is about to change; null: anything.
        `kinds`: Only these kinds; null: all.
        `first`: How many items the page has at most.
        `after`: The `endCursor` of the page before, with the same arguments.
        `at`: When: left out, the latest state with all that is known now.
        """
        answer: answers.ImpactAnswer = self._ask(
            documents.IMPACT,
            answers.ImpactAnswer,
            {"of": of, "change": change, "kinds": kinds, "first": first, "after": after, "at": at},
        )
        return answer

    def impact_pages(
        self,
        of: Sequence[inputs.NodeRef],
        *,
        change: words.ChangeKind | None = None,
        kinds: Sequence[words.NodeKind] | None = None,
        first: int | None = 100,
        at: inputs.MomentInput | None = None,
    ) -> Iterator[answers.ImpactAnswer]:
        """What breaks if this changes: columns, datasets and jobs, with the reason for each. All pages, as they are
        needed.

        `of`: What is asked about. Spellings of one node count once.
        `change`: What is about to change; null: anything.
        `kinds`: Only these kinds; null: all.
        `first`: How many items the page has at most.
        `at`: When: left out, the latest state with all that is known now.
        """
        pages: Iterator[answers.ImpactAnswer] = self._pages(
            documents.IMPACT,
            answers.ImpactAnswer,
            {"of": of, "change": change, "kinds": kinds, "first": first, "at": at},
            "page_info",
        )
        return pages

    def provenance(
        self,
        of: inputs.NodeRef,
        *,
        first: int | None = 100,
        after: str | None = None,
        at: inputs.MomentInput | None = None,
    ) -> answers.ProvenanceAnswer:
        """Where something comes from: every source, and everything on the way.

        `of`: What is asked about: a column, a dataset, a model's version.
        `first`: How many items the page has at most.
        `after`: The `endCursor` of the page before, with the same arguments.
        `at`: When: left out, the latest state with all that is known now.
        """
        answer: answers.ProvenanceAnswer = self._ask(
            documents.PROVENANCE,
            answers.ProvenanceAnswer,
            {"of": of, "first": first, "after": after, "at": at},
        )
        return answer

    def provenance_pages(
        self,
        of: inputs.NodeRef,
        *,
        first: int | None = 100,
        at: inputs.MomentInput | None = None,
    ) -> Iterator[answers.ProvenanceAnswer]:
        """Where something comes from: every source, and everything on the way. All pages, as they are needed.

        `of`: What is asked about: a column, a dataset, a model's version.
        `first`: How many items the page has at most.
        `at`: When: left out, the latest state with all that is known now.
        """
        pages: Iterator[answers.ProvenanceAnswer] = self._pages(
            documents.PROVENANCE,
            answers.ProvenanceAnswer,
            {"of": of, "first": first, "at": at},
            "page_info",
        )
        return pages

    def paths(
        self,
        from_: inputs.NodeRef,
        to: inputs.NodeRef,
        *,
        first: int | None = 5,
        grain: words.Grain | None = words.Grain.COLUMN,
        at: inputs.MomentInput | None = None,
    ) -> answers.PathsAnswer:
        """How data gets from one node to another: distinct ways, the shortest first.

        `from_`: Where it begins: upstream.
        `to`: Where it ends: downstream.
        `first`: How many items the page has at most.
        `grain`: Datasets, or columns.
        `at`: When: left out, the latest state with all that is known now.
        """
        answer: answers.PathsAnswer = self._ask(
            documents.PATHS,
            answers.PathsAnswer,
            {"from": from_, "to": to, "first": first, "grain": grain, "at": at},
        )
        return answer

    def diff(
        self,
        of: Sequence[inputs.NodeRef],
        direction: words.Direction,
        from_: inputs.MomentInput,
        to: inputs.MomentInput,
        *,
        grain: words.Grain | None = words.Grain.DATASET,
    ) -> answers.LineageDiff:
        """What differs between two moments: of the world, of the record, or of both.

        `of`: What is asked about. Spellings of one node count once.
        `direction`: Which way to walk.
        `from_`: The one moment.
        `to`: The other.
        `grain`: Datasets, or columns.
        """
        answer: answers.LineageDiff = self._ask(
            documents.DIFF,
            answers.LineageDiff,
            {"of": of, "direction": direction, "from": from_, "to": to, "grain": grain},
        )
        return answer

    def schema_changes(
        self,
        since: datetime,
        *,
        until: datetime | None = None,
        of: Sequence[inputs.NodeRef] | None = None,
        first: int | None = 50,
        after: str | None = None,
    ) -> answers.SchemaChangeConnection:
        """What changed in any schema, when, and in whose report.

        `since`: Changes from this time on (event time).
        `until`: Changes before this time; null: up to the newest.
        `of`: Only these datasets or columns; null: all.
        `first`: How many items the page has at most.
        `after`: The `endCursor` of the page before, with the same arguments.
        """
        answer: answers.SchemaChangeConnection = self._ask(
            documents.SCHEMA_CHANGES,
            answers.SchemaChangeConnection,
            {"since": since, "until": until, "of": of, "first": first, "after": after},
        )
        return answer

    def schema_changes_pages(
        self,
        since: datetime,
        *,
        until: datetime | None = None,
        of: Sequence[inputs.NodeRef] | None = None,
        first: int | None = 50,
    ) -> Iterator[answers.SchemaChangeConnection]:
        """What changed in any schema, when, and in whose report. All pages, as they are needed.

        `since`: Changes from this time on (event time).
        `until`: Changes before this time; null: up to the newest.
        `of`: Only these datasets or columns; null: all.
        `first`: How many items the page has at most.
        """
        pages: Iterator[answers.SchemaChangeConnection] = self._pages(
            documents.SCHEMA_CHANGES,
            answers.SchemaChangeConnection,
            {"since": since, "until": until, "of": of, "first": first},
            "page_info",
        )
        return pages

    def erasures(
        self,
        *,
        first: int | None = 20,
        after: str | None = None,
    ) -> answers.ErasureConnection:
        """What was erased, in order.

        `first`: How many items the page has at most.
        `after`: The `endCursor` of the page before, with the same arguments.
        """
        answer: answers.ErasureConnection = self._ask(
            documents.ERASURES,
            answers.ErasureConnection,
            {"first": first, "after": after},
        )
        return answer

    def erasures_pages(
        self,
        *,
        first: int | None = 20,
    ) -> Iterator[answers.ErasureConnection]:
        """What was erased, in order. All pages, as they are needed.

        `first`: How many items the page has at most.
        """
        pages: Iterator[answers.ErasureConnection] = self._pages(
            documents.ERASURES,
            answers.ErasureConnection,
            {"first": first},
            "page_info",
        )
        return pages

    def erasure_proposals(
        self,
        *,
        first: int | None = 20,
        after: str | None = None,
    ) -> answers.ErasureProposalConnection:
        """What is proposed and neither approved nor withdrawn.

        `first`: How many items the page has at most.
        `after`: The `endCursor` of the page before, with the same arguments.
        """
        answer: answers.ErasureProposalConnection = self._ask(
            documents.ERASURE_PROPOSALS,
            answers.ErasureProposalConnection,
            {"first": first, "after": after},
        )
        return answer

    def erasure_proposals_pages(
        self,
        *,
        first: int | None = 20,
    ) -> Iterator[answers.ErasureProposalConnection]:
        """What is proposed and neither approved nor withdrawn. All pages, as they are needed.

        `first`: How many items the page has at most.
        """
        pages: Iterator[answers.ErasureProposalConnection] = self._pages(
            documents.ERASURE_PROPOSALS,
            answers.ErasureProposalConnection,
            {"first": first},
            "page_info",
        )
        return pages

    def legal_holds(
        self,
        *,
        first: int | None = 20,
        after: str | None = None,
    ) -> answers.LegalHoldConnection:
        """Legal holds in force.

        `first`: How many items the page has at most.
        `after`: The `endCursor` of the page before, with the same arguments.
        """
        answer: answers.LegalHoldConnection = self._ask(
            documents.LEGAL_HOLDS,
            answers.LegalHoldConnection,
            {"first": first, "after": after},
        )
        return answer

    def legal_holds_pages(
        self,
        *,
        first: int | None = 20,
    ) -> Iterator[answers.LegalHoldConnection]:
        """Legal holds in force. All pages, as they are needed.

        `first`: How many items the page has at most.
        """
        pages: Iterator[answers.LegalHoldConnection] = self._pages(
            documents.LEGAL_HOLDS,
            answers.LegalHoldConnection,
            {"first": first},
            "page_info",
        )
        return pages

    def retention(
        self,
    ) -> answers.Retention:
        """The retention limits in force."""
        answer: answers.Retention = self._ask(
            documents.RETENTION,
            answers.Retention,
            {},
        )
        return answer

    def ledger(
        self,
    ) -> answers.LedgerStatus:
        """Where the ledger stands, and how far the graph has followed it."""
        answer: answers.LedgerStatus = self._ask(
            documents.LEDGER,
            answers.LedgerStatus,
            {},
        )
        return answer

    def dead_letters(
        self,
        *,
        first: int | None = 20,
        after: str | None = None,
        open_only: bool = False,
    ) -> answers.DeadLetterConnection:
        """What came and could not be understood, the newest first. It can be replayed.

        `first`: How many items the page has at most.
        `after`: The `endCursor` of the page before, with the same arguments.
        `open_only`: Only those that were not replayed yet.
        """
        answer: answers.DeadLetterConnection = self._ask(
            documents.DEAD_LETTERS,
            answers.DeadLetterConnection,
            {"first": first, "after": after, "openOnly": open_only},
        )
        return answer

    def dead_letters_pages(
        self,
        *,
        first: int | None = 20,
        open_only: bool = False,
    ) -> Iterator[answers.DeadLetterConnection]:
        """What came and could not be understood, the newest first. It can be replayed. All pages, as they are needed.

        `first`: How many items the page has at most.
        `open_only`: Only those that were not replayed yet.
        """
        pages: Iterator[answers.DeadLetterConnection] = self._pages(
            documents.DEAD_LETTERS,
            answers.DeadLetterConnection,
            {"first": first, "openOnly": open_only},
            "page_info",
        )
        return pages

    def dead_letter(
        self,
        index: int,
    ) -> answers.DeadLetter | None:
        """One dead letter. NOT_FOUND when the entry is none.

        `index`: Its ledger index.
        """
        answer: answers.DeadLetter | None = self._ask(
            documents.DEAD_LETTER,
            answers.DeadLetter | None,
            {"index": index},
        )
        return answer

    def aliases(
        self,
        *,
        first: int | None = 100,
        after: str | None = None,
    ) -> answers.AliasConnection:
        """Alias rules that hold, in the order in which they were made.

        `first`: How many items the page has at most.
        `after`: The `endCursor` of the page before, with the same arguments.
        """
        answer: answers.AliasConnection = self._ask(
            documents.ALIASES,
            answers.AliasConnection,
            {"first": first, "after": after},
        )
        return answer

    def aliases_pages(
        self,
        *,
        first: int | None = 100,
    ) -> Iterator[answers.AliasConnection]:
        """Alias rules that hold, in the order in which they were made. All pages, as they are needed.

        `first`: How many items the page has at most.
        """
        pages: Iterator[answers.AliasConnection] = self._pages(
            documents.ALIASES,
            answers.AliasConnection,
            {"first": first},
            "page_info",
        )
        return pages

    def alias_suggestions(
        self,
        *,
        first: int | None = 20,
    ) -> tuple[answers.AliasSuggestion, ...]:
        """Names that look like one thing, for `addAlias`. Nothing is merged because of it.

        `first`: How many at most.
        """
        answer: tuple[answers.AliasSuggestion, ...] = self._ask(
            documents.ALIAS_SUGGESTIONS,
            tuple[answers.AliasSuggestion, ...],
            {"first": first},
        )
        return answer

    def distrusted(
        self,
        *,
        first: int | None = 100,
        after: str | None = None,
    ) -> answers.DistrustedConnection:
        """Runs that are set aside now.

        `first`: How many items the page has at most.
        `after`: The `endCursor` of the page before, with the same arguments.
        """
        answer: answers.DistrustedConnection = self._ask(
            documents.DISTRUSTED,
            answers.DistrustedConnection,
            {"first": first, "after": after},
        )
        return answer

    def distrusted_pages(
        self,
        *,
        first: int | None = 100,
    ) -> Iterator[answers.DistrustedConnection]:
        """Runs that are set aside now. All pages, as they are needed.

        `first`: How many items the page has at most.
        """
        pages: Iterator[answers.DistrustedConnection] = self._pages(
            documents.DISTRUSTED,
            answers.DistrustedConnection,
            {"first": first},
            "page_info",
        )
        return pages

    def stated_facts(
        self,
        *,
        first: int | None = 100,
        after: str | None = None,
    ) -> answers.StatedConnection:
        """Facts that people vouch for now, in the order in which they were stated.

        `first`: How many items the page has at most.
        `after`: The `endCursor` of the page before, with the same arguments.
        """
        answer: answers.StatedConnection = self._ask(
            documents.STATED_FACTS,
            answers.StatedConnection,
            {"first": first, "after": after},
        )
        return answer

    def stated_facts_pages(
        self,
        *,
        first: int | None = 100,
    ) -> Iterator[answers.StatedConnection]:
        """Facts that people vouch for now, in the order in which they were stated. All pages, as they are needed.

        `first`: How many items the page has at most.
        """
        pages: Iterator[answers.StatedConnection] = self._pages(
            documents.STATED_FACTS,
            answers.StatedConnection,
            {"first": first},
            "page_info",
        )
        return pages

    def checkpoint(
        self,
        *,
        size: int | None = None,
    ) -> answers.Checkpoint:
        """A signed head of the log: the newest, or the smallest kept one of at least `size` entries.

        `size`: At least so many entries; null: the newest.
        """
        answer: answers.Checkpoint = self._ask(
            documents.CHECKPOINT,
            answers.Checkpoint,
            {"size": size},
        )
        return answer

    def consistency(
        self,
        from_: int,
        to: int,
    ) -> answers.ConsistencyProof:
        """That the log of `to` entries only added to the one of `from`.

        `from_`: The smaller size.
        `to`: The larger size.
        """
        answer: answers.ConsistencyProof = self._ask(
            documents.CONSISTENCY,
            answers.ConsistencyProof,
            {"from": from_, "to": to},
        )
        return answer

    def entry(
        self,
        index: int,
    ) -> answers.AuditEntry | None:
        """One entry of the ledger. NOT_FOUND when there is none.

        `index`: Its position, from 0.
        """
        answer: answers.AuditEntry | None = self._ask(
            documents.ENTRY,
            answers.AuditEntry | None,
            {"index": index},
        )
        return answer

    def audit_entries(
        self,
        *,
        filter: inputs.AuditFilter | None = None,
        first: int | None = 100,
        after: str | None = None,
    ) -> answers.AuditConnection:
        """Entries of the ledger in its order. A page may be short while more follows: go on with its cursor.

        `filter`: Which entries; null: all.
        `first`: How many items the page has at most.
        `after`: The `endCursor` of the page before, with the same arguments.
        """
        answer: answers.AuditConnection = self._ask(
            documents.AUDIT_ENTRIES,
            answers.AuditConnection,
            {"filter": filter, "first": first, "after": after},
        )
        return answer

    def audit_entries_pages(
        self,
        *,
        filter: inputs.AuditFilter | None = None,
        first: int | None = 100,
    ) -> Iterator[answers.AuditConnection]:
        """Entries of the ledger in its order. A page may be short while more follows: go on with its cursor. All pages,
        as they are needed.

        `filter`: Which entries; null: all.
        `first`: How many items the page has at most.
        """
        pages: Iterator[answers.AuditConnection] = self._pages(
            documents.AUDIT_ENTRIES,
            answers.AuditConnection,
            {"filter": filter, "first": first},
            "page_info",
        )
        return pages

    def audit_queries(
        self,
    ) -> tuple[answers.AuditQuestion, ...]:
        """The questions that law and auditors ask, with their variables and columns."""
        answer: tuple[answers.AuditQuestion, ...] = self._ask(
            documents.AUDIT_QUERIES,
            tuple[answers.AuditQuestion, ...],
            {},
        )
        return answer

    def audit_answer(
        self,
        query: words.NamedAuditQuery,
        variables: Any,
        *,
        first: int | None = 100,
        after: str | None = None,
        at_size: int | None = None,
    ) -> answers.AuditAnswer:
        """The answer to a named question.

        `query`: Which question.
        `variables`: Its variables, as a JSON object: `auditQueries` tells which.
        `first`: How many items the page has at most.
        `after`: The `endCursor` of the page before, with the same arguments.
        `at_size`: As of the smallest kept checkpoint of at least so many entries, so that an answer can be had again;
        null: now.
        """
        answer: answers.AuditAnswer = self._ask(
            documents.AUDIT_ANSWER,
            answers.AuditAnswer,
            {"query": query, "variables": variables, "first": first, "after": after, "atSize": at_size},
        )
        return answer

    def audit_answer_pages(
        self,
        query: words.NamedAuditQuery,
        variables: Any,
        *,
        first: int | None = 100,
        at_size: int | None = None,
    ) -> Iterator[answers.AuditAnswer]:
        """The answer to a named question. All pages, as they are needed.

        `query`: Which question.
        `variables`: Its variables, as a JSON object: `auditQueries` tells which.
        `first`: How many items the page has at most.
        `at_size`: As of the smallest kept checkpoint of at least so many entries, so that an answer can be had again;
        null: now.
        """
        pages: Iterator[answers.AuditAnswer] = self._pages(
            documents.AUDIT_ANSWER,
            answers.AuditAnswer,
            {"query": query, "variables": variables, "first": first, "atSize": at_size},
            "rows.page_info",
        )
        return pages

    def whoami(
        self,
    ) -> answers.Caller:
        """Who asks, and what they may do and see."""
        answer: answers.Caller = self._ask(
            documents.WHOAMI,
            answers.Caller,
            {},
        )
        return answer

    def keys(
        self,
        *,
        first: int | None = 50,
        after: str | None = None,
    ) -> answers.ApiKeyConnection:
        """Keys that there ever were, the oldest first.

        `first`: How many items the page has at most.
        `after`: The `endCursor` of the page before, with the same arguments.
        """
        answer: answers.ApiKeyConnection = self._ask(
            documents.KEYS,
            answers.ApiKeyConnection,
            {"first": first, "after": after},
        )
        return answer

    def keys_pages(
        self,
        *,
        first: int | None = 50,
    ) -> Iterator[answers.ApiKeyConnection]:
        """Keys that there ever were, the oldest first. All pages, as they are needed.

        `first`: How many items the page has at most.
        """
        pages: Iterator[answers.ApiKeyConnection] = self._pages(
            documents.KEYS,
            answers.ApiKeyConnection,
            {"first": first},
            "page_info",
        )
        return pages

    def people(
        self,
        actors: Sequence[str],
    ) -> tuple[answers.Person, ...]:
        """Whom actors of the record stand for; those that nobody knows are left out.

        `actors`: Opaque ids, at most 500.
        """
        answer: tuple[answers.Person, ...] = self._ask(
            documents.PEOPLE,
            tuple[answers.Person, ...],
            {"actors": actors},
        )
        return answer

    def access_entries(
        self,
        *,
        filter: inputs.AccessFilter | None = None,
        first: int | None = 50,
        after: str | None = None,
    ) -> answers.AccessConnection:
        """Who read or exported what, or was refused, the newest first.

        `filter`: Which.
        `first`: How many items the page has at most.
        `after`: The `endCursor` of the page before, with the same arguments.
        """
        answer: answers.AccessConnection = self._ask(
            documents.ACCESS_ENTRIES,
            answers.AccessConnection,
            {"filter": filter, "first": first, "after": after},
        )
        return answer

    def access_entries_pages(
        self,
        *,
        filter: inputs.AccessFilter | None = None,
        first: int | None = 50,
    ) -> Iterator[answers.AccessConnection]:
        """Who read or exported what, or was refused, the newest first. All pages, as they are needed.

        `filter`: Which.
        `first`: How many items the page has at most.
        """
        pages: Iterator[answers.AccessConnection] = self._pages(
            documents.ACCESS_ENTRIES,
            answers.AccessConnection,
            {"filter": filter, "first": first},
            "page_info",
        )
        return pages

    def run_lineage(
        self,
        of: inputs.NodeRef,
        direction: words.Direction,
        *,
        depth: int | None = None,
        limit: int | None = 500,
        at: inputs.MomentInput | None = None,
    ) -> answers.RunLineage:
        """Which run read which version of what, up or down: a model's version leads to the data it was trained on.

        `of`: A dataset (its last write then), a version of one, or a run by its id.
        `direction`: Which way to walk.
        `depth`: How many hops of runs; null: all the way.
        `limit`: How many versions at most, up to 2000.
        `at`: When: left out, the latest state with all that is known now.
        """
        answer: answers.RunLineage = self._ask(
            documents.RUN_LINEAGE,
            answers.RunLineage,
            {"of": of, "direction": direction, "depth": depth, "limit": limit, "at": at},
        )
        return answer

    def compare_versions(
        self,
        first: inputs.NodeRef,
        second: inputs.NodeRef,
        *,
        at: inputs.MomentInput | None = None,
    ) -> answers.VersionComparison:
        """What differs between two versions: data, code, features, parameters, metrics; each as it was made.

        `first`: The one: a model's version.
        `second`: The other.
        `at`: When: left out, the latest state with all that is known now.
        """
        answer: answers.VersionComparison = self._ask(
            documents.COMPARE_VERSIONS,
            answers.VersionComparison,
            {"first": first, "second": second, "at": at},
        )
        return answer

    def feature_skew(
        self,
        of: inputs.NodeRef,
        *,
        at: inputs.MomentInput | None = None,
    ) -> answers.SkewAnswer:
        """Which features of a model's version are served otherwise than they were trained on, with both ways.

        `of`: A model's version.
        `at`: When: left out, the latest state with all that is known now.
        """
        answer: answers.SkewAnswer = self._ask(
            documents.FEATURE_SKEW,
            answers.SkewAnswer,
            {"of": of, "at": at},
        )
        return answer

    def served_versions(
        self,
        namespace: str,
        name: str,
        *,
        at: inputs.MomentInput | None = None,
    ) -> tuple[answers.ServedVersion, ...]:
        """Which version of a model served when, and by what: aliases, stages, deployments; by their beginning.

        `namespace`: The namespace: any spelling.
        `name`: The name: any spelling.
        `at`: When: left out, the latest state with all that is known now.
        """
        answer: tuple[answers.ServedVersion, ...] = self._ask(
            documents.SERVED_VERSIONS,
            tuple[answers.ServedVersion, ...],
            {"namespace": namespace, "name": name, "at": at},
        )
        return answer

    def model_dossier(
        self,
        namespace: str,
        name: str,
        version: str,
        *,
        at: inputs.MomentInput | None = None,
    ) -> answers.ModelDossier:
        """The dossier of a model's version: what law asks of its data, with what nobody told listed as unknown.

        `namespace`: The namespace: any spelling.
        `name`: The name: any spelling.
        `version`: The version, as its registry calls it.
        `at`: When: left out, the latest state with all that is known now.
        """
        answer: answers.ModelDossier = self._ask(
            documents.MODEL_DOSSIER,
            answers.ModelDossier,
            {"namespace": namespace, "name": name, "version": version, "at": at},
        )
        return answer

    def propose_erasure(
        self,
        input: inputs.ProposeErasureInput,
    ) -> answers.ErasureProposal:
        """Propose to erase parts. Another principal has to approve it.

        `input`: What and why.
        """
        answer: answers.ErasureProposal = self._ask(
            documents.PROPOSE_ERASURE,
            answers.ErasureProposal,
            {"input": input},
        )
        return answer

    def withdraw_erasure(
        self,
        proposal: int,
        reason: str,
    ) -> answers.ErasureStatement:
        """Take a proposal back, or refuse it.

        `proposal`: Its index.
        `reason`: Why.
        """
        answer: answers.ErasureStatement = self._ask(
            documents.WITHDRAW_ERASURE,
            answers.ErasureStatement,
            {"proposal": proposal, "reason": reason},
        )
        return answer

    def approve_erasure(
        self,
        proposal: int,
    ) -> answers.ErasurePayload:
        """Approve a proposal and erase: never by the one who proposed it.

        `proposal`: Its index.
        """
        answer: answers.ErasurePayload = self._ask(
            documents.APPROVE_ERASURE,
            answers.ErasurePayload,
            {"proposal": proposal},
        )
        return answer

    def set_legal_hold(
        self,
        input: inputs.LegalHoldInput,
    ) -> answers.ErasureStatement:
        """Stop all erasure of something.

        `input`: What and why.
        """
        answer: answers.ErasureStatement = self._ask(
            documents.SET_LEGAL_HOLD,
            answers.ErasureStatement,
            {"input": input},
        )
        return answer

    def lift_legal_hold(
        self,
        hold: int,
        reason: str,
    ) -> answers.ErasureStatement:
        """End a legal hold.

        `hold`: Its index.
        `reason`: Why.
        """
        answer: answers.ErasureStatement = self._ask(
            documents.LIFT_LEGAL_HOLD,
            answers.ErasureStatement,
            {"hold": hold, "reason": reason},
        )
        return answer

    def set_retention(
        self,
        input: inputs.RetentionInput,
    ) -> answers.Retention:
        """Say how long payloads are kept. It is applied within the hour, or by `applyRetention`.

        `input`: The limits.
        """
        answer: answers.Retention = self._ask(
            documents.SET_RETENTION,
            answers.Retention,
            {"input": input},
        )
        return answer

    def apply_retention(
        self,
    ) -> answers.ErasurePayload:
        """Erase now what is older than the limits in force, in both logs."""
        answer: answers.ErasurePayload = self._ask(
            documents.APPLY_RETENTION,
            answers.ErasurePayload,
            {},
        )
        return answer

    def export_evidence(
        self,
        query: words.NamedAuditQuery,
        variables: Any,
        *,
        at_size: int | None = None,
        with_received: bool = False,
    ) -> answers.EvidenceBundle:
        """Make a pack of evidence. It is on record in the access log before it can be fetched.

        `query`: Which question.
        `variables`: Its variables, as a JSON object: `auditQueries` tells which.
        `at_size`: As of the smallest kept checkpoint of at least so many entries, so that an answer can be had again;
        null: now.
        `with_received`: Received bytes too, beside the normalised ones. Needs `payload:read`.
        """
        answer: answers.EvidenceBundle = self._ask(
            documents.EXPORT_EVIDENCE,
            answers.EvidenceBundle,
            {"query": query, "variables": variables, "atSize": at_size, "withReceived": with_received},
        )
        return answer

    def create_key(
        self,
        input: inputs.CreateKeyInput,
    ) -> answers.CreateKeyPayload:
        """Make a key. Its text is in the answer, once.

        `input`: The key.
        """
        answer: answers.CreateKeyPayload = self._ask(
            documents.CREATE_KEY,
            answers.CreateKeyPayload,
            {"input": input},
        )
        return answer

    def revoke_key(
        self,
        input: inputs.RevokeKeyInput,
    ) -> answers.RevokeKeyPayload:
        """Revoke a key: from now on it opens nothing.

        `input`: Which key.
        """
        answer: answers.RevokeKeyPayload = self._ask(
            documents.REVOKE_KEY,
            answers.RevokeKeyPayload,
            {"input": input},
        )
        return answer

    def add_alias(
        self,
        input: inputs.AddAliasInput,
    ) -> answers.AliasPayload:
        """Let two names be one thing. A rule with the same `from` is replaced.

        `input`: The rule.
        """
        answer: answers.AliasPayload = self._ask(
            documents.ADD_ALIAS,
            answers.AliasPayload,
            {"input": input},
        )
        return answer

    def remove_alias(
        self,
        input: inputs.RemoveAliasInput,
    ) -> answers.AliasPayload:
        """Take an alias rule back: answers are as if it had never been.

        `input`: Which rule.
        """
        answer: answers.AliasPayload = self._ask(
            documents.REMOVE_ALIAS,
            answers.AliasPayload,
            {"input": input},
        )
        return answer

    def state_fact(
        self,
        input: inputs.StateFactInput,
    ) -> answers.FactPayload:
        """State a fact that you vouch for: an edge, an owner, a tag, a description.

        `input`: The fact.
        """
        answer: answers.FactPayload = self._ask(
            documents.STATE_FACT,
            answers.FactPayload,
            {"input": input},
        )
        return answer

    def retract_fact(
        self,
        input: inputs.RetractFactInput,
    ) -> answers.FactPayload:
        """Take a stated fact back.

        `input`: Which fact.
        """
        answer: answers.FactPayload = self._ask(
            documents.RETRACT_FACT,
            answers.FactPayload,
            {"input": input},
        )
        return answer

    def replay_dead_letters(
        self,
        input: inputs.ReplayInput,
    ) -> answers.ReplayPayload:
        """Read dead letters again, by code that may understand them now.

        `input`: Which ones.
        """
        answer: answers.ReplayPayload = self._ask(
            documents.REPLAY_DEAD_LETTERS,
            answers.ReplayPayload,
            {"input": input},
        )
        return answer

    def distrust_runs(
        self,
        input: inputs.DistrustInput,
    ) -> answers.DistrustPayload:
        """Set runs aside: they stay in the record and leave the answers.

        `input`: Which runs.
        """
        answer: answers.DistrustPayload = self._ask(
            documents.DISTRUST_RUNS,
            answers.DistrustPayload,
            {"input": input},
        )
        return answer

    def trust_runs(
        self,
        input: inputs.TrustInput,
    ) -> answers.DistrustPayload:
        """Believe runs again that were set aside.

        `input`: Which distrust.
        """
        answer: answers.DistrustPayload = self._ask(
            documents.TRUST_RUNS,
            answers.DistrustPayload,
            {"input": input},
        )
        return answer

    def schema_changed(
        self,
        *,
        namespaces: Sequence[str] | None = None,
        after: int | None = None,
    ) -> Iterator[answers.SchemasChanged]:
        """What changed in any schema, as soon as the graph has it. Changes that only a statement re-tells (an alias) are
        left out.

        `namespaces`: Only of these namespaces, in any spelling; null: of all that you see.
        `after`: The index of the last event that you have: those of later entries follow. -1: all; null: from now on.
        """
        events: Iterator[answers.SchemasChanged] = self._listen(
            documents.SCHEMA_CHANGED,
            answers.SchemasChanged,
            {"namespaces": namespaces, "after": after},
        )
        return events

    def run_ended(
        self,
        *,
        namespaces: Sequence[str] | None = None,
        after: int | None = None,
    ) -> Iterator[answers.RunsEnded]:
        """Which runs ended, well or not, as soon as the graph has it.

        `namespaces`: Only of these namespaces, in any spelling; null: of all that you see.
        `after`: The index of the last event that you have: those of later entries follow. -1: all; null: from now on.
        """
        events: Iterator[answers.RunsEnded] = self._listen(
            documents.RUN_ENDED,
            answers.RunsEnded,
            {"namespaces": namespaces, "after": after},
        )
        return events

    def ledger_grew(
        self,
        *,
        after: int | None = None,
    ) -> Iterator[answers.LedgerStatus]:
        """Where ledger and graph stand, whenever one of them has grown: the latest state, not each step.

        `after`: The size that you know: a larger one is told at once.
        """
        events: Iterator[answers.LedgerStatus] = self._listen(
            documents.LEDGER_GREW,
            answers.LedgerStatus,
            {"after": after},
        )
        return events
