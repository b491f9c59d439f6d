"""The door, over real HTTP: what clients send, what is kept, what is answered."""

import gzip
import json
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from api import ingest
from api.bodies import receive_body
from tests.api.conftest import Service, Start

Event = Callable[..., dict[str, Any]]


def raw_request(service: Service, text: bytes, *, close: bool = False) -> bytes:
    """Send bytes as they are; the answer's bytes, or nothing when the connection is cut before it."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as connection:
        connection.sendall(text)
        if close:
            return b""
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer


# What is understood


def test_one_event_is_answered_with_its_index_and_kept_as_sent(service: Service, event: Event) -> None:
    """201, a position, a leaf hash, and the same bytes back."""
    body = json.dumps(event(), indent=3).encode()
    answer = service.post(body)
    assert answer.status == 201
    assert answer.json.keys() == {"index", "leafHash"}
    assert answer.json["index"] == 0
    assert service.received(0) == body
    assert service.request("GET", "/api/v1/events/0").headers["content-type"] == "application/json"


def test_an_array_is_an_entry_for_each_element(service: Service, event: Event) -> None:
    """First and last are told; each entry has its element's own bytes."""
    first, second = json.dumps(event(1), indent=1).encode(), json.dumps(event(2)).encode()
    answer = service.post(b" [ " + first + b"\n,\t" + second + b" ]\n")
    assert (answer.status, answer.json) == (201, {"index": 0, "first": 0, "last": 1, "count": 2})
    assert [service.received(0), service.received(1)] == [first, second]


def test_an_empty_array_is_nothing(service: Service) -> None:
    """Nothing was sent, nothing is kept, and that is fine."""
    answer = service.post(b"[]")
    assert (answer.status, answer.json["count"], answer.json["index"]) == (201, 0, None)
    assert service.post(b"[]", "/api/v1/lineage/batch").status == 204
    assert service.size() == 0


def test_the_same_event_twice_is_two_entries(service: Service, event: Event) -> None:
    """Clients that time out send again: both deliveries are on record, and the graph is one (tested there)."""
    assert [service.post(event()).json["index"], service.post(event()).json["index"]] == [0, 1]


@pytest.mark.parametrize("path", ["/api/v1/lineage", "/api/v1/lineage/", "/api/v1/lineage?x=1"])
@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=UTF-8",
        "application/json;charset=utf8",
        'application/json; charset="utf-8"',
        "application/vnd.openlineage+json",
        "text/plain",
        "nonsense; charset=; ;",
        "application/json; charset=klingon",
    ],
)
def test_path_spelling_and_content_type_do_not_matter(
    service: Service, event: Event, path: str, content_type: str
) -> None:
    """No redirect, no 415: both would lose the event."""
    answer = service.post(event(name="müller"), path, {"Content-Type": content_type})
    assert answer.status == 201
    assert answer.json.keys() == {"index", "leafHash"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32-be", "latin-1"])
def test_other_encodings_are_read_and_kept_as_sent(service: Service, event: Event, encoding: str) -> None:
    """JSON is UTF-8, but what shows by its first bytes or its header is understood as well."""
    body = json.dumps(event(note="Müller"), ensure_ascii=False).encode(encoding)
    answer = service.post(body, headers={"Content-Type": f"application/json; charset={encoding}"})
    assert answer.json.keys() == {"index", "leafHash"}, answer.body
    assert service.received(0) == body


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("GZIP", gzip.compress), ("identity", bytes), ("", bytes)],
)
def test_compressed_bodies_are_stored_decoded(
    service: Service, event: Event, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    """What is kept is the JSON, however it travelled."""
    body = json.dumps(event()).encode()
    answer = service.post(pack(body), headers={"Content-Encoding": encoding})
    assert answer.json.keys() == {"index", "leafHash"}
    assert service.received(0) == body


def test_chunked_gzip_as_the_java_client_sends_it(service: Service, event: Event) -> None:
    """No Content-Length, gzip, a charset: the combination of Spark and Flink."""
    body = json.dumps(event()).encode()
    packed = gzip.compress(body)

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(packed), 100):
            yield packed[start : start + 100]

    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json; charset=UTF-8"}
    answer = service.post(pieces(), headers={**headers, "Transfer-Encoding": "chunked"}, encode_chunked=True)
    assert answer.json.keys() == {"index", "leafHash"}
    assert service.received(0) == body


def test_an_event_of_25_mb_passes(service: Service, event: Event) -> None:
    """Spark's logical plans are so large; the sender's time-out is 5 s."""
    plan = {
        "_producer": "https://example.org",
        "_schemaURL": "https://example.org",
        "plan": [{"class": "x" * 200}] * 125_000,
    }
    body = json.dumps(
        event(run={"runId": "00000000-0000-4000-8000-000000000001", "facets": {"spark.logicalPlan": plan}})
    )
    assert len(body) > 25 << 20
    answer = service.post(body.encode())
    assert answer.json.keys() == {"index", "leafHash"}, answer.body[:300]
    assert service.received(0) == body.encode()


