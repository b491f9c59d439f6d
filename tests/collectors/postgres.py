"""A throw-away PostgreSQL for tests: Debian's package, a temporary folder, a free port; one for all parallel workers.

`POSTGRES_URL` names a server to use instead. The server refuses root, so a test run by root starts it as the user `postgres`
or `nobody`.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

USERS = ("postgres", "nobody")
PASSWORD = "s3cr&t/pass"  # needs quoting in a URL, as real ones do
READY_S_MAX = 60


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
    assert bin_folder is not None, "PostgreSQL is not installed: apt-get install postgresql"
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
        run(bin_folder / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "-t", str(READY_S_MAX), "start")
        from urllib.parse import quote

        yield f"postgresql://bench:{quote(PASSWORD, safe='')}@127.0.0.1:{port}"
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGINT)
            run(bin_folder / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
