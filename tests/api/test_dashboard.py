"""docs/grafana.json shows figures that the service has, and all that an operator would miss."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.context import open_context
from api.health import router
from lineage.settings import Settings

DASHBOARD = Path(__file__).resolve().parents[2] / "docs" / "grafana.json"
_SUFFIXES = re.compile(r"_(total|bucket|sum|count)$")


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return found


def test_every_figure_of_the_dashboard_is_there_and_none_is_left_out(tmp_path: Path) -> None:
    """By the names that /metrics tells."""
    app = FastAPI()
    context = open_context(Settings(data=tmp_path))
    try:
        app.include_router(router(context))
        told = set(re.findall(r"^# TYPE (\w+)", TestClient(app).get("/metrics").text, re.MULTILINE))
    finally:
        context.files.close()
    shown = {
        name for panel in panels() for target in panel.get("targets", ()) for name in re.findall(r"headwater_\w+", target["expr"])
    }
    names = {_SUFFIXES.sub("", name) for name in told}
    assert {_SUFFIXES.sub("", name) for name in shown} == names


def test_panels_lie_side_by_side_and_say_what_they_show() -> None:
    """No two overlap, each has an id of its own, a title and a sentence."""
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
        assert panel["title"]
        assert panel["type"] == "row" or panel["description"].endswith(".")
    assert len({panel["id"] for panel in panels()}) == len(panels())
