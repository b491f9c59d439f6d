"""Every error on the wire is an RFC 9457 problem."""

import inspect

import pytest

from api.problems import TABLE, TYPE_PREFIX, kind_of, problem_of
from lineage import errors
from tests.api.conftest import Service

ERRORS = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, errors.HeadwaterError)]


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_class_has_a_status(error: type[errors.HeadwaterError]) -> None:
    """The most specific row of the table counts, so no error of ours is a 500 by accident."""
    made = error.__new__(error)
    Exception.__init__(made, "Something. Do something.")
    kind = kind_of(made)
    assert 400 <= kind.status < 600
    assert kind.status != 500 or error is errors.HeadwaterError


def test_types_and_titles_are_unique_and_rows_reachable() -> None:
    """A program can tell problems apart by their type, and no row hides another."""
    assert len({kind.slug for _, kind in TABLE}) == len(TABLE)
    for position, (error, _) in enumerate(TABLE):
        assert not any(issubclass(error, earlier) for earlier, _ in TABLE[:position])


def test_a_refusal_carries_what_a_program_needs() -> None:
    """Limits, near names, places and the time to come back are members, not prose."""
    limit = problem_of(errors.LimitExceeded("Too many. Ask for fewer.", limit=5, asked=9))
    assert limit.status_code == 422 and b'"limit":5' in limit.body and b'"asked":9' in limit.body
    assert b'"near":["a"]' in problem_of(errors.NotFound("No. Try another.", near=("a",))).body
    assert b'"place":"$.run"' in problem_of(errors.InputError("No. Correct it.", place="$.run")).body
    assert problem_of(errors.Overloaded(retry_after_s=0.2)).headers["retry-after"] == "1"
    assert problem_of(errors.LedgerError("Full. Free space.", retryable=True)).headers["retry-after"] == "2"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing/here", 404),
        ("DELETE", "/api/v1/lineage", 405),
        ("GET", "/api/v1/lineage/batch", 405),
        ("GET", "/api/v1/events/0", 404),
        ("GET", "/api/v1/events/minus-one", 400),
        ("GET", "/api/v1/events/-1", 400),
        ("GET", "/api/v1/events/99999999999999999999999999", 400),
        ("GET", "/api/v1/events/lineage?limit=x", 400),
        ("GET", "/api/v1/events/lineage?before=never", 400),
    ],
)
def test_refusals_are_problem_documents(service: Service, method: str, path: str, status: int) -> None:
    """Also those that the framework makes: the same form, a stable type, a sentence."""
    answer = service.request(method, path)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["type"].startswith(TYPE_PREFIX)
    assert answer.json["status"] == status
    assert answer.json["title"] and answer.json["detail"]


def test_nothing_redirects(service: Service) -> None:
    """A redirected POST becomes a GET in most clients, and the event is lost without a trace."""
    for path in ("/api/v1/lineage//", "/healthz/", "/api/v1/events/lineage/", "//api/v1/lineage"):
        for method in ("GET", "POST"):
            assert service.request(method, path, b"{}").status not in range(300, 400)


def test_a_fault_of_ours_shows_no_trace(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """500 with a problem document; the trace is for the log."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(type(service.context.ledger), "part", broken)
    answer = service.request("GET", "/api/v1/events/0")
    assert (answer.status, answer.json["code"]) == (500, "INTERNAL")
    assert b"secret" not in answer.body
