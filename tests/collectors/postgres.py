"""A throw-away PostgreSQL for tests: Debian's package, a temporary folder, a free port. It starts in about a second.

PostgreSQL refuses to run as root, so root starts it as the user `postgres` or `nobody`.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

USERS = ("postgres", "nobody")
PASSWORD = "s3cr&t/pass"  # needs quoting in a URL, as real ones do
READY_S_MAX = 60
REQUIRED = "HEADWATER_TEST_POSTGRES"
"""Environment: `required` (make test, CI) makes a missing server a failure, not a skip."""


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, the newest first."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if found:
        return found[-1].parent
    own = shutil.which("initdb")
    return Path(own).resolve().parent if own else None


@contextlib.contextmanager
def server() -> Iterator[str]:
    """A running server; its URL without a database: `postgresql://user:password@127.0.0.1:port`."""
    bin_folder = programs()
    if bin_folder is None:
        missing = "PostgreSQL is not installed. On Debian and Ubuntu: apt-get install postgresql"
        if os.environ.get(REQUIRED) == "required":
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    user = None if os.getuid() else next(name for name in USERS if _exists(name))
    folder = Path(tempfile.mkdtemp(prefix="headwater-postgres-"))
    password = folder / "password"
    password.write_text(PASSWORD)
    if user is not None:
        entry = pwd.getpwnam(user)
        for path in (folder, password):
            os.chown(path, entry.pw_uid, entry.pw_gid)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"

    def run(*command: str | Path) -> None:
        subprocess.run(
            list(map(str, command)), check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "HOME": str(folder)}, timeout=READY_S_MAX,
        )  # fmt: skip

    try:
        run(
            bin_folder / "initdb", "-D", data, "-U", "bench", "-A", "scram-sha-256", f"--pwfile={password}",
            "-E", "UTF8", "--no-sync",
        )  # fmt: skip
        options = (
            f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off -c log_destination=csvlog "
            "-c logging_collector=on -c log_statement=all -c log_timezone=UTC -c log_directory=log -c log_filename=server.log"
        )
        run(
            bin_folder / "pg_ctl",
            "-D",
            data,
            "-o",
            options,
            "-l",
            folder / "log",
            "-w",
            "-t",
            str(READY_S_MAX),
            "start",
        )
        yield f"postgresql://bench:{quote(PASSWORD, safe='')}@127.0.0.1:{port}"
    finally:
        if (data / "postmaster.pid").exists():
            run(bin_folder / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
