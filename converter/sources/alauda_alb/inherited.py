"""What a rule takes over from its Frontend or ALB2 where it says nothing itself.

alb: pkg/controller/ext/{auth,timeout,waf,otel}: whole structs of rule, else Frontend, else ALB2; otel is merged.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from converter.sources.alauda_alb.resources import Alb, Frontend
from converter.sources.alauda_alb.rule_spec import RuleSpec, snippet_facts
from converter.sources.alauda_alb.sourced_value import SourcedValue

INHERITED = {"auth", "timeout", "modsecurity", "otel"}


def inherit(rule: RuleSpec, frontend: Frontend, alb: Alb) -> RuleSpec:
    """The rule with what it inherits."""
    if not alb.config.keys() & INHERITED and not frontend.config.keys() & INHERITED:
        return rule
    changes: dict[str, Any] = {}
    for part, key in (("auth", "auth"), ("timeout", "timeout"), ("waf", "modsecurity")):
        if getattr(rule, part) is None:
            found = frontend.inherited_setting(key) or alb.inherited_setting(key)
            if found is not None:
                changes[part] = _with_snippet(found, frontend, alb) if part == "waf" else found
    otel = _otel(rule, frontend, alb)
    if otel is not rule.otel:
        changes["otel"] = otel
    return replace(rule, **changes) if changes else rule


def _with_snippet(said: SourcedValue, frontend: Frontend, alb: Alb) -> SourcedValue:
    holder = frontend if "modsecurity" in frontend.config else alb
    return SourcedValue(said.value, said.origins + (snippet_facts(holder.facts) if holder.facts else ()))


def _otel(rule: RuleSpec, frontend: Frontend, alb: Alb) -> SourcedValue | None:
    """JSON merge patches: ALB2, then Frontend, then rule."""
    layers = [
        layer
        for layer in (alb.inherited_setting("otel"), frontend.inherited_setting("otel"), rule.otel)
        if layer is not None
    ]
    if not layers or (len(layers) == 1 and layers[0] is rule.otel):
        return rule.otel
    merged: dict[str, Any] = {}
    for layer in layers:
        merged = _merged(merged, layer.value)
    return SourcedValue(merged, tuple(origin for layer in layers for origin in layer.origins))


def _merged(base: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    out = dict(base)
    for key, value in patch.items():
        if isinstance(value, dict) and isinstance(out.get(key), dict):
            out[key] = _merged(out[key], value)
        elif value is None:
            out.pop(key, None)
        else:
            out[key] = value
    return out
