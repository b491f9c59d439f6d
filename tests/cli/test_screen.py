"""Tables on a screen: whole names, no blanks at the ends of lines, what finds no room below."""

from __future__ import annotations

import pytest

from api.cli.screen import more, pairs, say, table

NAME = "/tmp/work/lake/iceberg/silver/" + "customer_features" * 2
LONG = "postgres://a-rather-long-host-name.example.org:5432"


def shown(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines on standard output; each within the width and without blanks at its end."""
    lines = capsys.readouterr().out.splitlines()
    assert all(line == line.rstrip() for line in lines)
    return lines


def test_names_stay_whole_and_words_give_way(capsys: pytest.CaptureFixture[str]) -> None:
    """A sentence is wrapped by words beside a long name."""
    table(("NAME", "WHY"), [(NAME, "a reason that goes on and on for longer than what a line has left beside a name")])
    lines = shown(capsys)
    assert lines[1].startswith(f"{NAME}  a reason") and len(lines) > 2
    assert max(map(len, lines)) <= 100


def test_what_finds_no_room_stands_below(capsys: pytest.CaptureFixture[str]) -> None:
    """The last column moves below its row, with its heading; columns of `fixed` stay."""
    table(("KIND", "NAME", "NAMESPACE", "HOPS"), [("column", NAME, LONG, "4"), ("job", "j", "", "1")], fixed=("HOPS",))
    lines = shown(capsys)
    assert lines[0].split() == ["KIND", "NAME", "HOPS"]
    assert lines[1].split() == ["column", NAME, "4"]
    assert lines[2] == f"  namespace: {LONG}"
    assert lines[3].split() == ["job", "j", "1"]


def test_a_sentence_leaves_before_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    """It would be a tower of words between two names; what stands after it stays beside them."""
    table(("FROM", "REASON", "TO", "SINCE"), [(LONG, "one server under two names, said its owner", LONG[:30], "today")])
    lines = shown(capsys)
    assert lines[1].split() == [LONG, LONG[:30], "today"]
    assert lines[2] == "  reason: one server under two names, said its owner"


def test_details_below_a_row_have_the_whole_width(capsys: pytest.CaptureFixture[str]) -> None:
    """Cells beyond the headings are lines of their own, indented."""
    table(("NAME", "OWNER"), [("a", "", "through a filter"), ("b", "")])
    assert shown(capsys) == ["NAME", "a", "  through a filter", "b"]


def test_a_name_wider_than_the_screen_is_folded(capsys: pytest.CaptureFixture[str]) -> None:
    """Only then, and nothing of it is lost."""
    table(("NAME",), [("x" * 250,)])
    lines = shown(capsys)
    assert max(map(len, lines)) <= 100 and "".join(lines[1:]) == "x" * 250


def test_wide_letters_and_control_characters_keep_the_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """A name cannot steer the terminal; letters of double width count twice."""
    table(("NAME", "KIND"), [("表", "table"), ("\x1b[31mred", "job")])
    lines = shown(capsys)
    assert "\x1b" not in "".join(lines) and lines[2].startswith("\\x1b[31mred  job")
    assert lines[1] == "表" + " " * (len("\\x1b[31mred") - 2) + "  table"


def test_the_cursor_of_the_next_page_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """However long, so that it can be copied; without a next page nothing is said."""
    more({"hasNextPage": True, "endCursor": "c" * 300})
    more({"hasNextPage": False, "endCursor": "c"})
    assert shown(capsys) == ["More: the same with --after " + "c" * 300]


def test_labels_stand_beside_what_they_say(capsys: pytest.CaptureFixture[str]) -> None:
    """Several lines stay several, long ones are wrapped under themselves; so are sentences."""
    pairs([("read by", "one\ntwo"), ("id", "x " * 60)])
    assert shown(capsys)[:3] == ["read by  one", "         two", "id       " + ("x " * 46).rstrip()]
    say("  " + "word " * 30)
    assert all(line.startswith("  word") for line in shown(capsys))
