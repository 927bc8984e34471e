"""Made-up Alauda ALBs whose hosts, priorities, prefixes and patterns overlap: every difference is announced, and in
strict style there is none at all where the target can say what the ALB does."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from converter.comparison.request_kinds import NO_HANDSHAKE
from converter.model.options import Options
from converter.pipeline.result import Result
from converter.pipeline.run import convert

HOSTS = ("a.example.com", "b.example.com", "", "c.example.com")
WILDCARDS = ("*.example.com", "*.a.example.com")
PATHS = (
    ("/", "Prefix"),
    ("/a", "Prefix"),
    ("/ab", "Exact"),
    ("/a/", "Prefix"),
    ("/a/b", "Exact"),
    ("/c", None),
    ("/a.*", "ImplementationSpecific"),
    ("/[ab]", "ImplementationSpecific"),
    ("/a(/|$)(.*)", "ImplementationSpecific"),
)
PRIORITY = "alb.cpaas.io/ingress-rule-priority-{}-{}"


def alb() -> dict[str, Any]:
    return {
        "apiVersion": "crd.alauda.io/v2",
        "kind": "ALB2",
        "metadata": {"name": "alb", "namespace": "cpaas-system"},
        "spec": {"config": {"projects": ["ALL_ALL"]}},
    }


def generated(seed: int, hosts: tuple[str, ...]) -> list[dict[str, Any]]:
    dice = random.Random(seed)  # noqa: S311
    out = [alb()]
    for number in range(dice.randint(1, 4)):
        notes, rules = {}, []
        for index in range(dice.randint(1, 3)):
            paths = []
            for place in range(dice.randint(1, 3)):
                path, kind = dice.choice(PATHS)
                backend = {"service": {"name": f"s{number}-{index}-{place}", "port": {"number": 80}}}
                paths.append({"path": path, "pathType": kind or "ImplementationSpecific", "backend": backend})
                if dice.random() < 0.25:
                    notes[PRIORITY.format(index, place)] = str(dice.randint(1, 9))
            host = dice.choice(hosts)
            rules.append({"http": {"paths": paths}, **({"host": host} if host else {})})
        spec: dict[str, Any] = {"ingressClassName": "alb", "rules": rules}
        if dice.random() < 0.3:
            spec["tls"] = [{"hosts": [dice.choice(HOSTS[:2])], "secretName": "cert"}]
        out.append(
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "Ingress",
                "metadata": {"name": f"i{number}", "namespace": "shop", "annotations": notes},
                "spec": spec,
            }
        )
    return out


def converted(folder: Path, documents: list[dict[str, Any]], strict: bool) -> Result:
    (folder / "input.yaml").write_text("\n---\n".join(map(json.dumps, documents)))
    return convert([str(folder / "input.yaml")], Options(strict=strict))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("strict", [False, True])
def test_every_difference_is_announced(tmp_path: Path, seed: int, strict: bool) -> None:
    result = converted(tmp_path, generated(seed, HOSTS + WILDCARDS), strict)
    assert not result.surprises
    assert not [finding for finding in result.findings if finding.code.startswith("internal.")]


@pytest.mark.parametrize("seed", range(12))
def test_strict_style_answers_as_the_alb_did(tmp_path: Path, seed: int) -> None:
    """Without wildcard hosts, which Gateway API takes for names of any depth."""
    result = converted(tmp_path, generated(seed, HOSTS), strict=True)
    found = [
        (
            difference.request.to_json(),
            sorted(difference.aspects),
            difference.before.to_answer(),
            difference.after.to_answer(),
        )
        for comparison in result.comparisons
        for difference in comparison.differences()
        if difference.aspects != {"normalisation"} and NO_HANDSHAKE not in difference.situation
    ]
    assert not found
