"""The company under attack, sound and as a copy to attack, and its auditor's `fsck`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attacks.company import FIRST, SIZE, Company, command, look

Fsck = Callable[..., list[str]]


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Two days of work, watched, cosigned and projected; to be copied and never changed."""
    folder = tmp_path_factory.mktemp("company")
    company = Company(folder / "data", folder / "outside")
    company.outside.mkdir()
    company.work(0, FIRST)
    look(company)
    shutil.copytree(company.data, folder / "backup")
    company.work(FIRST, SIZE)
    company.project()
    return company


@pytest.fixture
def company(sound: Company, tmp_path: Path) -> Company:
    """A copy to attack."""
    shutil.copytree(sound.data.parent / "backup", tmp_path / "backup")
    return sound.copy(tmp_path)


@pytest.fixture
def fsck(company: Company, capsys: pytest.CaptureFixture[str]) -> Fsck:
    """`audit fsck` on the company's folder: the findings, in words. It must have exited with 1."""

    def run(*flags: str) -> list[str]:
        capsys.readouterr()
        words: list[str | Path] = [
            "fsck",
            "--data",
            company.data,
            "--policy",
            company.policy,
            "--format",
            "json",
            *flags,
        ]
        assert command(*words) == 1
        return [f"{each['check']}: {each['message']}" for each in json.loads(capsys.readouterr().out)["findings"]]

    return run
