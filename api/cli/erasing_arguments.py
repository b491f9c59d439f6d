"""The arguments of `headwater audit erase …`, `audit hold …` and `audit retention …`."""

import argparse
from collections.abc import Callable
from typing import Any

CLASSES = ("raw", "norm", "dead", "access")
PRESETS = ("keep", "minimal", "ai-act", "hipaa", "sox", "ten-years")
"""FLOORS and Preset of lineage.erasure.retention, written out: importing them takes four times as long as all else."""

Part = Callable[[argparse.ArgumentParser], None]
Add = Callable[..., argparse.ArgumentParser]


def describe(audit: Any, add: Add, group: Callable[..., Any], *, service: Part, form: Part, page: Part) -> None:
    """Add the three groups to `audit`; the functions are those of arguments.py."""
    erase = group(audit, "erase", "take payloads out of the record: proposed by one, approved by another")
    propose = add(erase, "propose", "erasing:propose", "say what is to be erased, and why", service, form)
    propose.add_argument("entries", nargs="*", metavar="ENTRY", help="a ledger index, or a range such as 100-199")
    propose.add_argument("--text", help="what payloads hold, such as a name; `-`: read it from standard input")
    propose.add_argument("--part", action="append", dest="parts", metavar="NAME", help="raw or norm (default: all)")
    propose.add_argument("--basis", required=True, help="the ground in law or policy, such as 'GDPR Art. 17(1)(b)'")
    propose.add_argument("--request", default="", help="the reference of the case; no personal data: it stays")
    for name, text in (("approve", "erase what another proposed"), ("withdraw", "take a proposal back, or refuse it")):
        made = add(erase, name, f"erasing:{name}", text, service, form)
        made.add_argument("proposal", metavar="ENTRY", help="the proposal's ledger index")
        if name == "withdraw":
            made.add_argument("--reason", required=True, help="why, for those who read the record later")
    add(erase, "list", "erasing:erased", "what was erased, when, why and by whom", service, form, page)
    add(erase, "proposals", "erasing:proposals", "what waits for an approval", service, form, page)
    hold = group(audit, "hold", "legal holds: what they cover is not erased")
    held = add(hold, "set", "erasing:set_hold", "stop all erasure of something", service, form)
    held.add_argument("entries", nargs="*", metavar="ENTRY", help="a ledger index, or a range such as 100-199")
    held.add_argument("--class", action="append", dest="classes", choices=sorted(CLASSES), help="a whole class")
    held.add_argument("--everything", action="store_true", help="nothing at all is erased")
    held.add_argument("--reason", required=True, help="why, such as the case's reference")
    lift = add(hold, "lift", "erasing:lift_hold", "end a hold", service, form)
    lift.add_argument("hold", metavar="ENTRY", help="the hold's ledger index")
    lift.add_argument("--reason", required=True, help="why, for those who read the record later")
    add(hold, "list", "erasing:holds", "holds in force", service, form, page)
    retention = group(audit, "retention", "how long payloads are kept")
    add(retention, "show", "erasing:retention", "the limits in force", service, form)
    limit = add(retention, "set", "erasing:set_retention", "limits from now on, applied within the hour", service, form)
    limit.add_argument("preset", choices=sorted(PRESETS), help="where to begin; `keep` has no limits")
    for each in CLASSES:
        limit.add_argument(
            f"--{each}", metavar="DAYS", help=f"days for `{each}` instead of the preset's; `ever`: no limit"
        )
    limit.add_argument("--reason", required=True, help="why: the policy's name, a decision")
    add(retention, "apply", "erasing:apply_retention", "erase now what is older than the limits", service, form)
