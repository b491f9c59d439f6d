"""The running company, for all tests of this folder."""

from tests.api.conftest import start
from tests.permission.serving import told

__all__ = ["start", "told"]
