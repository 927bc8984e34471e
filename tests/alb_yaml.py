"""Ingresses of EKS users, and the objects that come of them, for tests."""

from __future__ import annotations

from typing import Any

from converter.pipeline.result import Result
from tests.complete import convert_checked

CLASS = """
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: alb}
spec: {controller: ingress.k8s.aws/alb}
"""


def ingress(rules: str, notes: str = "", name: str = "web", namespace: str = "shop", cls: str = "alb") -> str:
    """One Ingress: `rules` is the indented text below `rules:`, `notes` are lines `suffix: value`."""
    head = "    alb.ingress.kubernetes.io/"
    lines = "\n".join(f"{head}{line.strip()}" for line in notes.strip().splitlines())
    return f"""
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {name}
  namespace: {namespace}
  annotations:
    example.com/owner: team
{lines}
spec:
  ingressClassName: {cls}
  rules:
{rules}
"""


def host(name: str, *paths: str) -> str:
    """A rule of one host (or none) with paths as `path type service[:port]`."""
    out = [f"  - host: {name}" if name else "  - {}"] if name else []
    head = "    http:" if name else "  - http:"
    out += [head, "      paths:"]
    for text in paths:
        path, kind, service = text.split()
        service, _, port = service.partition(":")
        port = port or "80"
        key = "number" if port.isdigit() else "name"
        out.append(
            f"      - {{path: '{path}', pathType: {kind}, backend: {{service: {{name: {service}, port: {{{key}: {port}}}}}}}}}"
        )
    return "\n".join(out)


def service(
    name: str,
    namespace: str = "shop",
    notes: str = "",
    port: str = "{port: 80, nodePort: 30080}",
    kind: str = "NodePort",
) -> str:
    lines = "".join(f"\n    alb.ingress.kubernetes.io/{line.strip()}" for line in notes.strip().splitlines())
    annotations = f"\n  annotations:{lines}" if lines else ""
    return f"""
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: {namespace}{annotations}
spec: {{type: {kind}, ports: [{port}]}}
"""


def run(*documents: str, target: str = "aws", **options: Any) -> Result:
    """Convert, and hold the run to every promise."""
    return convert_checked("---".join((CLASS, *documents)), target=target, **options)


def of(result: Result, kind: str) -> list[dict[str, Any]]:
    return [one.body for one in result.resources if one.kind == kind]


def routes(result: Result) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """Rules of all HTTPRoutes by their host names."""
    out: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for route in of(result, "HTTPRoute"):
        out.setdefault(tuple(route["spec"].get("hostnames", ())), []).extend(route["spec"]["rules"])
    return out


def paths(rule: dict[str, Any]) -> list[tuple[str, str]]:
    return [(match["path"]["type"], match["path"]["value"]) for match in rule["matches"]]


def backends(rule: dict[str, Any]) -> list[str]:
    return [ref["name"] for ref in rule.get("backendRefs", ())]


def finding(result: Result, key: str) -> Any:
    """The one finding of an annotation (by its suffix) or a field."""
    [found] = [one for one in result.findings if one.origin.key in (key, f"alb.ingress.kubernetes.io/{key}")]
    return found


def answers(result: Result, host: str, path: str, scheme: str = "http") -> tuple[Any, Any]:
    """Status and backends of a request before and after."""
    from converter.routing.decide import decide
    from converter.routing.exchange import Request

    request = Request("GET", scheme, host, path)
    [comparison] = result.comparisons
    before, after = decide(comparison.before, request), decide(comparison.after, request)
    return (before.status, sorted(before.backends)), (after.status, sorted(after.backends))
