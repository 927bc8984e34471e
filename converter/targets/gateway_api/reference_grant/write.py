"""ReferenceGrants: what may be referred to from another namespace."""

from __future__ import annotations

from typing import Any

from converter.targets.context import Context
from converter.targets.naming import slug

MAX_REFERENCES_PER_GRANT = 16
_GROUPS = {"Service": "", "Secret": "", "ConfigMap": "", "Backend": "gateway.envoyproxy.io"}


def write_grants(context: Context) -> None:
    """One object per namespace and referring kind, in parts of sixteen names."""
    groups: dict[tuple[str, str, str, str], list[str]] = {}
    for grant in context.output.grants:
        key = (grant.to_namespace, grant.from_kind, grant.from_namespace, grant.to_kind)
        groups.setdefault(key, []).append(grant.to_name)
    for (namespace, from_kind, from_namespace, to_kind), names in groups.items():
        names.sort()
        for start in range(0, len(names), MAX_REFERENCES_PER_GRANT):
            part = f"-{start // MAX_REFERENCES_PER_GRANT + 1}" if start else ""
            wanted = f"{slug(from_kind)}s-of-{from_namespace}-to-{slug(to_kind)}s{part}"
            some = names[start : start + MAX_REFERENCES_PER_GRANT]
            spec: dict[str, Any] = {
                "from": [{"group": _from_group(from_kind), "kind": from_kind, "namespace": from_namespace}],
                "to": [{"group": _GROUPS[to_kind], "kind": to_kind, "name": name} for name in some],
            }
            identity = f"{from_kind}/{from_namespace}/{to_kind}/{start}"
            name = context.output.names.claim("ReferenceGrant", namespace, wanted, identity)
            context.output.objects.add("ReferenceGrant", namespace, name, spec)


def _from_group(kind: str) -> str:
    ours = kind in ("SecurityPolicy", "BackendTrafficPolicy", "ClientTrafficPolicy")
    return "gateway.envoyproxy.io" if ours else "gateway.networking.k8s.io"