def test_an_event_of_3000_columns_passes(service: Service, event: Event) -> None:
    """Wide tables are real."""
    fields = [{"name": f"column_{number}", "type": "STRING"} for number in range(3000)]
    facet = {"_producer": "https://example.org", "_schemaURL": "https://example.org", "fields": fields}
    outputs = [{"namespace": "db://a", "name": "wide", "facets": {"schema": facet}}]
    assert service.post(event(outputs=outputs)).json.keys() == {"index", "leafHash"}


# What is not understood: kept, answered 201, listed with its reason


def run_event(time: bytes, job: bytes = b"j") -> bytes:
    """A START with this `eventTime`, written as JSON, and this job name."""
    return b'{"eventTime": %s, "run": {"runId": "r"}, "job": {"namespace": "n", "name": "%s"}}' % (time, job)


TIME = b'"2026-11-01T00:00:00Z"'
RUBBISH: dict[str, bytes] = {
    "nothing": b"",
    "blanks": b"  \n",
    "no JSON": b"<html>hello</html>",
    "half an object": b'{"eventType": "START", "run": {',
    "a number": b"42",
    "null": b"null",
    "no event": b'{"hello": "world"}',
    "nested 100,000 deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "lists nested 100,000 deep": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "open brackets": b"[" * 100_000,
    "bad time": run_event(b'"yesterday"'),
    "date only": run_event(b'"2026-11-01"'),
    "no time": b'{"eventType": "START", "run": {"runId": "r"}, "job": {"namespace": "n", "name": "j"}}',
    "time as a huge number": run_event(b"1" + b"0" * 5000),
    "before 2000": run_event(b'"1999-12-31T23:59:59Z"'),
    "far future": run_event(b'"2999-01-01T00:00:00Z"'),
    "NUL in a name": run_event(TIME, b"j\\u0000"),
    "lone surrogate in a name": run_event(TIME, b"\\ud800"),
    "NUL bytes": b"\0" * 100,
    "random bytes": bytes(range(256)),
    "truncated UTF-8": b'{"a": "\xc3',
    "a broken array": b'[{"a": 1}, {"b": 2}',
    "a million objects": b'{"a":[' + b"{}," * 1_000_001 + b"{}]}",
}


@pytest.mark.parametrize("name", RUBBISH)
def test_rubbish_is_kept_as_a_dead_letter(service: Service, event: Event, name: str) -> None:
    """201, the exact bytes, a reason; and the service goes on."""
    body = RUBBISH[name]
    answer = service.post(body)
    assert answer.status == 201, answer
    assert answer.json["deadLetter"]["code"]
    assert answer.json["deadLetter"]["code"] != "INTERNAL", "the reader stumbled"
    assert service.received(answer.json["index"]) == body
    assert service.request("GET", "/api/v1/events/0").headers["content-type"] == "application/octet-stream"
    (letter,) = service.context.dead_letters.page(10)
    assert (letter.index, letter.byte_count, letter.replayed_as) == (0, len(body), None)
    assert letter.message
    assert service.post(event()).json.keys() == {"index", "leafHash"}


@pytest.mark.parametrize(
    ("name", "facet"),
    [
        ("beyond 64 bits", b"1" + b"0" * 5000),
        ("a big integer", b"18446744073709551616"),
        ("a tiny float", b"1e-5000"),
        ("NUL in a text", b'"a\\u0000b"'),
        ("lone surrogate in a text", b'"\\udfff"'),
    ],
)
def test_odd_values_in_unknown_facets_do_no_harm(service: Service, event: Event, name: str, facet: bytes) -> None:
    """Where it does not matter to lineage, an event with odd values is an event."""
    facets = b'{"odd": {"_producer": "p", "_schemaURL": "s", "value": ' + facet + b"}}"
    body = json.dumps(event()).replace('"run": {', '"run": {"facets": FACETS, ').encode().replace(b"FACETS", facets)
    answer = service.post(body)
    assert answer.status == 201
    assert answer.json.keys() == {"index", "leafHash"}, answer.body
    assert service.received(0) == body


def test_truncated_gzip_is_kept_as_it_came(service: Service, event: Event) -> None:
    """What was received of it is there, as received."""
    packed = gzip.compress(json.dumps(event()).encode())[:-20]
    answer = service.post(packed, headers={"Content-Encoding": "gzip"})
    assert answer.status == 201
    assert answer.json["deadLetter"]["code"] == "UNDECODABLE_BODY"
    assert service.received(0) == packed


def test_an_unknown_encoding_is_kept_as_it_came(service: Service) -> None:
    """No 415: a client would drop it."""
    answer = service.post(b"\x28\xb5\x2f\xfd", headers={"Content-Encoding": "zstd"})
    assert (answer.status, answer.json["deadLetter"]["code"]) == (201, "UNDECODABLE_BODY")


def test_good_and_bad_elements_of_an_array_are_told_apart(service: Service, event: Event) -> None:
    """One bad event among good ones costs itself only."""
    deep = b"[" * 50_000 + b"]" * 50_000
    good = json.dumps(event()).encode()
    answer = service.post(b"[" + b",".join([good, deep, b"{nope}", good]) + b"]")
    assert (answer.status, answer.json["count"], answer.json["deadLetterCount"]) == (201, 4, 2)
    assert [each["index"] for each in answer.json["deadLetters"]] == [1, 2]
    assert [service.received(index) for index in range(4)] == [good, deep, b"{nope}", good]


# What cannot be kept: refused with a problem document


def test_a_gzip_bomb_is_refused(start: Start) -> None:
    """A few kilobytes that unpack to more than the limit: 413, at once."""
    service = start(body_bytes_max=1 << 20)
    answer = service.post(gzip.compress(bytes(50 << 20)), headers={"Content-Encoding": "gzip"})
    assert answer.status == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["type"] == "urn:headwater:problem:body-too-large"
    assert answer.json["limit"] == 1 << 20
    assert service.size() == 0


def test_300_mb_are_refused_before_they_are_sent(service: Service) -> None:
    """The answer comes on the declared length."""
    head = b"POST /api/v1/lineage HTTP/1.1\r\nHost: localhost\r\nContent-Length: 314572800\r\n\r\n"
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(head + b"{")
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_300_mb_sent_all_the_same_are_answered(service: Service, event: Event) -> None:
    """A client that sends first and reads later gets its 413, and nothing of it stays in memory."""
    size = 300 << 20
    piece = b"a" * (1 << 20)
    with socket.create_connection(("127.0.0.1", service.port), timeout=60) as connection:
        connection.sendall(b"POST /api/v1/lineage HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size >> 20):
            connection.sendall(piece)
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")
    assert service.context.memory.bytes_held == 0
    assert service.post(event()).status == 201


def test_a_chunked_body_over_the_limit_is_refused(start: Start) -> None:
    """Without a declared length it is counted as it comes."""
    service = start(body_bytes_max=1 << 16)
    answer = service.post(iter([b"a" * 50_000] * 3), headers={"Transfer-Encoding": "chunked"}, encode_chunked=True)
    assert answer.status == 413


def test_half_a_body_of_a_client_that_died_is_not_kept(service: Service, event: Event) -> None:
    """It will be sent again; nobody could say what the half meant."""
    head = b"POST /api/v1/lineage HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
    raw_request(service, head + b'{"half": ', close=True)
    assert service.post(event()).json["index"] == 0
    assert service.size() == 1


def test_a_body_that_stops_coming_is_answered_and_cut(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """408, and the connection is closed: what would come after is no request."""
    monkeypatch.setattr(ingest, "receive_body", partial(receive_body, idle_s_max=0.05))
    head = b"POST /api/v1/lineage HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
    answer = raw_request(service, head + b'{"half": ')
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"urn:headwater:problem:slow-body" in answer


def test_a_full_queue_asks_to_come_back(service: Service, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with Retry-After, which every client retries; never 429, which half of them do not."""
    monkeypatch.setattr(service.context.commit, "_queue_max", 0)
    monkeypatch.setattr(service.context.commit, "_queue", _NeverEmpty())
    answer = service.post(event())
    monkeypatch.undo()
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.json["type"] == "urn:headwater:problem:overloaded"
    assert service.post(event()).status == 201


class _NeverEmpty:
    """A queue that always holds something."""

    def __bool__(self) -> bool:
        return True


# OpenLineage's batch API


def test_a_batch_that_is_understood_is_204(service: Service, event: Event) -> None:
    """As OpenLineage's own description has it."""
    for path in ("/api/v1/lineage/batch", "/api/v1/lineage/batch/"):
        answer = service.post([event(1), event(2)], path)
        assert (answer.status, answer.body) == (204, b"")
    assert service.size() == 4


def test_a_batch_tells_which_were_not_understood(service: Service, event: Event) -> None:
    """Kept like the others, but counted as failed, and no use to send again."""
    answer = service.post([event(1), {"no": "event"}, event(2)], "/api/v1/lineage/batch")
    assert answer.status == 200
    assert answer.json["status"] == "partial_success"
    assert answer.json["summary"] == {"received": 3, "successful": 2, "failed": 1, "retriable": 0, "non_retriable": 1}
    (failed,) = answer.json["failed_events"]
    assert (failed["index"], failed["retriable"], failed["ledgerIndex"]) == (1, False, 1)
    assert service.size() == 3


# Many at once


def test_concurrent_posts_are_all_kept_once(service: Service, event: Event) -> None:
    """Every answer names another entry, and that entry has the bytes of that request."""
    found: dict[int, bytes] = {}

    def send(sender: int) -> None:
        for number in range(20):
            body = json.dumps(event(sender * 100 + number)).encode()
            found[service.post(body).json["index"]] = body

    threads = [threading.Thread(target=send, args=(sender,)) for sender in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(160))
    assert all(service.received(index) == body for index, body in found.items())
