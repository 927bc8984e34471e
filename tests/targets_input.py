"""Manifests as users write them, converted: what the tests of the targets start from."""

from __future__ import annotations

from typing import Any

from converter.model import Finding, Resource
from converter.pipeline.result import Result
from tests.complete import convert_text


def ingress(
    name: str,
    paths: list[tuple[str, str]],
    *,
    host: str = "shop.example.com",
    tls: str = "",
    namespace: str = "shop",
    cls: str = "nginx",
    annotations: dict[str, str] | None = None,
    path_type: str = "Prefix",
) -> str:
    """One Ingress; `paths` are pairs of path and Service (port 80)."""
    lines = [
        "apiVersion: networking.k8s.io/v1",
        "kind: Ingress",
        "metadata:",
        f"  name: {name}",
        f"  namespace: {namespace}",
    ]
    if annotations:
        lines += ["  annotations:", *(f"    {key}: {value!r}" for key, value in annotations.items())]
    lines += ["spec:", f"  ingressClassName: {cls}"]
    if tls:
        lines += [f"  tls: [{{hosts: ['{host}'], secretName: {tls}}}]"]
    lines += ["  rules:", f"  - host: '{host}'" if host else "  -", "    http:", "      paths:"]
    if not host:
        lines[-3:] = ["  - http:", "      paths:"]
    for path, service in paths:
        lines += [
            f"      - {{path: '{path}', pathType: {path_type}, backend: {{service: {{name: {service}, port: {{number: 80}}}}}}}}",
        ]
    return "\n".join(lines) + "\n"


def services(*names: str) -> str:
    """Services of the namespace shop with pods and port 80."""
    return "---\n".join(
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\n"
        "spec: {ports: [{port: 80}], selector: {a: b}}\n"
        for name in names
    )


def run(*documents: str, **options: Any) -> Result:
    """Convert these documents."""
    return convert_text("\n---\n".join(documents), **options)


def of(result: Result, kind: str) -> list[Resource]:
    """The objects of a kind, by name."""
    return sorted((one for one in result.resources if one.kind == kind), key=lambda one: (one.namespace, one.name))


def spec(result: Result, kind: str, name: str) -> dict[str, Any]:
    """The spec of one object."""
    found = next((one for one in result.resources if one.kind == kind and one.name == name), None)
    assert found is not None, [f"{one.kind} {one.name}" for one in result.resources]
    body: dict[str, Any] = found.body["spec"]
    return body


def matched(rule: dict[str, Any]) -> list[tuple[str, str]]:
    """Type and value of the paths of a rule."""
    return [(match["path"]["type"], match["path"]["value"]) for match in rule["matches"]]


def finding(result: Result, code: str) -> Finding:
    """The only finding of a code."""
    [one] = [one for one in result.findings if one.code == code]
    return one


def codes(result: Result) -> set[str]:
    """The codes of all findings."""
    return {finding.code for finding in result.findings}
