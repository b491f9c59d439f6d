"""The transcripts in README.md and docs/: run again on a fresh demonstration, and compared or written anew.

    python tests/demo/transcripts.py            print what would differ
    python tests/demo/transcripts.py --write    write what differs into the pages

A block whose fence says ```console demo holds commands and their output. Each page has a demonstration of its own, so
a page may tell the service something, such as an alias. Only times, ids made by chance, ports and folders may differ
from one run to the next (`shape`), and blanks, since a longer port number wraps lines elsewhere.
"""

from __future__ import annotations

import json
import os
import re
import select
import shlex
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
COMMAND = (sys.executable, "-m", "api.cli")
OPENING = "Headwater's demonstration"
ENDING = "Ctrl-C stops it."
START_S_MAX = 60.0  # it takes three seconds; CI machines share their cores
ADDRESS = "http://127.0.0.1:8765"
FOLDER = "/tmp/headwater-demo-k3v9x2mq"  # what the pages show for a folder made by chance

_BLOCK = re.compile(r"^```console demo\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Transcript:
    """One block: the commands with what each printed."""

    page: Path
    text: str

    def steps(self) -> Iterator[tuple[str, str]]:
        """Each command, its continuation lines joined, with its output."""
        for part in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
            lines = part.split("\n")
            end = next(at for at, line in enumerate(lines) if not line.endswith("\\"))
            yield "\n".join(lines[: end + 1]), "\n".join(lines[end + 1 :])


@dataclass
class Demonstration:
    """A demonstration that runs, what it printed, and its address."""

    printed: str
    url: str
    folder: str

    def run(self, command: str) -> str:
        """The output of one command against it. What `make demo` prints was printed at the start."""
        if command == "make demo":
            return self.printed
        words = shlex.split(command.replace("\\\n", " ").replace(FOLDER, self.folder))
        assert words[0] == "headwater", f"not a command of ours: {command}"
        done = subprocess.run(
            [*COMMAND, *words[1:]], cwd=ROOT, env=self.environment(), text=True, timeout=START_S_MAX, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._settle()
        return done.stdout

    def _settle(self) -> None:
        # A statement is answered once it is in the ledger; the next command is to see it in the graph.
        deadline = time.monotonic() + START_S_MAX
        while time.monotonic() < deadline:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=START_S_MAX) as answered:
                state = json.load(answered)
            if state["graph"]["lagEntries"] == 0:
                return
            time.sleep(0.02)
        raise AssertionError(f"the graph does not get up to date: {state}")

    def environment(self) -> dict[str, str]:
        """A shell's in which the demonstration is the service."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
        return {**clean, "HEADWATER_URL": self.url, "PYTHONUNBUFFERED": "1"}


@contextmanager
def demonstration() -> Iterator[Demonstration]:
    """A fresh one on a free port; it is stopped as a person would stop it, and must end well."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
    process = subprocess.Popen(
        [*COMMAND, "demo", "--port", "0"], cwd=ROOT, env=clean, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        printed = _read_until(process, ENDING)
        found = re.search(r"running at (http\S+).*(?<=\s)(\S*headwater-demo-\w+)", printed, re.DOTALL)
        assert found, f"no address:\n{printed}"
        yield Demonstration(printed, found[1], found[2])
        process.send_signal(2)
        assert process.wait(START_S_MAX) == 0
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _read_until(process: subprocess.Popen[bytes], ending: str) -> str:
    assert process.stdout
    deadline = time.monotonic() + START_S_MAX
    printed = b""
    while ending.encode() not in printed:
        ready, _, _ = select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))
        more = os.read(process.stdout.fileno(), 1 << 16) if ready else b""
        assert more, f"the demonstration ended or hangs:\n{printed.decode()}"
        printed += more
    return printed.decode()


def transcripts(page: Path) -> list[Transcript]:
    """The blocks of a page that are to be true."""
    return [Transcript(page, match[1]) for match in _BLOCK.finditer(page.read_text())]


def shape(output: str) -> str:
    """An output without what chance and the clock put into it; what stays must be the same each time."""
    output = output[output.index(OPENING) :] if OPENING in output else output
    output = re.sub(r", each with\s+--url\s+http\S+", "", output)
    for pattern, name in (
        (r"http://127\.0\.0\.1:\d+", "ADDRESS"),
        (r"\S*headwater-demo-\w+", "FOLDER"),
        (r"\b(?!2026-11-22)20\d\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?", "TIME"),
        (r"\b\d+(\.\d+)? s\b", "SECONDS"),
        (r"\b[0-9a-f]{64}\b", "HASH"),
        (r"headwater\.local/[0-9a-f]+/", "ORIGIN/"),
        (r"--after\s+\S+(\n\S{60,})*(\n\S+)?", "--after CURSOR"),
    ):
        output = re.sub(pattern, name, output)
    return re.sub(r"\s+", " ", output).strip()


def shown(output: str, url: str) -> str:
    """An output as the pages show it: of a service at the usual port."""
    output = re.sub(rf", each with\s+--url\s+{re.escape(url)}", "", output).replace(url, ADDRESS)
    output = re.sub(r" +$", "", output, flags=re.MULTILINE)
    return re.sub(r"\S*headwater-demo-\w+", FOLDER, output)


def rewritten(page: Path, running: Demonstration) -> str:
    """The page with the present output in its blocks. The lines of `make demo` before the demonstration itself stay."""

    def again(match: re.Match[str]) -> str:
        parts = []
        for command, before in Transcript(page, match[1]).steps():
            now = running.run(command)
            if shape(now) == shape(before):  # nothing but the clock would change
                parts.append(f"$ {command}\n{before.rstrip()}\n")
                continue
            setting_up = before[: before.index(OPENING)] if OPENING in before else ""
            parts.append(f"$ {command}\n{setting_up}{shown(now, running.url).rstrip()}\n")
        return "```console demo\n" + "\n".join(parts) + "```"

    return _BLOCK.sub(again, page.read_text())


def main() -> int:
    """Compare, or write; exit status 1 if anything differs."""
    status = 0
    for page in PAGES:
        if not transcripts(page):
            continue
        with demonstration() as running:
            if "--write" in sys.argv:
                page.write_text(rewritten(page, running))
                continue
            for block in transcripts(page):
                for command, before in block.steps():
                    if shape(before) != shape(now := running.run(command)):
                        status = 1
                        print(f"{page.name}: $ {command}\n--- there\n{before}\n--- now\n{now}")
    return status


if __name__ == "__main__":
    sys.exit(main())
