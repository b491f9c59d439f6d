"""What was said of an output, in raw names: kept once however many runs repeat it.

The one idea: a ClaimSet never changes, because it holds what was *said*; what it means is computed in claims.py and may change.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lineage.events import ColumnClaim, Mention, RawName, SchemaColumn
from lineage.facts import Flow
from lineage.names import normal_dataset
from lineage.runs import Attempt, claim_key

OUTPUTS_KEPT_MAX = 32  # so many different normal forms are never one dataset


@dataclass(frozen=True, slots=True)
class ClaimSet:
    """What one attempt (or several of one application run) said of one output."""

    inputs: tuple[RawName, ...]
    outputs: tuple[RawName, ...]
    """What the run writes, as far as it takes to tell whether that is several things: with one output, no pairing is guessed."""
    claims: tuple[ColumnClaim, ...] | None
    sources: tuple[RawName, ...] | None
    columns: tuple[str, ...] | None
    """Top-level column names of the output as this run saw them, in their order."""
    sql: tuple[str, ...] = ()
    """The statements that the run sent (masked; canonical JSON with `query` and, where told, `dialect`)."""

    def encode(self) -> bytes:
        """Canonical JSON: equal sets have equal bytes."""
        return json.dumps(
            {
                "inputs": [[n.namespace, n.name] for n in self.inputs],
                "outputs": [[n.namespace, n.name] for n in self.outputs],
                "claims": None
                if self.claims is None
                else [
                    [c.target, c.source.namespace, c.source.name, c.column, c.flow.value, c.label, c.masking, c.typed]
                    for c in self.claims
                ],
                "sources": None if self.sources is None else [[n.namespace, n.name] for n in self.sources],
                "columns": self.columns,
                "sql": self.sql,
            },
            separators=(",", ":"),
        ).encode()

    @staticmethod
    def decode(data: bytes) -> "ClaimSet":
        raw = json.loads(data)

        def names(pairs: Sequence[Sequence[str]]) -> tuple[RawName, ...]:
            return tuple(RawName(a, b) for a, b in pairs)

        return ClaimSet(
            inputs=names(raw["inputs"]),
            outputs=names(raw["outputs"]),
            claims=None
            if raw["claims"] is None
            else tuple(
                ColumnClaim(t, RawName(a, b), c, Flow(f), la, m, ty) for t, a, b, c, f, la, m, ty in raw["claims"]
            ),
            sources=None if raw["sources"] is None else names(raw["sources"]),
            columns=None if raw["columns"] is None else tuple(raw["columns"]),
            sql=tuple(raw["sql"]),
        )

    def digest(self) -> bytes:
        return hashlib.blake2b(self.encode(), digest_size=16).digest()

    def names(self) -> set[RawName]:
        """Every raw dataset name in it."""
        return {*self.inputs, *self.outputs, *(self.sources or ()), *(c.source for c in self.claims or ())}


def top_level(columns: Iterable[SchemaColumn] | None) -> tuple[str, ...] | None:
    """The names at the top of a schema: nested fields are left out; None stays None."""
    if columns is None:
        return None
    ordered = [c.name for c in sorted(columns, key=lambda c: (c.ordinal, c.name))]
    known = set(ordered)
    return tuple(dict.fromkeys(n for n in ordered if n.rpartition(".")[0] not in known))


def claim_sets(attempt: Attempt) -> dict[RawName, ClaimSet]:
    """What an attempt said of each of its outputs."""
    outputs = _some_outputs(o.name for o in attempt.outputs)
    return {
        o.name: ClaimSet(
            attempt.inputs, tuple(sorted({o.name, *outputs})), o.claims, o.sources, top_level(o.columns), attempt.sql
        )
        for o in attempt.outputs
    }


def _some_outputs(names: Iterable[RawName]) -> list[RawName]:
    """Enough of a run's outputs to tell whether they are several: one spelling of each normal form, the smallest few. All of them in
    each output's set would cost the square of their number."""
    spellings: dict[tuple[str, str], RawName] = {}
    for name in sorted(names):
        spellings.setdefault(normal_dataset(name.namespace, name.name), name)
    return sorted(spellings.values())[:OUTPUTS_KEPT_MAX]


def declared_sets(mentions: Sequence[Mention], sql: tuple[str, ...] = ()) -> dict[RawName, ClaimSet]:
    """The same of an event without a run: a JobEvent's outputs, or the subject of a DatasetEvent."""
    inputs = tuple(sorted({m.name for m in mentions if m.role.value == "INPUT"}))
    targets = [m for m in mentions if m.role.value != "INPUT"]
    outputs = _some_outputs(m.name for m in targets)
    return {
        m.name: ClaimSet(
            inputs,
            tuple(sorted({m.name, *outputs})),
            m.claims and tuple(sorted(set(m.claims), key=claim_key)),
            m.sources,
            top_level(m.columns),
            sql,
        )
        for m in targets
    }
