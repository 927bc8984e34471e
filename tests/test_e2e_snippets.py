"""What directives of snippets become, asked of the real Envoy Gateway and Envoy: it must be what is computed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from converter.model.options import Options
from converter.pipeline.run import convert
from converter.pipeline.trace import comparison_for
from converter.routing.decide import consult
from converter.routing.exchange import Request
from tests import live

INPUT = Path(__file__).parent.parent / "fixtures/ingress-nginx/snippet-directives/input.yaml"

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(bool(live.absent()), reason=live.absent() or "all there"),
    pytest.mark.filterwarnings("ignore"),  # ask.py leaves sockets to the garbage collector
]


def asked(host: str, path: str = "/", method: str = "GET", scheme: str = "http", **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"method": method, "scheme": scheme, "host": f"{host}.example.com", "path": path, "headers": named}


REQUESTS = [
    (asked("headers", scheme="https", x_debug="1", x_tenant="red"), 200),
    (asked("headers", "/a"), 308),
    (asked("methods", "/a"), 200),
    (asked("methods", "/a", "HEAD"), 200),
    (asked("methods", "/a", "POST"), 405),
    (asked("methods", "/a", "DELETE"), 405),
    (asked("both", "/a?b=c", x_stage="test", cookie="beta=on"), 302),
    (asked("both", "/a", x_stage="test"), 200),
    (asked("both", "/a", cookie="beta=on"), 200),
    (asked("agents", "/a", user_agent="BadBot/2"), 403),
    (asked("agents", "/robots.txt", user_agent="BadBot/2"), 403),
    (asked("agents", "/robots.txt"), 200),
    (asked("agents", "/robots.txt/x"), 200),
    (asked("agents", "/config/app.php"), 403),
    (asked("agents", "/config"), 403),
    (asked("agents", "/configs"), 200),
    (asked("agents", "/health"), 204),
    (asked("agents", "/static/a.css"), 404),
    (asked("agents", "/"), 200),
    (asked("list", "/a"), 200),
    (asked("office", "/a"), 403),
    (asked("moved", "/old/a/b?c=d"), 301),
    (asked("moved", "/old"), 200),
    (asked("moved", "/once"), 302),
    (asked("moved", "/once/more"), 200),
    (asked("moved", "/api/v1/users?x=1"), 200),
    (asked("args", "/a", scheme="https"), 200),
    (asked("args", "/a?debug=1", scheme="https"), 404),
    (asked("args", "/a?b=c"), 301),
    (asked("gone", "/a"), 410),
]


@pytest.mark.parametrize("strict", [False, True], ids=["default", "strict"])
def test_the_real_target_answers_as_computed(strict: bool, tmp_path: Path) -> None:
    result = convert([str(INPUT)], Options(strict=strict))
    services = [service.body for service in result.inventory.services.values()]
    manifests = [resource.body for resource in result.resources]
    wrong = []
    with live.target([*services, *manifests], tmp_path) as running:
        for line, status in REQUESTS:
            request = live.with_sent_host(Request.from_json(line))
            comparison = comparison_for(result, request)
            before, after = consult(comparison.before, request)[0], consult(comparison.after, request)[0]
            real = running.ask({**live.askable(line), "gateway": comparison.after.entry})
            words = live.disagreements(after, real, sampled=False)
            if before.status != status or real["status"] != status or before.location != real.get("location"):
                words.append(f"before {before.status} {before.location}, real {real['status']} {real.get('location')}")
            wrong += [f"{line['method']} {line['host']}{line['path']}: {one}" for one in words]

    assert not wrong, "\n".join(wrong)
