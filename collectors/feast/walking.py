"""A function's text, walked as a program over sets of columns.

The one idea: a series or a value is the set of input columns that went into it, a frame or dict is such a set for each
of its columns. What cannot be followed loses the frame that it may have changed, never more and never less.
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

UNROLLED_MAX = 200  # elements of a literal list that a loop goes over

ANY = "*"
"""In a set of columns: and others that nobody can tell."""
Columns = frozenset[str]
NONE: Columns = frozenset()

_SAME_FRAME = frozenset(
    {"copy", "fillna", "reset_index", "sort_values", "sort_index", "head", "tail", "drop_duplicates", "astype", "dropna",
     "replace", "clip", "round", "drop", "set_index", "to_dict", "items", "infer_objects", "convert_dtypes"}
)  # fmt: skip
"""Methods after which a frame has the columns that it had, from the same inputs."""
_PLAIN_ATTRIBUTES = frozenset({"index", "shape", "columns", "empty", "size", "dtypes", "ndim", "axes"})
"""What a frame is asked for that is no value of a column."""
_PLACES = frozenset({"loc", "iloc", "at", "iat"})


@dataclass(slots=True)
class Frame:
    """A table or dict. `open`: it has the inputs' columns, too."""

    columns: dict[str, "Value"] = field(default_factory=dict)
    open: bool = False
    lost: bool = False
    """Something was done to it that cannot be followed."""

    def column(self, name: str) -> "Value":
        if self.lost:
            return Value(frozenset({ANY}))
        if name in self.columns:
            return self.columns[name]
        return Value(frozenset({name}), name) if self.open else Value(NONE)

    def all(self) -> Columns:
        own = frozenset(c for value in self.columns.values() for c in value.columns)
        return own | ({ANY} if self.open or self.lost else NONE)

    def copy(self) -> "Frame":
        return Frame(dict(self.columns), self.open, self.lost)


@dataclass(frozen=True, slots=True)
class Value:
    """A series or a plain value."""

    columns: Columns
    copy_of: str | None = None


Thing = Frame | Value


