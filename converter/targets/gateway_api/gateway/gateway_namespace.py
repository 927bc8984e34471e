"""The namespace of a Gateway: the one that was chosen for its project or entry, else that of the target or platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from converter.model import NO_ASPECTS, Outcome
from converter.reading.manifests import labels_of
from converter.routing.table import RoutingTable
from converter.targets.context import Context

if TYPE_CHECKING:
    from converter.targets.gateway_api.gateway.gateway_draft import GatewayDraft


def gateway_namespace(table: RoutingTable, context: Context) -> str:
    """By the name of the entry, by its project where it has one alone, for all Gateways, or as the platform does."""
    chosen = dict(context.options.gateway_namespaces)
    projects = list(table.projects)
    found = chosen.get(table.entry) or (chosen.get(projects[0]) if len(projects) == 1 else None)
    return found or context.options.gateway_namespace or context.setting("gateway_namespace")


def settle_access(writer: GatewayDraft) -> None:
    """Say whom a platform lets see the Gateway, where that is decided by the projects of its namespace.

    Settings of a preset: `gateway_access` with the `label` of Namespaces, the name that stands for `every` project, a
    `message`, and a `hint` for the Gateway of one project and for a shared one.
    """
    context, table, gateway = writer.context, writer.table, writer.gateway
    access: dict[str, str] = context.pack.settings.get("gateway_access", {})
    projects = list(table.projects)
    if not access or table.origin is None or not projects:
        return
    document = context.inventory.get("Namespace", "", gateway.namespace)
    labels = labels_of(document.body) if document is not None else {}
    if projects == [labels.get(access["label"])]:
        return
    if document is None and gateway.namespace in dict(context.options.gateway_namespaces).values():
        context.output.assumed_labels.setdefault(gateway.namespace, {})[access["label"]] = projects[0]
        return
    own = len(projects) == 1 and projects != [access["every"]]
    users = f"project{'s' if len(projects) > 1 else ''} {' and '.join(projects)}"
    names = {
        "gateway": f"{gateway.namespace}/{gateway.name}",
        "namespace": gateway.namespace,
        "projects": "the projects" if access["every"] in projects else users,
        "key": projects[0] if own else table.entry,
    }
    outcome = Outcome.approximate(
        "preset.gateway-access",
        access["message"].format(**names),
        access["hint" if own else "shared_hint"].format(**names),
        affects=NO_ASPECTS,
    )
    origin = table.origin._replace(kind="object", key="gateway.namespace", value=gateway.namespace)
    context.ledger.settle(origin, outcome, "class")
