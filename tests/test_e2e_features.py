"""Features of ingress-nginx through the real target: what is computed of the output is what a real Envoy answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from converter.pipeline.result import Result
from converter.pipeline.trace import comparison_for
from converter.routing.decide import consult
from converter.routing.exchange import Request
from tests import live
from tests.targets_input import ingress, run

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(bool(live.absent()), reason=live.absent() or "all there"),
    pytest.mark.filterwarnings("ignore"),  # ask.py leaves sockets to the garbage collector
]
PREFIX = "nginx.ingress.kubernetes.io/"
HARMLESS = ("Overridden=", "OverlappingTLSConfig=", "Merged=", "RouteRulesOverlap=")


def web(host: str, service: str = "web", name: str = "", **notes: str) -> str:
    """One Ingress with annotations of the controller."""
    named = {PREFIX + key.replace("_", "-"): value for key, value in notes.items()}
    return ingress(name or service, [("/", service)], host=host, annotations=named)


@contextmanager
def served(folder: Path, *documents: str, **options: Any) -> Iterator[Real]:
    """The converted documents behind a real Envoy."""
    result = run(*documents, **options)
    services = [service.body for service in result.inventory.services.values()]
    with live.target([*services, *(one.body for one in result.resources)], folder) as running:
        assert not live.problems(running, HARMLESS)
        yield Real(result, running)


class Real:
    """Asks both sides."""

    def __init__(self, result: Result, running: Any) -> None:
        self.result, self.running = result, running

    def ask(self, **request: Any) -> dict[str, Any]:
        """The real answer, after it was compared with the computed one."""
        asked = Request.from_json(request)
        comparison = comparison_for(self.result, asked)
        real = self.running.ask({**live.askable(request), "gateway": comparison.after.entry})
        computed, _ = consult(comparison.after, asked)
        assert not live.disagreements(computed, real), (request, computed, real)
        return dict(real)


AUTHELIA = "auth/authelia:80"
ADMITTED = {"status": 200, "headers": {"Remote-User": "ann", "Set-Cookie": "a=b"}}


def test_sign_in(tmp_path: Path) -> None:
    page = "https://login.example.com/?rd=$scheme://$http_host$escaped_request_uri&rm=$request_method"
    auth = {
        "auth_url": "http://authelia.auth.svc.cluster.local/api/verify",
        "auth_signin": page,
        "auth_response_headers": "Remote-User",
    }
    with served(tmp_path, web("docs.example.com", **auth)) as real:
        host = {"host": "docs.example.com", "path": "/a?x=1"}
        login = real.ask(**host, given={AUTHELIA: {"status": 401, "headers": {"Set-Cookie": "s=1"}}})
        assert login["status"] == 302
        assert login["location"] == "https://login.example.com/?rd=http://docs.example.com/a?x=1&rm=GET"
        refused = real.ask(**host, given={AUTHELIA: {"status": 403}})
        assert refused["status"] == 403
        of_application = real.ask(**host, given={AUTHELIA: ADMITTED, "shop/web:80": {"status": 401}})
        assert (of_application["status"], of_application.get("location")) == (401, None)
        admitted = real.ask(**host, given={AUTHELIA: ADMITTED})
        assert admitted["upstream"]["headers"]["remote-user"] == "ann"
        assert "set-cookie" not in admitted.get("response_headers", {})
