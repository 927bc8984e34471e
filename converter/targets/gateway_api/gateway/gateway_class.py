"""The GatewayClass that Gateways are of."""

from __future__ import annotations

from converter.targets.context import Context


def class_name(context: Context) -> str:
    """The class that the user names, or that of the target's pack; the latter is written where it has a controller."""
    if context.options.gateway_class:
        return context.options.gateway_class
    name: str = context.setting("gateway_class")
    controller = context.setting("controller_name")
    if controller and context.output.objects.get("GatewayClass", "", name) is None:
        context.output.objects.add("GatewayClass", "", name, {"controllerName": controller})
    return name
