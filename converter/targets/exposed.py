"""Routes that are served without a protection on purpose (`expose-unprotected`) say so themselves."""

from __future__ import annotations

from converter.targets.context import Context

ANNOTATION = "ing2gw/exposed-unprotected"
_ROUTES = frozenset({"HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"})


def mark_exposed(context: Context) -> None:
    """Annotate every route that was made from an object that is exposed."""
    for resource in context.output.objects.by_ref.values() if context.output.exposed else ():
        if resource.kind not in _ROUTES:
            continue
        words = [
            f"{ref.namespace}/{ref.name} {code} {why}"
            for (ref, code), why in context.output.exposed.items()
            if ref in resource.sources
        ]
        if words:
            metadata = resource.body["metadata"]
            metadata["annotations"] = {**metadata.get("annotations", {}), ANNOTATION: "; ".join(words)}
