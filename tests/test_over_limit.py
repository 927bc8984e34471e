"""Input that asks for more than a field of the output can hold is named as such, and what it asks for is left out."""

from __future__ import annotations

import pytest

from converter.pipeline.run import Result
from tests.targets_input import ingress, run

WEB = ingress("web", [("/", "web")], annotations={"nginx.ingress.kubernetes.io/custom-headers": "shop/own"})
CONFIG_MAPS = """
apiVersion: v1
kind: ConfigMap
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
data: {global-allowed-response-headers: "NAMES", proxy-set-headers: ingress-nginx/set}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: own, namespace: shop}
data: {RESPONSE}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: set, namespace: ingress-nginx}
data: {REQUEST}
"""


def converted(response: int, request: int, **options: str) -> Result:
    names = [f"X-Out-{number}" for number in range(response)]
    text = CONFIG_MAPS.replace("NAMES", ",".join(names)).replace(
        "RESPONSE", ", ".join(f"{name}: out" for name in names)
    )
    return run(WEB, text.replace("REQUEST", ", ".join(f"X-In-{one}: in" for one in range(request))), **options)


@pytest.mark.parametrize(
    ("response", "request_headers", "options"),
    [(17, 0, {}), (0, 17, {"gateway": "infra/shared"}), (0, 17, {"target": "gateway-api"})],
)
def test_more_headers_than_a_filter_holds(response: int, request_headers: int, options: dict[str, str]) -> None:
    result = converted(response, request_headers, **options)
    [found] = [one for one in result.findings if one.code == "output.over-limit"]
    assert "16 are allowed" in found.message
    assert found.fidelity.value == "unsupported"
    assert not any(one.kind == "HTTPRoute" and one.name == "web" for one in result.resources)
    assert not any(one.code.startswith("internal.") for one in result.findings)


def test_as_many_as_a_filter_holds() -> None:
    result = converted(16, 0)
    assert not any(one.code == "output.over-limit" for one in result.findings)
    assert any(one.kind == "HTTPRoute" and one.name == "web" for one in result.resources)
