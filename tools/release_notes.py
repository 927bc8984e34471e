"""Print the notes of a release; fails where the tag, pyproject.toml and CHANGELOG.md do not name the same version.

python tools/release_notes.py v0.1.0
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def notes(tag: str, project: str, changelog: str) -> str:
    """The part of the changelog on a version.

    Args:
        tag: `v` and the version.
        project: The text of pyproject.toml.
        changelog: The text of CHANGELOG.md.

    Raises:
        ValueError: They do not name the same version.
    """
    version = tomllib.loads(project)["project"]["version"]
    if tag != f"v{version}":
        raise ValueError(f"the tag is {tag}, but the version of pyproject.toml is {version}")
    found = re.search(rf"^## \[{re.escape(version)}\][^\n]*\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if found is None or not found[1].strip():
        raise ValueError(f"CHANGELOG.md says nothing of {version}")
    return found[1].strip() + "\n"


def main() -> None:
    """Print them."""
    try:
        texts = ((ROOT / name).read_text() for name in ("pyproject.toml", "CHANGELOG.md"))
        sys.stdout.write(notes(sys.argv[1], *texts))
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
