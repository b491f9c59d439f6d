"""What names mean now, for the projector: datasets and jobs, their classes, and the schemas that anyone reported.

The one idea: this is the View of lineage/claims.py, kept in memory and mirrored as sets in the state. Every method that adds evidence
collects the names whose meaning may have changed; settle() computes their classes and hands them out, so that whoever named
them can be computed again.
"""

from collections.abc import Iterable, Sequence

from lineage import ids
from lineage.claims import Place
from lineage.events import Event, RawName
from lineage.facts import NodeKind
from lineage.identity import Names, Standing, Trait
from lineage.names import is_unlisted_cte, normal_job
from lineage.projector.state import State
from lineage.sql_reading import Analyse, SqlReading, Tables
from lineage.statements import AliasKind, AliasMatch, AliasRule

NO_NAME = RawName("", "")


class Meanings:
    """The names of a state. One writer; nothing here is shared between threads."""

    def __init__(self, state: State, analyse: Analyse | None = None) -> None:
        self._state = state
        self._analyse = analyse
        self.datasets = Names(NodeKind.DATASET)
        self.jobs = Names(NodeKind.JOB)
        self._pending: dict[NodeKind, set[RawName]] = {NodeKind.DATASET: set(), NodeKind.JOB: set()}
        self._stated: dict[tuple[NodeKind, RawName], tuple[Trait, int]] = {}
        """What people's statements alone say of names."""
        self._applications: dict[RawName, tuple[RawName, ...]] = {}
        self._rules: tuple[AliasRule, ...] = ()
        self._technical: dict[RawName, set[RawName]] = {}
        self._schemas: dict[RawName, frozenset[frozenset[str]]] = {}
        self._ordered: dict[RawName, frozenset[tuple[str, ...]]] = {}
        for kind, names in ((NodeKind.DATASET, self.datasets), (NodeKind.JOB, self.jobs)):
            for name, traits, first_us in state.names(kind):
                names.mention(name, Trait(traits), first_us)
            for one, other in state.links(kind):
                names.link(one, other)

    def start(self, rules: Sequence[AliasRule]) -> None:
        """Compute every class once, from what the state held."""
        self._rules = tuple(rules)
        self.datasets.set_rules(rules)
        self.jobs.set_rules(rules)

    def of(self, kind: NodeKind) -> Names:
        return self.datasets if kind is NodeKind.DATASET else self.jobs

    # Evidence

    def mention(self, kind: NodeKind, name: RawName, traits: Trait, time_us: int) -> None:
        is_new = self.of(kind).mention(name, traits, time_us)
        if is_new or (kind, name) in self._stated:  # what a statement said already counts only as long as it does
            self._state.put_name(kind, name, int(traits), time_us)
        if is_new:
            self._pending[kind].add(name)

    def hear(self, event: Event) -> None:
        """Take in what an event says of names: who is mentioned how, and what is one thing."""
        settled = Trait.SETTLED if event.run_id is None else Trait.NONE
        if event.job is not None:
            self.mention(NodeKind.JOB, event.job, Trait.MAIN | Trait.LISTED, event.time_us)
            if event.job_identity is not None and event.job_identity != event.job:
                self.mention(NodeKind.JOB, event.job_identity, Trait.LISTED, event.time_us)
                self.link(NodeKind.JOB, event.job, event.job_identity)
        if event.parent is not None:
            self.mention(NodeKind.JOB, event.parent.job, Trait.LISTED, event.time_us)
        for mention in event.mentions:
            traits = Trait.MAIN | Trait.LISTED | settled
            traits |= Trait.SCHEMA if mention.columns is not None else Trait.NONE
            traits |= Trait.REAL if mention.real else Trait.NONE
            self._dataset(mention.name, traits, event.time_us)
            for alias in mention.aliases:
                self._dataset(alias, Trait.LISTED | settled, event.time_us)
                self.link(NodeKind.DATASET, mention.name, alias)
            if mention.previous is not None:
                self._dataset(mention.previous, Trait.LISTED | settled, event.time_us)
            for source in mention.sources or ():
                self._dataset(source, Trait.LISTED | settled, event.time_us)
            for claim in mention.claims or ():
                same_place = claim.source.namespace == mention.name.namespace
                suspect = same_place and is_unlisted_cte(claim.source.name, mention.name.name)
                self._dataset(claim.source, (Trait.SUSPECT if suspect else Trait.NONE) | settled, event.time_us)

    def _dataset(self, name: RawName, traits: Trait, time_us: int) -> None:
        self.mention(NodeKind.DATASET, name, traits, time_us)

    def mention_stated(self, kind: NodeKind, name: RawName, traits: Trait, time_us: int) -> None:
        """A name that a person's statement gives: it lasts as long as the statement does."""
        known = self._stated.get((kind, name), (Trait.NONE, time_us))
        self._stated[kind, name] = (known[0] | traits, min(known[1], time_us))
        if self.of(kind).mention(name, traits, time_us):
            self._pending[kind].add(name)

    def unmention(self, kind: NodeKind, name: RawName, time_us: int) -> None:
        """A statement is taken back: what only it named is named no more."""
        self._stated.pop((kind, name), None)
        known = self._state.name_known(kind, name)
        self.of(kind).reset(name, None if known is None else (Trait(known[0]), known[1]))
        self._pending[kind].add(name)

    def unconfirm(self, name: RawName) -> None:
        """No run that counts mentions a dataset any more."""
        known = self._state.name_known(NodeKind.DATASET, name)
        if known is not None and Trait(known[0]) & Trait.CONFIRMED:
            traits = Trait(known[0]) & ~Trait.CONFIRMED
            self._state.set_traits(NodeKind.DATASET, name, int(traits))
            self.datasets.reset(name, (traits, known[1]))
            if (NodeKind.DATASET, name) in self._stated:
                self.datasets.mention(name, *self._stated[NodeKind.DATASET, name])
            self._pending[NodeKind.DATASET].add(name)

    def link(self, kind: NodeKind, one: RawName, other: RawName) -> None:
        if self.of(kind).link(one, other):
            self._state.put_link(kind, one, other)
            self._pending[kind] |= {one, other}

    def set_rules(self, rules: Sequence[AliasRule]) -> dict[NodeKind, set[RawName]]:
        """Put the operator's rules in force; the names that mean something else now."""
        self._rules = tuple(rules)
        return {kind: self.of(kind).set_rules(rules) for kind in (NodeKind.DATASET, NodeKind.JOB)}

    def namespace_aliases(self) -> dict[str, str]:
        """Namespaces that the operator's exact rules name -> the namespaces that they mean."""
        return {
            rule.from_: meant
            for rule in self._rules
            if rule.kind is AliasKind.NAMESPACE and rule.match is AliasMatch.EXACT
            if (meant := self.datasets.normal(RawName(rule.from_, "x")).namespace) != rule.from_
        }

    def settle(self) -> dict[NodeKind, set[RawName]]:
        """The names that mean something else than before, after all evidence of an entry is in."""
        changed = {kind: self.of(kind).touch(names) if names else set() for kind, names in self._pending.items()}
        self._pending = {kind: set() for kind in self._pending}
        return changed

    def mentioning(self, dataset: RawName) -> set[int]:
        """The sources whose facts depend on what a dataset's name means, by whatever spelling."""
        spellings = {dataset, self.datasets.normal(dataset)}
        return {source for spelling in spellings for source in self._state.mentioned_in(NodeKind.DATASET, spelling)}

    def set_applications(self, job: RawName, applications: Iterable[RawName]) -> bool:
        """A technical job is shown as the application above it; whether that is new."""
        told = tuple(sorted(applications))
        before = self._applications.get(job, ())
        if before == told:
            return False
        for application in before:
            self._technical.get(application, set()).discard(job)
        for application in told:
            self._technical.setdefault(application, set()).add(job)
        self._applications[job] = told
        return True

    def shown_as(self, application: RawName) -> set[RawName]:
        """The technical jobs that are shown as this application."""
        return set(self._technical.get(application, ()))

    def set_schemas(self, dataset: RawName, ordered: frozenset[tuple[str, ...]]) -> bool:
        """Which columns are reported for a raw name, each time in their order; whether that is new."""
        if self._ordered.get(dataset, frozenset()) == ordered:
            return False
        self._ordered[dataset] = ordered
        self._schemas[dataset] = frozenset(frozenset(columns) for columns in ordered)
        return True

    # The View

    def dataset(self, name: RawName) -> Place | None:
        standing = self.datasets.standing(name) or self.datasets.find(name)
        return None if standing is None or standing.hidden else standing.place

    def schemas(self, dataset: Place) -> Iterable[frozenset[str]]:
        # folded parts' schemas do not count (design 4): one partition's file says nothing about the table
        names = self.datasets.shown_names(dataset.name)
        return {s for raw in names if not self.datasets.is_part(raw) for s in self._schemas.get(raw, ())}

    def columns(self, dataset: Place) -> tuple[str, ...]:
        """The columns in order: of the fullest schema that anyone reported, then what only others report, by name."""
        names = self.datasets.shown_names(dataset.name)
        told = {s for raw in names if not self.datasets.is_part(raw) for s in self._ordered.get(raw, ())}
        if not told:
            return ()
        fullest = max(told, key=lambda columns: (len(columns), columns))
        return tuple(dict.fromkeys((*fullest, *sorted({c for columns in told for c in columns}))))

    def spellings(self, dataset: Place) -> set[RawName]:
        return self.datasets.shown_names(dataset.name)

    def analyse(self, query: str, dialect: str, tables: Tables, database: str, schema: str) -> SqlReading | None:
        return None if self._analyse is None else self._analyse(query, dialect, tables, database, schema)

    def job(self, name: RawName) -> Place:
        """The job that a person would name; a technical one is shown as its application."""
        applications = self._applications.get(name)
        shown = applications[0] if applications else name
        standing = self.jobs.standing(shown)
        if standing is not None:
            return standing.place
        key = normal_job(shown.namespace, shown.name)
        return Place(ids.job_id(*key), RawName(*key))

    def standing(self, kind: NodeKind, name: RawName) -> Standing | None:
        found = self.of(kind).standing(name)
        if kind is NodeKind.JOB and found is not None and name in self._applications and self._applications[name]:
            return Standing(self.job(name), found.hidden, found.confirmed, found.first_us)
        return found
