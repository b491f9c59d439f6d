"""A service's own processes, told by the modules that they run. Linux only: read out of /proc."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

MODULES: Final = {"projector": "api.projector_process", "answering": "api.answering_process"}


def children(process: int) -> dict[str, int]:
    """Their ids by the names in MODULES; those that do not run, or where there is no /proc, are left out."""
    listed = Path(f"/proc/{process}/task/{process}/children")
    runs = {int(each): Path(f"/proc/{each}/cmdline").read_text() for each in listed.read_text().split()} if listed.exists() else {}
    return {name: each for name, module in MODULES.items() for each, command in runs.items() if module in command}


def memory_mb(process: int, *, largest: bool = False) -> float:
    """Resident memory, now or the largest so far."""
    begins = "VmHWM:" if largest else "VmRSS:"
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(row.split()[1]) for row in status.splitlines() if row.startswith(begins)) / 1024


def cpu_s(process: int) -> float:
    """The processor time that it used so far, its threads' included."""
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
