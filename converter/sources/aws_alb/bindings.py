"""Which Service stands behind a target group (lbc: apis/elbv2/v1beta1/targetgroupbinding_types.go)."""

from __future__ import annotations

from typing import NamedTuple

from converter.reading.inventory import Document, Inventory
from converter.sources.aws_alb.annotation_values import port_of
from converter.sources.aws_alb.class_params import spec_of


class Binding(NamedTuple):
    """The Service whose pods a TargetGroupBinding puts into a target group."""

    namespace: str
    service: str
    port: int | str
    document: Document


def bindings(inventory: Inventory) -> dict[str, Binding]:
    """Bindings by the name that actions have for their target group: its ARN, or `targetgroup/NAME`."""
    out: dict[str, Binding] = {}
    for document in inventory.of("TargetGroupBinding"):
        spec = spec_of(document)
        reference = spec.get("serviceRef")
        if not isinstance(reference, dict) or not reference.get("name") or reference.get("port") is None:
            continue
        binding = Binding(document.namespace, str(reference["name"]), port_of(reference["port"]), document)
        if spec.get("targetGroupARN"):
            out.setdefault(str(spec["targetGroupARN"]), binding)
        if spec.get("targetGroupName"):
            out.setdefault(f"targetgroup/{spec['targetGroupName']}", binding)
    return out
