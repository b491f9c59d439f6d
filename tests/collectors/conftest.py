"""The command run in this process, and what it told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run, run, shop

__all__ = ["Run", "lines", "run", "shop"]


def lines(source: str | Path) -> list[Any]:
    """The events of a file, or of standard output."""
    text = source.read_text() if isinstance(source, Path) else source
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def columns(dataset: dict[str, Any]) -> dict[str, list[tuple[str, str, str]]]:
    """target -> (table, column, subtype) of a dataset's columnLineage facet."""
    return {
        target: [(i["name"], i["field"], t["subtype"]) for i in told["inputFields"] for t in i["transformations"]]
        for target, told in dataset["facets"].get("columnLineage", {}).get("fields", {}).items()
    }


def sources(dataset: dict[str, Any]) -> list[str]:
    """The tables that a dataset's lineage facet names."""
    return [told["name"] for told in dataset["facets"]["lineage"]["inputs"]]


def by_name(datasets: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Datasets by name."""
    return {dataset["name"]: dataset for dataset in datasets}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in: paths in commands and messages are relative to it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
