"""Products as their charts set them up for ingress-nginx, on the real Envoy: it must answer what is computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from converter.pipeline.result import Result
from converter.pipeline.trace import comparison_for
from converter.routing.decide import consult
from converter.routing.exchange import Request
from tests import live
from tests.test_e2e_features import HARMLESS
from tests.test_fixtures import FIXTURES, run

CASES = sorted(path.name for path in (FIXTURES / "ingress-nginx").glob("product-*"))
PROBES = ("/", "/a/b?c=d", "/.well-known/caldav", "/.well-known/nodeinfo", "/config/x", "/realms/one/metrics")

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(bool(live.absent()), reason=live.absent() or "all there"),
    pytest.mark.filterwarnings("ignore"),  # ask.py leaves sockets to the garbage collector
]


def requests(result: Result) -> Iterator[dict[str, Any]]:
    """For each host: the paths of its Ingresses, a path below each, and some that snippets look at."""
    hosts: dict[str, dict[str, None]] = {}
    for ingress in result.inventory.ingresses:
        for rule in ingress.rules:
            paths = [path.path for path in rule.paths or ()]
            wanted = [*paths, *(f"{path.rstrip('/')}/x" for path in paths), *PROBES]
            hosts.setdefault(rule.host, {}).update(dict.fromkeys(wanted))
    for host, paths_of_host in hosts.items():
        for path in paths_of_host:
            for scheme in ("http", "https"):
                yield {"method": "GET", "scheme": scheme, "host": host, "path": path, "headers": {}}


def differences(result: Result, running: Any, asked: Iterable[dict[str, Any]]) -> list[str]:
    """Where the real target does not answer as computed."""
    wrong = []
    for line in asked:
        request = Request.from_json(line)
        after = comparison_for(result, request).after
        real = running.ask({**live.askable(line), "gateway": after.entry})
        found = live.disagreements(consult(after, request)[0], real)
        wrong += [f"{line['scheme']}://{line['host']}{line['path']}: {text}" for text in found]
    return wrong


@pytest.mark.parametrize("case", CASES)
def test_the_real_target_answers_as_computed(case: str, tmp_path: Path) -> None:
    result = run(Path("ingress-nginx") / case)
    services = [service.body for service in result.inventory.services.values()]
    manifests = [*services, *live.made_secrets(result), *(one.body for one in result.resources)]
    with live.target(manifests, tmp_path) as running:
        assert not live.problems(running, HARMLESS)
        wrong = differences(result, running, requests(result))
    assert not wrong, "\n".join(wrong)
