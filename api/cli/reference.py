"""`python -m api.cli.reference`: writes docs/commands.md from the parser itself, so that it is never older than the code."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from api.cli.arguments import parser

FILE = Path("docs/commands.md")
INTRODUCTION = """\
<!-- Written by "python -m api.cli.reference". Do not edit. -->

# Commands

`headwater COMMAND …`. Commands that ask speak GraphQL over HTTP to a running service (`--url`, `HEADWATER_URL`); `graph …`
and `audit fsck` work on the files (`--data`, `HEADWATER_DATA`), beside the service or without it.

A node is written `NAMESPACE NAME[#COLUMN]`, as two words or one in quotes, or as its id `hw:…`. Any spelling of a name
will do. A time is ISO 8601 (`2026-11-22T02:34:00Z`), a day (`2026-11-22`, UTC), or an age (`36h`, `7d`).

| exit code | meaning |
|---|---|
| 0 | fine |
| 1 | the question's answer is "no": a check failed, a verification failed, not all was understood |
| 2 | wrong usage or settings; a name that is not there (near names are shown) |
| 3 | the service or its files cannot be reached, or something else answers at its address |
| 4 | `audit fsck` could not be completed |

`--format json` is for programs: the GraphQL answer as it came. `mermaid` and `dot` draw the answer: solid arrows are
certain, dotted or dashed ones possible, a round head means that the value only decides (a filter, a join).

```
headwater lineage 'postgres://db:5432' 'shop.public.customers#email' --downstream
headwater impact 'postgres://db:5432 shop.public.customers' --change TYPE_NARROW
headwater check 'postgres://db:5432 shop.public.customers#email' --change REMOVE --fail-on POSSIBLE    # in CI
headwater drift --since 12h                                                  # it is 2:34 a.m.: what changed?
headwater diff 'file /lake/gold/features' --from 2026-04-30 --from-known-at 2026-05-31 --at 2026-04-30
headwater alias add namespace postgres://10.0.0.7:5432 postgres://db:5432 --reason 'one server, two names'
headwater lineage 'file /lake/gold/features' --upstream --format mermaid > features.mmd
```
"""


def text() -> str:
    """The whole file."""
    return INTRODUCTION + "".join(_sections("headwater", parser()))


def _sections(name: str, of: argparse.ArgumentParser) -> Iterator[str]:
    groups = [action for action in of._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield f"\n## `{name}`\n\n{_sentence(of.description or '')}\n\n| argument | meaning |\n|---|---|\n"
        for action in of._actions:
            if not isinstance(action, argparse._HelpAction):
                yield f"| {_written(action)} | {_escaped(action.help or '')} |\n"
        return
    for group in groups:
        for word, inner in group.choices.items():
            yield from _sections(f"{name} {word}", inner)


def _written(action: argparse.Action) -> str:
    value = action.metavar or ("" if action.nargs == 0 else action.dest.upper())
    shown = "|".join(map(str, action.choices)) if action.choices else str(value)
    if not action.option_strings:
        return f"`{_escaped(shown or action.dest)}`"
    return f"`{', '.join(action.option_strings)}{_escaped(' ' + shown) if shown and action.nargs != 0 else ''}`"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + ("" if words.endswith(".") else ".")


def _escaped(words: str) -> str:
    return words.replace("|", "\\|")


def main(arguments: list[str]) -> int:
    """Write it; the exit code."""
    target = Path(arguments[0]) if arguments else FILE
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
