"""`python tests/graphql/ide/vendor.py`: copy GraphiQL from its locked packages into api/graphql/ide.

The one idea: the service serves its own files and loads nothing from elsewhere, so they are in the repository, with the
licences of everything in them and the hash of each. Fonts are left out: they are four fifths of the style sheet, and a
reader's own do as well.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
TARGET = HERE.parents[2] / "api" / "graphql" / "ide"
COPIED = {
    "graphiql.min.js": "graphiql/graphiql.min.js",
    "react.min.js": "react/umd/react.production.min.js",
    "react-dom.min.js": "react-dom/umd/react-dom.production.min.js",
}
STYLES = "graphiql/graphiql.min.css"
LICENCE_NAMES = ("LICENSE", "LICENSE.md", "LICENSE.txt", "license", "LICENCE", "license.md", "LICENSE-MIT.txt")


def main() -> None:
    """Install, copy, and write down what was copied."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)
        modules = Path(folder) / "node_modules"
        for name, source in COPIED.items():
            text = (modules / source).read_text(encoding="utf-8")
            (TARGET / name).write_text(re.sub(r"\n//# sourceMappingURL=.*\n?", "\n", text), encoding="utf-8")
        styles = (modules / STYLES).read_text(encoding="utf-8")
        (TARGET / "graphiql.min.css").write_text(re.sub(r"@font-face\{[^}]*\}", "", styles), encoding="utf-8")
        (TARGET / "LICENCES.txt").write_text(licences(modules), encoding="utf-8")
        versions = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    hashes = {
        name: hashlib.sha256((TARGET / name).read_bytes()).hexdigest()
        for name in sorted([*COPIED, "graphiql.min.css", "LICENCES.txt"])
    }
    (TARGET / "vendored.json").write_text(json.dumps({"versions": versions, "sha256": hashes}, indent=2) + "\n")


def licences(modules: Path) -> str:
    """The licence of every package that the bundles are made of; equal texts once."""
    texts: dict[str, list[str]] = {}
    for manifest in sorted([*modules.glob("*/package.json"), *modules.glob("@*/*/package.json")]):
        about = json.loads(manifest.read_text(encoding="utf-8"))
        if about["name"].startswith("@types/"):
            continue
        found = next((manifest.parent / name for name in LICENCE_NAMES if (manifest.parent / name).exists()), None)
        text = found.read_text(encoding="utf-8").strip() if found else f"Licence: {about.get('license', 'not told')}"
        texts.setdefault(text, []).append(f"{about['name']} {about['version']}")
    parts = ["\n".join(names) + "\n\n" + text for text, names in texts.items()]
    return ("\n\n" + "=" * 80 + "\n\n").join(parts) + "\n"


if __name__ == "__main__":
    main()
