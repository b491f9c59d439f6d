"""Each request has an id: in its answer, and in every log line of it."""

from __future__ import annotations

import io
import json
import logging

from api.logs import JsonLines, log
from tests.api.conftest import Service


def test_the_callers_id_comes_back_and_without_one_there_is_ours(service: Service) -> None:
    """Also on a refusal; what is no id is replaced, so that nobody writes into our log."""
    for told, kept in (("job-7:1", True), ("", False), ("x" * 65, False), ("a b", False)):
        headers = {"X-Request-Id": told} if told else {}
        for path in ("/readyz", "/nowhere"):
            answer = service.request("GET", path, headers=headers)
            shown = answer.headers["x-request-id"]
            assert (shown == told) is kept
            assert 0 < len(shown) <= 64


def test_a_log_line_of_a_request_names_it(service: Service) -> None:
    """Whoever writes it, also of a fault; outside of a request there is none."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    logging.getLogger().addHandler(handler)
    try:
        service.context.graph.listed = broken  # type: ignore[method-assign]
        fault = service.request("GET", "/api/v1/namespaces", headers={"X-Request-Id": "here"})
        log(logging.getLogger("test"), logging.ERROR, "outside")
    finally:
        logging.getLogger().removeHandler(handler)
    assert (fault.status, fault.headers["x-request-id"]) == (500, "here")
    *inside, outside = (json.loads(line) for line in written.getvalue().splitlines())
    assert inside
    assert {line["request"] for line in inside} == {"here"}
    assert "request" not in outside


def broken(*_: object, **__: object) -> None:
    raise ZeroDivisionError
