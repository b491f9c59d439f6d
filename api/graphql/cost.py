"""What a document asks for, worked out before anything is answered: depth, cost, and how much work checking it is.

The one idea: each selection is looked at once. What it costs is a line, `fixed + each x items`, because a list costs
once for each of its items and how many those are is said above it (`first`, `limit`, `ids`); so a fragment has one line
however often and wherever it is spread, and the whole is done in one pass over the document. Cost counts the values of
the largest answer there can be; a value that is looked up counts more than one that is at hand.

Lengths that nothing says are taken as LIST_ASSUMED. What only turns out while answering (how far a walk gets) is bounded
there, by nodes and time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_leaf_type,
    is_list_type,
    value_from_ast_untyped,
)

from lineage.errors import LimitExceeded

DEPTH_MAX: Final = 20  # fields in one another; the deepest question of tools, about the schema itself, has 15
COST_MAX: Final = 1_000_000  # the largest lineage answer with all its fields is half of it: 20,000 nodes, 10 MB
COMPARISONS_MAX: Final = (
    4_000  # fields that may be one in the answer are compared in pairs: at 10 to 25 µs, below 100 ms
)
LIST_ASSUMED: Final = 10  # columns, owners, edges of a path: some have hundreds, most have a few
LOOKED_UP: Final = 20  # a field that a function answers takes as long as so many that show an attribute
WALKED: Final = 500  # a field that walks the graph or searches it: some milliseconds, rarely seconds
COST_TOLD_MAX: Final = 1 << 53  # JSON numbers are exact up to here

_MISSING: Final = object()
_PAGE_ARGUMENTS: Final = ("first", "limit")
_ID_ARGUMENTS: Final = ("ids",)
_DEFINITION: Final = "strawberry-definition"
_COMPLETENESS: Final = "completeness"  # what an answer has that comes from a walk
_SEARCHED: Final = frozenset({"SearchConnection", "AliasSuggestion"})  # every name is looked at


@dataclass(frozen=True, slots=True)
class Price:
    """What one operation asks for."""

    cost: int
    depth: int
    of: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """The variables that it depends on, with what they held."""
    roots: frozenset[str] = field(default=frozenset(), compare=False)
    """The fields of Query that it names; none of a mutation or a subscription."""
    kinds: frozenset[str] = field(default=frozenset(), compare=False)
    """The declared types of all fields in it; an interface stands for its members."""

    def holds_for(self, variables: Mapping[str, Any] | None) -> bool:
        """Whether the same operation has the same price with these variables."""
        given = variables or {}
        return all(given.get(name, _MISSING) == value for name, value in self.of.items())

    def require_bearable(self) -> None:
        """LimitExceeded, with what to do."""
        if self.depth > DEPTH_MAX:
            message = f"The query is {self.depth} fields deep; {DEPTH_MAX} are answered. Ask in several steps."
            raise LimitExceeded(message, limit=DEPTH_MAX, asked=self.depth)
        if self.cost > COST_MAX:
            raise LimitExceeded(
                f"The query may have an answer of {self.told} values; {COST_MAX} are answered. Ask for fewer items "
                "(`first`, `limit`), or for fewer fields of each.",
                limit=COST_MAX,
                asked=self.told,
            )

    @property
    def told(self) -> int:
        """The cost as it is told: an absurd one is not told exactly."""
        return min(self.cost, COST_TOLD_MAX)


@dataclass(frozen=True, slots=True)
class _Line:
    """What a selection costs: `fixed`, and `each` for each item of the list that it describes."""

    fixed: int
    each: int
    depth: int

    def of(self, items: int) -> int:
        return self.fixed + self.each * items


_NOTHING: Final = _Line(0, 0, 0)


def price(
    schema: GraphQLSchema, document: DocumentNode, operation_name: str | None, variables: Mapping[str, Any] | None
) -> Price:
    """The price of the operation that is meant. The document need not be valid: what is unknown costs nothing, and is
    refused elsewhere. LimitExceeded for selections in one another without end."""
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    meant = [each for each in operations if operation_name is None or (each.name and each.name.value == operation_name)]
    if not meant:
        return Price(0, 0)
    operation = meant[0]
    root = schema.get_root_type(operation.operation)
    told = {
        each.variable.name.value: value_from_ast_untyped(each.default_value)
        for each in operation.variable_definitions or ()
        if each.default_value is not None
    }
    pricing = _Pricing(schema, document, {**told, **(variables or {})})
    line = pricing.selection(root, operation.selection_set, 0)
    given = variables or {}
    of = {name: given.get(name, _MISSING) for name in pricing.consulted}
    return Price(line.of(LIST_ASSUMED), line.depth, of, frozenset(pricing.roots), frozenset(pricing.kinds))


def comparisons(document: DocumentNode) -> int:
    """At most how many pairs of fields (and of fragments spread) the rule that fields can be merged looks at: those of
    one name in the answer, anywhere in the document."""
    names: Counter[str | None] = Counter()
    waiting: list[SelectionSetNode] = [
        each.selection_set for each in document.definitions if hasattr(each, "selection_set")
    ]
    while waiting:
        for node in waiting.pop().selections:
            match node:
                case FieldNode():
                    names[(node.alias or node.name).value] += 1
                case FragmentSpreadNode():
                    names[None] += 1
            if (inner := getattr(node, "selection_set", None)) is not None:
                waiting.append(inner)
    return sum(count * (count - 1) // 2 for count in names.values())


class _Pricing:
    """One pass over one document with its variables."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self._schema = schema
        self._variables = variables
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self._lines: dict[str, _Line] = {}
        self.consulted: set[str] = set()
        self.roots: set[str] = set()
        self.kinds: set[str] = set()

    def selection(self, parent: GraphQLNamedType | None, selections: SelectionSetNode, nested: int) -> _Line:
        if nested > 4 * DEPTH_MAX:  # fragments in one another are no depth, but there is no sense in hundreds of them
            message = f"Selections are nested more than {4 * DEPTH_MAX} deep. Ask in several steps."
            raise LimitExceeded(message, limit=4 * DEPTH_MAX, asked=nested)
        fixed = each = depth = 0
        for node in selections.selections:
            match node:
                case FieldNode():
                    line = self._field(parent, node, nested)
                case InlineFragmentNode():
                    on = node.type_condition
                    inner = self._schema.type_map.get(on.name.value) if on else parent
                    line = self.selection(inner, node.selection_set, nested + 1)
                case FragmentSpreadNode():
                    line = self._fragment(node.name.value, nested)
                case _:
                    line = _NOTHING
            fixed, each, depth = fixed + line.fixed, each + line.each, max(depth, line.depth)
        return _Line(fixed, each, depth)

    def _fragment(self, name: str, nested: int) -> _Line:
        if name not in self._lines:
            self._lines[name] = _NOTHING  # of a fragment in itself; validation refuses it
            if (fragment := self._fragments.get(name)) is not None:
                on = self._schema.type_map.get(fragment.type_condition.name.value)
                self._lines[name] = self.selection(on, fragment.selection_set, nested + 1)
        return self._lines[name]

    def _field(self, parent: GraphQLNamedType | None, node: FieldNode, nested: int) -> _Line:
        field = self._schema.get_field(parent, node.name.value) if is_composite_type(parent) else None
        if field is None:
            return _NOTHING
        inner = _NOTHING
        kind = get_named_type(field.type)
        self.kinds.add(kind.name)
        if parent is self._schema.query_type:
            self.roots.add(node.name.value)
        own = _own(field, kind)
        if node.selection_set is not None and not is_leaf_type(kind):
            inner = self.selection(kind, node.selection_set, nested + 1)
        depth = inner.depth + 1
        page, ids = self._number(field, node), self._length(node)
        if is_list_type(get_nullable_type(field.type)) and is_composite_type(kind):
            items = page if ids is None else ids
            each = 1 + inner.of(LIST_ASSUMED)
            return _Line(own, each, depth) if items is None else _Line(own + each * items, 0, depth)
        return _Line(own + inner.of(LIST_ASSUMED if page is None else page), 0, depth)

    def _number(self, field: GraphQLField, node: FieldNode) -> int | None:
        """How many items the field is asked for; None: it does not say."""
        for name in _PAGE_ARGUMENTS:
            if name not in field.args:
                continue
            value = self._argument(node, name)
            if value is None:
                value = field.args[name].default_value
            if value is Undefined or value is None or isinstance(value, bool) or not isinstance(value, int):
                return LIST_ASSUMED
            return max(value, 0)
        return None

    def _length(self, node: FieldNode) -> int | None:
        for name in _ID_ARGUMENTS:
            value = self._argument(node, name)
            if isinstance(value, list):
                return len(value)
        return None

    def _argument(self, node: FieldNode, name: str) -> Any:
        value: ValueNode | None = next((each.value for each in node.arguments or () if each.name.value == name), None)
        match value:
            case VariableNode():
                self.consulted.add(value.name.value)
                return self._variables.get(value.name.value)
            case IntValueNode():
                return int(value.value) if len(value.value) < 19 else COST_TOLD_MAX
            case ListValueNode():
                return list(value.values)
            case _:
                return None


def _own(field: GraphQLField, kind: GraphQLNamedType) -> int:
    definition: Any = (field.extensions or {}).get(_DEFINITION)
    if definition is None or definition.is_basic_field:
        return 1
    walks = kind.name in _SEARCHED or _COMPLETENESS in getattr(kind, "fields", ())
    return WALKED if walks else LOOKED_UP
