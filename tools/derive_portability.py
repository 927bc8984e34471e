"""Derive `mappings/portability.yaml`: which implementation claims which feature of Gateway API.

python tools/derive_portability.py IMPLEMENTATIONS.yaml

The argument is a collection of the conformance reports of kubernetes-sigs/gateway-api (Apache-2.0) as YAML, with its
`source`, a `feature_catalog` and `implementations`. One report an implementation is taken: the newest of the default
mode, in the experimental channel where there is one.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import yaml

PACK = Path(__file__).parent.parent / "mappings" / "portability.yaml"
NAMES = {
    "envoy-gateway": "Envoy Gateway",
    "istio": "Istio",
    "cilium": "Cilium",
    "nginx-gateway-fabric": "NGINX Gateway Fabric",
    "traefik": "Traefik",
    "kgateway": "kgateway",
    "agentgateway": "agentgateway",
    "kong-operator": "Kong",
    "gke-gateway": "GKE",
    "aws-load-balancer-controller": "AWS Load Balancer Controller",
    "contour": "Contour",
    "haproxy-ingress": "HAProxy Ingress",
    "azure-application-gateway-for-containers": "Azure Application Gateway for Containers",
    "higress": "Higress",
    "calico": "Calico",
    "varnish-gateway": "Varnish Gateway",
}
"""Implementations that people may choose, in the order of the table."""
GROUPS = {
    "gateway.envoyproxy.io": "envoy-gateway",
    "gateway.k8s.aws": "aws-load-balancer-controller",
}
"""API groups of kinds that one implementation has -> that implementation."""
UNTESTED = {
    "regular expressions in matches": [
        "HTTPRoute spec.rules[].matches[].path.type=RegularExpression",
        "HTTPRoute spec.rules[].matches[].headers[].type=RegularExpression",
        "HTTPRoute spec.rules[].matches[].queryParams[].type=RegularExpression",
        "GRPCRoute spec.rules[].matches[].method.type=RegularExpression",
        "GRPCRoute spec.rules[].matches[].headers[].type=RegularExpression",
    ],
    "session persistence": ["HTTPRoute spec.rules[].sessionPersistence", "GRPCRoute spec.rules[].sessionPersistence"],
    "external authorisation filter": ["HTTPRoute spec.rules[].filters[].externalAuth"],
}
"""Features that the specification leaves to the implementation, or that no conformance test covers."""
INSTEAD = {
    "HTTPRoute303RedirectStatusCode": "redirect with 302",
    "HTTPRoute307RedirectStatusCode": "redirect with 302",
    "HTTPRoute308RedirectStatusCode": "redirect with 301",
    "HTTPRouteSchemeRedirect": "redirect to https at the load balancer",
    "HTTPRouteCORS": "send CORS headers from the application, or use a policy of the implementation",
    "HTTPRouteNamedRouteRule": "leave out the names of rules, unless a policy refers to them",
    "HTTPRouteParentRefPort": "name the listener by sectionName",
    "HTTPRouteDestinationPortMatching": "name the listener by sectionName",
    "HTTPRouteRequestTimeout": "use a timeout policy of the implementation",
    "HTTPRouteBackendTimeout": "use a timeout policy of the implementation",
    "HTTPRouteRetry": "use a retry policy of the implementation",
    "BackendTLSPolicy": "use a policy of the implementation for TLS to backends",
    "GRPCRoute": "write an HTTPRoute with the paths /SERVICE/METHOD",
    "ListenerSet": "put the listeners into the Gateway (at most 64)",
    "regular expressions in matches": "write Exact and PathPrefix matches, or try the expressions there",
    "session persistence": "use a policy of the implementation",
    "external authorisation filter": "use a policy of the implementation",
}
"""What to do where an implementation lacks a feature."""


def field(text: str) -> str:
    """A field of the catalogue as a path that a manifest can be searched for; "" for what is no single field."""
    if text.endswith(" (several on a port)") and "protocol" not in text:
        text = text.removesuffix(" (several on a port)") + "*"
    if re.search(r"[ ]\(| \+ |^\*|\.\*\.|\[protocol", text):
        return ""
    text = text.replace("[type=Exact]", "")
    kind, _, rest = re.sub(r"^(\w+)\.spec\.", r"\1 spec.", text).partition(" ")
    if rest.startswith("filters[]"):
        rest = f"rules[].{rest}"
    if rest and not rest.startswith("spec."):
        rest = f"spec.{rest}"
    return f"{kind} {rest}".strip()


def features(catalog: dict[str, Any]) -> dict[str, Any]:
    """Name -> channel, meaning, and the fields that use it."""
    out: dict[str, Any] = {}
    for name, one in catalog.items():
        fields = [found for found in map(field, one["fields"]) if found]
        if one["in_v1_6_1"] and fields and not name.startswith("Mesh"):
            out[name] = {"channel": one["channel"], "level": one["level"], "meaning": one["meaning"], "fields": fields}
            out[name] |= {"instead": INSTEAD[name]} if name in INSTEAD else {}
    for name, fields in UNTESTED.items():
        out[name] = {"channel": "standard", "level": "implementation-specific", "meaning": name, "fields": fields}
        out[name]["instead"] = INSTEAD[name]
    return out


def implementation(one: dict[str, Any], profiles: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """What a report says of the features that we know."""
    core = {kind for profile in one["core_profiles_passed"] for kind in profiles[profile]["core"]}
    partly = {kind for profile in one["core_profiles_not_fully_passed"] for kind in profiles[profile]["core"]} - core
    unknown = {*one["unreported_extended"], *one["outside_run_profiles"]} | partly
    unknown |= {name for name, row in known.items() if row["level"] == "implementation-specific"}
    claimed = (core | set(one["supported_extended"])) - partly
    return {
        "name": NAMES[one["id"].partition(":")[0]],
        "version": one["version"].removeprefix("v"),
        "gateway-api": one["gateway_api_version"].removeprefix("v"),
        "channel": one["channel"],
        "date": one["date"],
        "report": one["report"],
        "supports": [name for name in known if name in claimed],
        "unproven": [name for name in known if name in unknown and name not in claimed],
    }


def main() -> None:
    """Write the pack."""
    given = yaml.safe_load(Path(sys.argv[1]).read_text())
    known = features(given["feature_catalog"])
    found: dict[str, dict[str, Any]] = {}
    for one in given["implementations"]:
        name = one["id"].partition(":")[0]
        if name in NAMES and (name not in found or one["version"] == found[name]["version"]):
            found.setdefault(name, one)
    source = given["source"]
    data = {
        "source": {
            "reports": f"https://github.com/{source['repo']}/tree/{source['commit']}/{source['reports']}",
            "licence": source["licence"],
            "derived-by": "tools/derive_portability.py",
        },
        "groups": GROUPS,
        "features": known,
        "implementations": {
            name: implementation(found[name], given["profiles"], known) for name in NAMES if name in found
        },
    }
    head = "# Which implementation of Gateway API claims which feature; derived, do not edit.\n"
    PACK.write_text(head + yaml.safe_dump(data, sort_keys=False, width=120, default_flow_style=None))


if __name__ == "__main__":
    main()
