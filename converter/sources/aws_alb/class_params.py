"""Custom resources as plain data of the right types: what the API server would not take is left out.

lbc: apis/elbv2/v1beta1/ingressclassparams_types.go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from converter.reading.inventory import Document
from converter.reading.manifests import mapping


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """metav1.LabelSelector."""
    for key, value in mapping(selector.get("matchLabels")).items():
        if labels.get(key) != value:
            return False
    for one in dictionaries(selector.get("matchExpressions")):
        key, values, have, operator = str(one.get("key")), strings(one.get("values")), labels, str(one.get("operator"))
        fits = {
            "In": key in have and have[key] in values,
            "NotIn": key not in have or have[key] not in values,
            "Exists": key in have,
            "DoesNotExist": key not in have,
        }.get(operator, False)
        if not fits:
            return False
    return True


def spec_of(document: Document) -> dict[str, Any]:
    """The spec of a custom resource, empty where it is no mapping."""
    return mapping(document.body.get("spec"))


def strings(value: Any) -> list[str]:
    """A list of texts, without what is none."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def dictionaries(value: Any) -> list[dict[str, Any]]:
    """A list of mappings, without what is none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _pairs(value: Any) -> list[dict[str, Any]]:
    return [one for one in dictionaries(value) if isinstance(one.get("key"), str) and "value" in one]


def _listeners(value: Any) -> list[dict[str, Any]]:
    return [one | {"listenerAttributes": _pairs(one.get("listenerAttributes"))} for one in dictionaries(value)]


_AUTO_MODE_NAMES = {"certificateARNs": "certificateArn"}
"""Fields of IngressClassParams of eks.amazonaws.com/v1 that elbv2.k8s.aws/v1beta1 calls otherwise."""

_PARAM_TYPES: dict[str, Callable[[Any], Any]] = {
    "certificateArn": strings,
    "inboundCIDRs": strings,
    "prefixListsIDs": strings,
    "PrefixListsIDs": strings,
    "tags": _pairs,
    "loadBalancerAttributes": _pairs,
    "listeners": _listeners,
    "group": mapping,
    "subnets": mapping,
    "minimumLoadBalancerCapacity": mapping,
    "ipamConfiguration": mapping,
    "namespaceSelector": mapping,
}
"""Fields of IngressClassParams that are no plain text; the API server takes nothing else for them."""


def params_of(document: Document) -> dict[str, Any]:
    """The parameters, without values of another type than the resource has."""
    out = {}
    for written, value in spec_of(document).items():
        key = _AUTO_MODE_NAMES.get(written, written)
        made = _PARAM_TYPES[key](value) if key in _PARAM_TYPES else value if isinstance(value, str | int) else None
        if made or (key == "group" and isinstance(value, dict)):
            out[key] = made
    return out
