"""Statements that the parser hands over as plain text: streams, pipes, tasks, UNLOAD, RENAME, CALL, dynamic SQL.

The one idea: each is a short pattern over the text with the statement that matters inside; that one is parsed by itself. What no pattern
knows is told as opaque, never passed over.
"""

from __future__ import annotations

import re
from typing import Final

from sqlglot import exp

from collectors.sql.answer import Action, Kind, Reason
from collectors.sql.names import stage
from collectors.sql.statements.found import Found

_NAME: Final = r'((?:"[^"]+"|`[^`]+`|\[[^\]]+\]|[\w$@#%-]+)(?:\.(?:"[^"]+"|`[^`]+`|\[[^\]]+\]|[\w$@#%-]+))*)'
_FLAGS: Final = re.DOTALL | re.IGNORECASE

_STREAM: Final = re.compile(
    rf"create\s+(?:or\s+replace\s+)?stream\s+(?:if\s+not\s+exists\s+)?{_NAME}.*?\bon\s+(?:external\s+|dynamic\s+)?(?:table|view|stage|directory)\s+{_NAME}",
    _FLAGS,
)
_WRAPPED: Final = re.compile(
    rf"create\s+(?:or\s+(?:replace|alter)\s+)?(?:pipe|task|alert)\s+(?:if\s+not\s+exists\s+)?{_NAME}.*?\b(?:as|then)\b\s*(.*)",
    _FLAGS,
)
_CREATE: Final = (
    r"create\s+(?:or\s+replace\s+|or\s+alter\s+)?(?:\w+\s+){0,4}?(?:table|view)\s+(?:if\s+not\s+exists\s+)?"
)
_MADE: Final = re.compile(rf"{_CREATE}{_NAME}(.*?)\bas\b\s*(\(?\s*(?:select|with)\b.*)", _FLAGS)
_MADE_PLAIN: Final = re.compile(rf"{_CREATE}{_NAME}", _FLAGS)
_UNLOAD: Final = re.compile(r"unload\s*\(\s*(?:'((?:[^']|'')*)'|\$\$(.*?)\$\$|(.*?))\s*\)\s*to\s+'([^']*)'", _FLAGS)
_PLACE: Final = rf"('[^']*'|@[^\s()]+|{_NAME})"
_COPY: Final = re.compile(rf"copy\s+into\s+{_PLACE}\s*(?:\([^()]*\)\s*)?from\s+(?:\((.*)\)|{_PLACE})", _FLAGS)
_RENAME: Final = re.compile(r"rename\s+(?:table\s+|view\s+|object\s+)?(.*)", _FLAGS)
_RENAMED: Final = re.compile(rf"{_NAME}\s+to\s+{_NAME}", _FLAGS)
_EXCHANGE: Final = re.compile(rf"alter\s+table\s+{_NAME}\s+exchange\s+partition\s*.*?\bwith\s+table\s+{_NAME}", _FLAGS)
_SWITCH: Final = re.compile(rf"alter\s+table\s+{_NAME}\s+switch\s+.*?\bto\s+{_NAME}", _FLAGS)
_ALTER: Final = re.compile(
    rf"alter\s+(?:materialized\s+|external\s+|dynamic\s+|foreign\s+)?(?:table|view)\s+(?:if\s+exists\s+)?(?:only\s+)?{_NAME}(.*)",
    _FLAGS,
)
_ALTER_RENAME: Final = re.compile(rf"\s+rename\s+(?:to|as)\s+{_NAME}\s*$", _FLAGS)
_ALTER_APPEND: Final = re.compile(rf"\s+append\s+from\s+{_NAME}", _FLAGS)
_ALTER_SWAP: Final = re.compile(rf"\s+swap\s+with\s+{_NAME}", _FLAGS)
_DROP: Final = re.compile(
    rf"drop\s+(?:temporary\s+|external\s+|dynamic\s+|materialized\s+)?(?:table|view|stream)\s+(?:if\s+exists\s+)?{_NAME}",
    _FLAGS,
)
_REPLACE: Final = re.compile(r"replace\s+(?:low_priority\s+|delayed\s+)?into\b(.*)", _FLAGS)
_IMMEDIATE: Final = re.compile(
    r"exec(?:ute)?\s+(?:immediate\s+|sp_executesql\s+)?\(?\s*N?(?:'((?:[^']|'')*)'|\$\$(.*?)\$\$)\s*\)?\s*(?:using\b.*|into\b.*)?;?\s*$",
    _FLAGS,
)
_DYNAMIC: Final = re.compile(
    r"exec(?:ute)?\s+immediate\b|exec(?:ute)?\s*\(|\bsp_executesql\b|^execute\s+[\w:|'(\"$]", _FLAGS
)
_CALLED: Final = re.compile(r"(?:call|exec|execute)\s+([\w.\[\]\"`@]+)", _FLAGS)
_LOADED: Final = re.compile(
    rf"load\s+data\s+(?:low_priority\s+|concurrent\s+)?(?:local\s+)?in(?:file|path)\s+'([^']+)'.*?into\s+table\s+{_NAME}",
    _FLAGS,
)
_SILENT: Final = re.compile(
    r"(?:show|desc|describe|explain|set|reset|unset|use|grant|revoke|comment|analy[sz]e|vacuum|optimize|msck|refresh|uncache|cache\s+lazy|invalidate|"
    r"compute|begin|end|commit|rollback|savepoint|start|go|lock|unlock|list|ls|rm|remove|get|declare|print|raise|raiserror|return|deallocate|prepare|"
    r"close|open|fetch|leave|break|continue|waitfor|kill|alter\s+(?:session|system|user|role|warehouse|database|schema|account|stage|task|pipe|function|"
    r"procedure|sequence|index|default|type|domain|extension|publication|server|policy|network|resource|share|cluster|partition|tablespace|profile|stream|"
    r"external\s+(?:volume|function)|masking|row|tag|alert|integration|file|login|\w+\s+integration)|"
    r"create\s+(?:or\s+replace\s+|or\s+alter\s+)?(?:temp\w*\s+|secure\s+|aggregate\s+|external\s+|unique\s+|clustered\s+|nonclustered\s+|transient\s+|global\s+|public\s+|network\s+|masking\s+|row\s+access\s+|"
    r"storage\s+|notification\s+|api\s+|security\s+|password\s+|session\s+|resource\s+|file\s+)*"
    r"(?:function|schema|database|role|user|warehouse|index|sequence|stage|format|integration|policy|tag|type|domain|extension|synonym|login|macro|monitor|"
    r"share|secret|server|publication|trigger|rule|cast|operator|collation|statistics|catalog|location|credential|connection|recipient|provider|model|"
    r"aggregate|language|event|profile|package|dblink|directory|tablespace|partition|foreign\s+data)\b|"
    r"drop\s+(?!table|view|stream|temporary|external|dynamic|materialized)\w+)\b",
    _FLAGS,
)  # fmt: skip


