"""OpenLineage in: from the bytes that a producer sends to the Event that the core understands.

The one idea: two steps, at two times. `normalise` runs once at the door, judges and cleans, and its bytes are kept;
`read` runs whenever the graph is built, is pure, and knows every facet that means something for lineage.
"""

from collectors.openlineage.normalise import DeadCode, DeadReason, Normalised, normalise, too_far
from collectors.openlineage.read import read

__all__ = ["DeadCode", "DeadReason", "Normalised", "normalise", "read", "too_far"]
