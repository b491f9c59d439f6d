"""What a release consists of: one version, pinned and hashed requirements, a wheel with everything in it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt", "requirements-build.txt", "requirements-ml.txt")


def project() -> dict[str, Any]:
    """The `[project]` table."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        table: dict[str, Any] = tomllib.load(file)["project"]
    return table


def pinned(name: str) -> dict[str, str]:
    """Package → version of a requirements file."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", (ROOT / name).read_text(), re.MULTILINE)
    return {package.lower().replace("_", "-"): version for package, version in found}


def test_the_changelog_opens_with_the_version() -> None:
    """The newest entry of the changelog is the version in pyproject.toml."""
    versions = re.findall(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert versions[0] == project()["version"]


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_requirements_are_pinned_hashed_and_name_no_host(name: str) -> None:
    """Each requirement has an exact version and hashes; no index, host or path is written down."""
    text = (ROOT / name).read_text()
    entries = [entry for entry in re.split(r"\n(?=[A-Za-z])", text.strip()) if not entry.startswith("#")]
    assert entries
    assert [
        entry.split()[0] for entry in entries if "==" not in entry.split()[0] or "--hash=sha256:" not in entry
    ] == []
    assert not re.search(r"https?:|index-url|find-links|file:|(?<!\S)/", text)


def test_what_is_pinned_is_what_the_project_asks_for() -> None:
    """Every dependency is pinned to a version within its bounds, and the tests run with the service's own versions."""
    table = project()
    runtime, dev, build = map(pinned, REQUIREMENTS[:3])
    wanted = {
        "requirements.txt": (table["dependencies"], runtime),
        "requirements-dev.txt": (table["dependencies"] + table["optional-dependencies"]["dev"], dev),
    }
    for name, (lines, versions) in wanted.items():
        for line in map(Requirement, lines):
            version = versions.get(line.name.lower().replace("_", "-"))
            assert version is not None, f"{line.name} is missing in {name}: run `make requirements`"
            assert line.specifier.contains(version), f"{name} pins {line.name} {version}: run `make requirements`"
    assert {package: version for package, version in {**runtime, **build}.items() if dev.get(package) != version} == {}


@pytest.mark.slow
def test_the_wheel_holds_all_packages_and_their_data(tmp_path: Path) -> None:
    """A wheel built from this tree has every module, the type markers, the page, the demo's events, and the client as `headwater`."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("headwater-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    expected = {
        path.relative_to(ROOT).as_posix().removeprefix("api/packages/")
        for package in ("lineage", "collectors", "api")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert expected - inside == set()
    assert {"lineage/py.typed", "collectors/py.typed", "api/py.typed", "headwater/py.typed"} <= inside
    assert {name.split("/")[0] for name in inside} == {
        "lineage",
        "collectors",
        "api",
        "headwater",
        f"headwater-{project()['version']}.dist-info",
    }


def test_the_command_is_installed_and_leads_somewhere() -> None:
    """The console script `headwater` is installed and its target can be called."""
    (script,) = entry_points(group="console_scripts", name="headwater")
    assert callable(script.load())


def test_the_licence_is_apache_2() -> None:
    """The licence's text is in the tree and is the one that the metadata names."""
    assert project()["license"] == "Apache-2.0"
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