def command(found: Found, node: exp.Expr) -> None:
    """What a statement does that came as text."""
    expression = node.args.get("expression")
    rest = expression.name if isinstance(expression, exp.Expr) else str(expression or "")
    text_statement(found, f"{node.name} {rest}".strip(), node)


def text_statement(found: Found, text: str, node: exp.Expr | None = None) -> None:
    """The same for bare text; `node` gives the place."""
    analysis = found.analysis
    found.kind = Kind.OTHER
    if match := _STREAM.match(text):
        found.kind = Kind.CREATE
        target = found.write(_name(found, match[1]))
        found.happen(Action.CREATE, target)
        found.fill(target, analysis.base(_name(found, match[2])))
    elif match := _WRAPPED.match(text):
        _inside(found, match[2], node)
    elif match := _UNLOAD.match(text):
        _unload(found, match, node)
    elif match := _COPY.match(text):
        _copy(found, match, node)
    elif match := _EXCHANGE.match(text) or _SWITCH.match(text):
        found.kind = Kind.LIFECYCLE
        first, second = _name(found, match[1]), _name(found, match[2])
        if match.re is _SWITCH:
            first, second = second, first
        found.happen(Action.SWAP, first, second)
        found.write(first)
        found.fill(first, analysis.base(second))
    elif match := _RENAME.match(text):
        found.kind = Kind.LIFECYCLE
        for old, new in _RENAMED.findall(match[1]):
            found.happen(Action.RENAME, _name(found, old), _name(found, new))
    elif match := _ALTER.match(text):
        _alter(found, match)
    elif match := _DROP.match(text):
        found.kind = Kind.LIFECYCLE
        found.happen(Action.DROP, _name(found, match[1]))
    elif match := _REPLACE.match(text):
        _inside(found, "INSERT INTO" + match[1], node)
    elif match := _LOADED.match(text):
        found.kind = Kind.COPY
        found.write(_name(found, match[2]))
        analysis.base(match[1])
    elif match := _IMMEDIATE.match(text):
        literal = (match[1] or "").replace("''", "'") or match[2] or ""
        if literal.strip() == "?" or not literal.strip():
            _dynamic(found, text, node)
        else:
            _inside(found, literal, node)
    elif _DYNAMIC.search(text):
        _dynamic(found, text, node)
    elif match := _CALLED.match(text):
        analysis.unresolved(
            Reason.OPAQUE, match[1], f"What {match[1]} does cannot be seen here. Analyse its definition.", node
        )
    elif match := _MADE.match(text):
        _made(found, match, node)
    elif _SILENT.match(text) or not text:
        pass
    elif match := _MADE_PLAIN.match(text):
        found.kind = Kind.CREATE
        target = found.write(_name(found, match[1]))
        found.happen(Action.CREATE, target)
    else:
        head = " ".join(text.split()[:3])
        analysis.unresolved(
            Reason.OPAQUE, head, f"A statement that begins {head} is not understood. State its lineage by hand.", node
        )


