"""Which columns each feature of a function is made of, read off the function's text. The function is never run.

The one idea: the text is walked as a program over sets of columns (walking.py). Where it does something that the walk
cannot follow (a column by a computed name, a frame handed to another function), what depends on it is unknown, and said
to be.
"""

import ast
import textwrap
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from collectors.feast.walking import ANY, Columns, Frame, Walk

NODES_MAX = 20_000  # a function that a person wrote has some hundred


@dataclass(frozen=True, slots=True)
class Formula:
    """What a feature is made of. `copied`: it is that column, unchanged."""

    columns: Columns
    copied: bool


def formulas(code: str, outputs: Collection[str], inputs: Collection[str]) -> Mapping[str, Formula | None]:
    """For each output what it is made of; None: not known. `inputs`: the columns that the function is given."""
    unknown: dict[str, Formula | None] = dict.fromkeys(outputs)
    try:
        tree = ast.parse(textwrap.dedent(code))
        if sum(1 for _ in ast.walk(tree)) > NODES_MAX:
            return unknown
        function = next((n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.Lambda)), None)
        if function is None or not function.args.args:
            return unknown
        walk = Walk({function.args.args[0].arg: Frame(open=True)}, frozenset(inputs))
        if isinstance(function, ast.Lambda):
            walk.returned.append(walk.thing(function.body))
        else:
            walk.body(function.body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return unknown
    frames = [thing for thing in walk.returned if isinstance(thing, Frame)]
    if not frames or len(frames) != len(walk.returned):
        return unknown
    return {name: _formula(frames, name, walk.inputs) for name in outputs}


def _formula(frames: Iterable[Frame], name: str, inputs: Columns) -> Formula | None:
    values = []
    for frame in frames:
        if frame.lost or (name not in frame.columns and not (frame.open and name in inputs)):
            return None
        values.append(frame.column(name))
    columns = frozenset(c for value in values for c in value.columns)
    if ANY in columns:
        return None
    copies = {value.copy_of for value in values}
    return Formula(columns & inputs, len(copies) == 1 and None not in copies)
