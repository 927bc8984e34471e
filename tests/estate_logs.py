"""Generated access logs: a few requests for each path of each Ingress, in the default format of its controller."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_TIME = "28/Nov/2026:10:00:00 +0000"


def access_log(controller: str, objects: list[dict[str, Any]]) -> str:
    """Lines of ingress-nginx, alauda-alb or aws-alb."""
    lines = [_LINES[controller](*one) for one in _requests(objects)]
    return "".join(f"{line}\n" for line in lines * 3)


def _requests(objects: list[dict[str, Any]]) -> Iterator[tuple[str, str, str, str, bool]]:
    """Namespace, `service-port`, host, path and whether the host has a certificate."""
    for one in objects:
        for rule in (one["spec"].get("rules") or ()) if one["kind"] == "Ingress" else ():
            for path in rule["http"]["paths"]:
                service = path["backend"].get("service", {})
                backend = f"{service.get('name')}-{service.get('port', {}).get('number')}"
                host = rule.get("host", "other.example.com").replace("*", "any")
                asked = "/" if set("[(*") & set(path["path"]) else path["path"]
                yield one["metadata"]["namespace"], backend, host, asked, bool(one["spec"].get("tls"))


def _nginx(space: str, backend: str, host: str, path: str, secure: bool) -> str:
    return (
        f'198.51.100.7 - - [{_TIME}] "GET {path} HTTP/1.1" 200 512 "-" "curl/8" 80 0.004 [{space}-{backend}] [] '
        f"10.0.0.5:8080 512 0.004 200 0123456789abcdef"
    )


def _alauda(space: str, backend: str, host: str, path: str, secure: bool) -> str:
    return f'[{_TIME}] 198.51.100.7 "{host}" "GET {path} HTTP/1.1" 200 200 10.0.0.5:8080 "curl/8" "-" 0.004 0.003'


def _aws(space: str, backend: str, host: str, path: str, secure: bool) -> str:
    return (
        f"https 2026-11-28T10:00:00.186641Z app/k8s-{space}/50dc6c495c0c9188 198.51.100.7:2817 10.0.0.5:8080 0.000 "
        f'0.001 0.000 200 200 34 366 "GET https://{host}:443{path} HTTP/2.0" "curl/8" ECDHE-RSA-AES128-GCM-SHA256 '
        f"TLSv1.2 arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/k8s-{space}/73e2d6bc24d8a067 "
        f'"Root=1-58337281-1d84f3d73c47ec4e58577259" "{host}" "-" 1 2026-11-28T10:00:00.185000Z "forward" "-" "-" '
        f'"10.0.0.5:8080" "200" "-" "-" TID_dc2ff5a4d9d4ab4b8f0f'
    )


_LINES = {"ingress-nginx": _nginx, "Alauda ALB": _alauda, "AWS Load Balancer Controller": _aws}
