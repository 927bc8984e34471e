"""Paths and host names that the backend sees."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from converter.model import Outcome
from converter.packs.load import TargetRow
from converter.reading.names import is_subdomain
from converter.routing.matchers import ValueMatcher
from converter.routing.regex import quoted, re2_problem
from converter.routing.steps import ENCODERS, HostRewrite, PathRewrite
from converter.routing.table import Feature
from converter.routing.url_rewrite import HostPattern, UrlRewrite
from converter.targets.context import outcome_from_row
from converter.targets.gateway_api.http_route.path_patterns import has_top_level_bar, on_the_wire
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.handlers import handler

_GROUP = re.compile(r"\\([0-9\\])")
FULL = ("filters", "rewrite", "path")
REGEX = ("HTTPRouteFilter", "urlRewrite", "path")


@handler("path-rewrite")
def path_rewrite(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """ReplaceFullPath or ReplacePrefixMatch where they do the same, a regular expression over the whole path else."""
    step = feature.value
    if not isinstance(step, PathRewrite):
        return outcome_from_row(row, feature.name, feature.note)
    plain = _prefix_rewrite(draft, step)
    if plain is not None:
        draft.put(feature.name, FULL, plain)
        return Outcome.exact(
            f"rewrite.{'full-path' if plain['type'] == 'ReplaceFullPath' else 'prefix'}", "becomes a path rewrite"
        )
    if not draft.context.capabilities.route_filters:
        return Outcome.unsupported(
            "rewrite.regex",
            "the new path depends on parts of the old one in a way that plain Gateway API "
            "cannot express; the path is passed on as it is",
            "use --to envoy-gateway",
        )
    paths = draft.rule.match.paths
    pattern, substitution = replacement(_wire(draft, step), bool(paths) and all(_implied(test, step) for test in paths))
    problem = re2_problem(pattern)
    if problem:
        return Outcome.unsupported(
            "rewrite.regex-unsupported",
            f"Envoy's expressions (RE2) cannot do {problem}; the path is passed on as it is",
            "write the expression without it",
        )
    if isinstance(step, UrlRewrite) and ("?" in step.to or "\\?" in pattern):
        return Outcome.unsupported(
            "rewrite.query",
            "the rewrite looks at the query, which no route can; the path is passed on as it is",
            "rewrite the path alone",
            affects={"path"},
        )
    change = {"pattern": pattern, "substitution": substitution}
    draft.put(feature.name, REGEX, {"type": "ReplaceRegexMatch", "replaceRegexMatch": change})
    words = "becomes a replacement by a regular expression over the whole path"
    if feature.note:
        return Outcome.approximate("rewrite.regex", f"{words}; {feature.note}", "correct the target of the rewrite")
    return Outcome.exact("rewrite.regex", words)


def _wire(draft: RuleDraft, step: PathRewrite) -> PathRewrite:
    """The step with its pattern as Envoy compares it: with the path as it was sent."""
    table = draft.context.entry.table
    decoded = table.paths.style == "nginx"
    pattern = on_the_wire(step.pattern, decoded) if step.pattern else step.pattern
    return step if pattern == step.pattern else replace(step, pattern=pattern)


def _prefix_rewrite(draft: RuleDraft, step: PathRewrite) -> dict[str, Any] | None:
    if step.mode == "full" and not _refers(step.to) and _always(draft, step):
        to = _GROUP.sub(lambda found: found.group(1), _on_the_wire(step))
        if to.startswith("/") and "?" not in to:
            return {"type": "ReplaceFullPath", "replaceFullPath": to}
    if step.mode == "prefix":
        prefix = (step.pattern or "/").rstrip("/")
        path = draft.matches[0].get("path", {}) if len(draft.matches) == 1 else {}
        if prefix and path.get("type") == "PathPrefix" and path["value"] == prefix:
            return {"type": "ReplacePrefixMatch", "replacePrefixMatch": step.to.rstrip("/") or "/"}
    return None


def _always(draft: RuleDraft, step: PathRewrite) -> bool:
    """True where the pattern is found in every path that the rule takes."""
    if step.pattern is None:
        return True
    paths: tuple[ValueMatcher, ...] = draft.rule.match.paths
    return bool(paths) and all(_implied(test, step) for test in paths)


def _implied(test: ValueMatcher, step: PathRewrite) -> bool:
    pattern = step.pattern or ""
    if test.op in ("search", "regex"):
        return pattern in (test.value, test.value.removeprefix("^")) and step.ignore_case >= test.ignore_case
    literal = quoted(test.value.rstrip("/") if test.op == "segment" else test.value)
    return test.op in ("exact", "prefix", "segment") and pattern.removeprefix("^") == literal


def _refers(to: str) -> bool:
    return any(found.group(1).isdigit() for found in _GROUP.finditer(to))


def replacement(step: PathRewrite, at_start: bool = False) -> tuple[str, str]:
    """Pattern and substitution that do the same when every occurrence of the pattern is replaced.

    `at_start`: every path that the rule takes begins with the pattern.
    """
    if step.mode == "prefix":
        return _prefix_replacement(step)
    flag = "(?i)" if step.ignore_case else ""
    pattern, to = step.pattern, _on_the_wire(step)
    if pattern is None:
        return "^.*$", to
    if step.every:
        return flag + pattern, to
    to = _without_strangers(to, _groups(pattern))
    whole = "\\0" in to.replace("\\\\", "")
    if at_start or pattern == "/" or pattern.startswith("^"):
        bare = pattern.removeprefix("^")
        body = f"({bare})" if whole else f"(?:{bare})" if has_top_level_bar(bare) else bare
        tail = "" if step.mode != "full" or re.search(r"(?<!\\)\.\*\)?$", bare) else ".*"
        return f"{flag}^{body}{tail}", _shifted(to, 1 if whole else 0)
    body = f"({pattern})" if whole else f"(?:{pattern})"
    if step.mode == "full":
        return f"{flag}^.*?{body}.*$", _shifted(to, 1 if whole else 0)
    count = _groups(pattern) + (2 if whole else 1)
    return f"{flag}^(.*?){body}(.*)$", f"\\1{_shifted(to, 2 if whole else 1, 2)}\\{count + 1}"


def _on_the_wire(step: PathRewrite) -> str:
    """The template with its own text as the controller encodes it."""
    if not step.encode:
        return step.to
    parts = re.split(r"(\\.)", step.to)
    return "".join(part if part.startswith("\\") else ENCODERS[step.encode](part) for part in parts)


def _without_strangers(to: str, count: int) -> str:
    """References to groups that do not exist stand for nothing; Envoy would leave the whole path alone."""
    return _GROUP.sub(
        lambda found: "" if found.group(1).isdigit() and int(found.group(1)) > count else found.group(), to
    )


def _prefix_replacement(step: PathRewrite) -> tuple[str, str]:
    prefix, to = (step.pattern or "/").rstrip("/"), step.to.rstrip("/")
    if not prefix:
        return "^/", f"{to}/"
    return (f"^{quoted(prefix)}(/|$)", f"{to}\\1") if to else (f"^{quoted(prefix)}(?:/|$)", "/")


def _groups(pattern: str) -> int:
    found = re.findall(r"\\.|\[(?:\\.|[^\]\\])*\]|\((?!\?)|\(\?P?<[A-Za-z]", pattern)
    return sum(1 for one in found if one.startswith("("))


def _shifted(to: str, by: int, whole: int = 1) -> str:
    def shift(found: re.Match[str]) -> str:
        digit = found.group(1)
        if not digit.isdigit():
            return found.group()
        return f"\\{whole}" if digit == "0" else f"\\{int(digit) + by}"

    return _GROUP.sub(shift, to) if by else to


@handler("host-rewrite")
def host_rewrite(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """urlRewrite.hostname, or the header that the name comes from."""
    step = feature.value
    if isinstance(step, HostPattern):
        return _host_pattern(draft, feature, step)
    if not isinstance(step, HostRewrite):
        return outcome_from_row(row, feature.name, feature.note)
    if step.source == "header" and draft.context.capabilities.route_filters:
        draft.put(feature.name, ("HTTPRouteFilter", "urlRewrite", "hostname"), {"type": "Header", "header": step.value})
        return Outcome.exact("upstream-host.header", "becomes a host rewrite from that header")
    name, _, port = step.value.partition(":")
    if step.source or port or not is_subdomain(name.lower()):
        return _no_host(step.value)
    draft.put(feature.name, ("filters", "rewrite", "hostname"), name.lower())
    if name != name.lower():
        return Outcome.approximate(
            "upstream-host.case",
            f"the backend gets {name.lower()} as Host, as a route cannot send capitals",
            "host names are compared without letter case as a rule",
            affects={"host"},
        )
    return Outcome.exact("upstream-host.rewrite", "becomes a host rewrite")


def _no_host(name: str) -> Outcome:
    return Outcome.unsupported(
        "upstream-host.unsupported",
        f"no route can send {name!r} as Host; it stays that of the client",
        "let the application take the name that clients use",
        affects={"host"},
    )


def _host_pattern(draft: RuleDraft, feature: Feature, step: HostPattern) -> Outcome:
    """A new name made of the one that was sent: known where the rule is for one host only."""
    host = draft.host
    if not host or host.startswith("*"):
        return Outcome.unsupported(
            "upstream-host.pattern",
            "the backend gets a name made of the one that the client sent, which a route for several names cannot do; "
            "it gets that of the client",
            "give each host a rule of its own",
            affects={"host"},
        )
    new = step.rewritten(host)
    if not is_subdomain(new.lower()):
        return _no_host(new)
    if new != host:
        draft.put(feature.name, ("filters", "rewrite", "hostname"), new.lower())
    return Outcome.exact("upstream-host.rewrite", "becomes a host rewrite")
