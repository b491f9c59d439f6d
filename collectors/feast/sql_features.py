"""Which columns each feature of a SQL transformation is made of: the function only puts a query together.

The one idea: the text that the function returns is read as SQL, with one table in the place of whatever it fills in.
Where it fills in anything else but its input's name, the query is not known, and nothing is said.
"""

import ast
import re
import textwrap
from collections.abc import Collection, Mapping

from collectors.feast.transformations import Formula
from collectors.sql import ColumnEdge, analyse

MODES = frozenset({"sql", "spark_sql", "snowflake_sql"})
_INPUT, _OUTPUT = "headwater_input", "headwater_output"
_QUERY = re.compile(r"\s*(?:with|select)\b", re.IGNORECASE)
_DIALECTS = {"snowflake_sql": "snowflake"}


def sql_formulas(code: str, mode: str, outputs: Collection[str]) -> Mapping[str, Formula | None]:
    """For each output what it is made of; None: not known."""
    unknown: dict[str, Formula | None] = dict.fromkeys(outputs)
    query = code if _QUERY.match(code) else _returned(code)
    if query is None:
        return unknown
    answer = analyse(f"CREATE VIEW {_OUTPUT} AS\n{query}", dialect=_DIALECTS.get(mode, "spark"))
    edges = [edge for edge in answer.columns if edge.target_table is not None]
    if any(edge.target == "*" for edge in edges):
        return unknown
    return {name: _formula([edge for edge in edges if edge.target == name]) for name in outputs}


def _formula(edges: list[ColumnEdge]) -> Formula | None:
    known = [edge.source for edge in edges if edge.source_table is not None and edge.source != "*"]
    if not edges or len(known) != len(edges):
        return None
    return Formula(frozenset(known), all(edge.transformation.value == "IDENTITY" for edge in edges))


def _returned(code: str) -> str | None:
    """The text that a function returns, its input's name filled in; None where it is more than that."""
    try:
        tree = ast.parse(textwrap.dedent(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    function = next((n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.Lambda)), None)
    if function is None:
        return None
    inputs = {argument.arg for argument in function.args.args}
    returned = (
        [function.body] if isinstance(function, ast.Lambda)
        else [n.value for n in ast.walk(function) if isinstance(n, ast.Return) and n.value is not None]
    )  # fmt: skip
    return _text(returned[0], inputs) if len(returned) == 1 else None


def _text(node: ast.expr, inputs: set[str]) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            told = [_text(part, inputs) for part in parts]
            return "".join(part for part in told if part is not None) if None not in told else None
        case ast.FormattedValue(value=ast.Name(id=name)) if name in inputs:
            return _INPUT
    return None
