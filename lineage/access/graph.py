"""The graph as one principal sees it: a GraphReader over a GraphReader.

The one idea: questions know nothing of permission. They ask this graph, in which what is hidden never was: no walk
passes through it, no count counts it, no name finds it, and its id is one that nobody ever had. What is hidden is
decided in visibility.py, what is told of the rest in veil.py.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice

from lineage.access.principal import ANY_SUFFIX
from lineage.access.veil import Veil
from lineage.access.visibility import Visibility
from lineage.errors import LimitExceeded
from lineage.facts import Direction, EvidenceKind, FactVersion, Flow, Node, NodeKind, Relation
from lineage.ids import NodeId, parent_of
from lineage.moment import FOREVER, Moment
from lineage.store.closure import reach_by_neighbours
from lineage.store.contract import Edge, GraphReader, Reach, SearchHit, StoryWindow, list_key
from lineage.store.digests import change_key
from lineage.store.matching import Admit, Candidate
from lineage.store.memory import is_visible
from lineage.store.presence import PRESENCE, End

CANDIDATES_MAX = 50_000  # names held against one search, seen or not: some seconds; a longer query has fewer
PAGE = 1_000  # read at once where what is hidden is left out of a list
TOO_MANY = "This search matches more names than are looked at. Give a longer part of the name."


@dataclass(frozen=True, slots=True)
class ScopedGraph:
    """One request's view of a graph. Reads as the graph does; writing is not its business."""

    graph: GraphReader
    visibility: Visibility
    veil: Veil
    places: dict[str, str]
    """Keys of versions as they are told -> as the graph has them: where a page of changed() goes on."""
    beyond: dict[tuple[NodeId, Moment], set[NodeId]]
    """The hidden neighbours of nodes, for principals that may be told how many there are."""

    # ---- plain reads -----------------------------------------------------------------------------------------------

    def ledger_origin(self) -> str | None:
        return self.graph.ledger_origin()

    def applied(self) -> int:
        return self.graph.applied()

    def close(self) -> None:
        """The graph below is not this one's to close."""

    def resolve(self, own_ids: Collection[NodeId], at: Moment) -> dict[NodeId, NodeId]:
        return self.visibility.resolve(own_ids, at)

    def nodes(self, ids: Collection[NodeId]) -> dict[NodeId, Node]:
        """By the latest state: every other read is at least as strict, so what it names is named here."""
        found = self.visibility.nodes(ids)
        seen = self.visibility.visible(found, self.visibility.latest)
        return {id: node for id, node in found.items() if id in seen}

    def columns_of(self, datasets: Collection[NodeId]) -> list[Node]:
        columns = self.graph.columns_of(datasets)
        seen = self.visibility.visible([column.id for column in columns], self.visibility.latest)
        return [column for column in columns if column.id in seen]

    # ---- facts -----------------------------------------------------------------------------------------------------

    def facts(
        self, nodes: Collection[NodeId], relations: Collection[Relation], at: Moment, *, by_object: bool = False
    ) -> list[FactVersion]:
        seen = self.visibility.visible(nodes, at) if by_object else self._subjects(nodes, relations, at)
        return self.veil.versions(self.graph.facts(sorted(seen), relations, at, by_object=by_object), at)

    def history(
        self, nodes: Collection[NodeId], relations: Collection[Relation], *, known: int, by_object: bool = False
    ) -> list[FactVersion]:
        at = Moment(None, known)
        seen = self.visibility.visible(nodes, at) if by_object else self._subjects(nodes, relations, at)
        return self.veil.versions(self.graph.history(sorted(seen), relations, known=known, by_object=by_object), at)

    def _subjects(self, nodes: Collection[NodeId], relations: Collection[Relation], at: Moment) -> set[NodeId]:
        """What is asked about; the subject of a NAME is a spelling, which is judged by what it spells."""
        return set(nodes) if Relation.NAME in relations else self.visibility.visible(nodes, at)

    def neighbours(
        self,
        frontier: Collection[NodeId],
        relation: Relation,
        direction: Direction,
        at: Moment,
        *,
        flows: Collection[Flow] | None = None,
        evidence: Collection[EvidenceKind] | None = None,
    ) -> list[Edge]:
        seen = self.visibility.visible(frontier, at)
        found = self.graph.neighbours(sorted(seen), relation, direction, at, flows=flows, evidence=evidence)
        kept = self.veil.edges(found, at)
        if self.visibility.principal.counts and len(kept) < len(found):
            self._count(found, at)
        return kept

    def reach(
        self,
        roots: Collection[NodeId],
        relation: Relation,
        direction: Direction,
        at: Moment,
        *,
        depth_max: int | None,
        nodes_max: int,
        flows: Collection[Flow] | None = None,
        evidence: Collection[EvidenceKind] | None = None,
    ) -> Reach:
        """Hop by hop: the store's own closure would pass through what is hidden."""
        seen = self.visibility.visible(roots, at)
        return reach_by_neighbours(
            self.neighbours, [root for root in roots if root in seen], relation, direction, at,
            depth_max=depth_max, nodes_max=nodes_max, flows=flows, evidence=evidence,
        )  # fmt: skip

    def _count(self, found: Sequence[Edge], at: Moment) -> None:
        seen = self.visibility.visible({end for e in found for end in (e.source, e.target)}, at)
        for e in found:
            for near, far in ((e.source, e.target), (e.target, e.source)):
                if near in seen and far not in seen:
                    self.beyond.setdefault((near, at), set()).add(parent_of(far) or far)

    def left_out(self, nodes: Collection[NodeId], at: Moment) -> int:
        """How many datasets and columns' datasets were left out beside these nodes, as far as they were asked about."""
        return len({far for node in nodes for far in self.beyond.get((node, at), ())})

    # ---- lists -----------------------------------------------------------------------------------------------------

    def search(
        self,
        query: str,
        kinds: Collection[NodeKind],
        at: Moment,
        *,
        limit: int,
        after: tuple[int, int, str, str] | None,
        admit: Admit | None = None,
    ) -> list[SearchHit]:
        """What is hidden is no candidate, so it costs neither a place nor a rank; a column is found only where a fact
        that is seen tells of it. LimitExceeded when more names match, hidden ones among them, than a search may look
        at."""
        looked_at = 0

        def seen(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
            nonlocal looked_at
            looked_at += len(candidates)
            if looked_at > CANDIDATES_MAX:
                raise LimitExceeded(TOO_MANY, limit=CANDIDATES_MAX, asked=looked_at)
            visible = self.visibility.visible({node.id for node, _ in candidates}, at)
            admitted = self.visibility.admits({written.namespace for _, written in candidates})
            kept = [each for each in candidates if each[0].id in visible and each[1].namespace in admitted]
            return kept if admit is None else admit(kept)

        kept: list[SearchHit] = []
        asked = limit
        while len(kept) < limit:
            hits = self.graph.search(query, kinds, at, limit=asked, after=after, admit=seen)
            kept += self._told(hits, at)
            if len(hits) < asked:
                break
            after = (*hits[-1][:3], hits[-1].node.id)
            asked *= 2  # what was found again counts as looked at, so this ends
        return kept[:limit]

    def _told(self, hits: Sequence[SearchHit], at: Moment) -> list[SearchHit]:
        """Without the columns of which only hidden facts tell."""
        columns = [hit.node.id for hit in hits if hit.node.kind is NodeKind.COLUMN]
        if not columns:
            return list(hits)
        there: set[str] = set()
        for relation, end in PRESENCE[NodeKind.COLUMN]:
            by_object = end is End.OBJECT
            versions = self.facts(columns, (relation,), at, by_object=by_object)
            there.update(v.fact.object if by_object else v.fact.subject for v in versions)
        return [hit for hit in hits if hit.node.kind is not NodeKind.COLUMN or hit.node.id in there]

    def listed(
        self, kind: NodeKind, at: Moment, *, namespace: str | None, limit: int, after: tuple[str, str, str] | None
    ) -> list[Node]:
        """Each of the principal's namespaces for itself, where they are few and told in full."""
        own = self.visibility.principal.namespaces
        if namespace is not None:
            spaces: Sequence[str | None] = [namespace] if self.visibility.admits([namespace]) else []
        elif own is not None and not any(each.endswith(ANY_SUFFIX) for each in own):
            spaces = sorted(set(own))
        else:
            spaces = [None]
        lists = [self._listed(kind, at, space, limit, after) for space in spaces]
        return list(islice(merge(*lists, key=list_key), limit))

    def _listed(
        self, kind: NodeKind, at: Moment, namespace: str | None, limit: int, after: tuple[str, str, str] | None
    ) -> Iterator[Node]:
        while True:
            page = self.graph.listed(kind, at, namespace=namespace, limit=max(limit, PAGE), after=after)
            seen = self.visibility.visible([node.id for node in page], at)
            yield from (node for node in page if node.id in seen)
            if len(page) < max(limit, PAGE):
                return
            after = list_key(page[-1])

    def story(
        self, relation: Relation, windows: Sequence[StoryWindow], *, known: int, newest: bool, limit: int
    ) -> list[list[FactVersion]]:
        at = Moment(None, known)
        seen = self.visibility.visible({window.parent for window in windows}, at)
        wanted = [window for window in windows if window.parent in seen]
        asked = limit
        while True:
            found = self.graph.story(relation, wanted, known=known, newest=newest, limit=asked)
            told = [[told for _, told in self.veil.pairs(each, at)][:limit] for each in found]
            if not any(len(a) == asked and len(b) < limit for a, b in zip(found, told, strict=True)):
                break
            asked *= 2  # what is hidden takes no place
        stories = iter(told)
        return [next(stories) if window.parent in seen else [] for window in windows]

    def story_lengths(
        self, relation: Relation, parents: Collection[NodeId], *, known: int, before_us: int
    ) -> dict[NodeId, int]:
        """By reading the whole stories: what is hidden in them only each of their facts tells."""
        of = sorted(set(parents))
        windows = [StoryWindow(parent, -FOREVER, before_us) for parent in of]
        told = self.story(relation, windows, known=known, newest=False, limit=FOREVER)
        counted = {parent: len({v.fact.subject for v in story}) for parent, story in zip(of, told, strict=True)}
        return {parent: count for parent, count in counted.items() if count}

    def changed(
        self,
        relation: Relation,
        *,
        since_us: int,
        until_us: int | None,
        known: int,
        after: tuple[int, str] | None,
        limit: int,
    ) -> list[FactVersion]:
        at, kept = Moment(None, known), list[FactVersion]()
        position = None if after is None else (after[0], self.places.get(after[1], after[1]))
        while len(kept) < limit:
            asked = max(limit, PAGE)
            page = self.graph.changed(
                relation, since_us=since_us, until_us=until_us, known=known, after=position, limit=asked
            )
            for was, told in self.veil.pairs(page, at)[: limit - len(kept)]:
                # The place of a version in the ledger is the ledger's, whoever told it: a page goes on after it.
                told = FactVersion(told.fact, told.valid, was.known_from, told.known_to)
                if told.fact != was.fact:
                    self.places[change_key(told)] = change_key(was)
                kept.append(told)
            if len(page) < asked:
                break
            position = (page[-1].known_from, change_key(page[-1]))
        return kept

    # ---- the whole -------------------------------------------------------------------------------------------------

    def counts(self, at: Moment) -> dict[str, int]:
        """By reading all that is visible: not for every page."""
        relations: Counter[str] = Counter()
        ends: dict[tuple[Relation, End], set[NodeId]] = {}
        for version in self.export(history=True, known=at.known):
            if not is_visible(version, at):
                continue
            relations[version.fact.relation] += 1
            ends.setdefault((version.fact.relation, End.SUBJECT), set()).add(version.fact.subject)
            ends.setdefault((version.fact.relation, End.OBJECT), set()).add(NodeId(version.fact.object))
        there = {id for found in ends.values() for id in found}
        kinds = Counter(
            node.kind
            for id, node in self.nodes(there).items()
            if any(id in ends.get(each, ()) for each in PRESENCE[node.kind])
        )
        return {r.value: relations[r] for r in Relation} | {k.value: kinds[k] for k in NodeKind}

    def export(self, *, history: bool, known: int | None = None) -> Iterator[FactVersion]:
        at = Moment(None, self.visibility.latest.known if known is None else known)
        versions = self.graph.export(history=history, known=known)
        while page := list(islice(versions, PAGE)):
            yield from (told for _, told in self.veil.pairs(page, at))
