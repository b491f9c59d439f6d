"""Why two datasets may be one: for `alias suggest`. Nothing here ever merges.

The one idea: names that end alike may be one table in two spellings. A person decides, so each reason is a sentence
for a person.
"""

from lineage.names.datasets import normal_dataset
from lineage.names.systems import is_path_system, system_of
from lineage.names.tables import segments


def similarity(namespace: str, name: str, other_namespace: str, other_name: str) -> str | None:
    """The strongest reason why two raw names may be one dataset, as a sentence; None when there is none or they are
    one already."""
    one, other = normal_dataset(namespace, name), normal_dataset(other_namespace, other_name)
    if one == other:
        return None
    if one[1] == other[1] and one[0] != other[0]:
        if system_of(one[0]) and system_of(one[0]) == system_of(other[0]) and not is_path_system(one[0]):
            return f"the same name on two hosts of one kind of system ({one[0]} and {other[0]})"
        if is_path_system(one[0]) != is_path_system(other[0]):
            return None
    ends, other_ends = _segments(*one), _segments(*other)
    for length in (3, 2):
        if len(ends) >= length and len(other_ends) >= length and ends[-length:] == other_ends[-length:]:
            return f"both names end in {'.'.join(ends[-length:])}"
    return None


def _segments(namespace: str, name: str) -> list[str]:
    """The dotted form of a name, lower case: Glue's `table/db/tbl` is `db.tbl`, a warehouse's `…/db.db/tbl` too."""
    if system_of(namespace) == "glue" or name.startswith("table/"):
        return [part.lower() for part in name.removeprefix("table/").split("/") if part]
    if "/" in name:
        parts = [part for part in name.split("/") if part]
        if len(parts) >= 2 and parts[-2].endswith(".db"):
            return [parts[-2].removesuffix(".db").lower(), parts[-1].lower()]
        return []
    return [part.strip('"`[]').lower() for part in segments(name) or name.split(".")]
