"""What a check of fsck beyond the ledger's own came to: one shape for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from lineage.ledger.fsck import Finding


@dataclass(slots=True)
class CheckReport:
    """`findings` are lies, `gaps` what could not be checked, `statements` what is true."""

    findings: list[Finding] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)

    def found(self, check: int, message: str, index: int | None = None) -> None:
        """Note a finding."""
        self.findings.append(Finding(check, index, message))

    def add(self, more: CheckReport) -> None:
        """Take over what another check came to."""
        self.findings += more.findings
        self.gaps += more.gaps
        self.statements += more.statements
