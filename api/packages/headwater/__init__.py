"""Headwater's client: `from headwater.client import Client`.

The one idea: what depends on the schema (`words`, `inputs`, `answers`, `documents`, `operations`) is written by a program
from the service's own schema; by hand are only the errors, the protocol, and the two transports. The package needs httpx2
and nothing of the service.
"""
