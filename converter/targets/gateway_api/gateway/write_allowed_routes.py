"""Which namespaces may attach routes to a listener."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from converter.model import ObjectRef, Outcome
from converter.reading.manifests import labels_of
from converter.targets.context import Context
from converter.targets.resources import selects

if TYPE_CHECKING:
    from converter.packs.load import TargetRow
    from converter.routing.table import Feature, Port
    from converter.targets.draft import FieldSet
    from converter.targets.gateway_api.gateway.written_listener import WrittenListener

NAME = "kubernetes.io/metadata.name"
"""Label that every Namespace has."""
HEAD = "listeners"


def namespaces_by_label(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """A label with the values that may attach (no values: everybody), or requirements for the labels of a Namespace."""
    from converter.targets.context import outcome_from_row

    value = feature.value
    if not isinstance(value, dict) or not ("label" in value or "expressions" in value):
        return outcome_from_row(row, feature.name, feature.note)
    field_set.put(feature.name, (HEAD, "namespaces"), value)
    return Outcome.exact("allowed-namespaces.kept", f"the listeners take routes of {_whose(value)}")


def port_namespaces(port: Port, feature: Feature, context: Context) -> Outcome | None:
    """The same for the listeners of one port; None for a feature that names no labels."""
    value = feature.value
    if not isinstance(value, dict) or not ("label" in value or "expressions" in value):
        return None
    context.entry.port_namespaces[port.number] = value
    return Outcome.exact(
        "allowed-namespaces.kept", f"the listeners of port {port.number} take routes of {_whose(value)}"
    )


def _whose(wish: dict[str, Any]) -> str:
    wanted = _expressions(wish)
    return f"namespaces with {' and '.join(map(_requirement_text, wanted))}" if wanted else "all namespaces"


def _expressions(wish: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """Requirements for the labels of a Namespace; none: all may attach."""
    if "expressions" in wish:
        return tuple(wish["expressions"])
    label, values = wish["label"], wish["values"]
    return ({"key": label, "operator": "In", "values": list(values)},) if values else ()


def _requirement_text(expression: dict[str, Any]) -> str:
    key, operator, values = expression["key"], expression["operator"], expression.get("values", ())
    words = {"Exists": key, "DoesNotExist": f"no {key}", "NotIn": f"{key} other than {' or '.join(values)}"}
    return words.get(operator) or f"{key} {' or '.join(values)}"


def allowed_routes(listener: WrittenListener, context: Context) -> dict[str, Any] | None:
    """`allowedRoutes.namespaces`; None where the namespace of the Gateway is enough."""
    spaces = sorted(listener.namespaces)
    if context.options.allowed_namespaces == "named":
        return _named(spaces) if listener.namespaces - {listener.holder.namespace} else None
    wanted = _wanted(context, listener.port)
    if wanted is None:
        return {"from": "All"} if listener.namespaces - {listener.holder.namespace} else None
    if not wanted:
        return {"from": "All"}
    outside = [space for space in spaces if not _inside(space, wanted, context)]
    if outside:
        gateway, named = context.entry.gateway, context.output.named_namespaces
        named[gateway] = named.get(gateway, ()) + tuple(outside)
        return _named(spaces)
    return _selector(wanted)


def allowed_listeners(gateway: ObjectRef, holders: Iterable[ObjectRef]) -> dict[str, Any]:
    """`allowedListeners.namespaces`: a ListenerSet adds listeners to the Gateway, so only those written here may."""
    spaces = sorted({one.namespace for one in holders})
    return {"from": "Same"} if spaces == [gateway.namespace] else _named(spaces)


def _wanted(context: Context, port: int = 0) -> tuple[dict[str, Any], ...] | None:
    """What the port, the entry or the platform asks of namespaces; None: nothing is known."""
    wish = context.entry.port_namespaces.get(port) or context.entry.settings.nested(HEAD).get("namespaces")
    if wish:
        return _expressions(wish)
    label = context.pack.settings.get("project_label")
    return ({"key": label, "operator": "Exists"},) if label else None


def selects_by_label(context: Context) -> bool:
    """True where labels of their Namespace decide which routes may attach."""
    by_port = any(_expressions(wish) for wish in context.entry.port_namespaces.values())
    return by_port or bool(_wanted(context)) or context.options.allowed_namespaces == "named"


def _inside(namespace: str, wanted: tuple[dict[str, Any], ...], context: Context) -> bool:
    """True where the Namespace has the labels, or is not in the input and so is taken to have them."""
    document = context.inventory.get("Namespace", "", namespace)
    rest = {"matchExpressions": [one for one in wanted if one["key"] != NAME]}
    if not selects({"matchExpressions": [one for one in wanted if one["key"] == NAME]}, {NAME: namespace}):
        return False
    if document is not None or not rest["matchExpressions"]:
        return selects(rest, labels_of(document.body) if document else {})
    if namespace in {context.entry.gateway.namespace, context.entry.table.namespace}:
        return False
    labels = context.output.assumed_labels.setdefault(namespace, {})
    for one in rest["matchExpressions"]:
        if one["operator"] in ("In", "Exists"):
            labels[one["key"]] = _fulfilling(one)
    return True


def _fulfilling(expression: dict[str, Any]) -> str:
    values = expression.get("values")
    return str(values[0]) if values else ""


def _named(namespaces: list[str]) -> dict[str, Any]:
    return _selector(({"key": NAME, "operator": "In", "values": namespaces},))


def _selector(wanted: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    if all(one["operator"] == "In" and len(one["values"]) == 1 for one in wanted):
        return {"from": "Selector", "selector": {"matchLabels": {one["key"]: one["values"][0] for one in wanted}}}
    return {"from": "Selector", "selector": {"matchExpressions": [dict(one) for one in wanted]}}


def settle_named(context: Context, features: tuple[Feature, ...]) -> None:
    """Say where the label does not do, because a route is in a namespace without it."""
    outside = context.output.named_namespaces.get(context.entry.gateway)
    if not outside:
        return
    spaces = ", ".join(dict.fromkeys(outside))
    for feature in features:
        wish = feature.value if feature.name == "allowed-namespaces" and isinstance(feature.value, dict) else {}
        if "label" in wish or "expressions" in wish:
            context.notes.settle(
                feature,
                Outcome.approximate(
                    "allowed-namespaces.by-name",
                    f"routes stand in the namespace {spaces}, which lacks that label, so the listeners name the "
                    "namespaces that may attach",
                    "give the namespace the label, and let allowedRoutes select by it",
                    affects=(),
                ),
            )
