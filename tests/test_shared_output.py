"""Teams that convert into one output, one after the other, with whatever options: nobody loses listeners or routes."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.command import Completed, invoke
from tests.targets_input import ingress

TEAMS = ("a", "b", "c")
OPTIONS: tuple[tuple[str, ...], ...] = (
    (),
    (),
    ("--prune",),
    ("--force",),
    ("--prune", "--force"),
    ("--listeners", "host"),
    ("--listeners", "namespace"),
    ("--no-provenance",),
    ("--strict",),
)
NOTES: tuple[dict[str, str], ...] = (
    {},
    {"nginx.ingress.kubernetes.io/auth-tls-secret": "team-{team}/ca"},
    {"nginx.ingress.kubernetes.io/ssl-ciphers": "ECDHE-RSA-AES128-GCM-SHA256"},
    {"nginx.ingress.kubernetes.io/whitelist-source-range": "10.0.0.0/8"},
)


def plant(folder: Path, team: str, choice: random.Random) -> None:
    """The sources of a team: one or two hosts, with or without a certificate."""
    (folder / team).mkdir(exist_ok=True)
    for number in range(choice.randint(1, 2)):
        notes = {key: text.replace("{team}", team) for key, text in choice.choice(NOTES).items()}
        tls = choice.choice(["tls", "tls", ""]) if not any("tls" in key for key in notes) else "tls"
        text = ingress(
            f"web-{number}",
            [("/", "web")],
            host=f"{team}{number}.example.com",
            namespace=f"team-{team}",
            tls=tls,
            annotations=notes,
        )
        (folder / team / f"{number}.yaml").write_text(text)


def written(folder: Path) -> list[dict[str, Any]]:
    return [
        one
        for path in sorted((folder / "out").rglob("*.yaml"))
        for one in yaml.safe_load_all(path.read_text())
        if isinstance(one, dict)
    ]


def served(folder: Path) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """By team: the hosts of its routes, and the certificates that listeners show for it."""
    out = {}
    some = written(folder)
    for team in TEAMS:
        routes = [one for one in some if one["kind"] == "HTTPRoute" and one["metadata"]["namespace"] == f"team-{team}"]
        hosts = frozenset(host for one in routes for host in one["spec"].get("hostnames", ()))
        listeners = [
            part for one in some if one["kind"] in ("Gateway", "ListenerSet") for part in one["spec"]["listeners"]
        ]
        refs = [ref for part in listeners for ref in (part.get("tls") or {}).get("certificateRefs", ())]
        secrets = frozenset(ref["name"] for ref in refs if ref.get("namespace") == f"team-{team}")
        sets = [one for one in some if one["kind"] == "ListenerSet" and one["metadata"]["namespace"] == f"team-{team}"]
        out[team] = hosts, secrets | ({"tls"} if sets else set())
    return out


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted((folder / "out").rglob("*")) if path.is_file()}


def check(before: dict[str, Any], after: dict[str, Any], team: str, about: tuple[Any, ...]) -> None:
    for other in TEAMS:
        if other != team:
            for old, new, what in zip(before[other], after[other], ("hosts", "certificates"), strict=True):
                assert old <= new, (f"team {other} lost {what} {sorted(old - new)}", *about)


@pytest.mark.parametrize("seed", range(14))
def test_a_run_of_one_team_takes_nothing_from_the_others(seed: int, tmp_path: Path) -> None:
    choice = random.Random(seed)  # noqa: S311
    for team in TEAMS:
        plant(tmp_path, team, choice)
    steps: list[Any] = []
    for _ in range(5):
        team, options = choice.choice(TEAMS), choice.choice(OPTIONS)
        steps.append((team, options))
        before, files = served(tmp_path), contents(tmp_path)
        ran: Completed = invoke(["convert", team, "-o", "out", "--config", "", "-q", *options], tmp_path)
        assert ran.code in (0, 1, 2), ran
        after = served(tmp_path)
        check(before, after, team, (steps, ran.err))
        if ran.code == 0:
            assert after[team][0], (steps, ran.err)
        if ran.code == 2:
            assert contents(tmp_path) == files, steps
