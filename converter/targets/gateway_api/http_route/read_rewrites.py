"""Rewrites and redirects as Envoy carries them out, and as the specification has them.

envoy-gateway: internal/xds/translator/route.go buildXdsURLRewriteAction, buildXdsRedirectAction: a prefix that becomes
empty or `/` is a regular expression, every other a plain replacement of the matched text: prefix `/` with `/base` makes
`/x` into `/basex`.
"""

from __future__ import annotations

import re

from converter.reading.manifests import mapping
from converter.routing.actions import Backend, Redirect
from converter.routing.regex import compiled
from converter.routing.steps import HostRewrite, PathRewrite
from converter.routing.table import Feature
from converter.targets.envoy_gateway.steps import ForwardedHost, HostFromPath
from converter.targets.gateway_api.http_route.read_filters import Filters
from converter.targets.resources import Body, number, text
from converter.targets.semantics import Semantics

_FORWARDED = Feature("upstream-host", ForwardedHost())


def rewrite_features(
    filters: Filters, prefix: str, backends: tuple[Backend, ...], semantics: Semantics, inside: bool = False
) -> list[Feature]:
    """Path and host as the backend sees them, for a match with this PathPrefix ("" for another match).

    inside: the filters are those of a backendRef, which tell the backend nothing of the client's Host.
    """
    out: list[Feature] = []
    path = None
    if filters.regex is not None:
        path = _regex(*filters.regex)
    elif filters.rewrite is not None:
        path = _core(filters.rewrite, prefix, semantics)
    if path is not None:
        out.append(Feature("rewrite", path))
    host = _host(filters, backends)
    if host is not None:
        out.append(Feature("upstream-host", host))
        if filters.forward_host and semantics.envoy and not inside:
            out.append(_FORWARDED)
    return out


def _regex(pattern: str, substitution: str) -> PathRewrite | None:
    """Every occurrence; a reference to a group that is not there leaves the path alone."""
    known = compiled(pattern)
    groups = [int(one) for one in re.findall(r"\\(\d)", substitution.replace("\\\\", ""))]
    if known is None or any(one > known.groups for one in groups):
        return None
    return PathRewrite("regex", substitution, pattern, every=True)


def _core(path: Body, prefix: str, semantics: Semantics) -> PathRewrite | None:
    if path.get("type") == "ReplaceFullPath":
        value = text(path.get("replaceFullPath"))
        return PathRewrite("full", value if semantics.envoy else _literal(value)) if value else None
    value = text(path.get("replacePrefixMatch"))
    if not semantics.envoy:
        return PathRewrite("prefix", value, prefix or "/")
    return _prefix(value.removesuffix("/") if value not in ("", "/") else value, prefix)


def _prefix(value: str, prefix: str) -> PathRewrite:
    if value in ("", "/"):
        return PathRewrite("regex", "/", f"^{re.escape(prefix or '/')}/*")
    matched = "/" if prefix in ("", "/") else prefix.removesuffix("/")
    return PathRewrite("regex", _literal(value), f"^{re.escape(matched)}")


def _literal(value: str) -> str:
    return value.replace("\\", "\\\\")


def _host(filters: Filters, backends: tuple[Backend, ...]) -> HostRewrite | HostFromPath | None:
    if filters.host is not None:
        return HostRewrite(filters.host)
    rule = filters.host_rule
    if rule is None:
        return None
    if rule.get("type") == "Header":
        return HostRewrite(text(rule.get("header")), "header")
    if rule.get("type") == "PathRegex":
        change = mapping(rule.get("pathRegex"))
        return HostFromPath(text(change.get("pattern")), text(change.get("substitution")))
    names = {one.external for one in backends if one.external and one.weight}
    return HostRewrite(names.pop()) if len(names) == 1 else None


def redirect_action(spec: Body, prefix: str, semantics: Semantics) -> Redirect:
    """A requestRedirect filter; prefixes are replaced as they are written, a trailing slash included."""
    port = spec.get("port")
    hostname, scheme = spec.get("hostname"), spec.get("scheme")
    path = mapping(spec.get("path"))
    full, replaced, change = None, None, None
    if path.get("type") == "ReplaceFullPath":
        full = text(path.get("replaceFullPath"))
    elif path.get("type") == "ReplacePrefixMatch":
        value = text(path.get("replacePrefixMatch"))
        if semantics.envoy:
            change = _prefix(value, prefix)
        else:
            full, replaced = value, prefix or "/"
    return Redirect(
        number(spec.get("statusCode"), 302),
        text(scheme) if scheme else None,
        text(hostname) if hostname else None,
        number(port) if port is not None else None,
        full,
        replaced,
        style="envoy",
        rewrite=change,
    )
