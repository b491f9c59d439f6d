"""Which names are one thing, by plain union-find over normal forms: the model's half of design 3."""

from __future__ import annotations

from collections.abc import Sequence

from lineage import ids
from lineage.claims import Place
from lineage.events import Event, RawName
from lineage.facts import NodeKind
from lineage.names import fold_parents, is_unlisted_cte, normal_dataset, normal_job
from lineage.statements import AliasMatch, AliasRule

Key = tuple[str, str]
ORDER = (AliasMatch.EXACT, AliasMatch.HOSTS, AliasMatch.REGEX)


class NaiveNames:
    """The names of one kind. learn() and mention_stated() first, then finish(), then the questions."""

    def __init__(self, kind: NodeKind, rules: Sequence[AliasRule]) -> None:
        self.kind = kind
        self.rules = sorted(rules, key=lambda r: (ORDER.index(r.match), r.from_, r.to))
        self.first_us: dict[RawName, int] = {}
        self.confirmed: set[RawName] = set()
        """Named by what counts: an event without a run, a person, a run that completed (the model adds those)."""
        self.main: set[RawName] = set()
        self.with_schema: set[RawName] = set()
        self.real: set[RawName] = set()
        self.listed: set[RawName] = set()
        self.suspect: set[RawName] = set()
        self.links: set[tuple[RawName, RawName]] = set()

    def _mention(self, name: RawName, time_us: int) -> None:
        self.first_us[name] = min(time_us, self.first_us.get(name, time_us))

    def mention_stated(self, name: RawName, since_us: int) -> None:
        self._mention(name, since_us)
        self.main.add(name)
        self.listed.add(name)
        self.confirmed.add(name)

    def learn(self, event: Event) -> None:
        if self.kind is NodeKind.JOB:
            self._learn_jobs(event)
            return
        for m in event.mentions:
            named = [m.name, *m.aliases, *(m.sources or ()), *([m.previous] if m.previous is not None else [])]
            self.listed |= set(named)
            self.main.add(m.name)
            if m.columns is not None:
                self.with_schema.add(m.name)
            if m.real:
                self.real.add(m.name)
            self.links |= {(m.name, alias) for alias in m.aliases}
            for claim in m.claims or ():
                if claim.source.namespace == m.name.namespace and is_unlisted_cte(claim.source.name, m.name.name):
                    self.suspect.add(claim.source)
                named.append(claim.source)
            for name in named:
                self._mention(name, event.time_us)
            if event.run_id is None:
                self.confirmed |= set(named)

    def _learn_jobs(self, event: Event) -> None:
        if event.job is not None:
            self._mention(event.job, event.time_us)
            self.main.add(event.job)
            if event.job_identity is not None:
                self._mention(event.job_identity, event.time_us)
                self.links.add((event.job, event.job_identity))
        if event.parent is not None:
            self._mention(event.parent.job, event.time_us)

    # Keys

    def key(self, name: RawName) -> Key:
        normal = normal_dataset if self.kind is NodeKind.DATASET else normal_job
        return normal(self._namespace(name.namespace), name.name)

    def _namespace(self, namespace: str) -> str:
        """The operator's rules again and again; a circle of rules means the smallest name in it."""
        chain = [namespace]
        while True:
            step = self._one_step(chain[-1])
            if step is None:
                return chain[-1]
            if step in chain:
                return min(chain[chain.index(step) :])
            chain.append(step)

    def _one_step(self, namespace: str) -> str | None:
        normal = normal_dataset if self.kind is NodeKind.DATASET else normal_job
        for rule in self.rules:
            for spelling in (namespace, normal(namespace, "x")[0]):
                became = rule.rewrite(spelling)
                if became is not None and became != namespace:
                    return became
        return None

    # Classes

    def finish(self) -> None:
        own = [rule for rule in self.rules if rule.kind.value == self.kind.value]
        self.keys = {name: self.key(name) for name in self.first_us}
        self.wanted = {self.key(rule.names[1]) for rule in own}
        ruled = [(self.key(rule.names[0]), self.key(rule.names[1])) for rule in own]
        everything = {*self.keys.values(), *(key for pair in ruled for key in pair)}
        pairs = [(self.keys[a], self.keys[b]) for a, b in self.links] + ruled
        pairs += [(key, parent) for key in everything if (parent := self._folds_into(key)) is not None]
        leader = {key: key for key in everything}

        def find(key: Key) -> Key:
            while leader[key] != key:
                key = leader[key]
            return key

        for one, other in pairs:
            leader[find(one)] = find(other)
        classes: dict[Key, set[Key]] = {}
        for key in everything:
            classes.setdefault(find(key), set()).add(key)
        self.members = {key: members for members in classes.values() for key in members}
        self.best = {key: min(self._candidates(members), key=self._rank) for key, members in self.members.items()}
        above: set[Key] = set()
        if self.kind is NodeKind.DATASET:
            for namespace, path in everything:
                parts = path.split("/")
                above |= {(namespace, "/".join(parts[:i])) for i in range(1, len(parts))}
        self.above = above

    def _raws(self, key: Key) -> set[RawName]:
        return {name for name, its in self.keys.items() if its == key}

    def _folds_into(self, key: Key) -> Key | None:
        """The dataset of which a path is a file, a partition or an inner directory."""
        if self.kind is not NodeKind.DATASET:
            return None
        for fold in fold_parents(*key):
            parent = (fold.namespace, fold.name)
            raws = self._raws(parent)
            is_model = any("/stages/" in raw.name and raw.name != parent[1] for raw in raws)
            if is_model if fold.when == "MODEL" else raws & self.real:
                return parent
        return None

    def _candidates(self, members: set[Key]) -> set[Key]:
        return {key for key in members if self._folds_into(key) is None} or members

    def _rank(self, key: Key) -> tuple[object, ...]:
        raws = self._raws(key)
        return key not in self.wanted, not raws, not raws & self.with_schema, not raws & self.main, key

    # Questions

    def shown(self, name: RawName) -> Place:
        best = self.best[self.keys[name]]
        make = ids.dataset_id if self.kind is NodeKind.DATASET else ids.job_id
        return Place(make(*best), RawName(*best))

    def place(self, name: RawName) -> Place | None:
        """None: never mentioned, a bare directory above datasets, or what looks like a CTE."""
        if name not in self.keys or (name in self.suspect and name not in self.listed):
            return None
        key = self.keys[name]
        if key in self.above and not self._raws(key) & self.real and self.members[key] == {key}:
            return None
        return self.shown(name)

    def is_part(self, name: RawName) -> bool:
        """A file or partition of what it is shown as."""
        key = self.keys[name]
        bare, whole = name.name.strip().strip("/"), key[1].strip("/")
        trimmed = len(whole) < len(bare) and bare.startswith(whole)
        return trimmed or self._folds_into(key) is not None
