"""A real Neo4j for tests and benchmarks, whatever machine they run on.

The one idea: take the first that is there and say which: NEO4J_URI, a container engine that answers, the Maven jars
(Java 17+, kept in the user's cache by version). Beside pytest: `python -m tests.neo4j.server` starts one, prints its
URL and runs until it is interrupted.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import neo4j

VERSION = "5.26.30"  # the LTS line that compose runs too
IMAGE = "neo4j:5.26-community"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "headwater" / f"neo4j-{VERSION}"
HEAP = "512m"  # a heap of 256 MB holds the suite too, but not the tests of memory limits
START_S = 90  # 5 s on a quiet machine, 28 s on a busy one
JAVA_MAJOR_MIN = 17
REQUIRED = "HEADWATER_TEST_NEO4J"
"""Environment: `required` (make test, CI) makes a missing server a failure, not a skip."""

_POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>headwater</groupId><artifactId>neo4j-jars</artifactId><version>1</version><packaging>pom</packaging>
<dependencies><dependency><groupId>org.neo4j</groupId><artifactId>neo4j</artifactId><version>{VERSION}</version>
</dependency></dependencies></project>
"""
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"


class NoServer(Exception):
    """No Neo4j can be started here; the message says what each way lacks."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. `url` is a store's URL with user and password; `pid` 0 when it is not a process of ours."""

    url: str
    how: str
    pid: int = 0
    container: str = ""
    home: str = ""

    def kill(self) -> None:
        """kill -9 of a server of ours: nothing is tidied up."""
        if self.pid:
            with suppress(ProcessLookupError):  # it was killed before
                os.killpg(self.pid, signal.SIGKILL)
            while _alive(self.pid):
                time.sleep(0.02)
        elif self.container:
            subprocess.run(["docker", "kill", self.container], capture_output=True, check=False)

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """It keeps its connections and answers nothing meanwhile: a machine that is paused, or out of reach."""
        self._told("pause", signal.SIGSTOP)
        try:
            yield
        finally:
            self._told("unpause", signal.SIGCONT)

    def _told(self, word: str, number: signal.Signals) -> None:
        if self.container:
            subprocess.run(["docker", word, self.container], capture_output=True, check=True)
        else:
            os.killpg(self.pid, number)

    def restarted(self) -> Server:
        """The same folder and port again, after kill()."""
        if self.container:
            subprocess.run(["docker", "start", self.container], capture_output=True, check=True)
            _wait(self)
            return self
        return _launch(Path(self.home), self.how)

    def remove(self) -> None:
        """Kill it and drop its files; a server of the environment is left alone."""
        self.kill()
        if self.container:
            subprocess.run(["docker", "rm", "-f", "-v", self.container], capture_output=True, check=False)
        if self.home:
            shutil.rmtree(self.home, ignore_errors=True)


def connect(url: str) -> neo4j.Driver:
    """A plain driver for a store's URL, for raw Cypher beside the store."""
    parts = urlsplit(url)
    auth = (parts.username or "", parts.password or "") if parts.username else None
    return neo4j.GraphDatabase.driver(f"{parts.scheme}://{parts.hostname}:{parts.port}", auth=auth)


def start(*, password: str | None = None, settings: dict[str, str] | None = None, own: bool = False) -> Server:
    """The first server that can be had. `own`: one that tests may kill, never that of the environment; `password`
    (jars only) turns authentication on; `settings` go into neo4j.conf. Errors: NoServer."""
    lacks = []
    if (uri := os.environ.get("NEO4J_URI")) and not own:
        return _of_environment(uri)
    lacks.append("NEO4J_URI is not set")
    if password is None and not settings:
        if _engine_answers():
            return _container()
        lacks.append("no container engine answers")
    if not (java := _java_major()) or java < JAVA_MAJOR_MIN:
        raise NoServer("; ".join([*lacks, f"Java {JAVA_MAJOR_MIN} or later is not on PATH"]))
    jars = _jars(lacks)
    home = Path(tempfile.mkdtemp(prefix="headwater-neo4j-"))
    (home / "conf").mkdir()
    told = {
        "server.default_listen_address": "127.0.0.1",
        "server.bolt.listen_address": f"127.0.0.1:{_free_port()}",
        "server.http.enabled": "false",
        "dbms.security.auth_enabled": "true" if password else "false",
        "server.memory.pagecache.size": "128m",
        "db.tx_log.preallocate": "false",
        "db.transaction.timeout": "60s",
        "dbms.usage_report.enabled": "false",
    } | (settings or {})
    (home / "conf" / "neo4j.conf").write_text("".join(f"{key}={value}\n" for key, value in told.items()))
    if password:
        subprocess.run(
            ["java", "-cp", f"{jars}/*", "org.neo4j.cli.AdminTool", "dbms", "set-initial-password", password],
            env={**os.environ, "NEO4J_HOME": str(home)}, check=True, capture_output=True,
        )  # fmt: skip
    user = f"neo4j:{quote(password)}@" if password else ""
    (home / "url").write_text(f"bolt://{user}{told['server.bolt.listen_address']}")
    return _launch(home, f"Neo4j {VERSION} from the Maven jars in {jars}")


