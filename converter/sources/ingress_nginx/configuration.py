"""Every key of the controller's ConfigMap and every flag of its workload ends in a finding.

nginx: internal/ingress/controller/template/configmap.go (what its reader makes of values), pkg/flags/flags.go. Keys
that shape routes are handed on where they are read (`defaults.py`, `features.py`); here the others are, by their rows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

from converter.model import Location, ObjectRef, Origin, Outcome
from converter.model.ledger import Ledger
from converter.model.request_kind import named
from converter.packs.codecs import CodecError, go_bool
from converter.packs.controllers import SettingRow, settings_of, unknown_setting
from converter.reading.inventory import Inventory
from converter.routing.table import Feature, RoutingTable
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.flag_values import fault
from converter.sources.ingress_nginx.log_formats import json_parts, parts_of
from converter.sources.ingress_nginx.selectors import expressions

CONTROLLER = "ingress-nginx"
_CURVES = {"secp384r1": "P-384", "prime256v1": "P-256", "secp521r1": "P-521", "x25519": "X25519"}
_SECONDS = re.compile(r"([0-9]{1,9})\s*(ms|s|m|h)?")


def add_settings(table: RoutingTable, control: Controller) -> None:
    """Hand the keys that a target has fields for to the table, one feature a key."""
    keys, _ = settings_of(CONTROLLER)
    done = _keys(table)
    for key, text in control.data.items():
        row = keys.get(key)
        if row is None or not row.feature or key in done or text.strip() == row.default:
            continue
        value = _value(row, text, control)
        if value is not None:
            table.features = (*table.features, Feature(row.feature, {row.name: value}, control.fact(key)))
    table.features = (*table.features, *_watched(control))


def settle_settings(control: Controller, tables: Iterable[RoutingTable], inventory: Inventory, ledger: Ledger) -> None:
    """Settle every key and flag that no table carries."""
    tables = list(tables)
    handed = {origin for table in tables for origin in _origins(table)}
    done = {origin.key for origin in handed if origin.object == _ref(control)}
    keys, flags = settings_of(CONTROLLER)
    for key, text in control.data.items():
        for origin in control.own_fact(key):
            if key not in done and ledger.settled(origin) is None:
                row = keys.get(key)
                ledger.settle(
                    origin,
                    _outcome(row, key, text, control, inventory),
                    row.feature if row else "",
                    bool(row and row.protects),
                )
    for name, text in control.flags.items():
        outcome = _flag(flags.get(name), name, text, control, inventory)
        for origin in _flag_fact(control, name):
            if origin not in handed:
                ledger.settle(origin, outcome, "", False)
    for name, text in control.unusable.items():
        for origin in _flag_fact(control, name):
            ledger.settle(origin, _unusable(name, text), "", False)


def _unusable(name: str, text: str) -> Outcome:
    words = f"{fault(name, text)}; the conversion ignores the flag"
    hint = "correct the flag; the controller does not start with such a value, or finds nothing of this name"
    return Outcome.manual("config.flag-unusable", words, hint, affects=())


def _flag_fact(control: Controller, name: str) -> tuple[Origin, ...]:
    """The fact that a flag of the controller is; none where it is not there."""
    text = control.flags.get(name, control.unusable.get(name))
    if text is None or control.workload is None:
        return ()
    place, at = control.workload.location, control.flags_at.get(name)
    where = Location(place.path, *at) if at else place
    return (Origin("default", f"--{name}", text, where, control.workload.ref),)


def _watched(control: Controller) -> Iterator[Feature]:
    """Which namespaces the controller serves: no others may attach routes afterwards."""
    namespace, selector = control.flags.get("watch-namespace", ""), control.flags.get("watch-namespace-selector", "")
    if namespace:
        wanted = {"label": "kubernetes.io/metadata.name", "values": (namespace,)}
        yield Feature("allowed-namespaces", wanted, _flag_fact(control, "watch-namespace"))
    found = expressions(selector) if selector and not namespace else None
    if found:
        yield Feature("allowed-namespaces", {"expressions": found}, _flag_fact(control, "watch-namespace-selector"))


def _ref(control: Controller) -> ObjectRef | None:
    return control.config_map.ref if control.config_map is not None else None


def _origins(table: RoutingTable) -> Iterable[Origin]:
    seen: set[int] = set()
    for features in (
        table.features,
        *(port.steps for port in table.ports),
        *(port.features for port in table.ports),
        *(host.features for port in table.ports for host in port.hosts),
        *(rule.features for _, _, rule in table.rules()),
    ):
        for feature in features:
            if id(feature) not in seen:
                seen.add(id(feature))
                yield from feature.origins


def _keys(table: RoutingTable) -> set[str]:
    return {origin.key for origin in _origins(table) if origin.kind == "default" and origin.configured}


def _value(row: SettingRow, text: str, control: Controller) -> Any:
    """The value as the target reads it; None where the controller keeps its default, or it says nothing."""
    text = text.strip()
    if row.type == "flag":
        return _switch(text, row)
    if row.type in ("seconds", "duration"):
        return duration(text)
    if row.type == "count":
        return int(text) if re.fullmatch("[0-9]{1,18}", text) and int(text) > 0 else None
    if row.type == "list":
        return [part for part in (piece.strip() for piece in text.split(",")) if part] or None
    if row.key == "log-format-upstream":
        members = json_parts(text)
        return {"json": members} if members else {"text": parts_of(text)} if text else None
    if row.key == "ssl-protocols":
        return sorted(word.removeprefix("TLSv") for word in text.split() if word.startswith("TLSv")) or None
    if row.key == "ssl-ecdh-curve":
        return [_CURVES.get(one.lower(), one) for one in text.split(":") if one] or None
    if row.key == "ssl-ciphers":
        return [one for one in text.split(":") if one] or None if _has_old_versions(control) else None
    return text or None


def _has_old_versions(control: Controller) -> bool:
    """False where clients may use TLS 1.3 alone, whose ciphers nobody chooses."""
    return any(word != "TLSv1.3" for word in control.text("ssl-protocols", "TLSv1.2 TLSv1.3").split())


def telemetry(control: Controller) -> dict[str, Any]:
    """Where traces go, and how many (nginx.tmpl, opentelemetry)."""
    keys, _ = settings_of(CONTROLLER)
    sampler, share = control.text("otel-sampler", "AlwaysOn"), 100.0
    if sampler == "AlwaysOff":
        share = 0.0
    elif sampler == "TraceIdRatioBased":
        try:
            share = 100 * float(control.text("otel-sampler-ratio", "0.01"))
        except ValueError:
            share = 1.0
        share = 1.0 if math.isnan(share) else min(max(share, 0.0), 100.0)
    return {
        "enabled": True,
        "host": control.text("otlp-collector-host"),
        "port": control.number("otlp-collector-port", 4317),
        "percent": share,
        "service": control.text("otel-service-name", "nginx"),
        "span": parts_of("".join(control.text(key) for key, row in keys.items() if row.type == "span")),
    }


def _switch(text: str, row: SettingRow) -> bool | None:
    try:
        value = go_bool(text)
    except CodecError:
        return None
    return None if str(value).lower() == row.default else value


def duration(text: str) -> int | None:
    """Seconds; None for 0 and for what is none."""
    found = _SECONDS.fullmatch(text)
    if found is None or int(found[1]) == 0:
        return None
    return int(found[1]) * {"m": 60, "h": 3600}.get(found[2] or "s", 1) if found[2] != "ms" else 1


def _outcome(row: SettingRow | None, key: str, text: str, control: Controller, inventory: Inventory) -> Outcome:
    if row is None:
        return unknown_setting(key, settings_of(CONTROLLER)[0], "ConfigMap key")
    if row.zero and text.strip() == "0":
        return Outcome.approximate("config.zero", row.zero, affects=())
    if row.config_map:
        return _headers(row, text, inventory)
    if key == "global-auth-url" and not control.global_auth_url:
        words = "has no effect: it is not a URL with scheme and host, so no authentication request is sent"
        return Outcome.obsolete("config.no-effect", words)
    if row.joins:
        words = f"has no effect: it is used together with {row.joins} only, which is not set"
        return Outcome.obsolete("config.no-effect", words)
    if text.strip() == row.default or (row.type == "flag" and _switch(text, row) is None):
        return Outcome.exact("config.default", f"is the controller's default ({row.means.rstrip('.')})")
    if row.feature:
        why = (
            "ciphers are chosen up to TLS 1.2 only, which ssl-protocols leaves out"
            if key == "ssl-ciphers"
            else ("the value sets nothing, or nothing of the kind is served")
        )
        return Outcome.obsolete("config.no-effect", f"has no effect: {why}")
    return row.outcome()


def _headers(row: SettingRow, text: str, inventory: Inventory) -> Outcome:
    namespace, _, name = text.strip().partition("/")
    if inventory.get("ConfigMap", namespace, name) is not None:
        return Outcome.exact("config.read", "the ConfigMap has no header; nothing is added")
    aspect: Any = row.config_map
    return Outcome.approximate(
        "config.reference-missing",
        f"ConfigMap {text} is not in the input; the headers that it holds are not known",
        "add the ConfigMap to the input",
        affects={aspect},
    )


def _flag(row: SettingRow | None, name: str, text: str, control: Controller, inventory: Inventory) -> Outcome:
    if row is None:
        return unknown_setting(name, settings_of(CONTROLLER)[1], "flag")
    if row.default is not None and text == row.default:
        return Outcome.exact("config.default", f"is the controller's default ({row.means.rstrip('.')})")
    if name in ("configmap", "tcp-services-configmap", "udp-services-configmap") and text:
        namespace, _, short = text.partition("/")
        if inventory.get("ConfigMap", namespace, short) is None:
            return Outcome.approximate(
                "config.reference-missing",
                f"ConfigMap {text} is not in the input; its settings are not known",
                "add the ConfigMap to the input; without it the controller's defaults are taken",
                affects=(),
            )
    if name == "default-backend-service" and text and inventory.service(*text.split("/", 1)) is None:
        return Outcome.approximate(
            "config.reference-missing",
            f"Service {text} is not in the input, so that its port is not known. Requests that no rule takes get 404",
            "add the Service to the input",
            when=named("unmatched"),
        )
    return row.outcome()
