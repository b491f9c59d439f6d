"""Pictures: whatever names hold, they stay inside their labels."""

import re

from hypothesis import given
from hypothesis import strategies as st

from api.cli.pictures import dot, drawing, mermaid

names = st.text(min_size=1, max_size=30)


def node(number: int, name: str) -> dict[str, object]:
    return {"id": f"hw:{number}", "kind": "DATASET", "namespace": "n", "name": name}


def edge(flow: str, certainty: str, label: str | None) -> dict[str, object]:
    return {"source": "hw:0", "target": "hw:1", "flow": flow, "certainty": certainty, "transformation": label}


@given(names, names)
def test_no_name_breaks_out_of_its_label(first: str, second: str) -> None:
    """Quotes, brackets, newlines and markup of either language are escaped."""
    picture = drawing([node(0, first), node(1, second)], [edge("VALUE", "CERTAIN", first)], ["hw:0"])
    text = mermaid(picture)
    assert len(text.splitlines()) == 5
    for line in text.splitlines()[1:3]:
        assert re.fullmatch(r'  n\d\["[^"<>\[\]{}|`]*<br/>dataset"\](:::asked)?', line), line
    lines = dot(picture).splitlines()
    assert len(lines) == 8
    assert all(re.fullmatch(r'  n\d \[label="([^"\\]|\\.)*"(, penwidth=3)?\];', line) for line in lines[4:6])


def test_what_is_possible_and_what_only_decides_look_different() -> None:
    """Four arrows, four shapes in either language."""
    nodes = [node(0, "a"), node(1, "b")]
    kinds = [(flow, certainty) for flow in ("VALUE", "CONTROL") for certainty in ("CERTAIN", "POSSIBLE")]
    for label in ("JOIN", None):
        drawn = [drawing(nodes, [edge(*kind, label)], []) for kind in kinds]
        assert len({mermaid(each) for each in drawn}) == len({dot(each) for each in drawn}) == 4


def test_mermaid_arrows_are_of_the_language() -> None:
    """The forms that its documentation lists."""
    nodes = [node(0, "a"), node(1, "b")]

    def arrow(flow: str, certainty: str, label: str | None) -> str:
        return mermaid(drawing(nodes, [edge(flow, certainty, label)], [])).splitlines()[3].strip()

    assert arrow("VALUE", "CERTAIN", None) == "n0 --> n1"
    assert arrow("VALUE", "POSSIBLE", None) == "n0 -.-> n1"
    assert arrow("CONTROL", "CERTAIN", None) == "n0 --o n1"
    assert arrow("VALUE", "CERTAIN", "JOIN") == 'n0 -- "join" --> n1'
    assert arrow("VALUE", "POSSIBLE", "JOIN") == 'n0 -. "join" .-> n1'
