"""Small inputs for the ALB source: YAML as users write it, compiled as the pipeline does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.reading import read
from converter.routing.decide import decide
from converter.routing.exchange import Request
from tests.aws_truth import Compiled, compile_all

SERVICE = """
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: shop{annotations}}}
spec: {{type: NodePort, ports: [{{name: http, port: 80, targetPort: 8080}}]}}
"""


def service(name: str, **annotations: str) -> str:
    """A Service of namespace shop with annotations of the controller (`_` for `-`)."""
    lines = ", ".join(
        f'alb.ingress.kubernetes.io/{key.replace("_", "-")}: "{value}"' for key, value in annotations.items()
    )
    return SERVICE.format(name=name, annotations=f", annotations: {{{lines}}}" if lines else "")


def ingress(name: str, notes: str = "", rules: str = "", spec: str = "  ingressClassName: alb") -> str:
    """An Ingress of namespace shop; `notes` are lines `suffix: value`, `rules` the YAML of spec.rules."""
    lines = "".join(
        f"    alb.ingress.kubernetes.io/{line.strip()}\n" for line in notes.strip().splitlines() if line.strip()
    )
    rules = (
        rules
        or """
    - host: shop.example.com
      http:
        paths:
          - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
"""
    )
    return (
        f"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: {name}\n  namespace: shop\n  annotations:\n"
        f"    example.com/note: x\n{lines}spec:\n{spec}\n  rules:{rules}"
    )


def run(folder: Path, *documents: str, **options: Any) -> Compiled:
    """Compile documents."""
    (folder / "input.yaml").write_text("\n---\n".join(documents))
    ledger = Ledger()
    chosen = Options(**options)
    inventory, _ = read([str(folder)], chosen, ledger)
    return compile_all(inventory, ledger, chosen)


def ask(result: Compiled, url: str, entry: str = "", **more: Any) -> dict[str, Any]:
    """The answer to a GET, of the only table or the one named."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    name, _, port = host.partition(":")
    request = {"scheme": scheme, "host": name, "path": slash + path or "/", **more}
    if port:
        request["port"] = int(port)
    table = result.tables[entry] if entry else next(iter(result.tables.values()))
    return decide(table, Request.from_json(request)).to_answer()


def finding(result: Compiled, key: str) -> Any:
    """The finding on an annotation (by suffix) or a field of the spec."""
    return next(one for one in result.ledger.findings() if one.origin.key in (key, f"alb.ingress.kubernetes.io/{key}"))


def reasons(result: Compiled) -> dict[str, str]:
    """Why Ingresses are skipped or refused."""
    return {one.ref.name: one.reason for one in result.statuses if one.reason}
