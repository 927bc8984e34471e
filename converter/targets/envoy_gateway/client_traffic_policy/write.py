"""ClientTrafficPolicies of a Gateway: one for all listeners, others for those that need something else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from converter.targets.context import Context
from converter.targets.envoy_gateway.client_traffic_policy.write_forwarded import listed
from converter.targets.gateway_api.gateway.written_listener import WrittenListener

if TYPE_CHECKING:
    from converter.targets.gateway_api.gateway.gateway_draft import GatewayDraft

TLS_PART = "https"
"""Head of fields that belong to the ClientTrafficPolicy of TLS listeners only."""


def client_traffic(writer: GatewayDraft) -> list[tuple[str, list[WrittenListener], dict[str, Any]]]:
    """Name, listeners (none: the Gateway) and settings of each policy; one of a listener replaces the Gateway's."""
    groups: dict[str, tuple[list[WrittenListener], dict[str, Any]]] = {}
    usual: dict[tuple[int, str], list[WrittenListener]] = {}
    """Groups of listeners without settings of their own, of which there may be thousands."""
    for one in _by_weight(list(writer.listeners.by_key.values())):
        alike = (one.port, one.protocol)
        if not one.options and alike in usual:
            usual[alike].append(one)
            continue
        body = _settings(one, writer.context)
        group = groups.setdefault(json.dumps(body), ([], body))[0]
        group.append(one)
        if not one.options:
            usual[alike] = group
    name = writer.gateway.name
    out: list[tuple[str, list[WrittenListener], dict[str, Any]]] = []
    for listeners, body in groups.values():
        if not out:
            out.append((name, [], body))
        else:
            out.append((f"{name}-{listeners[0].name}", listeners, body))
    said = [one for one in out if one[2]] if len(out) < 2 or out[0][2] else out[1:]
    return [*said, *_streams(writer)]


def _settings(one: WrittenListener, context: Context) -> dict[str, Any]:
    """What holds for a listener: by its port, as it speaks TLS or not, and its own."""
    body = merged(context.entry.port_traffic.get(one.port, {}), context.entry.settings.nested("ClientTrafficPolicy"))
    body = merged(body, context.entry.keepalives.get(one.port, {}))
    if one.protocol == "HTTPS":
        body = merged(body, context.entry.settings.nested(TLS_PART))
    body = merged(body, one.options)
    if "headers" in body:
        body["headers"] = listed(body["headers"])
    return body


def _streams(writer: GatewayDraft) -> list[tuple[str, list[WrittenListener], dict[str, Any]]]:
    """What TCP ports say of their connections; ports that say the same share a policy."""
    known = writer.context.entry.keepalives
    groups: dict[str, list[WrittenListener]] = {}
    for one in writer.listeners.by_key.values():
        if one.protocol == "TCP" and known.get(one.port):
            groups.setdefault(json.dumps(known[one.port]), []).append(one)
    return [(f"{writer.gateway.name}-{some[0].name}", some, known[some[0].port]) for some in groups.values()]


def _by_weight(listeners: list[WrittenListener]) -> list[WrittenListener]:
    """Those that requests of all kinds come by; the first group is the Gateway's: TLS without settings of its own."""
    read = [one for one in listeners if one.protocol in ("HTTP", "HTTPS")]
    return sorted(read, key=lambda one: (bool(one.options), one.protocol != "HTTPS"))


_HEADER_EDITS = ("set", "add", "remove")
"""Lists of a ClientTrafficPolicy that several settings have a part in."""


def merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Mappings in each other, edits of headers one after another; what else both have is the second's."""
    out = dict(one)
    for key, value in other.items():
        known = out.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            out[key] = merged(known, value)
        elif key in _HEADER_EDITS and isinstance(known, list) and isinstance(value, list):
            out[key] = _joined(known, value)
        else:
            out[key] = value
    return out


def _joined(one: list[Any], other: list[Any]) -> list[Any]:
    """Each header once, as Envoy Gateway wants it: the later edit of a name stands."""
    return list({_header(edit): edit for edit in (*one, *other)}.values())


def _header(edit: Any) -> str:
    return str(edit["name"] if isinstance(edit, dict) else edit).lower()
