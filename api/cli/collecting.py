"""`headwater collect …`: what lies in SQL, query logs and catalogues, as OpenLineage events.

The one idea: whatever is collected, it ends the same way: events where they were asked to go, and on standard error what stays unknown, by
reason and place, so that standard output can be the events.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from rich.progress import Progress

from api.cli import EXIT_FINE, EXIT_NO
from api.cli.delivery import Delivered, Event, delivery
from api.cli.options import settings
from api.cli.screen import progress
from collectors.findings import REASONS, Finding
from collectors.statements import Frame
from collectors.visits import Visits
from lineage.errors import InputError
from lineage.moment import iso

FINDINGS_SHOWN = 50  # a person reads the first; --all-findings has the rest
ANY = "ANY"


class Outcome:
    """What came out of a collection, for the last lines and the exit code."""

    def __init__(self, fail_on: str | None) -> None:
        self._fail_on = _reasons(fail_on)
        self.found: list[Finding] = []

    def end(
        self, delivered: Delivered, visits: Visits, summary: str, unchanged: int, options: argparse.Namespace
    ) -> int:
        """Keep what was visited, unless some of it was refused; report, and answer the exit code."""
        if not delivered.refused:
            visits.keep()
        summary += f", {unchanged} unchanged" if options.state else ""
        self.report(
            delivered, f"{summary}: {events_told(delivered)}.", quiet=options.quiet, every=options.all_findings
        )
        return self.exit_code(delivered)

    def exit_code(self, delivered: Delivered) -> int:
        """1: something stays unknown for a reason of `--fail-on`, or not all events were taken."""
        failed = any(f.reason in self._fail_on for f in self.found)
        return EXIT_NO if failed or delivered.dead or delivered.refused else EXIT_FINE

    def report(self, delivered: Delivered, summary: str, *, quiet: bool, every: bool) -> None:
        """Places first, then counts by reason, then the sum."""
        shown = self.found if every else self.found[:FINDINGS_SHOWN]
        if not quiet:
            for each in shown:
                tell(f"{each.place}: {each.reason} {each.subject}: {each.message}")
            if len(shown) < len(self.found):
                tell(f"… and {len(self.found) - len(shown)} more: --all-findings shows them.")
            for reason, count in Counter(each.reason for each in self.found).most_common():
                tell(f"{count:>7} {reason}")
        for why in delivered.refused:
            tell(f"refused: {why}")
        if delivered.dead:
            tell(f"{delivered.dead} events became dead letters: see `headwater deadletter list`.")
        if not quiet:
            tell(summary)


def sql(options: argparse.Namespace) -> int:
    """`headwater collect sql`."""
    from collectors.statements.collecting import Statements
    from collectors.statements.files import STANDARD_INPUT, log_format, sql_files

    outcome = Outcome(options.fail_on)
    visits = Visits.open(Path(options.state) if options.state else None, "job")
    columns = _columns(options.column)
    statements = Statements(*_frame(options))
    logs = [(p, form) for p in options.paths if (form := options.log or (log_format(p) if p != "-" else None))]
    texts = [p for p in options.paths if p not in {path for path, _ in logs}]
    files = [(root, file) for root in texts for file in sql_files(root, options.job)]
    if options.job and len(files) > 1:
        raise InputError(f"--job names one job, and there are {len(files)} files. Leave it out.", place="--job")
    now = iso(time.time_ns() // 1_000)
    with delivery(options.to, settings(options)) as out, _bar(options) as bar:
        task = bar.add_task("statements", total=None if logs else len(files))
        for root, file in files:
            for told in statements.of_file(file, visits, root, now):
                take(told, out.take, outcome)
            bar.advance(task)
        if options.state:
            for gone in statements.gone(visits, {root for root in texts if root != STANDARD_INPUT}, now):
                out.take(gone)
        for path, form in logs:
            for each in statements.of_log(path, form, columns):
                if each is None:
                    bar.advance(task)
                else:
                    take(each, out.take, outcome)
        delivered = out.close()
    summary = f"{count(statements.read, 'text', 'texts')} read, {statements.silent} of them without lineage"
    return outcome.end(delivered, visits, summary, statements.unchanged, options)


def database(options: argparse.Namespace) -> int:
    """`headwater collect database`."""
    from collectors.database import address_of, open_catalogue
    from collectors.database.choice import SchemaChoice
    from collectors.database.collecting import Visit

    outcome = Outcome(options.fail_on)
    visits = Visits.open(Path(options.state) if options.state else None, "dataset")
    address = address_of(options.database_url, options.namespace)
    now = iso(time.time_ns() // 1_000)
    with (
        closing(open_catalogue(address)) as catalogue,
        delivery(options.to, settings(options)) as out,
        _bar(options) as bar,
    ):
        visit = Visit(catalogue, address, SchemaChoice.of(options.schema, address.schema), options.dialect)
        task = bar.add_task("schemas", total=len(visit.schemas))
        for _ in visit.look():
            bar.advance(task)
        for told in visit.events(visits, now):
            take(told, out.take, outcome)
        delivered = out.close()
    summary = f"{address.shown}: {count(len(visit.tables), 'table or view', 'tables and views')}"
    summary += f" in {count(len(visit.schemas), 'schema', 'schemas')}"
    return outcome.end(delivered, visits, summary, visit.unchanged, options)


def later(options: argparse.Namespace) -> int:
    """Collectors that are not there yet say so."""
    raise InputError(f"`headwater collect {options.collector}` does not exist yet. {options.instead}", place="collect")


def tell(line: str) -> None:
    """One line on standard error: standard output may be the events. What a terminal would obey is taken out: a file may hold anything."""
    print("".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line), file=sys.stderr)


def _frame(options: argparse.Namespace) -> tuple[Frame, str]:
    """How statements are read, and the namespace of their jobs: from the flags, and from a schema file or a catalogue."""
    from collectors.sql.parsing import dialect_named
    from collectors.statements.known import NOTHING_KNOWN, read_schema

    given = read_schema(Path(options.schema)) if options.schema else NOTHING_KNOWN
    frame = Frame("", "", known=given)
    if options.database:
        frame = _catalogued(options.database)
    namespace = options.namespace or frame.namespace
    if not namespace:
        raise InputError(
            "Where are the tables? Give --namespace, such as postgres://db:5432, or --database URL.",
            place="--namespace",
        )
    dialect, _ = dialect_named(options.dialect if options.dialect is not None else frame.dialect or _dialect(namespace))
    made = Frame(
        namespace, dialect, options.default_database or frame.default_database,
        options.default_schema or frame.default_schema, frame.known, tuple(options.masking_function),
    )  # fmt: skip
    return made, options.job_namespace or namespace


def _catalogued(url: str) -> Frame:
    from collectors.database import address_of, open_catalogue
    from collectors.database.choice import SchemaChoice
    from collectors.database.collecting import Visit

    address = address_of(url)
    with closing(open_catalogue(address)) as catalogue:
        visit = Visit(catalogue, address, SchemaChoice.of((), address.schema))
        for _ in visit.look():
            pass
        return visit.frame


def _dialect(namespace: str) -> str:
    """The dialect that a namespace's scheme tells; "" for generic SQL."""
    from lineage.sql_claims import DIALECTS

    return DIALECTS.get(namespace.partition("://")[0].lower(), "")