def _launch(home: Path, how: str) -> Server:
    with (home / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [
                "java", f"-Xms{HEAP}", f"-Xmx{HEAP}", "--add-opens=java.base/java.nio=ALL-UNNAMED",
                "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED", "-cp", f"{CACHE / 'jars'}/*",
                "org.neo4j.server.CommunityEntryPoint", f"--home-dir={home}", f"--config-dir={home / 'conf'}",
            ],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    server = Server((home / "url").read_text(), how, process.pid, home=str(home))
    _CHILDREN.append(process)
    _guard(server)
    try:
        _wait(server)
    except NoServer:
        server.kill()
        raise
    return server


def _guard(server: Server) -> None:
    """A shell that outlives a killed test run by seconds, and ends its server."""
    owner = os.environ.get(OWNER) or str(os.getpid())
    script = f"""while kill -0 {owner} && kill -0 {server.pid}; do sleep 1; done
                 kill -0 {owner} || {{ kill -s KILL -- -{server.pid}; rm -rf '{server.home}'; }}"""
    quiet = subprocess.DEVNULL
    _CHILDREN.append(
        subprocess.Popen(["sh", "-c", script], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    )


OWNER = "HEADWATER_TEST_NEO4J_OWNER"
"""Environment: the process with which servers end, where it is not the one that starts them."""

_CHILDREN: list[subprocess.Popen[bytes]] = []
"""Processes that this one started, so that a killed one can be reaped."""


def _wait(server: Server) -> None:
    ends = time.monotonic() + START_S
    with connect(server.url) as driver:
        while True:
            try:
                driver.verify_connectivity()
                return
            except neo4j.exceptions.AuthError:
                return
            except neo4j.exceptions.DriverError as error:
                if time.monotonic() > ends or (server.pid and not _alive(server.pid)):
                    log = Path(server.home, "server.log").read_text()[-2_000:] if server.home else ""
                    raise NoServer(f"{server.how} did not answer at {server.url}: {error}\n{log}") from error
                time.sleep(0.2)


def _alive(pid: int) -> bool:
    for child in _CHILDREN:
        if child.pid == pid and child.poll() is not None:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _of_environment(uri: str) -> Server:
    user, password = os.environ.get("NEO4J_USER", "neo4j"), os.environ.get("NEO4J_PASSWORD", "")
    parts = urlsplit(uri)
    who = f"{quote(user, safe='')}:{quote(password, safe='')}@" if password else ""
    server = Server(f"{parts.scheme}://{who}{parts.hostname}:{parts.port or 7687}{parts.path}", f"NEO4J_URI, {uri}")
    _wait(server)
    return server


def _engine_answers() -> bool:
    try:
        asked = subprocess.run(["docker", "info", "--format", "{{.ServerVersion}}"], capture_output=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def _container() -> Server:
    port = _free_port()
    memory = ["-e", f"NEO4J_server_memory_heap_max__size={HEAP}", "-e", "NEO4J_server_memory_pagecache_size=128m"]
    run = ["docker", "run", "-d", "-p", f"127.0.0.1:{port}:7687", "-e", "NEO4J_AUTH=none", *memory, IMAGE]
    container = subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip()
    server = Server(f"bolt://127.0.0.1:{port}", f"container of {IMAGE}", container=container)
    _wait(server)
    return server


def _java_major() -> int:
    try:
        told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError):
        return 0
    version = told.partition('"')[2].partition('"')[0]
    major = version.partition(".")[0].partition("-")[0]
    return int(major) if major.isdecimal() else 0


def _jars(lacks: list[str]) -> Path:
    """The folder of the jars, filled by Maven once for each version."""
    jars, complete = CACHE / "jars", CACHE / "complete"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if complete.exists():
            return jars
        (CACHE / "pom.xml").write_text(_POM)
        copy = ["mvn", "-B", "-q", "-f", "pom.xml", _COPY, "-DincludeScope=runtime", f"-DoutputDirectory={jars}"]
        try:
            subprocess.run(copy, cwd=CACHE, check=True, capture_output=True, text=True)
        except OSError:
            raise NoServer("; ".join([*lacks, "Maven is not on PATH"])) from None
        except subprocess.CalledProcessError as error:
            raise NoServer(
                "; ".join([*lacks, f"Maven could not copy the jars: {error.stdout}{error.stderr}"])
            ) from None
        complete.touch()
    return jars


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


SHARED = "HEADWATER_TEST_NEO4J_FOLDER"
"""Environment: the folder by which parallel workers share one server; set by the process that ends last."""


@contextmanager
def shared() -> Iterator[Server]:
    """The one server of a test run, for one test at a time: Community has a single database. Errors: NoServer."""
    folder = Path(os.environ[SHARED])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        told = folder / "server.json"
        if not told.exists():
            failed = folder / "failed"
            if failed.exists():
                raise NoServer(failed.read_text())
            try:
                told.write_text(json.dumps(asdict(start())))
            except NoServer as error:
                failed.write_text(str(error))
                raise
        yield Server(**json.loads(told.read_text()))


def which(folder: Path) -> str:
    """Which server shared() gave, or why it had none; "" when no test asked."""
    told, failed = folder / "server.json", folder / "failed"
    if told.exists():
        return str(json.loads(told.read_text())["how"])
    return f"none: {failed.read_text()}" if failed.exists() else ""


def stop_shared(folder: Path) -> None:
    """End what shared() started."""
    told = folder / "server.json"
    if told.exists():
        Server(**json.loads(told.read_text())).remove()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    running = start()
    print(running.url, "#", running.how, flush=True)
    try:
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    finally:
        running.remove()
    sys.exit(0)
