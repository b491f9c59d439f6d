"""Stars: `*`, `t.*`, with EXCLUDE, REPLACE and RENAME, opened where the columns are known.

The one idea: a star that cannot be opened stays an item of its own, with the relation behind it, so that a column asked
of it later is still found, and the answer can say that it stayed.
"""

from __future__ import annotations

from sqlglot import exp

from collectors.sql.answer import Reason
from collectors.sql.expressions import cell_of
from collectors.sql.relations import Base, Cell, Item, Relation, Spread
from collectors.sql.scope import Scope, same_table


def star_items(scope: Scope, node: exp.Expr) -> list[Item]:
    """The items that a star of the select list stands for."""
    star = node.this if isinstance(node, exp.Column) else node
    gone = {e.name.lower() for e in star.args.get("except_") or ()}
    replaced = {e.alias.lower(): e for e in star.args.get("replace") or () if isinstance(e, exp.Expr)}
    new_names = {e.this.name.lower(): e.alias for e in star.args.get("rename") or ()}
    items: list[Item] = []
    table = node.args.get("table")
    if isinstance(table, exp.Expr):
        relation = scope.relation(table.name, node)
        if relation is None:
            hidden = [r for r in scope.relations if isinstance(r, Base) and same_table(r.name, table.name, node)]
            relation = hidden[0] if len(hidden) == 1 else None
        if relation is None:
            return _of_a_struct(scope, node, table)
        items = list(relation.items())
    else:
        for relation, keys in scope.starred:
            items.extend(joined_items(relation, keys))
        if not scope.starred and scope.parent is None:
            scope.analysis.unresolved(Reason.STAR, "*", "A star without FROM. Check the statement.", node)
    if not (gone or replaced or new_names):
        return [item if item.node is None else item._replace(node=None) for item in items]
    out: list[Item] = []
    seen: set[str] = set()
    for item in items:
        key = item.name.lower()
        if item.star is not None:
            out.append(item)
        elif key in replaced:
            seen.add(key)
            out.append(Item(item.name, cell_of(replaced[key].this, scope), replaced[key]))
        elif key not in gone:
            seen.add(key)
            out.append(Item(new_names.get(key, item.name), item.cell))
    if any(item.star is not None for item in items):  # what was named exists, though the star stays shut
        out += [Item(e.alias, cell_of(e.this, scope), e) for key, e in replaced.items() if key not in seen]
        out += [Item(new, scope.unqualified(old, node)) for old, new in new_names.items() if old not in seen]
    return out


def joined_items(relation: Relation, keys: dict[str, Cell] | None) -> list[Item]:
    """A relation's part of `*`: a key of USING shows once, on the left."""
    if not keys:
        return relation.items()
    out = []
    for item in relation.items():
        key = item.name.lower()
        if item.star is None and "=" + key in keys:
            out.append(item._replace(cell=keys["=" + key]))
        elif item.star is not None or key not in keys:
            out.append(item)
    return out


def _of_a_struct(scope: Scope, node: exp.Expr, table: exp.Expr) -> list[Item]:
    """`s.*` where s is a column."""
    cell = scope.known(table.name.lower())
    if cell is None and scope.analysis.struct_by_dot:
        possible = [relation for relation in scope.relations if relation.is_open()]
        cell = possible[0].assume(table.name) if len(possible) == 1 else None
    if cell is None:
        scope.analysis.unresolved(
            Reason.UNKNOWN_COLUMN, f"{table.name}.*", f"Nothing in reach is called {table.name}. Check the alias.", node
        )
        return []
    return [Item("*", cell, node, Spread(cell, (), given=False))]