def _columns(given: list[str]) -> dict[str, str]:
    from collectors.statements.query_log import known_columns

    found = {}
    for pair in given:
        need, equals, name = pair.partition("=")
        if not equals or need not in known_columns():
            raise InputError(
                f"`{pair}` is no NEED=COLUMN. What is needed: {', '.join(known_columns())}.", place="--column"
            )
        found[need] = name
    return found


def _reasons(given: str | None) -> frozenset[str]:
    if given is None:
        return frozenset()
    wanted = {reason.strip().upper() for reason in given.split(",") if reason.strip()}
    unknown = wanted - {*REASONS, ANY}
    if unknown:
        raise InputError(
            f"No such reason: {', '.join(sorted(unknown))}. There are {', '.join(REASONS)}, and {ANY}.",
            place="--fail-on",
        )
    return frozenset(REASONS) if ANY in wanted else frozenset(wanted)


def take(told: Event | Finding, deliver: Callable[[Event], None], outcome: Outcome) -> None:
    """An event to where it goes, a finding to the report."""
    if isinstance(told, Finding):
        outcome.found.append(told)
    else:
        deliver(told)


def _bar(options: argparse.Namespace) -> Progress:
    return progress(quiet=options.quiet)


def events_told(delivered: Delivered) -> str:
    """How many events went where."""
    return (
        f"{count(delivered.events, 'event', 'events')} to {delivered.where}" if delivered.events else "nothing to tell"
    )


def count(number: int, one: str, many: str) -> str:
    """A number and what it counts."""
    return f"{number} {one if number == 1 else many}"
