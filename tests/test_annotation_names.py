"""Annotation names stand in packs; in Python only in the package of their controller, and no more than are needed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from converter.packs.load import source_pack
from tests.code_texts import texts

ROOT = Path(__file__).parent.parent / "converter"
MOST = {"ingress-nginx": 29, "alauda-alb": 2, "aws-alb": 56}
"""How many names of each controller its own package repeats; lower a number where one goes, never raise it."""
OTHER_MEANINGS = frozenset(
    {
        "scheme",
        "tags",
        "subnets",
        "canary",
        "affinity",
        "default-backend",
        "backend-protocol",
        "jwt-validation",
        "rewrite",
    }
)
"""Names that are also words of the model: features, fields of a URL or of an output, kinds of an action."""


def literals(folder: Path) -> Iterator[tuple[Path, str]]:
    """Texts of the code, with their modules."""
    return ((path, text) for path in sorted(folder.rglob("*.py")) for text in texts(path))


def names(source: str) -> set[str]:
    rows = [row for block in source_pack(source).features.values() for row in block.fields.values()]
    return {row.annotation for row in rows if "-" in row.annotation or "." in row.annotation or "/" in row.annotation}


@pytest.mark.parametrize("source", sorted(MOST))
def test_a_controller_repeats_no_more_names_than_its_compile_step_needs(source: str) -> None:
    package = ROOT / "sources" / source.replace("-", "_")
    found = {text for _, text in literals(package)} & names(source)
    assert len(found) <= MOST[source], sorted(found)


def test_no_name_stands_outside_the_package_of_its_controller() -> None:
    wrong = []
    for source in MOST:
        package = ROOT / "sources" / source.replace("-", "_")
        shared = set().union(*(names(other) for other in MOST if other != source))
        own = names(source) - OTHER_MEANINGS - shared - {"kubernetes.io/ingress.class"}
        wrong += [
            f"{path.relative_to(ROOT)}: {text}"
            for path, text in literals(ROOT)
            if text in own and not path.is_relative_to(package)
        ]
    assert not wrong, "\n".join(wrong)
