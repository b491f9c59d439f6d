"""Lineage as a picture: Mermaid and Graphviz DOT, with names escaped so that no name can break out of its label.

The one idea: both languages draw the same plain Graph, made from an answer's nodes and edges; ids in the picture are
counted (`n1`, `n2`), never taken from names.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.cli.words import Names, kind_of

Answer = Mapping[str, Any]

_PLAIN = {True: "--", False: "-.-"}


@dataclass(frozen=True, slots=True)
class Box:
    """A node: its label's lines, and whether it is what was asked about."""

    name: str
    kind: str
    asked: bool


@dataclass(frozen=True, slots=True)
class Arrow:
    """An edge between boxes, by position."""

    source: int
    target: int
    label: str
    certain: bool
    control: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """What both languages draw."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def drawing(nodes: Sequence[Answer], edges: Iterable[Answer], asked: Iterable[str]) -> Drawing:
    """From an answer: every node once, in its order."""
    names, roots = Names(nodes), set(asked)
    place = {node["id"]: position for position, node in enumerate(nodes)}
    boxes = tuple(Box(names[node["id"]], kind_of(node), node["id"] in roots) for node in nodes)
    arrows = tuple(
        Arrow(
            place[edge["source"]],
            place[edge["target"]],
            (edge["transformation"] or "").lower().replace("_", " "),
            edge["certainty"] == "CERTAIN",
            edge["flow"] == "CONTROL",
        )
        for edge in edges
        if edge["source"] in place and edge["target"] in place
    )
    return Drawing(boxes, arrows)


def mermaid(picture: Drawing) -> str:
    """A flowchart; possible edges are dotted, control edges end in a circle."""
    lines = ["flowchart LR"]
    for position, box in enumerate(picture.boxes):
        label = f"{_mermaid(box.name)}<br/>{_mermaid(box.kind)}"
        lines.append(f'  n{position}["{label}"]' + (":::asked" if box.asked else ""))
    for arrow in picture.arrows:
        begin, end = ("--", "--") if arrow.certain else ("-.", ".-")
        head = "o" if arrow.control else ">"
        middle = f'{begin} "{_mermaid(arrow.label)}" {end}{head}' if arrow.label else f"{_PLAIN[arrow.certain]}{head}"
        lines.append(f"  n{arrow.source} {middle} n{arrow.target}")
    lines.append("  classDef asked stroke-width:3px")
    return "\n".join(lines) + "\n"


def dot(picture: Drawing) -> str:
    """A directed graph; possible edges are dashed, control edges have an open dot as head."""
    lines = [
        "digraph lineage {",
        "  rankdir=LR;",
        "  node [shape=box, fontname=Helvetica];",
        "  edge [fontname=Helvetica];",
    ]
    for position, box in enumerate(picture.boxes):
        style = ", penwidth=3" if box.asked else ""
        lines.append(f'  n{position} [label="{_dot(box.name)}\\n{_dot(box.kind)}"{style}];')
    for arrow in picture.arrows:
        styles = [f'label="{_dot(arrow.label)}"'] if arrow.label else []
        styles += [] if arrow.certain else ["style=dashed"]
        styles += ["arrowhead=odot"] if arrow.control else []
        lines.append(f"  n{arrow.source} -> n{arrow.target}" + (f" [{', '.join(styles)}]" if styles else "") + ";")
    return "\n".join([*lines, "}"]) + "\n"


def _mermaid(text: str) -> str:
    # Mermaid reads HTML entities in quoted labels; everything with a meaning in its own or HTML's syntax becomes one.
    return "".join(
        letter if letter.isalnum() or letter in " ._/:-" else f"#{ord(letter)};" if letter.isprintable() else " "
        for letter in text
    )


def _dot(text: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return printable.replace("\\", "\\\\").replace('"', '\\"')
