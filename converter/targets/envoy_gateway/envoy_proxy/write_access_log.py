"""Access logs of a Gateway: telemetry.accessLog of its EnvoyProxy.

Routes without a log are left out by their names. Measured on Envoy Gateway 1.9: several `matches` are joined by AND,
and a request that no route takes has no `xds.route_name`, whose absence alone would keep it out of the log.
"""

from __future__ import annotations

import json
from typing import Any

from converter.model import ObjectRef, Outcome
from converter.packs.load import TargetRow
from converter.routing.table import Feature
from converter.targets.context import Context, by_hand, outcome_from_row
from converter.targets.draft import FieldSet
from converter.targets.envoy_gateway.entry_settings import entry_handler
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.handlers import handler

STDOUT = {"type": "File", "file": {"path": "/dev/stdout"}}
LOG = ("EnvoyProxy", "telemetry", "accessLog")
MOST_MATCHES = 10
"""Items of `matches`."""
FIRST = "settings[0]"
"""Key of the first of a list while several settings have a part in it."""
UNLOGGED = (*LOG, "settings", "matches")
"""What a rule notes that is not to be logged; the expression itself needs the name of its route."""
_MILLISECONDS = frozenset({"duration", "backend-duration"})


@entry_handler("access-log")
def access_log(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """Off for the whole Gateway, without some request targets, or in a format of its own."""
    value = feature.value if isinstance(feature.value, dict) else {}
    if value.get("off") is True:
        field_set.put(feature.name, (*LOG, "disable"), True)
        return Outcome.exact("access-log.off", "Requests are not logged, before and after.")
    if "level" in value:
        return _level(field_set, feature, row)
    if "format" in value:
        return _format(field_set, feature, row)
    skip = value.get("skip")
    if not isinstance(skip, list) or any(text.startswith("~") for text in skip):
        return outcome_from_row(row, feature.name, feature.note)
    field_set.put(
        feature.name, (*LOG, FIRST, "matches"), [f"!(request.path in {json.dumps(skip, ensure_ascii=False)})"]
    )
    return Outcome.approximate(
        "access-log.filtered", "These request targets are not logged. Lines have Envoy's format.", affects=()
    )


@handler("access-log")
def log_of_rule(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """No lines of the requests that a rule takes, or lines as for all others."""
    value = feature.value if isinstance(feature.value, dict) else {}
    if value.get("enabled") is True:
        return Outcome.exact("access-log.kept", "Requests are logged, before and after.")
    if value.get("enabled") is False and draft.context.options.gateway:
        return by_hand(row, feature.name, "logs are a setting of the whole Gateway, which is another's", "gateway")
    if value.get("enabled") is not False:
        [part] = [row.fields[name] for name in value if name in row.fields][:1] or [row]
        return outcome_from_row(part, feature.name, feature.note)
    draft.put(feature.name, UNLOGGED, True)
    return Outcome.approximate(
        "access-log.unlogged",
        "Requests to these paths are not logged. Redirects to HTTPS are logged (before: not).",
        affects=(),
    )


def note_unlogged(route: ObjectRef, drafts: list[RuleDraft], context: Context) -> None:
    """Keep the names that Envoy Gateway gives the routes of rules without a log.

    envoy-gateway: internal/gatewayapi/route.go irRouteName, internal/gatewayapi/helpers.go irRoutePrefix.
    """
    prefix = f"{route.kind.lower()}/{route.namespace}/{route.name}/"
    found = [index for index, draft in enumerate(drafts) if UNLOGGED in draft.field_set.values]
    whole = len(found) == len(drafts)
    context.entry.unlogged += [prefix] if whole else [f"{prefix}rule/{index}/" for index in found]


_LEVELS = {"debug": "debug", "info": "info", "notice": "info", "warn": "warn",
           **dict.fromkeys(("error", "crit", "alert", "emerg"), "error")}  # fmt: skip


def _level(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """The level of the proxy's own log, by syslog's words."""
    level = _LEVELS.get(str(feature.value["level"]))
    if level is None:
        return outcome_from_row(row, feature.name, feature.note)
    field_set.put(feature.name, ("EnvoyProxy", "logging", "level", "default"), level)
    return Outcome.approximate("access-log.level", f"Envoy's own log has the level {level}.", affects=())


def _format(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    fields: dict[str, str] = row.args.get("fields", {})
    given = feature.value["format"]
    lost: dict[str, None] = {}
    members = given.get("json")
    if members:
        made = {name: operators(parts, fields, lost) for name, parts in members.items()}
        field_set.put(feature.name, (*LOG, FIRST, "format"), {"type": "JSON", "json": made})
    else:
        text = operators(given["text"], fields, lost) + "\n"
        field_set.put(feature.name, (*LOG, FIRST, "format"), {"type": "Text", "text": text})
    every = [part for parts in (members.values() if members else [given["text"]]) for part in parts]
    words = "Lines have the same form, with Envoy's command operators."
    if _MILLISECONDS & set(every):
        words += " Durations are milliseconds (before: seconds)."
    if lost:
        words += f" Envoy has no operator for {', '.join(f'${name}' for name in lost)}; a dash is logged instead."
    return Outcome.approximate("access-log.format", words, "check what reads the log", affects=())


def operators(parts: tuple[str, ...], fields: dict[str, str], lost: dict[str, None]) -> str:
    """Parts as a format string of Envoy; `lost` gets the names that have no operator."""
    out = []
    for part in parts:
        kind, _, name = part.partition(":")
        if part.startswith("="):
            out.append(part[1:].replace("%", "%%"))
        elif kind in ("header", "response-header") and name:
            out.append(f"%{'REQ' if kind == 'header' else 'RESP'}({name})%")
        elif part in fields:
            out.append(fields[part])
        else:
            lost[part.removeprefix("?")] = None
            out.append("-")
    return "".join(out)


def _others(names: list[str], most: int) -> list[str]:
    """Expressions, as few as a list takes, for requests that none of the routes takes."""
    size = -(-len(names) // most)
    groups = (names[at : at + size] for at in range(0, len(names), size))
    tests = (" && ".join(f"!xds.route_name.startsWith('{name}')" for name in group) for group in groups)
    return [f"!has(xds.route_name) || {test}" for test in tests]


def with_lists(spec: dict[str, Any], unlogged: list[str]) -> dict[str, Any]:
    """The EnvoyProxy with the settings of logs as the list that they are; none where logs are off."""
    telemetry = spec.get("telemetry") or {}
    log = telemetry.get("accessLog") or {}
    if FIRST not in log and not unlogged:
        return spec
    first = log.get(FIRST, {}) | {"sinks": [STDOUT]}
    if unlogged:
        own = list(first.get("matches", ()))
        first["matches"] = [*own, *_others(sorted(set(unlogged)), MOST_MATCHES - len(own))]
    rest = {key: value for key, value in log.items() if key != FIRST}
    made = rest if rest.get("disable") else rest | {"settings": [first]}
    return spec | {"telemetry": telemetry | {"accessLog": made}}