def _name(found: Found, text: str) -> str:
    """A dotted name of the text, quotes off, qualified."""
    parts = tuple(part.strip('"`[]') for part in re.findall(r'"[^"]+"|`[^`]+`|\[[^\]]+\]|[^.]+', text))
    return text if text.startswith("@") else found.analysis.spelled(found.analysis.defaults.qualify(parts))


def _inside(found: Found, text: str, node: exp.Expr | None) -> None:
    """The statements of an inner text are this statement's."""
    from collectors.sql.script import inner_statements

    inner_statements(found, text, node)


def _dynamic(found: Found, text: str, node: exp.Expr | None) -> None:
    found.analysis.unresolved(Reason.DYNAMIC_SQL, " ".join(text.split())[:80],
        "The statement is put together while it runs. Send the statement that ran, from the query log.", node)  # fmt: skip


def _unload(found: Found, match: re.Match[str], node: exp.Expr | None) -> None:
    query = (match[1] or "").replace("''", "'").replace("\\'", "'") or match[2] or match[3] or ""
    target = found.write(match[4])
    _inside(found, query, node)
    found.kind = Kind.COPY
    found.retarget(target)


def _copy(found: Found, match: re.Match[str], node: exp.Expr | None) -> None:
    """COPY INTO with options that the parser does not know."""
    target = _place(found, match[1])
    if match[3]:
        # The query ends where its parenthesis does; what follows are options with parentheses of their own.
        depth, end = 1, len(match[3])
        for index, sign in enumerate(match[3]):
            depth += (sign == "(") - (sign == ")")
            if not depth:
                end = index
                break
        _inside(found, match[3][:end], node)
        found.retarget(target)
    else:
        source = _place(found, match[4])
        found.analysis.base(source)
    found.kind = Kind.COPY
    found.write(target)


def _place(found: Found, text: str) -> str:
    return stage(text.strip("'")) if text.startswith(("@", "'")) else _name(found, text)


def _alter(found: Found, match: re.Match[str]) -> None:
    found.kind = Kind.LIFECYCLE
    name = _name(found, match[1])
    if swapped := _ALTER_SWAP.match(match[2]):
        other = _name(found, swapped[1])
        found.happen(Action.SWAP, name, other)
        found.write(name)
        found.fill(name, found.analysis.base(other))
    elif moved := _ALTER_APPEND.match(match[2]):  # Redshift moves the rows
        found.write(name)
        found.fill(name, found.analysis.base(_name(found, moved[1])))
        found.happen(Action.TRUNCATE, _name(found, moved[1]))
    elif renamed := _ALTER_RENAME.match(match[2]):
        other = renamed[1] if "." in renamed[1] else ".".join([*name.split(".")[:-1], renamed[1].strip('"`[]')])
        found.happen(Action.RENAME, name, other)
    else:
        found.happen(Action.ALTER, name)


def _made(found: Found, match: re.Match[str], node: exp.Expr | None) -> None:
    """CREATE … t … AS query, with clauses between that the parser does not know."""
    target = _name(found, match[1])
    _inside(found, match[3].rstrip("; \n"), node)
    found.kind = Kind.CREATE
    found.write(target)
    found.happen(Action.CREATE, target)
    listed = re.match(r"\s*\(([^()]*)\)", match[2])
    names = [part.split()[0].strip('"`[]') for part in listed[1].split(",") if part.split()] if listed else []
    found.retarget(target, names)
