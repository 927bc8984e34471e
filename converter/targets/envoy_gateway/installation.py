"""Switches of Envoy Gateway itself that the output needs, as a platform's operator sets them.

Source: envoy-gateway: api/v1alpha1/envoygateway_types.go (v1.7.0: extensionApis, gatewayAPI);
acp: docs/en/networking/operators/envoy_gateway_operator.mdx (GatewayClass <namespace>-<name>).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from converter.model import Location, Origin, Outcome
from converter.model.data import dataclass
from converter.reading.inventory import Document
from converter.targets.context import Context
from converter.targets.gateway_api.gateway.gateway_class import class_name

if TYPE_CHECKING:
    from converter.targets.gateway_api.gateway.gateway_draft import GatewayDraft


@dataclass(frozen=True, slots=True)
class Switch:
    """A field of the configuration that turns a kind of objects on.

    Attributes:
        kind: The kind that is read only then.
        path: Dotted path within the configuration.
        value: True, or the word that the list at this path must have.
    """

    kind: str
    path: str
    value: Any

    def is_on(self, configuration: Any) -> bool:
        """Whether this configuration turns the kind on."""
        found = _at(configuration, self.path)
        return found is True if self.value is True else isinstance(found, list) and self.value in found

    @property
    def instruction(self) -> str:
        """What to set, in words."""
        return f"set {self.path} to true" if self.value is True else f"add {self.value} to {self.path}"


def settle_switches(writer: GatewayDraft) -> None:
    """Say which kinds of the output need a switch, unless the input shows that it is on."""
    context = writer.context
    known = writer.table.origin
    base = known or Origin("default", "", "", Location(""))
    for switch, count in _needed(context):
        origin = Origin("default", switch.path, str(switch.value).lower(), base.location, base.object)
        context.ledger.settle(origin, _outcome(switch, count, context))


def _needed(context: Context) -> list[tuple[Switch, int]]:
    names = context.pack.settings.get("kinds", {})
    kinds = [names.get(one.kind, one.kind) for one in context.output.objects.by_ref.values()]
    switches = (Switch(kind, **row) for kind, row in context.pack.settings.get("switches", {}).items())
    return [(one, kinds.count(one.kind)) for one in switches if one.kind in kinds]


def _outcome(switch: Switch, count: int, context: Context) -> Outcome:
    place, document = _installation(context)
    if document is not None and switch.is_on(_configuration(document, context)):
        return Outcome.exact("preset.switch-on", f"{switch.path} is on in {place}, so {switch.kind} objects are read")
    return Outcome.manual(
        "preset.switch",
        f"objects of kind {switch.kind} ({count} here) are read only where {switch.path} is on; without it their "
        "routes "
        "return 500 or are not served",
        f"{switch.instruction} in {place}: {context.pack.settings['installation']['config']}",
        affects=(),
    )


def _installation(context: Context) -> tuple[str, Document | None]:
    """The object that configures the controller of the chosen class, in words and, where the input has it, itself."""
    said, wanted = context.pack.settings["installation"], class_name(context)
    found = [one for one in context.inventory.of(said["kind"]) if _class_of(one.namespace, one.name, said) == wanted]
    if found:
        return f"{said['kind']} {found[0].name} (namespace {found[0].namespace})", found[0]
    default = said["default"]
    if _class_of(default["namespace"], default["name"], said) == wanted:
        return f"{said['kind']} {default['name']} (namespace {default['namespace']})", None
    form = _class_of("<namespace>", "<name>", said)
    return f"the {said['kind']} that made GatewayClass {wanted} (classes are called {form})", None


def _class_of(namespace: str, name: str, said: dict[str, Any]) -> str:
    return str(said["class"]).format(namespace=namespace, name=name)


def _configuration(document: Document, context: Context) -> Any:
    return _at(document.body, context.pack.settings["installation"]["config"])


def _at(value: Any, path: str) -> Any:
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
