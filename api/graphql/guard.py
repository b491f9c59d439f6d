"""What each root field needs, held at the root of every operation.

The one idea: the resolver of a root field is wrapped once, when the schema is made, so no author of a field has to
remember its scope; a root field without a row in `api.access.needs.FIELDS` stops the service from starting.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from graphql import GraphQLField, GraphQLResolveInfo, GraphQLSchema
from graphql import default_field_resolver as by_attribute

from api.access.needs import FIELDS
from lineage.access.principal import Scope

Resolver = Callable[..., Any]


def guard(schema: GraphQLSchema) -> None:
    """Make every root field ask for its scope. KeyError for a field without a row."""
    for root in (schema.query_type, schema.mutation_type, schema.subscription_type):
        if root is not None:
            for name, field in root.fields.items():
                path = f"{root.name}.{name}"
                if path not in FIELDS:
                    raise KeyError(f"The root field {path} has no row in api.access.needs.FIELDS: say what it needs.")
                need = FIELDS[path]
                if isinstance(need, Scope):
                    _guard(field, need)


def _guard(field: GraphQLField, scope: Scope) -> None:
    if field.subscribe is not None:
        field.subscribe = _guarded(field.subscribe, scope)
    else:
        field.resolve = _guarded(field.resolve or by_attribute, scope)


def _guarded(resolver: Resolver, scope: Scope) -> Resolver:
    @wraps(resolver)
    def guarded(source: Any, info: "GraphQLResolveInfo[Any]", **arguments: Any) -> Any:
        info.context.principal.require(scope)
        return resolver(source, info, **arguments)

    return guarded
