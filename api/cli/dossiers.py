"""`headwater dossier`: the record of one version of a model, for auditors."""

import argparse
import sys
from pathlib import Path

from api.cli import EXIT_FINE, documents
from api.cli.client import Client
from api.cli.options import moment, nodes, settings
from api.cli.screen import say
from lineage.errors import InputError

FORMATS = {"markdown": "MARKDOWN", "html": "HTML", "prov": "PROV", "cyclonedx": "CYCLONEDX"}
SUFFIXES = {".md": "markdown", ".html": "html", ".htm": "html", ".provjson": "prov", ".json": "cyclonedx"}


def dossier(options: argparse.Namespace) -> int:
    """To standard output, or into a file whose ending tells the form."""
    if len(options.model) < 2:
        raise InputError(
            "A dossier is about one version. Give the model and its version: NAMESPACE NAME VERSION.", place="MODEL"
        )
    *model, version = options.model
    found = nodes(model)
    if len(found) != 1:
        raise InputError("A dossier is about one model. Write it as NAMESPACE NAME VERSION.", place="MODEL")
    output = None if options.output is None else Path(options.output)
    form = options.format or (SUFFIXES.get(output.suffix, "markdown") if output is not None else "markdown")
    with Client(settings(options)) as client:
        at = moment(options)
        named = client.ask(documents.NAMED, of=found[0], at=at)["find"]
        told = client.ask(
            documents.DOSSIER,
            namespace=named["namespace"],
            name=named["name"],
            version=version,
            format=FORMATS[form],
            at=at,
        )["modelDossier"]
    if output is None:
        sys.stdout.write(told["document"] if told["document"].endswith("\n") else told["document"] + "\n")
        return EXIT_FINE
    try:
        output.write_text(told["document"], encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"{output} can't be written: {error.strerror}. Name another file.", place="--output"
        ) from error
    gaps = len(told["gaps"])
    say(
        f"{output}: {told['model']}, version {told['label']}; {gaps} {'gap' if gaps == 1 else 'gaps'}, {told['completeness']['status']}"
    )
    return EXIT_FINE
