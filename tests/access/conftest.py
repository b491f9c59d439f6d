"""The services of the API's own tests, with keys."""

from tests.api.conftest import event_fixture, service, start

__all__ = ["event_fixture", "service", "start"]
