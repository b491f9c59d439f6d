"""Which raw names are one thing: classes of names, and the one name that each class shows.

The one idea: a raw name has a *key* (its normal form, after the operator's namespace rules). Keys are joined by links (symlinks,
the operator's dataset and job rules, a job's stable identity) and by folds (a file into the dataset that is its directory). A class
is a connected component; the answer is a pure function of the set of names, links and rules, so the order in which they
came does not matter, and undoing a rule leaves no trace. Only the classes that new evidence touches are computed again.

Kept in memory: a company has some 100,000 datasets and jobs, and every event asks for ten of them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntFlag

from lineage.claims import Place
from lineage.events import RawName
from lineage.facts import NodeKind
from lineage.ids import NodeId, dataset_id, job_id
from lineage.names import fold_parents, normal_dataset, normal_job
from lineage.statements import AliasKind, AliasMatch, AliasRule

Key = tuple[str, str]
NormalForm = Callable[[str, str], Key]
Told = tuple[Key, bool, bool, int, bool]
_MATCH_ORDER = (AliasMatch.EXACT, AliasMatch.HOSTS, AliasMatch.REGEX)  # design 3: exact, host list, regex


class Trait(IntFlag):
    """What is known of a name from all that mentioned it: a union, whatever the order."""

    NONE = 0
    MAIN = 1
    """It was an input, output or subject, or a run's job; not only a symlink or the source in a column facet."""
    SCHEMA = 2
    """It came with a schema."""
    REAL = 4
    """Written, or read with a schema, a subset or a version."""
    CONFIRMED = 8
    """A run that counts mentions it. The only trait that may be taken back: the run may turn out to have failed."""
    LISTED = 16
    """Named by more than a column facet."""
    SETTLED = 64
    """An event without a run, or a person, mentions it."""
    SUSPECT = 32
    """A column facet names it as a CTE would be named: with fewer parts than the output beside it."""


@dataclass(slots=True)
class _Known:
    """A raw name."""

    key: Key
    traits: Trait
    first_us: int


@dataclass(slots=True)
class _KeyState:
    """A normal form: what its raw names have together, and what it is joined to."""

    raws: set[RawName] = field(default_factory=set)
    links: set[Key] = field(default_factory=set)
    """Keys that are the same thing by somebody's word."""
    parents: tuple[tuple[Key, str], ...] = ()
    """Where it folds to if the parent is REAL, or a MODEL; nearest first."""
    children: set[Key] = field(default_factory=set)
    """Keys that have this one among their parents."""
    below: int = 0
    """How many keys have this one as a directory above them."""
    traits: Trait = Trait.NONE
    has_stages: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How a raw name stands: where it is shown, and whether it is a dataset or job at all."""

    place: Place
    hidden: bool
    """A bare directory above datasets, or a CTE's name: no node, and nothing flows from it."""
    confirmed: bool
    first_us: int


