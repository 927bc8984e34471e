"""Every annotation of the AWS Load Balancer Controller has rows for both targets that agree with the reference.

Where ours say something else, REASONS says why.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from converter.packs.catalogue import known_annotations
from tests.shared_data import SHARED

REFERENCE = SHARED / "reference" / "aws-alb.annotations.yaml"
PREFIX = "alb.ingress.kubernetes.io/"
pytestmark = pytest.mark.skipif(not REFERENCE.is_file(), reason="the reference is not here")

ROOT = Path(__file__).parent.parent
REASONS = {
    ("envoy-gateway", "group.name"): "that the Gateway takes routes of more namespaces answers no request otherwise",
    ("envoy-gateway", "group.order"): "preserveRouteOrder is written wherever the order matters",
    ("envoy-gateway", "use-regex-path-match"): "what a path loses as an expression is said on the path",
}


def head(key: str) -> str:
    """Names and ports in a key are open."""
    return key.removeprefix(PREFIX).replace("${", "{").partition("{")[0]


def ours():
    return {
        head(one.key): {fate.target: fate for fate in one.fates}
        for one in known_annotations()
        if one.source == "aws-alb"
    }


@pytest.fixture(scope="module")
def entries():
    return yaml.safe_load(REFERENCE.read_text())


def test_every_entry_has_rows(entries):
    rows = ours()
    missing = [one["key"] for one in entries if head(one["key"]) not in rows]

    assert len(entries) == 72
    assert missing == []
    assert all(fates["aws"].note or fates["aws"].hint for fates in rows.values())


@pytest.mark.parametrize(("target", "column"), [("aws", "fidelity_aws"), ("envoy-gateway", "fidelity_envoy")])
def test_fidelities_agree(entries, target, column):
    rows = ours()
    differing = {
        (target, head(one["key"])): (rows[head(one["key"])][target].fidelity.value, one[column])
        for one in entries
        if rows[head(one["key"])][target].fidelity.value != one[column]
    }

    assert {key: pair for key, pair in differing.items() if key not in REASONS} == {}
    assert [key for key in REASONS if key[0] == target and key not in differing] == []


def test_every_entry_stands_in_a_fixture(entries):
    texts = "\n".join(path.read_text() for path in (ROOT / "fixtures" / "aws-alb").glob("*/input.yaml"))
    missing = [
        one["key"]
        for one in entries
        if head(one["key"]) not in ("dry-run-plan",) and PREFIX + head(one["key"]) not in texts
    ]

    assert missing == []
