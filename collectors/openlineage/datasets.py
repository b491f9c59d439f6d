"""One dataset in one event: its names, schema, column lineage, life cycle and properties."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

import orjson

from collectors.openlineage.columns import column_claims
from collectors.openlineage.explicit import explicit_lineage
from collectors.openlineage.models import as_version, serving_of
from collectors.openlineage.properties import dataset_properties
from collectors.openlineage.shapes import RECURRING_BYTES_MAX, as_object, as_text, facet, raw_name
from collectors.openlineage.symlinks import names_of
from lineage.events import Lifecycle, Mention, Role, SchemaColumn
from lineage.names import is_inside

SCHEMAS_CACHED: Final = 4_096  # the datasets of a busy day, some 30 MB
_LIFECYCLES: Final = {state.value: state for state in Lifecycle}


def mentions_of(datasets: Iterable[dict[str, Any]], role: Role) -> list[Mention]:
    """What an event says of each dataset in a list, but for those that it does not name."""
    return [mention for told in datasets if (mention := mention_of(told, role)) is not None]


def mention_of(dataset: dict[str, Any], role: Role) -> Mention | None:
    """What an event says of one dataset; None when it does not name it."""
    main = raw_name(dataset)
    if main is None:
        return None
    facets = as_object(dataset.get("facets"))
    name, aliases = (
        names_of(main, facet(facets, "symlinks"), iceberg=_is_iceberg(facets)) if "symlinks" in facets else (main, ())
    )
    columns = schema_columns(facet(facets, "schema"))
    claims = column_claims(facet(facets, "columnLineage"))
    explicit = explicit_lineage(facet(facets, "lineage"))
    sources = None
    if explicit is not None:
        sources = explicit.sources
        claims = tuple(dict.fromkeys((*(claims or ()), *(explicit.claims or ())))) or None
    change = facet(facets, "lifecycleStateChange")
    lifecycle = _LIFECYCLES.get(as_text(change.get("lifecycleStateChange")).upper())
    version = as_text(facet(facets, "version").get("datasetVersion")) or None
    subset = as_object(dataset.get("inputFacets")).get("subset")
    mention = Mention(
        name=name,
        role=role,
        columns=columns,
        claims=claims,
        sources=sources,
        aliases=aliases,
        lifecycle=lifecycle,
        previous=raw_name(change.get("previousIdentifier")) if lifecycle is Lifecycle.RENAME else None,
        version=version,
        properties=dataset_properties(facets) if facets else (),
        serving=serving_of(facet(facets, "headwater_serving")) if facets else None,
        real=role is Role.OUTPUT
        or columns is not None
        or bool(subset)
        or version is not None
        or is_inside(name.namespace, name.name),
    )
    return as_version(mention, facets) if version is not None else mention


def _is_iceberg(facets: dict[str, Any]) -> bool:
    told = (facet(facets, "storage").get("storageLayer"), facet(facets, "catalog").get("framework"))
    return any(as_text(word).lower() == "iceberg" for word in told)


def schema_columns(schema: dict[str, Any]) -> tuple[SchemaColumn, ...] | None:
    """The fields of a schema facet with nested ones by path, each once; None when it lists none."""
    fields = schema.get("fields")
    if type(fields) is not list or not fields:
        return None
    listed = orjson.dumps(fields)
    return _columns_of(listed) if len(listed) <= RECURRING_BYTES_MAX else _columns_of.__wrapped__(listed)


# A schema comes again with every run that touches its dataset: 25 columns are 6 kB here, 1 kB as the key.
@lru_cache(SCHEMAS_CACHED)
def _columns_of(listed: bytes) -> tuple[SchemaColumn, ...] | None:
    fields = orjson.loads(listed)
    columns: dict[str, SchemaColumn] = {}
    pending = [("", field, index) for index, field in enumerate(fields, 1)]
    pending.reverse()
    while pending:
        prefix, field, index = pending.pop()
        if type(field) is not dict or not (own := as_text(field.get("name"))):
            continue
        path = prefix + own
        told = field.get("ordinal_position")
        ordinal = told if type(told) is int and 0 < told < 1 << 31 else index
        if path not in columns:
            columns[path] = SchemaColumn(path, as_text(field.get("type")), ordinal, as_text(field.get("description")))
        nested = field.get("fields")
        if nested and type(nested) is list:
            pending += [(path + ".", child, i) for i, child in reversed(list(enumerate(nested, 1)))]
    return tuple(columns.values()) or None
