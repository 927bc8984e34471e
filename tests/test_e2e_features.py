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
from tests.test_nginx_source import config

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
    made = live.made_secrets(result)
    with live.target([*services, *made, *(one.body for one in result.resources)], folder) as running:
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


PAGES = """apiVersion: v1
kind: Service
metadata: {name: pages, namespace: shop}
spec: {ports: [{port: 80}], selector: {app: pages}}
"""


def test_error_pages(tmp_path: Path) -> None:
    documents = (
        web("a.example.com", "w1", custom_http_errors="404,503", default_backend="pages"),
        web("b.example.com", "w2", custom_http_errors="500"),
        web(
            "c.example.com",
            "w3",
            custom_http_errors="503",
            default_backend="pages",
            disable_proxy_intercept_errors="true",
        ),
        PAGES,
    )
    with served(tmp_path, *documents) as real:
        page = real.ask(host="a.example.com", path="/x?y=1", given={"shop/w1:80": {"status": 404}})
        assert (page["status"], page["backends"]) == (200, {"shop/pages:80": 1.0})
        assert page["upstream"]["path"] == "/?y=1" and page["upstream"]["headers"]["x-code"] == "404"
        coded = {"shop/w1:80": {"status": 503}, "shop/pages:80": {"status": 503}}
        assert real.ask(host="a.example.com", path="/x", given=coded)["status"] == 503
        other = real.ask(host="a.example.com", path="/x", given={"shop/w1:80": {"status": 500}})
        assert (other["status"], other["backends"]) == (500, {"shop/w1:80": 1.0})
        fixed = real.ask(host="b.example.com", path="/x", given={"shop/w2:80": {"status": 500}})
        assert (fixed["status"], fixed["body"]) == (404, "default backend - 404")
        own = real.ask(host="c.example.com", path="/x", given={"shop/w3:80": {"status": 503}})
        assert own["backends"] == {"shop/w3:80": 1.0}


def test_cookies_retries_and_hashes(tmp_path: Path) -> None:
    notes = {"session_cookie_name": "route", "session_cookie_max_age": "60", "session_cookie_samesite": "Lax"}
    documents = (
        web("a.example.com", "w1", affinity="cookie", **notes),
        web("b.example.com", "w2", proxy_next_upstream="error http_503 non_idempotent", proxy_next_upstream_tries="4"),
        web("c.example.com", "w3", proxy_next_upstream="off"),
        web("d.example.com", "w4", upstream_hash_by="$host$request_uri"),
    )
    with served(tmp_path, *documents) as real:
        assert "Max-Age=60" in real.ask(host="a.example.com", path="/")["response_headers"]["set-cookie"]
        kept = real.ask(host="a.example.com", path="/", headers={"Cookie": "route=x"})
        assert "set-cookie" not in kept.get("response_headers", {})
        broken = {"status": 503}
        again = real.ask(method="POST", host="b.example.com", path="/", given={"shop/w2:80": broken})
        assert again["calls"] == {"shop/w2:80": 4}
        assert "calls" not in real.ask(host="c.example.com", path="/", given={"shop/w3:80": broken})
        assert real.ask(host="d.example.com", path="/x")["status"] == 200


def test_headers_with_variables(tmp_path: Path) -> None:
    lines = (
        "proxy_set_header X-Client $remote_addr;",
        "proxy_set_header X-Tenant $http_x_org;",
        'proxy_set_header X-Request "$request_method $host 100%";',
        'more_set_headers "X-Served-For: $host";',
        "add_header X-Uri $request_uri always;",
    )
    allowed = config(allow_snippet_annotations="true", annotations_risk_level="Critical")
    with served(tmp_path, allowed, web("vars.example.com", configuration_snippet=" ".join(lines))) as real:
        forged = {"X-Client": "forged", "X-Tenant": "forged", "X-Request": "forged"}
        host = {"host": "vars.example.com", "path": "/a?q=x%20y", "source": "192.0.2.7"}
        plain = real.ask(**host, headers=forged)
        seen = plain["upstream"]["headers"]
        assert (seen["x-client"], seen.get("x-tenant")) == ("192.0.2.7", None)
        assert seen["x-request"] == "GET vars.example.com 100%"
        assert plain["response_headers"]["x-served-for"] == "vars.example.com"
        assert plain["response_headers"]["x-uri"] == "/a?q=x%20y"
        named = real.ask(**host, headers=forged | {"X-Org": "blue"})
        assert named["upstream"]["headers"]["x-tenant"] == "blue"


def test_added_headers_with_variables(tmp_path: Path) -> None:
    headers = """
apiVersion: v1
kind: ConfigMap
metadata: {name: added, namespace: ingress-nginx}
data: {X-Host: "h-$host", X-Method: $request_method, X-Env: 100% prod}
"""
    added = config(add_headers="ingress-nginx/added")
    with served(tmp_path, added, headers, web("added.example.com")) as real:
        for host, status in (("added.example.com", 200), ("nobody.example.com", 404)):
            found = real.ask(host=host, path="/a", method="PUT")
            assert found["status"] == status
            expected = {"x-host": f"h-{host}", "x-method": "PUT", "x-env": "100% prod"}
            assert {name: found["response_headers"][name] for name in expected} == expected
