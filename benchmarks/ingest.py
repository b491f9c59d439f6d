"""What the door takes: accepted events per second, answered when they are on disk, and how far behind the graph is.

    python -m benchmarks.ingest [--events FILE.ndjson[.gz]] [--count 3000] [--folder DIR]

Baseline of the same run: the same web server with an application that reads each body and keeps nothing; what is between
the two is reading, cleaning and storing. The client runs on the same cores and is part of the figures. `accepted` is
measured with the projector paused, `in the graph` with it running, over the second half of the events.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.events import make_events, read_events

CONNECTIONS = (1, 8, 64)
PACE_PER_S, PACE_S = 200, 10
LAG_PACE_PER_S, LAG_S = 100, 15
READY_S_MAX = 60
GRAPH_S_MAX = 600

SERVE = (
    "import os, sys; from pathlib import Path; from api.serve import serve; from lineage.settings import Settings;"
    "store = os.environ.get('HEADWATER_STORE', 'sqlite:');"
    "sys.exit(serve(Settings(data=Path(sys.argv[1]), port=int(sys.argv[2]), store=store, log_level='error'),"
    " projector=sys.argv[3] == 'projector'))"
)
BARE = """
import sys, uvicorn
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 201, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})
uvicorn.run(app, port=int(sys.argv[2]), http="httptools", loop="uvloop", access_log=False, log_level="error", lifespan="off")
"""


class Service:
    """One server process for a measurement."""

    def __init__(self, program: str, folder: Path, mode: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        began = time.perf_counter()
        self.process = subprocess.Popen([sys.executable, "-c", program, str(folder), str(self.port), mode])
        while self.get("/readyz")[0] not in (200, 201):
            if time.perf_counter() - began > READY_S_MAX or self.process.poll() is not None:
                raise RuntimeError("The service did not start. See its message above.")
            time.sleep(0.01)
        self.start_s = time.perf_counter() - began

    def get(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except OSError:
            return 0, b""
        finally:
            connection.close()

    def graph(self) -> tuple[int, int, float]:
        """Entries in the ledger, entries in the graph, lag in seconds."""
        state = json.loads(self.get("/readyz")[1])
        return state["ledger"]["size"], state["graph"]["index"], state["graph"]["lagSeconds"]

    def memory_mb(self) -> float:
        """The largest resident memory of the API process so far; 0 where /proc is missing."""
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
        return 0.0


@contextlib.contextmanager
def running(program: str, folder: Path, mode: str = "paused") -> Iterator[Service]:
    """A service that is stopped at the end."""
    service = Service(program, folder, mode)
    try:
        yield service
    finally:
        service.process.send_signal(signal.SIGTERM)
        service.process.wait(30)


def post_all(
    port: int, events: Sequence[bytes], connections: int, *, per_s: float | None = None
) -> tuple[float, list[float]]:
    """Post each event once over keep-alive connections; (seconds, latencies in seconds). `per_s` paces them."""
    head = b"POST /api/v1/lineage HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    requests = iter(list(enumerate(head % len(each) + each for each in events)))
    latencies: list[float] = []
    failures: list[bytes] = []
    lock = threading.Lock()
    began = time.perf_counter()

    def work() -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while not failures:
                with lock:
                    number, request = next(requests, (0, b""))
                if not request:
                    return
                if per_s is not None:
                    time.sleep(max(0.0, began + number / per_s - time.perf_counter()))
                sent = time.perf_counter()
                connection.sendall(request)
                answer = connection.recv(65536)
                while b"\r\n\r\n" not in answer or not answer.endswith(b"}"):
                    answer += connection.recv(65536)
                latencies.append(time.perf_counter() - sent)
                if not answer.startswith(b"HTTP/1.1 201") or b"deadLetter" in answer:
                    failures.append(answer)

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(f"Not accepted: {failures[0][:300]!r}")
    return time.perf_counter() - began, sorted(latencies)


def percentile(values: Sequence[float], share: float) -> float:
    """Of sorted values; 0 of none."""
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def accepted(folder: Path, events: Sequence[bytes]) -> None:
    """Accepted events per second beside the bare server, and latency at a steady pace."""
    print(f"{'accepted, durable':<28}{'events/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'bare server/s':>15}{'factor':>8}")
    for connections in CONNECTIONS:
        with running(BARE, folder) as bare:
            bare_s, _ = post_all(bare.port, events, connections)
        with running(SERVE, folder / f"accepted{connections}") as service:
            took_s, latencies = post_all(service.port, events, connections)
            memory_mb, start_s = service.memory_mb(), service.start_s
        print(
            f"{f'{connections} connections':<28}{len(events) / took_s:>10.0f}{percentile(latencies, 0.5) * 1e3:>9.1f}"
            f"{percentile(latencies, 0.99) * 1e3:>9.1f}{len(events) / bare_s:>15.0f}{took_s / bare_s:>8.2f}"
        )
    with running(SERVE, folder / "paced") as service:
        some = [events[number % len(events)] for number in range(PACE_PER_S * PACE_S)]
        _, latencies = post_all(service.port, some, 8, per_s=PACE_PER_S)
    print(
        f"{f'paced at {PACE_PER_S}/s':<28}{PACE_PER_S:>10}{percentile(latencies, 0.5) * 1e3:>9.1f}"
        f"{percentile(latencies, 0.99) * 1e3:>9.1f}"
    )
    print(f"ready after {start_s:.2f} s; largest memory of the API process {memory_mb:.0f} MB")


def projected(folder: Path, events: Sequence[bytes], later: Sequence[bytes]) -> None:
    """Events per second until they are in the graph, and the lag while `later` ones come at a steady pace."""
    with running(SERVE, folder / "graph", "projector") as service:
        half = len(events) // 2
        post_all(service.port, events[:half], 8)
        wait_projected(service)
        began = time.perf_counter()
        post_all(service.port, events[half:], 8)
        wait_projected(service)
        took_s = time.perf_counter() - began
        print(f"{'in the graph, 8 connections':<28}{(len(events) - half) / took_s:>10.0f}")
        if later:
            print_lag(service, later)
    # after the end of the service: until then SQLite's write-ahead logs hold part of it twice
    stored_mb = sum(path.stat().st_size for path in (folder / "graph").iterdir()) / 1e6
    print(f"disk: {stored_mb / (len(events) + len(later)) * 1000:.1f} MB for 1,000 events, graph and state included")


def print_lag(service: Service, events: Sequence[bytes]) -> None:
    """How old the oldest entry is that is not in the graph, looked at 20 times a second."""
    lags: list[float] = []
    poster = threading.Thread(target=post_all, args=(service.port, events, 4), kwargs={"per_s": LAG_PACE_PER_S})
    poster.start()
    while poster.is_alive():
        lags.append(service.graph()[2])
        time.sleep(0.05)
    wait_projected(service)
    lags.sort()
    print(
        f"lag at {LAG_PACE_PER_S}/s: p50 {percentile(lags, 0.5) * 1e3:.0f} ms, "
        f"p95 {percentile(lags, 0.95) * 1e3:.0f} ms, largest {percentile(lags, 1) * 1e3:.0f} ms"
    )


def wait_projected(service: Service) -> None:
    """Until the graph holds what the ledger holds."""
    end = time.perf_counter() + GRAPH_S_MAX
    while True:
        size, index, _ = service.graph()
        if index >= size:
            return
        if time.perf_counter() > end:
            raise RuntimeError(f"The graph is at {index} of {size} after {GRAPH_S_MAX} s.")
        time.sleep(0.02)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=Path, help="one JSON event a line; without it, events made here")
    parser.add_argument("--count", type=int, default=3000, help="how many events at most")
    parser.add_argument("--folder", type=Path, help="where the data folders go: the disk to measure")
    parser.add_argument("--no-projector", action="store_true", help="measure the door only")
    options = parser.parse_args()
    wanted = options.count + LAG_PACE_PER_S * LAG_S
    given = (read_events(options.events) if options.events else make_events(wanted))[:wanted]
    events, later = given[: options.count], given[options.count :]
    sizes = sorted(map(len, events))
    print(
        f"{len(events)} events, median {percentile(sizes, 0.5) / 1000:.1f} kB, {sum(sizes) / 1e6:.1f} MB; {os.cpu_count()} cores"
    )
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        accepted(Path(folder), events)
        if not options.no_projector:
            projected(Path(folder), events, later)


if __name__ == "__main__":
    main()
