"""All questions in one place: what the API calls.

The one idea: each method pins the moment, resolves the names, asks, and keeps nothing: a Questions may be shared by all
threads. Every answer is a frozen value of answers.py; every refusal an error of lineage/errors.py.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lineage.errors import InputError, NotFound
from lineage.facts import Direction, EvidenceKind, Flow, Grain, Node, NodeKind, Relation
from lineage.ids import NodeId
from lineage.query import browse, diff, drift, paths, search, show
from lineage.query.answering import Question, version_moment
from lineage.query.answers import (
    ChangeKind,
    DatasetPage,
    ImpactAnswer,
    JobPage,
    LineageAnswer,
    LineageDiff,
    NodeConnection,
    Page,
    PathsAnswer,
    ProvenanceAnswer,
    RunPage,
    SchemaChange,
    SchemaChangeConnection,
    SearchConnection,
)
from lineage.query.comparison import VersionComparison, compare_versions
from lineage.query.cursors import arguments_hash, check_first, resume
from lineage.query.entries import entries_of
from lineage.query.hops import EVIDENCE_DEFAULT, Filter
from lineage.query.impact import impact
from lineage.query.lineage import LIMIT_DEFAULT, lineage
from lineage.query.moments import NOW, MomentInput
from lineage.query.provenance import provenance
from lineage.query.resolve import (
    NodeRef,
    dataset,
    job,
    node_by_id,
    nodes_by_id,
    resolve,
    resolve_all,
    resolve_root,
    run,
)
from lineage.query.run_lineage import VERSIONS_DEFAULT, RunLineage, run_lineage
from lineage.query.served import ServedVersion, served_versions
from lineage.query.show import Place, Story
from lineage.query.skew import SkewAnswer, feature_skew
from lineage.query.sources import Sources
from lineage.query.walk import Budget


@dataclass(frozen=True, slots=True)
class Questions:
    """What can be asked of the graph. Synchronous; safe to call from several threads."""

    sources: Sources

    # ---- one thing -------------------------------------------------------------------------------------------------

    def node(self, id: str, at: MomentInput = NOW) -> Page:
        """Errors: InputError, NotFound."""
        moment = self.sources.pin(at).moment
        return show.show(self.sources, node_by_id(self.sources, id, moment), moment)

    def nodes(self, ids: Sequence[str], at: MomentInput = NOW) -> list[Node | InputError | NotFound]:
        """The nodes with these ids, in order; in the place of one that is missing, its error."""
        return nodes_by_id(self.sources, ids, self.sources.pin(at).moment)

    def pages(self, ids: Sequence[str], at: MomentInput = NOW) -> list[Page | InputError | NotFound]:
        """Their pages, in as many reads as one page takes."""
        moment = self.sources.pin(at).moment
        found = nodes_by_id(self.sources, ids, moment)
        pages = show.pages(self.sources, (node for node in found if isinstance(node, Node)), moment)
        return [
            pages.get(node.id, NotFound(f"Nothing is known of {node.id} at this moment."))
            if isinstance(node, Node)
            else node
            for node in found
        ]

    def story(
        self, parents: Sequence[NodeId], relation: Relation, at: MomentInput = NOW, *, first: int, after: Place | None
    ) -> dict[NodeId, Story]:
        """One page of the runs (RUN) of each job, or of the versions (VERSION) of each dataset, the newest first.
        Errors: InputError, LimitExceeded."""
        return show.story_pages(
            self.sources, parents, relation, self.sources.pin(at).moment, first=check_first(first), after=after
        )

    def story_lengths(
        self, parents: Sequence[NodeId], relation: Relation, at: MomentInput = NOW
    ) -> dict[NodeId, int]:
        """How many runs, or versions, the whole story of each has."""
        return show.story_lengths(self.sources, parents, relation, self.sources.pin(at).moment)

    def find(self, ref: NodeRef, at: MomentInput = NOW) -> Node:
        """Only the node that a reference means. Errors: InputError, NotFound with near names."""
        return resolve(self.sources, ref, self.sources.pin(at).moment)

    def page(self, node: Node, at: MomentInput = NOW) -> Page:
        """The page of a node that an answer named."""
        return show.show(self.sources, node, self.sources.pin(at).moment)

    def dataset(self, namespace: str, name: str, at: MomentInput = NOW) -> DatasetPage:
        """Errors: NotFound with near names."""
        moment = self.sources.pin(at).moment
        return show.dataset_page(self.sources, dataset(self.sources, namespace, name, moment), moment)

    def job(self, namespace: str, name: str, at: MomentInput = NOW) -> JobPage:
        """Errors: NotFound with near names."""
        moment = self.sources.pin(at).moment
        return show.job_page(self.sources, job(self.sources, namespace, name, moment), moment)

    def run(self, namespace: str, job_name: str, run_id: str, attempt: int | None = None) -> RunPage:
        """`attempt` counts from 1; None: the last. Errors: InputError, NotFound."""
        moment = self.sources.pin(NOW).moment
        found = run(self.sources, job(self.sources, namespace, job_name, moment), run_id, attempt, moment)
        return show.run_page(self.sources, found, moment)

    def search(
        self,
        query: str,
        *,
        kinds: Collection[NodeKind] | None = None,
        first: int = 20,
        after: str | None = None,
        at: MomentInput = NOW,
    ) -> SearchConnection:
        """Errors: InputError, BadCursor, LimitExceeded."""
        arguments = arguments_hash("search", query, None if kinds is None else sorted(kinds), at)
        at, key = resume(at, after, arguments)
        return search.search(
            self.sources, query, self.sources.pin(at), kinds=kinds, first=first, after=key, arguments=arguments
        )

    def browse(
        self,
        kind: NodeKind,
        *,
        namespace: str | None = None,
        first: int = 100,
        after: str | None = None,
        at: MomentInput = NOW,
    ) -> NodeConnection:
        """Namespaces, or the datasets or jobs of one, by name. Errors: InputError, NotFound, BadCursor,
        LimitExceeded."""
        arguments = arguments_hash("browse", kind, namespace, at)
        at, key = resume(at, after, arguments)
        return browse.browse(
            self.sources, kind, self.sources.pin(at), namespace=namespace, first=first, after=key, arguments=arguments
        )

    # ---- walks -----------------------------------------------------------------------------------------------------

    def lineage(
        self,
        of: Sequence[NodeRef],
        direction: Direction,
        *,
        depth: int | None = None,
        grain: Grain = Grain.DATASET,
        flows: Collection[Flow] | None = None,
        evidence: Collection[EvidenceKind] | None = None,
        seen_after_us: int | None = None,
        limit: int = LIMIT_DEFAULT,
        at: MomentInput = NOW,
    ) -> LineageAnswer:
        """`depth` None: all the way; `limit` counts nodes; `evidence` None: all but ATTEMPTED. One missing root fails
        the whole. Errors: InputError, NotFound, LimitExceeded."""
        pinned = self.sources.pin(at)
        budget = Budget(depth=depth, nodes=limit)
        roots = resolve_all(self.sources, of, pinned.moment)
        if direction is Direction.UPSTREAM:
            pinned = version_moment(self.sources, roots, pinned)
        keep = Filter(
            frozenset(Flow if flows is None else flows),
            EVIDENCE_DEFAULT if evidence is None else frozenset(evidence),
            seen_after_us,
        )
        return lineage(self.sources, Question(tuple(roots), direction, grain, pinned, keep, budget))

    def impact(
        self,
        of: Sequence[NodeRef],
        *,
        change: ChangeKind | None = None,
        kinds: Collection[NodeKind] | None = None,
        first: int = 100,
        after: str | None = None,
        at: MomentInput = NOW,
    ) -> ImpactAnswer:
        """What a change breaks (impact.py has the table). Errors: InputError, NotFound, BadCursor, LimitExceeded."""
        check_first(first)
        arguments = arguments_hash("impact", tuple(of), change, None if kinds is None else sorted(kinds), at)
        at, key = resume(at, after, arguments)
        pinned = self.sources.pin(at)
        roots = tuple(resolve_all(self.sources, of, pinned.moment))
        return impact(
            self.sources, roots, pinned, change=change, kinds=kinds, first=first, after=key, arguments=arguments
        )

    def provenance(
        self, of: NodeRef, *, first: int = 100, after: str | None = None, at: MomentInput = NOW
    ) -> ProvenanceAnswer:
        """Every source behind one node. Errors: InputError, NotFound, BadCursor, LimitExceeded."""
        check_first(first)
        arguments = arguments_hash("provenance", of, at)
        at, key = resume(at, after, arguments)
        pinned = self.sources.pin(at)
        root = resolve_root(self.sources, of, pinned.moment)
        pinned = version_moment(self.sources, [root], pinned)
        return provenance(self.sources, root, pinned, first=first, after=key, arguments=arguments)

    def run_lineage(
        self,
        of: NodeRef,
        direction: Direction,
        *,
        depth: int | None = None,
        limit: int = VERSIONS_DEFAULT,
        at: MomentInput = NOW,
    ) -> RunLineage:
        """Which run read which version of what, as it was when it ran. Errors: InputError, NotFound, LimitExceeded."""
        pinned = self.sources.pin(at)
        root = resolve_root(self.sources, of, pinned.moment)
        return run_lineage(self.sources, root, direction, pinned, depth=depth, limit=limit)

    def compare_versions(self, first: NodeRef, second: NodeRef, at: MomentInput = NOW) -> VersionComparison:
        """What differs between two versions, each as it was made. Errors: InputError, NotFound."""
        pinned = self.sources.pin(at)
        one, other = (resolve_root(self.sources, ref, pinned.moment) for ref in (first, second))
        return compare_versions(self.sources, one, other, pinned)

    def feature_skew(self, of: NodeRef, at: MomentInput = NOW) -> SkewAnswer:
        """Which features of a model's version are served otherwise than they were trained on. Errors: InputError,
        NotFound."""
        pinned = self.sources.pin(at)
        return feature_skew(self.sources, resolve_root(self.sources, of, pinned.moment), pinned)

    def served_versions(self, namespace: str, name: str, at: MomentInput = NOW) -> list[ServedVersion]:
        """Which version of a model served when. Errors: NotFound with near names."""
        pinned = self.sources.pin(at)
        return served_versions(self.sources, dataset(self.sources, namespace, name, pinned.moment), pinned.moment)

    def paths(
        self, from_: NodeRef, to: NodeRef, *, first: int = 5, grain: Grain = Grain.COLUMN, at: MomentInput = NOW
    ) -> PathsAnswer:
        """The shortest distinct ways, shortest first. Errors: InputError, NotFound, LimitExceeded."""
        pinned = self.sources.pin(at)
        ends = [resolve_root(self.sources, ref, pinned.moment) for ref in (from_, to)]
        return paths.paths(self.sources, ends[0], ends[1], pinned, first=first, grain=grain)

    def diff(
        self,
        of: Sequence[NodeRef],
        direction: Direction,
        *,
        from_: MomentInput,
        to: MomentInput,
        grain: Grain = Grain.DATASET,
    ) -> LineageDiff:
        """What differs between two moments. Errors: InputError; NotFound when a root exists at neither."""
        return diff.diff(self.sources, of, direction, grain, self.sources.pin(from_), self.sources.pin(to))

    def schema_changes(
        self,
        since_us: int,
        *,
        until_us: int | None = None,
        of: Sequence[NodeRef] | None = None,
        first: int = 50,
        after: str | None = None,
    ) -> SchemaChangeConnection:
        """What changed in any schema in [since, until) of event time, in the order in which the ledger learned it.
        Errors: InputError, NotFound, BadCursor, LimitExceeded."""
        check_first(first)
        arguments = arguments_hash("schemaChanges", since_us, until_us, None if of is None else tuple(of))
        pinned = self.sources.pin(NOW)  # not the cursor's: a poller's next page holds what arrived since
        roots = None if of is None else resolve_all(self.sources, of, pinned.moment)
        return drift.schema_changes(
            self.sources,
            pinned,
            since_us=since_us,
            until_us=until_us,
            of=roots,
            first=first,
            after=after,
            arguments=arguments,
        )

    def impact_of_change(self, change: SchemaChange, *, first: int = 20) -> ImpactAnswer:
        """What is downstream of a changed column. Errors: LimitExceeded."""
        check_first(first)
        return drift.impact_of(self.sources, change, self.sources.pin(NOW), first=first)

    # ---- proof -----------------------------------------------------------------------------------------------------

    def entries_of(self, id: NodeId, at: MomentInput = NOW) -> tuple[int, ...]:
        """Ledger positions of the entries that speak of a node, ascending: of each fact the first, last and some
        between."""
        return entries_of(self.sources, [id], self.sources.pin(at).moment)[id]
