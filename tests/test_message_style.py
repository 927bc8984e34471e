"""What the command line, reports and their packs say is plain technical English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from converter.cli.commands import COMMANDS, cli
from converter.packs.features import mappings_dir
from tests.code_texts import texts

ROOT = Path(__file__).parent.parent / "converter"
ROOMS = ("cli", "acceptance", "reporting")
ROOMS_OF_FINDINGS = (
    "cluster",
    "comparison",
    "packs",
    "planning",
    "probe",
    "reading",
    "rendering",
    "replay",
    "sources",
    "status",
    "targets",
    "validation",
)
FORBIDDEN = re.compile(
    r"\b(today|afterwards|answered (alike|differently)|written otherwise|nothing is known of|stands? in for|is told|"
    r"meets no|harmless|never answers|(is|are) answered|answers? (\d{3}|an? )|stands? (twice|behind)|cannot be said|"
    r"cannot say|no field says|every answer|is asked by|are asked by|counts alone|whoever|made anew|(?<!there )is no "
    r"(URL|number|boolean|DNS name|field|Service|list|object|regular|valid|duration))\b",
    re.IGNORECASE,
)
LONGEST = 320
"""Of one message; a longer one is several."""


def sentences(path: Path) -> Iterator[str]:
    """Texts with a blank in them."""
    return (text for text in texts(path) if " " in text)


@pytest.mark.parametrize("room", ROOMS)
def test_messages_of_the_code(room: str) -> None:
    found = [f"{path.name}: {text}" for path in sorted((ROOT / room).glob("*.py")) for text in sentences(path)]
    assert len(found) > 5
    assert [one for one in found if FORBIDDEN.search(one)] == []
    assert [one for one in found if len(one) > LONGEST and "\n" not in one] == []


@pytest.mark.parametrize("room", ROOMS_OF_FINDINGS)
def test_messages_of_findings(room: str) -> None:
    paths = sorted((ROOT / room).rglob("*.py"))
    found = [f"{path.name}: {text}" for path in paths for text in sentences(path)]
    assert len(found) > 10
    assert [one for one in found if FORBIDDEN.search(one)] == []


NOT_WRITTEN_HERE = ("report.schema", "portability")


@pytest.mark.parametrize(
    "path",
    sorted(one for one in mappings_dir().rglob("*.yaml") if one.stem not in NOT_WRITTEN_HERE),
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_texts_of_packs(path: Path) -> None:
    assert [one for one in strings(yaml.safe_load(path.read_text())) if FORBIDDEN.search(one)] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_help(name: str) -> None:
    command = cli.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    parts = [command.help or "", *(getattr(one, "help", "") or "" for one in command.params)]
    assert [one for one in parts if FORBIDDEN.search(one)] == []


def strings(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for value in node.values():
            yield from strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from strings(value)
    elif isinstance(node, str):
        yield node


@pytest.mark.parametrize(
    "path",
    [*sorted((mappings_dir() / "differences").glob("*.yaml")), mappings_dir() / "prerequisites.yaml"],
    ids=lambda path: path.stem,
)
def test_differences_and_prerequisites(path: Path) -> None:
    said = list(strings(yaml.safe_load(path.read_text())))
    assert [one for one in said if FORBIDDEN.search(one) or len(one) > LONGEST] == []
    rows = yaml.safe_load(path.read_text()).get("differences", {})
    for row in rows.values():
        after = row["after"]
        for text in (
            row["title"],
            row["before"],
            row.get("check", "X."),
            *(after.values() if isinstance(after, dict) else [after]),
        ):
            assert re.match(r"[A-Z0-9]|proxy-|client_|idle_", text), text
        assert all(
            text.endswith(".") for text in (row["before"], *(after.values() if isinstance(after, dict) else [after]))
        )