class Walk:
    """One function: its names, and under which conditions a statement is reached."""

    def __init__(self, names: dict[str, Thing], inputs: Columns) -> None:
        self.names = names
        self.inputs = inputs
        self.returned: list[Thing] = []
        self.under: Columns = NONE
        """What decides whether the statement is reached at all."""
        self.weak = False
        """Inside a branch or loop: what was assigned before may still hold."""

    # Statements

    def body(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                thing = self.thing(value)
                for target in targets:
                    self.assign(target, thing)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self.assign(target, self.thing(value))
            case ast.AugAssign(target=target, value=value):
                self.assign(target, Value(self.columns(target) | self.columns(value)))
            case ast.Return(value=ast.expr() as value):
                self.returned.append(self.thing(value))
            case ast.Expr(value=ast.Call() as call):
                self.call_statement(call)
            case ast.If(test=test, body=body, orelse=other):
                self.branch(self.columns(test), body, other)
            case ast.For(target=target, iter=iterated, body=body, orelse=other):
                self.loop(target, iterated, body, other)
            case ast.While(test=test, body=body, orelse=other):
                self.branch(self.columns(test), [*body, *body], other)
            case ast.With(body=body):
                self.body(body)
            case ast.Try(body=body, handlers=handlers, orelse=other, finalbody=final):
                self.branch(NONE, body, [s for handler in handlers for s in handler.body])
                self.body([*other, *final])
            case ast.FunctionDef(name=name):
                self.names[name] = Value(self.names_in(node))
            case (
                ast.Delete()
                | ast.Pass()
                | ast.Import()
                | ast.ImportFrom()
                | ast.Expr()
                | ast.Assert()
                | ast.Raise()
                | ast.Return()
            ):
                pass
            case ast.Break() | ast.Continue() | ast.Global() | ast.Nonlocal():
                pass
            case _:
                self.lose_all()

    def branch(self, test: Columns, body: Iterable[ast.stmt], other: Iterable[ast.stmt]) -> None:
        before, weak = self.under, self.weak
        self.under, self.weak = before | test, True
        self.body(body)
        self.body(other)
        self.under, self.weak = before, weak

    def loop(self, target: ast.expr, iterated: ast.expr, body: list[ast.stmt], other: list[ast.stmt]) -> None:
        literal = iterated.elts if isinstance(iterated, ast.List | ast.Tuple) else None
        words = [e for e in literal or () if isinstance(e, ast.Constant) and isinstance(e.value, str)]
        if literal and len(words) == len(literal) <= UNROLLED_MAX and isinstance(target, ast.Name):
            for word in words:
                self.body([_Named(target.id, str(word.value)).visit(_again(statement)) for statement in body])
            self.body(other)
            return
        self.assign(target, Value(self.columns(iterated)))
        self.branch(NONE, [*body, *body], other)

    def call_statement(self, call: ast.Call) -> None:
        match call.func:
            case ast.Attribute(value=ast.Name(id=name), attr="insert") if len(call.args) == 3 and _text(call.args[1]):
                self.assign(
                    ast.Subscript(ast.Name(name, ast.Load()), call.args[1], ast.Store()), self.thing(call.args[2])
                )
            case ast.Attribute(value=ast.Name(id=name), attr="update") if isinstance(
                frame := self.names.get(name), Frame
            ):
                given = self.thing(call.args[0]) if call.args else Frame()
                if isinstance(given, Frame) and not given.open and not given.lost:
                    frame.columns |= given.columns
                else:
                    frame.lost = True
            case ast.Attribute(value=ast.Name(id=name), attr="drop") if name in self.names:
                pass
            case ast.Attribute(value=ast.Attribute() | ast.Subscript()):
                self.lose(call)
            case _:
                self.lose(call)

    def lose(self, call: ast.Call) -> None:
        """A call whose result nobody takes may change the frames that it was given."""
        for node in ast.walk(call):
            if isinstance(node, ast.Name) and isinstance(frame := self.names.get(node.id), Frame):
                inside = any(isinstance(n, ast.Subscript) and n.value is node for n in ast.walk(call))
                frame.lost = frame.lost or not inside

    def lose_all(self) -> None:
        for thing in self.names.values():
            if isinstance(thing, Frame):
                thing.lost = True

    def assign(self, target: ast.expr, thing: Thing) -> None:
        match target:
            case ast.Name(id=name):
                before = self.names.get(name)
                if self.weak and isinstance(thing, Value):
                    kept = before.columns if isinstance(before, Value) else NONE
                    thing = Value(thing.columns | kept | self.under)
                self.names[name] = thing
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                for element in elements:
                    self.assign(element, Value(_all(thing)))
            case ast.Starred(value=value):
                self.assign(value, Value(_all(thing)))
            case ast.Subscript(value=ast.Name(id=name), slice=key) if isinstance(frame := self.names.get(name), Frame):
                self.put(frame, key, thing)
            case ast.Subscript(
                value=ast.Attribute(value=ast.Name(id=name), attr=place), slice=ast.Tuple(elts=[rows, key])
            ) if place in _PLACES and isinstance(frame := self.names.get(name), Frame):
                old = frame.column(_text(key) or "").columns if _text(key) else NONE
                self.put(frame, key, Value(_all(thing) | self.columns(rows) | old))
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if isinstance(
                frame := self.names.get(name), Frame
            ):
                self.put(frame, ast.Constant(attribute), thing)
            case _:
                self.lose_all()

    def put(self, frame: Frame, key: ast.expr, thing: Thing) -> None:
        name = _text(key)
        if name is None:
            frame.lost = True
            return
        value = thing if isinstance(thing, Value) else Value(thing.all())
        if self.weak:
            kept = frame.columns[name].columns if name in frame.columns else NONE
            value = Value(value.columns | kept | self.under)
        frame.columns[name] = value

    # Expressions

    def columns(self, node: ast.expr) -> Columns:
        """Every input column that goes into an expression."""
        return _all(self.thing(node))

    def thing(self, node: ast.expr) -> Thing:
        match node:
            case ast.Name(id=name):
                return self.names.get(name, Value(NONE))
            case ast.Constant():
                return Value(NONE)
            case ast.Subscript(value=value, slice=key):
                return self.subscript(self.thing(value), key)
            case ast.Attribute(value=value, attr=name):
                return self.attribute(self.thing(value), name)
            case ast.Dict(keys=keys, values=values):
                return self.dict(keys, values)
            case ast.Call():
                return self.call(node)
            case ast.Lambda(args=arguments, body=body):
                return Value(self.inner([a.arg for a in arguments.args], NONE).columns(body))
            case ast.DictComp() | ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return self.comprehension(node)
            case ast.IfExp(test=test, body=body, orelse=other):
                return Value(self.columns(test) | self.columns(body) | self.columns(other))
            case ast.NamedExpr(target=target, value=value):
                thing = self.thing(value)
                self.assign(target, thing)
                return thing
        inner = (child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))
        return Value(frozenset(c for child in inner for c in self.columns(child)))

    def subscript(self, thing: Thing, key: ast.expr) -> Thing:
        if isinstance(thing, Value):
            return Value(thing.columns | self.columns(key))
        name = _text(key)
        if name is not None:
            return thing.column(name)
        if isinstance(key, ast.List | ast.Tuple) and all(_text(each) for each in key.elts):
            names = [str(_text(each)) for each in key.elts]
            return Frame({each: thing.column(each) for each in names}, lost=thing.lost)
        rows = self.columns(key)  # a mask: the same columns, of fewer rows
        if ANY in rows or isinstance(key, ast.Name | ast.JoinedStr | ast.Call):
            return Value(frozenset({ANY}))
        made = thing.copy()
        made.columns = {each: Value(value.columns | rows) for each, value in made.columns.items()}
        made.lost = made.lost or thing.open  # which of the inputs' columns follow is known only when they are named
        return made

    def attribute(self, thing: Thing, name: str) -> Thing:
        if isinstance(thing, Value):
            return Value(thing.columns)
        if name in thing.columns or (thing.open and name in self.inputs):
            return thing.column(name)
        return Value(NONE) if name in _PLAIN_ATTRIBUTES else thing

    def dict(self, keys: list[ast.expr | None], values: list[ast.expr]) -> Thing:
        made = Frame()
        for key, value in zip(keys, values, strict=True):
            name = None if key is None else _text(key)
            if name is not None:
                thing = self.thing(value)
                made.columns[name] = thing if isinstance(thing, Value) else Value(thing.all())
            elif key is None and isinstance(spread := self.thing(value), Frame):
                made.columns |= spread.columns
                made.open, made.lost = made.open or spread.open, made.lost or spread.lost
            else:
                made.lost = True
        return made

    def call(self, node: ast.Call) -> Thing:
        given = [*node.args, *(k.value for k in node.keywords)]
        match node.func:
            case ast.Attribute(attr="DataFrame"):
                return self.made_frame(node)
            case ast.Name(id="dict") if not node.args:
                return self.dict([ast.Constant(k.arg) for k in node.keywords], [k.value for k in node.keywords])
            case ast.Name(id="dict") if len(node.args) == 1 and isinstance(frame := self.thing(node.args[0]), Frame):
                return frame.copy()
            case ast.Attribute(value=receiver, attr=method):
                thing = self.thing(receiver)
                if isinstance(thing, Frame):
                    return self.frame_method(thing, method, node)
                return Value(thing.columns | self.all_of(given))
            case ast.Name(id="len"):
                return Value(NONE)
            case function:
                return Value(self.columns(function) | self.all_of(given))

    def all_of(self, given: Iterable[ast.expr]) -> Columns:
        return frozenset(c for each in given for c in self.columns(each))

    def made_frame(self, node: ast.Call) -> Thing:
        data = node.args[0] if node.args else next((k.value for k in node.keywords if k.arg == "data"), None)
        if data is None:
            return Frame()
        thing = self.thing(data)
        return thing.copy() if isinstance(thing, Frame) else Frame(lost=True)

    def frame_method(self, frame: Frame, method: str, node: ast.Call) -> Thing:
        if method == "get" and node.args and (name := _text(node.args[0])):
            return Value(frame.column(name).columns | self.all_of(node.args[1:]))
        if method == "assign" and not node.args:
            made = frame.copy()
            for keyword in node.keywords:
                if keyword.arg is None:
                    return Frame(lost=True)
                if isinstance(keyword.value, ast.Lambda):
                    inner = self.inner([a.arg for a in keyword.value.args.args], made)
                    self.put(made, ast.Constant(keyword.arg), inner.thing(keyword.value.body))
                else:
                    self.put(made, ast.Constant(keyword.arg), self.thing(keyword.value))
            return made
        if method in _SAME_FRAME:
            made, more = frame.copy(), self.all_of([*node.args, *(k.value for k in node.keywords)])
            if more:
                made.columns = {name: Value(value.columns | more) for name, value in made.columns.items()}
            return made
        return Value(frame.all() | {ANY})

    def comprehension(self, node: ast.DictComp | ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Thing:
        inner = self.inner([], NONE)
        seen: Columns = NONE
        for generator in node.generators:
            iterated = inner.columns(generator.iter)
            inner.assign(generator.target, Value(iterated))
            seen |= iterated | frozenset(c for test in generator.ifs for c in inner.columns(test))
        if isinstance(node, ast.DictComp):
            return Frame(lost=True)
        return Value(seen | inner.columns(node.elt))

    def inner(self, arguments: list[str], given: Frame | Columns) -> "Walk":
        names: dict[str, Thing] = dict(self.names)
        for argument in arguments:
            names[argument] = given if isinstance(given, Frame) else Value(given)
        return Walk(names, self.inputs)

    def names_in(self, function: ast.FunctionDef) -> Columns:
        """What an inner function may read of what is around it."""
        own = {a.arg for a in function.args.args}
        used = {n.id for n in ast.walk(function) if isinstance(n, ast.Name)} - own
        return frozenset(c for name in used if name in self.names for c in _all(self.names[name]))


class _Named(ast.NodeTransformer):
    """A loop's variable as the word that it is in one round."""

    def __init__(self, name: str, word: str) -> None:
        self._name, self._word = name, word

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(self._word) if node.id == self._name and isinstance(node.ctx, ast.Load) else node


def _again(statement: ast.stmt) -> ast.stmt:
    """A copy, as a loop's rounds must not change each other's."""
    return ast.parse(ast.unparse(statement)).body[0]


def _all(thing: Thing) -> Columns:
    return thing.all() if isinstance(thing, Frame) else thing.columns


def _text(node: ast.expr) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts) if all(isinstance(p, ast.Constant) or _constant_part(p) for p in parts):
            return "".join(str(p.value) if isinstance(p, ast.Constant) else str(_constant_part(p)) for p in parts)
    return None


def _constant_part(part: ast.expr) -> str | None:
    """`{name}` in an f-string after a loop's variable was put in."""
    match part:
        case ast.FormattedValue(value=ast.Constant(value=str(text))):
            return text
    return None
