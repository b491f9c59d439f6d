"""The names that a JSON value mentions, wherever in it.

The one idea: in whatever a producer sends, a dataset or job is an object with a namespace and a name. Nothing else has
to be known about a facet, so one that is invented tomorrow is searched like all others.
"""

from collections.abc import Iterator
from typing import Final

NAME_KEYS: Final = ("name", "job")
"""A parent run is written `{"namespace", "job", "runId"}` in the graph."""


def names_in(value: object) -> Iterator[tuple[str, str]]:
    """(namespace, name) of every object that has both. Iterative: producers nest deep."""
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if isinstance(current, dict):
            namespace = current.get("namespace")
            if isinstance(namespace, str):
                for key in NAME_KEYS:
                    if isinstance(name := current.get(key), str):
                        yield namespace, name
            waiting.extend(current.values())
        elif isinstance(current, list):
            waiting.extend(current)
