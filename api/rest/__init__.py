"""Marquez's REST paths over the graph, so that its clients and dashboards go on working.

The one idea: the shapes are Marquez's (its OpenAPI description and what its clients read), the answers are ours: names
in any spelling, only what the caller may see, and bounded. What Marquez knows and we do not is null, never invented.
"""

from api.rest.handover import Addresses
from api.rest.routes import router

__all__ = ["Addresses", "router"]
