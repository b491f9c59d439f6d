"""Facts that need no fold: what a name resolves to, how a run went, when a dataset was dropped.

The one idea: each is a small unit whose facts are computed whole whenever something about it was told, and compared with what it
said before, as for any unit.
"""

from dataclasses import replace

from lineage import ids
from lineage.claims import canonical_json
from lineage.events import RawName
from lineage.facts import EvidenceKind, Fact, Interval, Node, NodeKind, Relation
from lineage.moment import FOREVER, iso
from lineage.projector.names import Meanings
from lineage.projector.outputs import Difference, Output, decode_output
from lineage.projector.state import Closer, RunRow, State
from lineage.projector.units import ENDS_DATASET
from lineage.runs import Attempt, Run


class PlainFacts:
    """Collects what is dirty, and computes it in compare()."""

    def __init__(self, state: State, meanings: Meanings) -> None:
        self._state, self._meanings = state, meanings
        self._names: set[tuple[NodeKind, RawName]] = set()
        self._runs: dict[str, tuple[Output, frozenset[Node], RawName]] = {}
        """unit -> (its facts, its node, the run's own job): whose run it is for a person is told last."""
        self._moved_jobs: set[RawName] = set()
        self._drops: set[RawName] = set()
        self._dropped = set(state.dropped_datasets())
        self._shown: dict[tuple[NodeKind, RawName], tuple[RawName, int]] = {}
        """Each name that is shown -> (the name that it is shown as, its first mention)."""
        self._aliases: dict[str, str] = {}
        """The operator's other names of namespaces -> the namespaces that they mean."""
        self._namespaces: set[str] = set()
        self._inside: dict[str, dict[tuple[NodeKind, RawName], int]] = {}
        """namespace -> the names that are shown in it, with their first mentions."""

    def start(self) -> None:
        """Remember how every name stands, from what the state held."""
        for kind in (NodeKind.DATASET, NodeKind.JOB):
            for name in self._meanings.of(kind).all_names():
                self._stand(kind, name)
        self._aliases = self._meanings.namespace_aliases()

    def shown_as(self, kind: NodeKind, name: RawName) -> RawName | None:
        """The name as which the graph shows one, so far."""
        shown = self._shown.get((kind, name))
        return None if shown is None else shown[0]

    # Telling what is dirty

    def rules_changed(self) -> None:
        """The operator's rules are others: namespaces that they name lead somewhere else."""
        before, self._aliases = self._aliases, self._meanings.namespace_aliases()
        self._namespaces |= {*before, *before.values(), *self._aliases, *self._aliases.values()}

    def name(self, kind: NodeKind, name: RawName) -> None:
        self._names.add((kind, name))

    def run(self, row: RunRow, run: Run, distrusted: frozenset[int]) -> None:
        own = ids.job_id(row.job.namespace, row.job.name)
        for attempt in run.attempts:
            subject = ids.run_id(own, row.run, attempt.number)
            fact = Fact(
                Relation.RUN, subject, own, f"run|{subject}", label=attempt.label,
                value=self._run_value(row, run, attempt, attempt.number in distrusted),
            )  # fmt: skip
            node = Node(subject, NodeKind.RUN, row.job.namespace, row.job.name, version=row.run)
            self._runs[f"run|{subject}"] = ({fact: (Interval(attempt.first_us, FOREVER),)}, frozenset({node}), row.job)
        # a late START may split attempts, a late end may join them: what is no attempt any more says nothing
        number = len(run.attempts) + 1
        while self._state.output(unit := f"run|{ids.run_id(own, row.run, number)}") is not None:
            self._runs[unit] = ({}, frozenset(), row.job)
            number += 1

    def _run_value(self, row: RunRow, run: Run, attempt: Attempt, distrusted: bool) -> str:
        value: dict[str, object] = {
            "runId": row.run,
            "attempt": attempt.number,
            "startedAt": iso(attempt.started_us),
            "inputs": [ids.dataset_id(n.namespace, n.name) for n in attempt.inputs],
            "outputs": [ids.dataset_id(o.name.namespace, o.name.name) for o in attempt.outputs],
        }
        if attempt.ended_us is not None:
            value["endedAt"] = iso(attempt.ended_us)
        if run.parent is not None:
            value["parent"] = {
                "namespace": run.parent.job.namespace,
                "job": run.parent.job.name,
                "runId": run.parent.run_id,
            }
        if attempt.properties:
            value["facets"] = dict(attempt.properties)
        if attempt.input_versions:
            value["read"] = {ids.dataset_id(n.namespace, n.name): version for n, version in attempt.input_versions}
        if distrusted:
            value["distrusted"] = True
        return canonical_json(value)

    def runs_of(self, job: RawName) -> None:
        """A job is shown as another: its runs belong to that now."""
        self._moved_jobs.add(job)

    def dropped(self, closer: Closer) -> None:
        if closer.kind in ENDS_DATASET:
            self._dropped.add(closer.dataset)
            self._dropped_or_written(closer.dataset)

    def written(self, dataset: RawName) -> None:
        """A dataset was written (or is told not to have been): if it was dropped before, that may be over."""
        if self._dropped:
            self._dropped_or_written(dataset)

    def _dropped_or_written(self, dataset: RawName) -> None:
        place = self._meanings.dataset(dataset)
        if place is not None:
            self._drops.add(place.name)

    # Computing

    def compare(self, difference: Difference) -> None:
        """Add to a difference what these facts say otherwise than before."""
        self._compare_names(difference)
        for job in sorted(self._moved_jobs):
            self._move_runs(job)
        for unit, (output, nodes, job) in sorted(self._runs.items()):
            shown = self._meanings.job(job).id
            difference.say(self._state, unit, {replace(f, object=shown): spans for f, spans in output.items()}, nodes)
        for dropped in sorted(self._drops):
            self._compare_drop(dropped, difference)
        self._names, self._moved_jobs, self._runs, self._drops = set(), set(), {}, set()

    def _stand(self, kind: NodeKind, name: RawName) -> tuple[set[str], set[RawName]]:
        """Note how a name stands now; the namespaces and the canonical names for which that may matter."""
        standing = self._meanings.standing(kind, name)
        before = self._shown.pop((kind, name), None)
        namespaces: set[str] = set()
        places: set[RawName] = set()
        if before is not None:
            namespaces.add(before[0].namespace)
            places.add(before[0])
            del self._inside[before[0].namespace][kind, name]
        if standing is not None and not standing.hidden:
            shown = standing.place.name
            namespaces.add(shown.namespace)
            places.add(shown)
            self._shown[kind, name] = (shown, standing.first_us)
            self._inside.setdefault(shown.namespace, {})[kind, name] = standing.first_us
        return namespaces, places

    def _compare_names(self, difference: Difference) -> None:
        namespaces, self._namespaces = self._namespaces, set()
        canonical: set[tuple[NodeKind, RawName]] = set()
        for kind, name in sorted(self._names):
            own_namespaces, places = self._stand(kind, name)
            namespaces |= own_namespaces
            canonical |= {(kind, place) for place in places} | {(kind, name)}
            if self._meanings.of(kind).standing(name) is not None:
                self._compare_name(kind, name, difference)
        for kind, name in sorted(canonical):
            if self._meanings.of(kind).standing(name) is None:
                self._compare_canonical(kind, name, difference)
            if kind is NodeKind.DATASET and self._dropped:
                self._drops.add(name)
        namespaces |= {alias for alias, meant in self._aliases.items() if meant in namespaces}
        for namespace in sorted(namespaces):
            self._compare_namespace(namespace, difference)

    def _compare_name(self, kind: NodeKind, name: RawName, difference: Difference) -> None:
        make = ids.dataset_id if kind is NodeKind.DATASET else ids.job_id
        own = make(name.namespace, name.name)
        standing = self._meanings.standing(kind, name)
        output: Output = {}
        nodes: frozenset[Node] = frozenset()
        if standing is not None and not standing.hidden:
            place = standing.place
            seen = standing.confirmed or kind is NodeKind.JOB  # a job that only ever failed is a job
            evidence = EvidenceKind.OBSERVED if seen else EvidenceKind.ATTEMPTED
            raw = canonical_json({"namespace": name.namespace, "name": name.name})
            fact = Fact(Relation.NAME, own, place.id, f"name|{own}", label=kind, value=raw, evidence=evidence)
            output[fact] = (Interval(standing.first_us, FOREVER),)
            nodes = frozenset({Node(place.id, kind, place.name.namespace, place.name.name)})
        difference.say(self._state, f"name|{own}", output, nodes)

    def _compare_canonical(self, kind: NodeKind, name: RawName, difference: Difference) -> None:
        """The name that a class shows resolves, too, when nobody spelled it so: to itself, since the class was first mentioned."""
        names = self._meanings.of(kind)
        make = ids.dataset_id if kind is NodeKind.DATASET else ids.job_id
        node = make(name.namespace, name.name)
        spellings = {
            raw: shown[1]
            for raw in names.shown_names(name)
            if (shown := self._shown.get((kind, raw))) and shown[0] == name
        }
        unit = f"name|{node}"
        output: Output = {}
        if spellings:
            raw_text = canonical_json({"namespace": name.namespace, "name": name.name})
            standings = [names.standing(raw) for raw in spellings]
            seen = kind is NodeKind.JOB or any(s is not None and s.confirmed for s in standings)
            evidence = EvidenceKind.OBSERVED if seen else EvidenceKind.ATTEMPTED
            fact = Fact(Relation.NAME, node, node, unit, label=kind, value=raw_text, evidence=evidence)
            output[fact] = (Interval(min(spellings.values()), FOREVER),)
        difference.say(self._state, unit, output, frozenset({Node(node, kind, name.namespace, name.name)}))

    def _compare_namespace(self, namespace: str, difference: Difference) -> None:
        """A namespace is there as long as a name is shown in it, since the first mention of any; an operator's other name for it
        leads to it."""
        own, shown = ids.namespace_id(namespace), self._aliases.get(namespace, namespace)
        node, inside = ids.namespace_id(shown), self._inside.get(shown)
        output: Output = {}
        if inside:
            raw = canonical_json({"namespace": namespace, "name": namespace})
            fact = Fact(Relation.NAME, own, node, f"name|{own}", label=NodeKind.NAMESPACE, value=raw)
            output[fact] = (Interval(min(inside.values()), FOREVER),)
        nodes = frozenset({Node(node, NodeKind.NAMESPACE, shown, shown)})
        difference.say(self._state, f"name|{own}", output, nodes)

    def _move_runs(self, job: RawName) -> None:
        own = ids.job_id(job.namespace, job.name)
        for row in self._state.runs_of_job(job):
            for attempt in row.attempts:
                unit = f"run|{ids.run_id(own, row.run, attempt[0])}"
                body = self._state.output(unit)
                if unit not in self._runs and body is not None:
                    self._runs[unit] = (decode_output(body), frozenset(), job)

    def _compare_drop(self, shown: RawName, difference: Difference) -> None:
        """When the dataset of this canonical name was dropped or renamed, until it was written again."""
        node = ids.dataset_id(shown.namespace, shown.name)
        names = {
            raw
            for raw in self._meanings.datasets.shown_names(shown)
            if (place := self._meanings.dataset(raw)) is not None and place.id == node
        }
        drops = sorted({c.time_us for n in names for c in self._state.closers(n) if c.kind in ENDS_DATASET})
        unit = f"property|{node}|droppedAt"
        output: Output = {}
        for at in drops:
            fact = Fact(Relation.PROPERTY, node, "", unit, label="droppedAt", value=canonical_json(iso(at)))
            written = [t for n in names if (t := self._state.first_write_after(n, at)) is not None]
            end = min([*written, *(d for d in drops if d > at)], default=FOREVER)
            output[fact] = (Interval(at, end),)
        difference.say(
            self._state, unit, output, frozenset({Node(node, NodeKind.DATASET, shown.namespace, shown.name)})
        )
