"""What a value that the controller refuses costs: the annotation, the whole Ingress, or the answers of its paths.

After the validator and the parser of each annotation (nginx: internal/ingress/annotations/*/main.go): a parser that hands
on the error of the validator drops the whole Ingress, one that goes on with a default drops the annotation, and one that
makes a LocationDenied of it lets every path of the Ingress answer 503.
"""

from __future__ import annotations

import pytest

from converter.packs.load import source_pack
from converter.pipeline.result import Result
from converter.pipeline.trace import trace
from converter.routing.exchange import Request
from tests.targets_input import ingress, run

HEAD = "nginx.ingress.kubernetes.io/"
ANNOTATION = [
    ("use-regex", "yes", {}),
    ("rewrite-target", "/a b", {}),
    ("rewrite-target", "/a?b=c", {}),
    ("app-root", "app", {}),
    ("app-root", "https://x.example.com", {}),
    ("ssl-redirect", "no", {}),
    ("force-ssl-redirect", "on", {}),
    ("preserve-trailing-slash", "tRUE", {}),
    ("use-port-in-redirects", "x", {}),
    ("temporal-redirect", "/relative", {}),
    ("temporal-redirect", "ftp://x.example.com", {}),
    ("backend-protocol", "SPDY", {}),
    ("proxy-connect-timeout", "5s", {}),
    ("proxy-send-timeout", "60s", {}),
    ("proxy-read-timeout", "1m", {}),
    ("enable-cors", "yes", {}),
    ("cors-allow-methods", "GET;POST", {"enable-cors": "true"}),
    ("cors-allow-headers", "X_A;B", {"enable-cors": "true"}),
    ("cors-max-age", "1h", {"enable-cors": "true"}),
    ("satisfy", "either", {}),
    ("affinity", "ip", {}),
    ("affinity-mode", "sticky", {"affinity": "cookie"}),
    ("session-cookie-name", "a;b", {"affinity": "cookie"}),
    ("session-cookie-expires", "1d", {"affinity": "cookie"}),
    ("session-cookie-max-age", "x", {"affinity": "cookie"}),
    ("session-cookie-path", "/a b;", {"affinity": "cookie"}),
    ("session-cookie-domain", "a,b", {"affinity": "cookie"}),
    ("session-cookie-samesite", "Some", {"affinity": "cookie"}),
    ("session-cookie-secure", "on", {"affinity": "cookie"}),
    ("proxy-body-size", "10 MB", {}),
    ("proxy-buffering", "yes", {}),
    ("proxy-request-buffering", "true", {}),
    ("proxy-buffers-number", "4k", {}),
    ("proxy-buffer-size", "4kb", {}),
    ("proxy-max-temp-file-size", "none", {}),
    ("proxy-http-version", "2", {}),
    ("proxy-cookie-path", "/a;/b", {}),
    ("proxy-next-upstream", "http_418", {}),
    ("proxy-next-upstream-tries", "x", {}),
    ("proxy-redirect-from", "a;b", {}),
    ("service-upstream", "yes", {}),
    ("canary-weight", "10%", {"canary": "false"}),
    ("disable-proxy-intercept-errors", "yes", {}),
    ("enable-access-log", "off", {}),
    ("limit-rate", "10k", {"limit-rps": "5"}),
    ("limit-burst-multiplier", "x", {"limit-rps": "5"}),
    ("mirror-target", "http://a b", {}),
    ("proxy-ssl-verify", "yes", {}),
    ("enable-opentelemetry", "yes", {}),
]
"""The Ingress is served as if the annotation were not there."""
INGRESS = [
    ("upstream-vhost", "a b", {}),
    ("server-alias", "a b", {}),
    ("temporal-redirect", "https://x.example.com/$request_uri", {}),
    ("permanent-redirect", "https://x.example.com/$request_uri", {}),
    ("permanent-redirect", " https://x.example.com", {}),
    ("from-to-www-redirect", "yes", {}),
    ("relative-redirects", "yes", {}),
    ("x-forwarded-prefix", "a;b", {}),
    ("fastcgi-index", "a/b", {"backend-protocol": "FCGI"}),
    ("fastcgi-params-configmap", "a;b", {"backend-protocol": "FCGI"}),
    ("default-backend", "A_b", {}),
    ("custom-http-errors", "200,x", {}),
    ("custom-http-errors", "4٠٤", {}),
    ("auth-type", "Basic", {"auth-secret": "users"}),
    ("load-balance", "least_conn", {}),
    ("upstream-hash-by", "$a;b", {}),
    ("limit-rps", "5r/s", {}),
    ("limit-rpm", "x", {}),
    ("limit-connections", "x", {}),
    ("connection-proxy-header", "upgrade", {}),
    ("client-body-buffer-size", "8 kb", {}),
    ("ssl-passthrough", "yes", {}),
    ("ssl-ciphers", "a;b", {}),
    ("opentelemetry-operation-name", "a b;", {"enable-opentelemetry": "true"}),
]
"""Nothing of the Ingress is served."""
DENIED = [
    ("whitelist-source-range", "10.0.0.0/40", {}),
    ("allowlist-source-range", "office", {}),
    ("denylist-source-range", "x", {}),
    ("auth-method", "get", {"auth-url": "http://a.example.com/"}),
    ("auth-response-headers", "X-A;b", {"auth-url": "http://a.example.com/"}),
    ("auth-proxy-set-headers", "shop/none", {"auth-url": "http://a.example.com/"}),
    ("auth-secret", "users", {"auth-type": "basic"}),
    ("custom-headers", "none", {}),
    ("fastcgi-params-configmap", "shop/none", {"backend-protocol": "FCGI"}),
]
"""Every path answers 503."""


SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {ports: [{port: 80}], selector: {app: web}}
"""


def converted(annotations: dict[str, str]) -> Result:
    named = {HEAD + name: text for name, text in annotations.items()}
    return run(ingress("web", [("/", "web")], annotations=named), SERVICE, complete=True)


def before(result: Result) -> dict[str, object]:
    answer = trace(result, Request("GET", "http", "shop.example.com", "/a"))["before"]
    return {key: value for key, value in answer.items() if key not in ("origin", "findings")}


def names(rows: list[tuple[str, str, dict[str, str]]]) -> list[str]:
    return [f"{key}={value}" for key, value, _ in rows]


def status(result: Result) -> str:
    return next(one.status for one in result.objects if one.ref.kind == "Ingress")


@pytest.mark.parametrize(("key", "value", "beside"), ANNOTATION, ids=names(ANNOTATION))
def test_the_annotation_alone_is_ignored(key: str, value: str, beside: dict[str, str]) -> None:
    result = converted({**beside, key: value})

    assert status(result) == "converted"
    assert before(result) == before(converted(beside))
    found = [one for one in result.findings if one.origin.key == HEAD + key]
    assert [one.fidelity.value for one in found] == ["obsolete"]


@pytest.mark.parametrize(("key", "value", "beside"), INGRESS, ids=names(INGRESS))
def test_the_whole_ingress_is_not_served(key: str, value: str, beside: dict[str, str]) -> None:
    result = converted({**beside, key: value})

    assert status(result) == "failed"
    assert [one.code for one in result.findings if one.origin.key == HEAD + key] == ["ingress.refused"]


@pytest.mark.parametrize(("key", "value", "beside"), DENIED, ids=names(DENIED))
def test_every_path_answers_503(key: str, value: str, beside: dict[str, str]) -> None:
    result = converted({**beside, key: value})

    answer = trace(result, Request("GET", "http", "shop.example.com", "/a"))
    assert answer["before"]["status"] == answer["after"]["status"] == 503


def test_risk_levels_are_those_of_the_controller() -> None:
    """nginx: the AnnotationFields of each parser: what is Critical or High there is so here."""
    by_risk: dict[str, set[str]] = {}
    for feature in source_pack("ingress-nginx").features.values():
        for row in feature.fields.values():
            by_risk.setdefault(row.risk, set()).add(row.annotation)

    assert by_risk["Critical"] == {
        "auth-snippet",
        "configuration-snippet",
        "modsecurity-snippet",
        "server-snippet",
        "stream-snippet",
    }
    assert {"server-alias", "auth-url", "auth-signin", "mirror-target", "mirror-host", "proxy-ssl-name"} <= by_risk[
        "High"
    ]
    assert {"auth-tls-error-page", "auth-tls-match-cn", "upstream-hash-by", "modsecurity-transaction-id"} <= by_risk[
        "High"
    ]
