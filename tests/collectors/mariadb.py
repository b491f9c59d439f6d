"""A throw-away MariaDB for tests, where Debian's package is installed: a temporary folder, a free port."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pymysql
import pytest

PASSWORD = "s3cr&t/pass"
READY_S_MAX = 60


@contextlib.contextmanager
def server() -> Iterator[tuple[str, int]]:
    """A running server: its URL without a database, and its port. Its user `bench` may do everything."""
    program, install = shutil.which("mariadbd", path=_PATH), shutil.which("mariadb-install-db", path=_PATH)
    if program is None or install is None:
        pytest.skip("MariaDB is not installed. On Debian and Ubuntu: apt-get install mariadb-server")
    folder = Path(tempfile.mkdtemp(prefix="headwater-mariadb-"))
    user = pwd.getpwuid(os.getuid()).pw_name
    if user == "root":
        user = "mysql"
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    init = folder / "init.sql"
    init.write_text(
        f"CREATE USER bench@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\nGRANT ALL ON *.* TO bench@'127.0.0.1';\n"
    )
    init.chmod(0o644)
    data = f"--datadir={folder}/data"
    options = {"cwd": folder, "stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process: subprocess.Popen[bytes] | None = None
    try:
        subprocess.run(
            [install, "--no-defaults", f"--user={user}", data, "--skip-test-db"],
            check=True,
            timeout=READY_S_MAX,
            **options,
        )  # type: ignore[call-overload]
        process = subprocess.Popen(
            [program, "--no-defaults", f"--user={user}", data, f"--socket={folder}/socket", f"--port={port}",
             "--bind-address=127.0.0.1", f"--init-file={init}", f"--pid-file={folder}/data/pid", "--skip-name-resolve"],
            **options,
        )  # type: ignore[call-overload]  # fmt: skip
        _wait(process, port)
        yield f"mariadb://bench:{quote(PASSWORD, safe='')}@127.0.0.1:{port}", port
    finally:
        if process is not None:
            process.terminate()
            process.wait(READY_S_MAX)
        shutil.rmtree(folder, ignore_errors=True)


_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + READY_S_MAX
    while True:
        assert process.poll() is None, "MariaDB ended at once"
        try:
            connect(port).close()
            return
        except pymysql.err.OperationalError:
            assert time.monotonic() < end, "MariaDB does not get ready"
            time.sleep(0.05)


def connect(port: int) -> pymysql.Connection:
    """A connection as `bench`."""
    return pymysql.connect(host="127.0.0.1", port=port, user="bench", password=PASSWORD, autocommit=True)
