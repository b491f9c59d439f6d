"""Keys and required columns: OpenLineage has no facet for them, so this is a custom one, named as its rules ask (prefix, own schema)."""

import attr
from openlineage.client.generated.base import DatasetFacet
from openlineage.client.utils import RedactMixin

NAME = "headwater_keys"


@attr.define
class ForeignKeyField(RedactMixin):
    """`columns` hold keys of the dataset `namespace` `name`, whose columns are `referred`."""

    columns: list[str]
    namespace: str
    name: str
    referred: list[str]


@attr.define
class KeysDatasetFacet(DatasetFacet):
    """What identifies a row, what it points at, and which columns always have a value."""

    primaryKey: list[str] = attr.field(factory=list)
    foreignKeys: list[ForeignKeyField] = attr.field(factory=list)
    required: list[str] = attr.field(factory=list)

    @staticmethod
    def _get_schema() -> str:
        return "urn:headwater:facet:keys:1"
