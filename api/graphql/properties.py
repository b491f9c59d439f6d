"""What is told of a dataset, a column or a job in a few words: names, owners, tags, properties. None is a node."""

import strawberry

from api.graphql.showing import about, shows
from lineage.query import answers as data


@shows(data.RawSpelling, "A name as a producer wrote it.")
class RawName:
    namespace: str = about("The namespace as written.")
    name: str = about("The name as written.")


@shows(data.Owner, "Who answers for something.")
class Owner:
    name: str = about("A person or team, as the producer or an operator named it.")
    type: str | None = about("The role, such as MAINTAINER.")


@shows(data.Tag, "A tag.")
class Tag:
    key: str = about("The tag's name.")
    value: str | None = about("Its value, where it has one.")
    column: str | None = about("The column that it is on; null: the whole.")


@strawberry.type(description="Something else that was told about a job or run.")
class Property:
    label: str = about("Which: `sql`, `sourceCodeVersion`, `errorMessage`, `nominalTime` …")
    value: str = about("The value as JSON.")


def properties_of(pairs: tuple[tuple[str, str], ...]) -> list[Property]:
    """Labels and their JSON."""
    return [Property(label=label, value=value) for label, value in pairs]
