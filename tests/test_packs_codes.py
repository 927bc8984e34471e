"""Every code that a finding can have is explained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from converter.packs.codes import meaning

ROOT = Path(__file__).parent.parent / "converter"
CODE = re.compile(
    r"""Outcome\(\s*["']([a-z0-9-]+\.[a-z0-9-]+)["']|["']((?:internal|input|ingress|class|route|waiver)\.[a-z0-9-]+)["']"""
)


def issued() -> list[str]:
    found = {code for path in ROOT.rglob("*.py") for match in CODE.findall(path.read_text()) for code in match if code}
    return sorted(code for code in found if not code.endswith((".class", ".crt", ".key")))


@pytest.mark.parametrize("code", issued())
def test_it_has_a_meaning(code: str) -> None:
    assert meaning(code)


def test_meanings() -> None:
    assert len(issued()) > 20
    assert (
        meaning("timeouts.policy")
        == "How long connections and responses may take. Becomes part of a policy of Envoy Gateway."
    )
    assert meaning("nonsense.policy") == ""