class Names:
    """All names of one kind (datasets or jobs)."""

    def __init__(self, kind: NodeKind) -> None:
        self.kind = kind
        self._normal: NormalForm = normal_dataset if kind is NodeKind.DATASET else normal_job
        self._rules: list[AliasRule] = []
        self._known: dict[RawName, _Known] = {}
        self._keys: dict[Key, _KeyState] = {}
        self._link_pairs: dict[tuple[RawName, RawName], None] = {}
        self._shown: dict[Key, Key] = {}
        """Every key -> the key that its class shows."""
        self._members: dict[Key, frozenset[Key]] = {}
        """The shown key -> all keys of its class."""
        self._told: dict[RawName, Told] = {}
        """How each name stood when touch() last spoke of it."""
        self._rewritten: dict[str, str] = {}
        self._places: dict[Key, Place] = {}
        self._by_id: dict[NodeId, RawName] = {}

    # Reading

    def standing(self, name: RawName) -> Standing | None:
        """How a mentioned name stands; None when nothing mentioned it."""
        known = self._known.get(name)
        if known is None:
            return None
        shown = self._shown[known.key]
        return Standing(
            place=self._place(shown),
            hidden=self._hidden(known),
            confirmed=bool(known.traits & (Trait.CONFIRMED | Trait.SETTLED)),
            first_us=known.first_us,
        )

    def all_names(self) -> list[RawName]:
        """Every name that is mentioned."""
        return list(self._known)

    def normal(self, name: RawName) -> RawName:
        """A spelling's normal form, after the operator's rules, whether or not anything mentioned it."""
        return RawName(*self._key_of(name))

    def find(self, name: RawName) -> Standing | None:
        """How the thing behind any spelling stands: another spelling of it may be the one that was mentioned."""
        state = self._keys.get(self._key_of(name))
        standings = [self.standing(raw) for raw in sorted(state.raws)] if state is not None else []
        return next((s for s in standings if s is not None and not s.hidden), None)

    def shown_names(self, place: RawName) -> set[RawName]:
        """The raw names of the class that this canonical name shows."""
        members = self._members.get((place.namespace, place.name), frozenset())
        return {raw for key in members for raw in self._keys[key].raws}

    def names_of_id(self, node: NodeId) -> set[RawName]:
        """The raw names of a node that standing() gave out at some time; empty when another class has it all now."""
        place = self._by_id.get(node)
        return set() if place is None else self.shown_names(place)

    def is_part(self, name: RawName) -> bool:
        """Whether a name is a part of what it is shown as: a file or partition folded into its directory."""
        key = self._key_of(name)
        own, whole = name.name.strip().strip("/"), key[1].strip("/")  # slashes around a path name no part of it
        trimmed = len(whole) < len(own) and own.startswith(whole)
        return trimmed or (key in self._keys and self._fold_target(key) is not None)

    def _place(self, shown: Key) -> Place:
        place = self._places.get(shown)
        if place is None:
            make = dataset_id if self.kind is NodeKind.DATASET else job_id
            place = self._places[shown] = Place(make(*shown), RawName(*shown))
            self._by_id[place.id] = place.name
        return place

    def _hidden(self, known: _Known) -> bool:
        if known.traits & Trait.SUSPECT and not known.traits & Trait.LISTED:
            return True
        state = self._keys[known.key]
        # what is called by another name, too, is more than a directory
        return state.below > 0 and not state.traits & Trait.REAL and len(self._members[self._shown[known.key]]) == 1

    # Evidence

    def mention(self, name: RawName, traits: Trait, time_us: int) -> bool:
        """A name was mentioned. Whether anything about it is new (then touch() it)."""
        known = self._known.get(name)
        if known is None:
            key = self._key_of(name)
            self._known[name] = _Known(key, traits, time_us)
            state = self._state(key)
            state.raws.add(name)
            state.traits |= traits
            state.has_stages |= "/stages/" in name.name and key[1] != name.name
            return True
        if known.traits | traits == known.traits and known.first_us <= time_us:
            return False
        known.traits |= traits
        known.first_us = min(known.first_us, time_us)
        self._keys[known.key].traits |= traits
        return True

    def reset(self, name: RawName, known: tuple[Trait, int] | None) -> None:
        """Take a mention back: the name has these traits and this first mention, or (None) was never mentioned."""
        was = self._known.get(name)
        if was is None:
            return
        state = self._keys[was.key]
        if known is None:
            del self._known[name]
            self._told.pop(name, None)
            state.raws.discard(name)
        else:
            was.traits, was.first_us = known
        state.traits = Trait.NONE
        for raw in state.raws:
            state.traits |= self._known[raw].traits

    def link(self, one: RawName, other: RawName) -> bool:
        """Two mentioned names are one thing. Whether that is new."""
        pair = (min(one, other), max(one, other))
        if one == other or pair in self._link_pairs:
            return False
        self._link_pairs[pair] = None
        self._join(self._key_of(one), self._key_of(other))
        return True

    def touch(self, names: Iterable[RawName]) -> set[RawName]:
        """Compute again the classes of these names; the names (of any class) that stand otherwise than when last told."""
        names = set(names)
        concerned = self._recompute({self._key_of(name) for name in names})
        changed = set()
        for name in concerned | names:
            told = self._snapshot(name) if name in self._known else None
            if self._told.get(name) != told or told is None:
                changed.add(name)
            if told is not None:
                self._told[name] = told
        return changed

    def set_rules(self, rules: Sequence[AliasRule]) -> set[RawName]:
        """Put the operator's rules in force, replacing those before; the names that stand otherwise now."""
        self._rules = sorted(rules, key=lambda r: (_MATCH_ORDER.index(r.match), r.from_, r.to))
        known, pairs = self._known, list(self._link_pairs)
        self._known, self._keys, self._link_pairs, self._shown, self._members = {}, {}, {}, {}, {}
        self._rewritten = {}
        for name, was in known.items():
            self.mention(name, was.traits, was.first_us)
        for one, other in pairs:
            self.link(one, other)
        for rule in self._own_rules():
            one_key, other_key = (self._key_of(n) for n in rule.names)
            if one_key != other_key:
                self._join(one_key, other_key)
        return self.touch(list(self._known))

    def _own_rules(self) -> list[AliasRule]:
        wanted = AliasKind.DATASET if self.kind is NodeKind.DATASET else AliasKind.JOB
        return [rule for rule in self._rules if rule.kind is wanted]

    def _snapshot(self, name: RawName) -> Told:
        known = self._known[name]
        return (
            self._shown[known.key],
            self._hidden(known),
            bool(known.traits & (Trait.CONFIRMED | Trait.SETTLED)),
            known.first_us,
            self.is_part(name),
        )

    # Keys

    def _key_of(self, name: RawName) -> Key:
        known = self._known.get(name)
        return known.key if known is not None else self._normal(self._namespace(name.namespace), name.name)

    def _namespace(self, namespace: str) -> str:
        """A namespace after the operator's rules: again and again until none speaks, so that chains of rules end in one name."""
        if not self._rules:
            return namespace
        final = self._rewritten.get(namespace)
        if final is None:
            seen = [namespace]
            while (step := self._rewrite_once(seen[-1])) is not None and step not in seen:
                seen.append(step)
            # rules that lead in a circle mean one thing: the smallest of its names
            final = seen[-1] if step is None else min(seen[seen.index(step) :])
            self._rewritten[namespace] = final
        return final

    def _rewrite_once(self, namespace: str) -> str | None:
        for rule in self._rules:
            # a rule speaks about a namespace as written, or as its normal form is
            for spelling in (namespace, self._normal(namespace, "x")[0]):
                rewritten = rule.rewrite(spelling)
                if rewritten is not None and rewritten != namespace:
                    return rewritten
        return None

    def _state(self, key: Key) -> _KeyState:
        state = self._keys.get(key)
        if state is None:
            state = self._keys[key] = _KeyState()
            self._shown[key] = key
            self._members[key] = frozenset((key,))
            if self.kind is NodeKind.DATASET:
                state.parents = tuple(((f.namespace, f.name), f.when) for f in fold_parents(*key))
                for parent, _ in state.parents:
                    self._state(parent).children.add(key)
                for above in _directories(key):
                    self._state(above).below += 1
        return state

    def _join(self, one: Key, other: Key) -> None:
        for a, b in ((one, other), (other, one)):
            self._state(a).links.add(b)

    def _fold_target(self, key: Key) -> Key | None:
        for parent, when in self._keys[key].parents:
            state = self._keys[parent]
            if state.has_stages if when == "MODEL" else state.traits & Trait.REAL:
                return parent
        return None

    # Classes

    def _recompute(self, touched: set[Key]) -> set[RawName]:
        # a directory's own hiding depends on what lies below it, a file's class on what its directory is
        start: set[Key] = set()
        for key in touched:
            state = self._state(key)
            start |= {key, *state.children, *(p for p, _ in state.parents)}
            if self.kind is NodeKind.DATASET:
                start |= {above for above in _directories(key) if above in self._keys}
        pending = {member for key in start for member in self._members[self._shown[key]]}
        concerned = set(start)
        for key in pending:
            self._members.pop(self._shown[key], None)
        done: set[Key] = set()
        for key in sorted(pending):
            if key in done:
                continue
            component = self._component(key)
            done |= component
            shown = self._choose(component)
            for member in component:
                if self._shown[member] != shown:
                    self._members.pop(self._shown[member], None)  # also a class next door that was joined just now
                    self._shown[member] = shown
                    concerned.add(member)
            self._members[shown] = frozenset(component)
        return {raw for key in concerned for raw in self._keys[key].raws}

    def _component(self, key: Key) -> set[Key]:
        component, frontier = {key}, [key]
        while frontier:
            at = frontier.pop()
            state = self._keys[at]
            here = set(state.links)
            here |= {child for child in state.children if self._fold_target(child) == at}
            own = self._fold_target(at)
            if own is not None:
                here.add(own)
            frontier.extend(here - component)
            component |= here
        return component

    def _choose(self, component: set[Key]) -> Key:
        """The name to show (decisions.md): the operator's, else one that came with a schema, else a main name before a
        symlink, else the smallest normal form. A folded part never gives its name to the whole."""
        stated = {self._key_of(rule.names[1]) for rule in self._own_rules()}
        candidates = [k for k in component if self._fold_target(k) is None] or list(component)

        def rank(key: Key) -> tuple[bool, bool, bool, bool, Key]:
            traits = self._keys[key].traits
            return (
                key not in stated,
                not self._keys[key].raws,
                not traits & Trait.SCHEMA,
                not traits & Trait.MAIN,
                key,
            )

        return min(candidates, key=rank)


def _directories(key: Key) -> list[Key]:
    """The directories above a path; nothing for names that are no paths."""
    namespace, name = key
    if "/" not in name:
        return []
    parts = name.split("/")
    above = ("/".join(parts[:i]) for i in range(1, len(parts)))
    return [(namespace, path) for path in above if path]
