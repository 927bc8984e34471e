"""What backends learn of the client: headers that a ClientTrafficPolicy writes before a route is chosen.

Envoy changes them before it looks at X-Forwarded-For and X-Forwarded-Proto, so the scheme is that of the listener, and
the address the one of the connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from converter.mapping.packs import TargetRow
from converter.model import Fidelity, Outcome
from converter.routing.forwarded import Tells
from converter.routing.table import Feature, Port, RoutingTable
from converter.targets.actions import literal
from converter.targets.context import NOTHING

if TYPE_CHECKING:
    from converter.targets.entry import EntryWriter

_VALUES = {
    "address": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", "host": "%REQ(:AUTHORITY)%", "name": "%REQ(:AUTHORITY)%",
    "path": "%REQ(:PATH)%", "method": "%REQ(:METHOD)%",
}


def tell(writer: EntryWriter, port: Port, host: str | None, feature: Feature) -> Outcome | None:
    """The headers of a port; the fact itself is settled with the entry's features."""
    tells, context = getattr(feature.value, "tells", None), writer.context
    if host is not None or not isinstance(tells, Tells) or not context.options.parity:
        return None
    looked_at = names_looked_at(writer.table)
    scheme = "https" if port.protocol == "HTTPS" else "http"
    fields = context.port_traffic.setdefault(port.number, {}).setdefault("headers", {})
    if tells.request_id:
        fields["requestID"] = "PreserveOrGenerate"
    early: dict[str, Any] = fields.setdefault("earlyRequestHeaders", {})
    for name, parts in tells.headers:
        if name.lower() not in looked_at:
            early.setdefault("set", {})[name] = "".join(_value(what, scheme, port.number) for what in parts)
    drops = [name for name in tells.drops if name.lower() not in looked_at]
    if drops:
        early.setdefault("remove", []).extend(drops)
    if not early:
        del fields["earlyRequestHeaders"]
    return None


def told(feature: Feature, tells: Tells, row: TargetRow, table: RoutingTable) -> Outcome:
    """What becomes of the fact as a whole."""
    looked_at = names_looked_at(table)
    kept = [name for name, _ in tells.headers if name.lower() not in looked_at]
    left = [*tells.unsaid, *(name for name, _ in tells.headers if name.lower() in looked_at)]
    text = f"backends are told {', '.join(kept) or 'nothing more'} by ClientTrafficPolicies, as today"
    announces = frozenset({"request-headers"})
    if left:
        why = "they hold what Envoy has no word for, or rules choose by them"
        return Outcome(f"{feature.name}.partly", Fidelity.MANUAL, f"{text}, but not {', '.join(left)}: {why}",
                       "let the application do without them, or set them by an EnvoyExtensionPolicy with Lua", (),
                       announces)
    if not tells.request_id:
        if any("name" in parts for _, parts in tells.headers):
            return Outcome(f"{feature.name}.host", Fidelity.APPROXIMATE, f"{text}; a port of the Host stays in it",
                           "", (), announces)
        return Outcome(f"{feature.name}.kept", Fidelity.EXACT, text, "", (), NOTHING)
    return Outcome(
        f"{feature.name}.kept", Fidelity.APPROXIMATE,
        f"{text}; Envoy adds X-Envoy-External-Address, and where there is nothing to tell, a header of the same name "
        "passes as the client sends it", row.hint, (), announces, "forwarded",
    )


def _value(what: str, scheme: str, port: int) -> str:
    if what.startswith("="):
        return literal(what[1:])
    if what == "scheme":
        return scheme
    if what == "port":
        return str(port)
    if what == "url":
        return f"{scheme}://%REQ(:AUTHORITY)%%REQ(:PATH)%"
    if what.startswith("header:"):
        return f"%REQ({what[7:]})%"
    return _VALUES[what]


def names_looked_at(table: RoutingTable) -> frozenset[str]:
    """Headers by which rules choose: those must reach them as the client has sent them."""
    return frozenset(
        condition.key.lower() for port in table.ports for vhost in port.hosts for rule in vhost.rules
        if rule.match.conditions for condition in rule.match.conditions if condition.subject == "header"
    )


def listed(headers: dict[str, Any]) -> dict[str, Any]:
    """`headers` of a ClientTrafficPolicy with what is set as a list: copies of what clients sent come first."""
    early = headers.get("earlyRequestHeaders")
    if not isinstance(early, dict) or not isinstance(early.get("set"), dict):
        return headers
    entries = sorted(early["set"].items(), key=lambda one: ("%REQ(" not in one[1] or "%REQ(:" in one[1], one[0]))
    written = {name.lower(): {"name": name, "value": value} for name, value in entries}
    return headers | {"earlyRequestHeaders": early | {"set": list(written.values())}}
