"""Conditions of a rule: the annotation's, host and path of the Ingress (lbc: model_build_listener_rules.go:130-288)."""

from __future__ import annotations

from typing import Any

from converter.reading.inventory import IngressPath
from converter.sources.aws_alb.annotation_json import CONDITIONS, TRANSFORMS
from converter.sources.aws_alb.annotations import Annotations
from converter.sources.aws_alb.errors import Refused

_CONFIGS = {
    "host-header": "hostHeaderConfig",
    "path-pattern": "pathPatternConfig",
    "http-header": "httpHeaderConfig",
    "http-request-method": "httpRequestMethodConfig",
    "query-string": "queryStringConfig",
    "source-ip": "sourceIPConfig",
}
FIELDS = frozenset(_CONFIGS)
"""Those that the controller knows; others are dropped without a word."""
_EMPTY = {
    "http-request-method": "values cannot be empty",
    "query-string": "Values cannot be empty",
    "source-ip": "values cannot be empty",
}


def annotated(name: str, notes: Annotations) -> list[dict[str, Any]]:
    """conditions.<name>; an unknown field is passed on and dropped later, as the controller does."""
    suffix = f"conditions.{name}"
    conditions = notes.json(suffix, CONDITIONS) or []
    for condition in conditions:
        problem = _problem(condition)
        if problem:
            raise Refused(problem, notes.origin(suffix))
    return list(conditions)


def _problem(condition: dict[str, Any]) -> str:
    """lbc: config_types.go:365-405."""
    field = condition["field"]
    key = _CONFIGS.get(field)
    if key is None:
        return ""
    config = condition[key]
    if config is None:
        return f"missing {key}"
    head = f"invalid {key}: "
    if field in _EMPTY:
        if not config["values"]:
            return head + _EMPTY[field]
        empty = field == "query-string" and any(not pair["value"] for pair in config["values"])
        return head + "value cannot be empty" if empty else ""
    if not config["values"] and not config["regexValues"]:
        return head + "values or regexValues must be specified"
    both = config["values"] and config["regexValues"]
    return head + "precisely one of values and regexValues can be specified" if both else ""


def rule_conditions(
    host: str,
    path: IngressPath,
    conditions: list[dict[str, Any]],
    notes: Annotations,
) -> list[dict[str, Any]]:
    """All conditions of one ALB rule: the annotation's own, then host, then path."""
    hosts, host_regexes = [host] if host else [], []
    paths, path_regexes = path_patterns(path, notes) if path.path else ([], [])
    out = []
    for condition in conditions:
        field = condition["field"]
        if field == "host-header":
            hosts = hosts + condition["hostHeaderConfig"]["values"]
            host_regexes += condition["hostHeaderConfig"]["regexValues"]
        elif field == "path-pattern":
            paths = paths + condition["pathPatternConfig"]["values"]
            path_regexes = path_regexes + condition["pathPatternConfig"]["regexValues"]
        elif field in _CONFIGS:
            out.append(_condition(field, condition[_CONFIGS[field]]))
    for word, values, regexes in (("host", hosts, host_regexes), ("path", paths, path_regexes)):
        if values and regexes:
            words = f"{word} condition must specify exactly one of Values and RegexValues, got both Values"
            raise Refused(f"{words} [{' '.join(values)}] and RegexValues [{' '.join(regexes)}]")
    for field, values, regexes in (("host-header", hosts, host_regexes), ("path-pattern", paths, path_regexes)):
        if values:
            out.append({"field": field, "values": values})
        if regexes:
            out.append({"field": field, "regex_values": regexes})
    return out or [{"field": "path-pattern", "values": ["/*"]}]


def _condition(field: str, config: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {"field": field}
    if field == "http-header":
        out["name"] = config["httpHeaderName"]
        if config["regexValues"]:
            out["regex_values"] = config["regexValues"]
    if field == "query-string":
        out["values"] = [{key: value for key, value in pair.items() if value is not None} for pair in config["values"]]
    elif config["values"]:
        out["values"] = config["values"]
    return out


def path_patterns(path: IngressPath, notes: Annotations) -> tuple[list[str], list[str]]:
    """Patterns and regular expressions of a path by its type (lbc: model_build_listener_rules.go:229-288)."""
    text, kind = path.path, path.path_type or "ImplementationSpecific"
    if kind == "ImplementationSpecific":
        return ([], [text[1:]]) if notes.flag("use-regex-path-match") else ([text], [])
    wild = "*" in text or "?" in text
    if kind == "Exact":
        if wild:
            raise Refused(f"exact path shouldn't contain wildcards: {text}")
        return [text], []
    if kind != "Prefix":
        raise Refused(f"unsupported pathType: {kind}")
    if text == "/":
        return ["/*"], []
    if wild:
        raise Refused(f"prefix path shouldn't contain wildcards: {text}")
    stem = text.removesuffix("/")
    return [stem, f"{stem}/*"], []


_REWRITES = {"host-header-rewrite": "hostHeaderRewriteConfig", "url-rewrite": "urlRewriteConfig"}


def transforms(name: str, notes: Annotations) -> list[dict[str, Any]]:
    """transforms.<name> (lbc: config_types.go:482-502)."""
    suffix = f"transforms.{name}"
    out = []
    for one in notes.json(suffix, TRANSFORMS) or []:
        key = _REWRITES.get(one["type"])
        if key is None:
            raise Refused(f"unknown transform type: {one['type']}", notes.origin(suffix))
        if one[key] is None:
            raise Refused(f"missing {key}", notes.origin(suffix))
        if not one[key]["rewrites"]:
            raise Refused(f"{key}.rewrites cannot be empty", notes.origin(suffix))
        out.append({"type": one["type"], "rewrites": one[key]["rewrites"]})
    return out
