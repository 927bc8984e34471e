"""Filters of a rule: header changes, rewrites, redirects, mirrors, CORS, and what HTTPRouteFilters add.

envoy-gateway: internal/gatewayapi/filters.go. A filter that is not understood makes the rule respond with 500.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

from converter.model.data import dataclass
from converter.reading.manifests import mapping, mappings
from converter.routing.actions import Backend
from converter.routing.regex import compiled, re2_problem
from converter.routing.steps import Cors, HeaderEdit
from converter.routing.table import Feature
from converter.targets.envoy_gateway.format_strings import constant, is_accepted, is_constant
from converter.targets.envoy_gateway.steps import DirectResponse, FormattedHeaders, Pairs
from converter.targets.gateway_api.http_route.read_backends import Backends
from converter.targets.resources import ENVOY_GROUP, Body, Manifest, Store, number, sequence, text, texts
from converter.targets.semantics import Semantics


@dataclass(slots=True)
class Filters:
    """What the filters of one rule (or of one backendRef) come to."""

    edits: list[HeaderEdit] = field(default_factory=list)
    rewrite: Body | None = None
    """`path` of a core URLRewrite."""
    regex: tuple[str, str] | None = None
    """Pattern and substitution of an HTTPRouteFilter."""
    host: str | None = None
    host_rule: Body | None = None
    """`hostname` of an HTTPRouteFilter."""
    forward_host: bool = True
    redirect: Body | None = None
    direct: DirectResponse | None = None
    mirrors: list[Backend] = field(default_factory=list)
    cors: Cors | None = None
    cookies: list[list[Body]] = field(default_factory=list)
    failed: bool = False
    refused: bool = False
    """Envoy refuses it: a header or body with a percent sign that is no format."""

    def header_features(self) -> list[Feature]:
        """Request and response headers as features, in Envoy's order."""
        out = []
        for edit in self.edits:
            wants = edit.request_set or edit.request_add or edit.request_remove
            name = "request-headers" if wants else "response-headers"
            lines = (*edit.request_set, *edit.request_add, *edit.response_set, *edit.response_add)
            if any("%" in value for _, value in lines):
                out.append(Feature(name, FormattedHeaders(edit) if not _constant(lines) else _literal_edit(edit)))
            else:
                out.append(Feature(name, edit))
        return out


def _constant(lines: Pairs) -> bool:
    return all(is_constant(value) for _, value in lines)


def _literal_edit(edit: HeaderEdit) -> HeaderEdit:
    def read(lines: Pairs) -> Pairs:
        return tuple((name, constant(value)) for name, value in lines)

    return HeaderEdit(
        read(edit.request_set),
        read(edit.request_add),
        edit.request_remove,
        read(edit.response_set),
        read(edit.response_add),
        edit.response_remove,
    )


NOTHING = Filters()


class FilterReader:
    """Reads filter lists; HTTPRouteFilters are read once each."""

    def __init__(self, store: Store, backends: Backends, semantics: Semantics) -> None:
        self._store, self._backends, self._semantics = store, backends, semantics

    def read(self, specs: list[Any], route: Manifest) -> Filters:
        """All filters of a rule, in order; what follows a direct response is not looked at."""
        if not specs:
            return NOTHING
        found = Filters()
        for spec in mappings(specs):
            if found.direct is not None:
                break
            self._one(spec, found, route)
        if found.mirrors and (found.direct is not None or found.redirect is not None):
            found.failed = True
        return found

    def _one(self, spec: Body, found: Filters, route: Manifest) -> None:
        kind = spec.get("type")
        if kind in ("RequestHeaderModifier", "ResponseHeaderModifier"):
            side = text(kind)[0].lower() + text(kind)[1:]
            _edit(mapping(spec.get(side)), found, kind == "RequestHeaderModifier")
        elif kind == "RequestRedirect" and route.kind == "HTTPRoute":
            found.failed = found.failed or found.redirect is not None
            found.redirect = found.redirect or mapping(spec.get("requestRedirect"))
        elif kind == "URLRewrite" and route.kind == "HTTPRoute":
            _core_rewrite(mapping(spec.get("urlRewrite")), found)
        elif kind == "RequestMirror":
            backend = self._backends.one(mapping(mapping(spec.get("requestMirror")).get("backendRef")), route)
            found.failed = found.failed or backend.failure != 0
            found.mirrors.append(backend)
        elif kind == "CORS" and route.kind == "HTTPRoute":
            found.cors = _cors(mapping(spec.get("cors")))
        elif kind == "ExtensionRef":
            self._extension(mapping(spec.get("extensionRef")), found, route)
        else:
            found.failed = True

    def _extension(self, ref: Body, found: Filters, route: Manifest) -> None:
        target = None
        if ref.get("group") == ENVOY_GROUP and ref.get("kind") == "HTTPRouteFilter" and self._semantics.extensions:
            target = self._store.get("HTTPRouteFilter", route.namespace, text(ref.get("name")))
        if target is None:
            found.failed = True
            return
        matches = mappings(target.spec.get("matches"))
        if matches and found.cookies:
            found.failed = True
        elif matches:
            found.cookies = [mappings(one.get("cookies")) for one in matches]
        _extended_rewrite(mapping(target.spec.get("urlRewrite")), found)
        if target.spec.get("directResponse") is not None:
            self._direct(mapping(target.spec["directResponse"]), found, route)

    def _direct(self, spec: Body, found: Filters, route: Manifest) -> None:
        body = self.body(mapping(spec.get("body")), route.namespace)
        status = number(spec.get("statusCode"), 200)
        if body is None or (route.kind == "GRPCRoute" and 200 <= status < 300):
            found.failed = True
            return
        header = mapping(spec.get("header"))
        lines = (*pairs(header.get("add")), *pairs(header.get("set")))
        kind = (text(spec.get("contentType")) or "text/plain") if body else ""  # Envoy removes it from empty responses
        found.refused = found.refused or not all(is_accepted(one) for one in (body, *(value for _, value in lines)))
        found.direct = DirectResponse(status, body, kind or None, lines)

    def body(self, spec: Body, namespace: str) -> str | None:
        """An inline body or that of a ConfigMap (one that is not here is taken to be empty); None where it is wrong."""
        if spec.get("type") != "ValueRef":
            return text(spec.get("inline"))
        source = self._store.get("ConfigMap", namespace, text(mapping(spec.get("valueRef")).get("name")))
        if source is None:
            return ""
        data = mapping(source.body.get("data"))
        found = data.get("response.body", next(iter(data.values()), None))
        return None if found is None else text(found)


