"""Which namespaces may attach routes to a listener."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from converter.model import Outcome
from converter.targets.context import Context

if TYPE_CHECKING:
    from converter.packs.load import TargetRow
    from converter.routing.table import Feature
    from converter.targets.draft import FieldSet
    from converter.targets.gateway_api.gateway.written_listener import WrittenListener

NAME = "kubernetes.io/metadata.name"
"""Label that every Namespace has."""
HEAD = "listeners"


def namespaces_by_label(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """A label of namespaces with the values that may attach; no values: everybody."""
    from converter.targets.context import outcome_from_row

    value = feature.value
    if not isinstance(value, dict) or "label" not in value:
        return outcome_from_row(row, feature.name, feature.note)
    field_set.put(feature.name, (HEAD, "namespaces"), value)
    text = f"namespaces with {value['label']} {' or '.join(value['values'])}" if value["values"] else "all namespaces"
    return Outcome.exact("allowed-namespaces.kept", f"the listeners take routes of {text}")


def allowed_routes(listener: WrittenListener, context: Context) -> dict[str, Any] | None:
    """`allowedRoutes.namespaces`; None where the namespace of the Gateway is enough."""
    wish = context.entry.settings.nested(HEAD).get("namespaces")
    label = wish["label"] if wish else context.pack.settings.get("project_label")
    if not label:
        return {"from": "All"} if listener.namespaces - {listener.holder.namespace} else None
    values = tuple(wish["values"]) if wish else None
    if values == ():
        return {"from": "All"}
    outside = [space for space in sorted(listener.namespaces) if not _inside(space, label, values, context)]
    if outside:
        names = sorted(listener.namespaces)
        context.output.named_namespaces[context.entry.gateway] = context.output.named_namespaces.get(
            context.entry.gateway, ()
        ) + tuple(outside)
        return _selector(NAME, tuple(names))
    return _selector(label, values)


def selects_by_label(context: Context) -> bool:
    """True where a label of their Namespace decides which routes may attach."""
    wish = context.entry.settings.nested(HEAD).get("namespaces")
    return bool(wish["values"] if wish else context.pack.settings.get("project_label"))


def _inside(namespace: str, label: str, values: tuple[str, ...] | None, context: Context) -> bool:
    """True where the Namespace has the label, or is not in the input and so is taken to have it."""
    spaces = context.output.shared.get("namespaces")
    if spaces is None:
        spaces = {one.name: one for one in reversed(context.inventory.of("Namespace"))}
        context.output.shared["namespaces"] = spaces
    document = spaces.get(namespace)
    if document is None:
        own = {context.entry.gateway.namespace, context.entry.table.namespace}
        if namespace in own:
            return False
        context.output.assumed_labels.setdefault(namespace, {})[label] = values[0] if values else ""
        return True
    metadata = document.body.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    found = labels.get(label) if isinstance(labels, dict) else None
    return found is not None and (values is None or found in values)


def _selector(label: str, values: tuple[str, ...] | None) -> dict[str, Any]:
    if values is None:
        return {"from": "Selector", "selector": {"matchExpressions": [{"key": label, "operator": "Exists"}]}}
    if len(values) == 1:
        return {"from": "Selector", "selector": {"matchLabels": {label: values[0]}}}
    expression = {"key": label, "operator": "In", "values": list(values)}
    return {"from": "Selector", "selector": {"matchExpressions": [expression]}}


def settle_named(context: Context, features: tuple[Feature, ...]) -> None:
    """Say where the label does not do, because a route stands in a namespace without it."""
    outside = context.output.named_namespaces.get(context.entry.gateway)
    if not outside:
        return
    spaces = ", ".join(dict.fromkeys(outside))
    for feature in features:
        if feature.name == "allowed-namespaces" and isinstance(feature.value, dict) and "label" in feature.value:
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
