"""What a verification found, for people and for programs.

The one idea: three lists. Findings are lies (exit 1), gaps are what could not be checked (exit 4), statements are what
is true and who vouches for it. Nothing is called verified that rests on a gap.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from lineage.verify.refusal import VerifyError

VERIFIED, TAMPERED, USAGE, UNREACHABLE, INCOMPLETE = 0, 1, 2, 3, 4
"""Exit statuses of every verification."""

FINDINGS_MAX = 1000  # kept in full; the rest is counted, so that a ruined log still fits in memory
_VERDICTS = {VERIFIED: "verified", TAMPERED: "tampered with or damaged", INCOMPLETE: "incomplete"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong (or missing), and where: a file, an entry, a tile; empty: the whole."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


@dataclass(slots=True)
class Report:
    """Filled while the verification runs; read afterwards."""

    subject: str
    findings: list[Finding] = field(default_factory=list)
    finding_count: int = 0
    gaps: list[Finding] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def found(self, place: str, message: str) -> None:
        """Something is not true."""
        self.finding_count += 1
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(Finding(place, message))

    def gap(self, place: str, message: str) -> None:
        """Something could not be checked."""
        if len(self.gaps) < FINDINGS_MAX:
            self.gaps.append(Finding(place, message))

    def say(self, statement: str) -> None:
        """Something is true."""
        if statement not in self.statements:
            self.statements.append(statement)

    def count(self, what: str, number: int = 1) -> None:
        """So many of these were checked."""
        self.counts[what] = self.counts.get(what, 0) + number

    @contextmanager
    def checking(self, place: str) -> Iterator[None]:
        """A VerifyError inside becomes a finding at `place`."""
        try:
            yield
        except VerifyError as error:
            self.found(place, error.message)

    @property
    def exit_code(self) -> int:
        """0 verified, 1 tampered with, 4 incomplete."""
        return TAMPERED if self.finding_count else INCOMPLETE if self.gaps else VERIFIED

    @property
    def verdict(self) -> str:
        """The exit code in words."""
        return _VERDICTS[self.exit_code]

    def lines(self) -> Iterator[str]:
        """For people; the verdict is the last line."""
        yield self.subject
        if self.counts:
            yield "checked " + ", ".join(f"{number} {what}" for what, number in self.counts.items())
        yield from (f"  {statement}" for statement in self.statements)
        yield from (f"WRONG    {finding}" for finding in self.findings)
        if self.finding_count > len(self.findings):
            yield f"WRONG    … and {self.finding_count - len(self.findings)} more"
        yield from (f"MISSING  {gap}" for gap in self.gaps)
        yield self.verdict

    def to_json(self) -> str:
        """For programs; the field names are stable."""
        return json.dumps(
            {
                "subject": self.subject,
                "verdict": self.verdict,
                "exitCode": self.exit_code,
                "checked": self.counts,
                "statements": self.statements,
                "findingCount": self.finding_count,
                "findings": [{"place": each.place, "message": each.message} for each in self.findings],
                "gaps": [{"place": each.place, "message": each.message} for each in self.gaps],
            },
            indent=2,
            ensure_ascii=False,
        )