def pairs(specs: Any) -> Pairs:
    """Name and value of each entry of a header list."""
    return tuple((text(one.get("name")), text(one.get("value"))) for one in mappings(specs))


def _edit(spec: Body, found: Filters, request: bool) -> None:
    """Header changes; Host, and names with `/` or `:`, cannot be changed and fail the rule."""
    add, change = _unique(pairs(spec.get("add"))), _unique(pairs(spec.get("set")))
    remove = tuple(text(name) for name in sequence(spec.get("remove")))
    names = [name for name, _ in (*add, *change)]
    if any(name.lower() == "host" or "/" in name or ":" in name for name in (*names, *remove)):
        found.failed = True
    found.refused = found.refused or not all(is_accepted(value) for _, value in (*add, *change))
    added = {name.lower() for name, _ in add}
    change = tuple((name, value) for name, value in change if name.lower() not in added)
    if request:
        found.edits.append(HeaderEdit(request_set=change, request_add=add, request_remove=remove))
    else:
        found.edits.append(HeaderEdit(response_set=change, response_add=add, response_remove=remove))


def _unique(lines: Pairs) -> Pairs:
    seen: dict[str, tuple[str, str]] = {}
    for name, value in lines:
        seen.setdefault(name.lower(), (name, value))
    return tuple(seen.values())


def _core_rewrite(spec: Body, found: Filters) -> None:
    path, host = spec.get("path"), spec.get("hostname")
    if (host is not None and found.host_rule is not None) or (path is not None and found.regex is not None):
        found.failed = True
    if (found.rewrite is not None or found.host is not None) and (path is not None or host is not None):
        found.failed = True
    if host is not None:
        found.host = text(host)
    if path is not None:
        found.rewrite = mapping(path)


def _extended_rewrite(spec: Body, found: Filters) -> None:
    path, host = mapping(spec.get("path")), spec.get("hostname")
    if (host is not None and found.host is not None) or (path and found.rewrite is not None):
        found.failed = True
    if (found.regex is not None or found.host_rule is not None) and (path or host is not None):
        found.failed = True
    if path:
        change = mapping(path.get("replaceRegexMatch"))
        pattern = text(change.get("pattern"))
        if not pattern or re2_problem(pattern) is not None:
            found.failed = True
        found.regex = (pattern, text(change.get("substitution")))
    if host is not None:
        found.host_rule = mapping(host)
        by_path = found.host_rule.get("pathRegex")
        if by_path is not None and compiled(text(mapping(by_path).get("pattern"))) is None:
            found.failed = True
    if spec.get("appendXForwardedHost") is False:
        found.forward_host = False


def _cors(spec: Body) -> Cors:
    return Cors(
        texts(spec.get("allowOrigins")),
        texts(spec.get("allowMethods")),
        texts(spec.get("allowHeaders")),
        texts(spec.get("exposeHeaders")),
        number(spec.get("maxAge"), 5),
        bool(spec.get("allowCredentials")),
        "filter",
    )
