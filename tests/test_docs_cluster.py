"""The ClusterRole of docs/cluster.md permits what is read of a cluster, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from converter.reading.relevant_kinds import cluster_kinds

PAGE = (Path(__file__).parent.parent / "docs" / "cluster.md").read_text()
PLURALS = {
    "ALB2": "alaudaloadbalancer2",
    "Endpoints": "endpoints",
    "IngressClassParams": "ingressclassparams",
}
"""Kinds whose plural follows no rule."""


def plural(kind: str) -> str:
    """The name of a kind in requests."""
    name = kind.lower()
    if kind in PLURALS:
        return PLURALS[kind]
    if re.search("[^aeiou]y$", name):
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "sh", "ch")) else f"{name}s"


def test_the_role_permits_what_is_read() -> None:
    found = re.search(r"```yaml\n(apiVersion: rbac.*?)```", PAGE, re.S)
    assert found is not None
    role = yaml.safe_load(found[1])
    permitted = {(group, name) for rule in role["rules"] for group in rule["apiGroups"] for name in rule["resources"]}
    assert permitted == {(group, plural(kind)) for kind, groups in cluster_kinds().items() for group in groups}
    assert all(rule["verbs"] == ["get", "list"] for rule in role["rules"])


def test_secrets_are_a_role_of_their_own() -> None:
    assert 'resources: ["secrets"]' in PAGE
