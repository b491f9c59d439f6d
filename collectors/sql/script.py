"""Scripts: several statements in one text, and the statements inside procedures and blocks.

The one idea: statements are analysed in their order with one Analysis, which remembers what earlier ones made; the script's answer is
their union. Where the whole does not parse, its parts do: one broken statement costs one statement.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

from collectors.sql.analysis import Analysis, place_of
from collectors.sql.answer import ColumnEdge, Kind, Place, Reason, StatementLineage, Unresolved
from collectors.sql.blocks import Part, expanded, is_procedural, parts_of_script
from collectors.sql.budget import TOKENS_MAX, BudgetSpent
from collectors.sql.parsing import Unparsable, dialect_named, inner_tokens_of, tokens_of, trees_of
from collectors.sql.repairs import without_rows
from collectors.sql.statements import statement
from collectors.sql.statements.commands import text_statement
from collectors.sql.statements.found import Found

INNER_DEPTH_MAX = 4  # a procedure that makes a procedure with dynamic SQL in it; deeper texts are not seen in practice
ROWS_MATTER_TOKENS = 5_000  # below this, looking for rows of literals costs more than parsing them

FAULT = "The analysis fails on this statement"


def run(analysis: Analysis, sql: str) -> list[StatementLineage]:
    """The answers for each statement of `sql`, in order."""
    _, dialect = dialect_named(analysis.dialect)
    answers: list[StatementLineage] = []
    try:
        tokens = tokens_of(sql, dialect)
    except Unparsable as error:
        return [_unparsed(error, sql)]
    if len(tokens) > ROWS_MATTER_TOKENS:
        tokens = without_rows(tokens)
    if len(tokens) > TOKENS_MAX:
        message = f"The text has {len(tokens):,} words, more than {TOKENS_MAX:,}. Analyse its statements one by one."
        return [_problem(Reason.BUDGET, "text", message, None)]
    if not is_procedural(tokens):
        try:
            trees = trees_of(tokens, sql, dialect)
        except Unparsable as error:
            parts = parts_of_script(tokens, analysis.dialect)
            if len(parts) == 1 and len(parts[0].tokens) == len(tokens):
                return [_text(analysis, parts[0], sql, error)]
            trees = []
        else:
            analysis.is_script = analysis.is_script or len(trees) > 1
            for tree in trees:
                answers.append(_answer(analysis, tree))
            return answers
    analysis.is_script = True
    # In a block SELECT … INTO fills variables; only T-SQL makes tables with it there too.
    analysis.into_variables = is_procedural(tokens) and analysis.dialect not in ("tsql", "fabric")
    tokens = expanded(tokens, sql, dialect)
    for part in parts_of_script(tokens, analysis.dialect):
        answers += _part(analysis, part, sql, dialect)
    return answers


def _part(analysis: Analysis, part: Part, sql: str, dialect: Dialect, depth: int = 0) -> list[StatementLineage]:
    """One part of a script: tokens, or text inside a string that is a body of its own."""
    if part.body is not None:
        if depth >= INNER_DEPTH_MAX:
            return [_problem(Reason.BUDGET, "body", f"Bodies nest more than {INNER_DEPTH_MAX} deep.", part.place)]
        try:
            tokens = inner_tokens_of(part.body, dialect)
        except Unparsable as error:
            return [_unparsed(error, part.body)]
        out: list[StatementLineage] = []
        for inner in parts_of_script(expanded(tokens, part.body, dialect), analysis.dialect):
            out += _part(analysis, inner, part.body, dialect, depth + 1)
        return out
    if part.dynamic:
        return [_text(analysis, part, sql)]
    if part.record and len(part.tokens) == 1:  # FOR r IN cursor
        cursor = analysis.records.get(part.tokens[0].text.lower())
        if cursor is not None:
            analysis.records[part.record.lower()] = cursor
        return []
    try:
        trees = trees_of(part.tokens, sql, dialect)
    except Unparsable as error:
        return [] if part.condition else [_text(analysis, part, sql, error)]
    answers = [_answer(analysis, tree, part.record) for tree in trees]
    if part.condition:  # a condition, a cursor, an assignment: its query reads, and is nobody's result
        return [replace(answer, kind=Kind.OTHER, columns=(), outputs=()) for answer in answers]
    return answers


def _text(analysis: Analysis, part: Part, sql: str, error: Unparsable | None = None) -> StatementLineage:
    """A statement read by patterns: a call, dynamic SQL, or what the parser refused (`error`), if a pattern knows it."""
    found = Found(analysis)
    analysis.begin_statement()
    text_statement(found, part.text(sql))
    answer = found.lineage()
    if error is not None and not (answer.writes or answer.lifecycle):
        return _unparsed(error, part.text(sql), part.place)
    return replace(answer, unresolved=tuple(replace(u, place=u.place or part.place) for u in answer.unresolved))


def _answer(analysis: Analysis, tree: exp.Expr, record: str = "") -> StatementLineage:
    analysis.begin_statement()
    try:
        found = statement(analysis, tree)
        if record and found.returned is not None:
            analysis.records[record.lower()] = found.returned
        if isinstance(tree, exp.Use):
            use(analysis, tree)
        return found.lineage()
    except BudgetSpent as error:
        return _problem(Reason.BUDGET, tree.key, str(error), None, tuple(analysis.reads.values()))
    except RecursionError:
        deep = "The statement nests deeper than an analysis goes. Name inner queries in WITH."
        return _problem(Reason.BUDGET, tree.key, deep, None)
    except (AttributeError, TypeError, ValueError, LookupError, AssertionError) as error:
        # A tree of a shape that nobody thought of: one statement is not understood, the script and its caller go on.
        fault = f"{FAULT} ({type(error).__name__}: {error}). Report the statement's shape; state its lineage by hand."
        return _problem(Reason.OPAQUE, tree.key, fault, place_of(tree), tuple(analysis.reads.values()))


def inner_statements(found: Found, text: str, node: exp.Expr | None) -> None:
    """The statements of a text inside a statement (UNLOAD's query, a task's body): found as its own."""
    analysis = found.analysis
    _, dialect = dialect_named(analysis.dialect)
    try:
        tokens = inner_tokens_of(text, dialect)
        for part in parts_of_script(tokens, analysis.dialect):
            if part.dynamic or part.body is not None:
                analysis.unresolved(
                    Reason.DYNAMIC_SQL,
                    part.text(text)[:80],
                    "Dynamic SQL inside a statement. Send the statement that ran.",
                    node,
                )
                continue
            for tree in trees_of(part.tokens, text, dialect):
                if isinstance(tree, exp.Command):
                    analysis.unresolved(
                        Reason.OPAQUE,
                        tree.name,
                        f"{tree.name} inside a statement is not understood. State its lineage by hand.",
                        node,
                    )
                    continue
                found.take(statement(analysis, tree))
    except Unparsable as error:
        analysis.unresolved(
            Reason.PARSE_ERROR, " ".join(text.split())[:40], f"{error} Check the statement and its dialect.", node
        )


def use(analysis: Analysis, node: exp.Use) -> None:
    """USE changes where unqualified names fall."""
    kind = str(
        node.args["kind"].name if isinstance(node.args.get("kind"), exp.Expr) else node.args.get("kind") or ""
    ).upper()
    if kind in ("ROLE", "WAREHOUSE", "SECONDARY ROLES") or not isinstance(node.this, exp.Table):
        return
    parts = [part.name for part in node.this.parts if part.name]
    defaults = analysis.defaults
    if kind == "CATALOG":
        defaults.catalog, defaults.schema = None, parts[-1]
    elif len(parts) >= 2:
        defaults.catalog, defaults.schema = parts[-2], parts[-1]
    elif parts and kind == "SCHEMA" and defaults.catalog:
        defaults.schema = parts[0]
    elif parts and parts[0].lower() != "default":
        defaults.catalog, defaults.schema = None, parts[0]
    elif parts:
        defaults.catalog = defaults.schema = None


def _problem(
    reason: Reason, subject: str, message: str, place: Place | None, reads: tuple[str, ...] = ()
) -> StatementLineage:
    return StatementLineage(Kind.OTHER, reads, unresolved=(Unresolved(reason, subject, message, place),))


def _unparsed(error: Unparsable, text: str, start: Place | None = None) -> StatementLineage:
    subject = " ".join(text[:400].split())[:80]
    if error.too_deep:
        return _problem(Reason.BUDGET, subject, str(error), start)
    message = f"{str(error).rstrip('.')}. Check the statement and its dialect."
    return _problem(Reason.PARSE_ERROR, subject, message, error.place or start)


def together(answers: list[StatementLineage]) -> StatementLineage:
    """A script's answer: the union of its statements', the temporary tables already looked through."""
    edges: dict[ColumnEdge, None] = {}
    for answer in answers:
        for edge in answer.columns:
            edges.setdefault(edge)
    return StatementLineage(
        Kind.SCRIPT,
        tuple(dict.fromkeys(t for a in answers for t in a.reads)),
        tuple(dict.fromkeys(t for a in answers for t in a.writes)),
        tuple(event for a in answers for event in a.lifecycle),
        tuple(edges),
        (),
        tuple(dict.fromkeys(u for a in answers for u in a.unresolved)),
        tuple(answers),
    )
