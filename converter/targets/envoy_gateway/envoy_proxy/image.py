"""The image of Envoy: an EnvoyProxy of a Gateway replaces that of the installation as a whole, its image included.

Source: acp: functions/configure_gatewayapi_gateway.mdx, "EnvoyProxy (Deployment Configuration)" and "Image Repository".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from converter.model import NO_ASPECTS, FieldRef, Outcome
from converter.reading.manifests import mapping

if TYPE_CHECKING:
    from converter.targets.context import Context
    from converter.targets.gateway_api.gateway.gateway_draft import GatewayDraft

PROXY = "EnvoyProxy"
_CONTAINER = ("provider", "kubernetes", "envoyDeployment", "container")
_FIELD = "imageRepository"


def keep_image(writer: GatewayDraft, name: str) -> None:
    """Name the image repository of the platform's own EnvoyProxies, or say that somebody has to.

    Args:
        writer: Of the Gateway at work.
        name: Of its EnvoyProxy, "" where it has none.

    Settings of a preset: `proxy_image` with a `message` and a `hint`, for where no EnvoyProxy of the input names one.
    """
    context, namespace = writer.context, writer.gateway.namespace
    words: dict[str, str] = context.pack.settings.get("proxy_image", {})
    proxy = context.output.objects.get(PROXY, namespace, name) if name and words else None
    if proxy is None or writer.table.origin is None:
        return
    found = known_repositories(context)
    fields: tuple[FieldRef, ...] = ()
    if len(found) == 1:
        container = proxy.body["spec"]
        for key in _CONTAINER:
            container = container.setdefault(key, {})
        container.setdefault(_FIELD, found[0])
        proxy.body["spec"]["provider"].setdefault("type", "Kubernetes")
        fields = (FieldRef(PROXY, namespace, name, ".".join(("spec", *_CONTAINER, _FIELD))),)
        outcome = Outcome.exact("preset.image", f"Envoy's image comes from {found[0]}, as for other Gateways here")
    else:
        message = words["message"].format(proxy=f"{namespace}/{name}")
        outcome = Outcome.approximate("preset.image", message, words["hint"], affects=NO_ASPECTS)
    origin = writer.table.origin._replace(kind="object", key="envoyproxy.image", value=", ".join(found))
    context.ledger.settle(origin, outcome, "load-balancer", False, fields)


def known_repositories(context: Context) -> list[str]:
    """Image repositories that the EnvoyProxies of the input name."""
    out: dict[str, None] = {}
    for document in context.inventory.of(PROXY):
        part: Any = mapping(document.body.get("spec"))
        for key in _CONTAINER:
            part = mapping(part.get(key))
        if isinstance(part.get(_FIELD), str):
            out[part[_FIELD]] = None
    return list(out)
