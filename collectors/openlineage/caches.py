"""What is kept in memory of events that were read: to be forgotten when a payload is erased.

The one idea: caches are keyed by pieces of payloads (names, texts, facets), so an erasure empties them all; they fill
again by themselves.
"""

from collectors.openlineage import clean, columns, datasets, mask, secrets

_CACHES = tuple(
    value
    for module in (clean, columns, datasets, mask, secrets)
    for value in vars(module).values()
    if hasattr(value, "cache_clear")
)


def forget() -> None:
    """Empty every cache of this package."""
    for cache in _CACHES:
        cache.cache_clear()
