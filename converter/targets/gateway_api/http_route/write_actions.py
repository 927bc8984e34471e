"""Redirects and responses of the proxy itself."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from converter.model import Fidelity, Outcome
from converter.routing.actions import Redirect, Respond
from converter.routing.exchange import DEFAULT_PORTS, Exchange, Request
from converter.routing.locations import SAMPLE_HOST, STYLES, for_any_host, location

if TYPE_CHECKING:
    from converter.targets.gateway_api.http_route.rule_draft import RuleDraft

CLOSED_AS = 403
"""Status in place of a connection that is closed without a response, which no route can do."""
STATUSES = (301, 302, 303, 307, 308)
_SAMPLES = ("/", "/a", "/a/", "/a/b?x=1", "/a/?x=1", "/a%20b")
_HOSTS = (SAMPLE_HOST, f"{SAMPLE_HOST}:8443")
HOST_NAME = re.compile(r"^(?!.{254})[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)*$")


def literal(text: str) -> str:
    """Envoy evaluates `%NAME%` in header values and bodies; a plain percent sign is written twice."""
    return text.replace("%", "%%")


def redirect_rule(draft: RuleDraft, action: Redirect) -> list[Outcome]:
    """A requestRedirect filter, or the Location as a direct response where it is a whole URL."""
    outcomes = _redirect(draft, action)
    for outcome in outcomes:
        if outcome.fidelity is Fidelity.UNSUPPORTED:
            draft.matches = []
    return outcomes


def _redirect(draft: RuleDraft, action: Redirect) -> list[Outcome]:
    plain = _without_keywords(_behind_prefix(action, draft) or action, draft.host)
    if plain is None:
        return [_unsupported("parts of the request at this place")]
    action = plain
    if action.url is not None:
        return _verbatim(draft, action)
    if action.status not in STATUSES:
        return [_unsupported(f"the status {action.status}")]
    if action.query:
        return [_unsupported("a query of its own")]
    fields: dict[str, Any] = {}
    if (impossible := _impossible(action)) is not None:
        return [impossible]
    if action.scheme:
        fields["scheme"] = action.scheme
    if action.hostname:
        fields["hostname"] = action.hostname.lower()
    if action.path is not None:
        path = _path(draft, action)
        if path is None:
            return [_unsupported("a prefix that is not the path of its rule")]
        fields["path"] = path
    if action.port is not None and not (action.scheme and action.port == DEFAULT_PORTS[action.scheme]):
        fields["port"] = action.port
    fields["statusCode"] = action.status
    for name, value in fields.items():
        draft.put("redirect", ("filters", "redirect", name), value)
    return _differences(action, draft)


def _behind_prefix(action: Redirect, draft: RuleDraft) -> Redirect | None:
    """`/v2/#{path}`: the old path (an ALB leaves out its first slash) behind another text, for a rule of one path."""
    lead, keyword, rest = (action.path or "").partition("#{path}")
    if not keyword or rest or lead == "/" or "#{" in lead or not lead.startswith("/") or len(draft.matches) != 1:
        return None
    known = draft.matches[0]["path"]
    path = lead + known["value"].lstrip("/")
    if known["type"] == "Exact":
        return replace(action, path=path)
    if known["type"] != "PathPrefix" or (known["value"] == "/" and not lead.endswith("/")):
        return None
    return replace(action, path=path, prefix=known["value"])


def _impossible(action: Redirect) -> Outcome | None:
    """A part of the Location that no filter takes."""
    if action.scheme and action.scheme not in DEFAULT_PORTS:
        return _unsupported(f"the scheme {action.scheme!r}")
    if action.hostname and not HOST_NAME.match(action.hostname):
        return _unsupported(f"the host {action.hostname!r}")
    if action.port is not None and not 0 < action.port < 65536:
        return _unsupported(f"the port {action.port}")
    return None


def _has_keywords(action: Redirect) -> bool:
    return "#{" in f"{action.hostname}{action.path}{action.query}"


def _without_keywords(action: Redirect, host: str) -> Redirect | None:
    """Without keywords of an ALB; None where some stand for parts of the request that are not known."""
    if not _has_keywords(action):
        return action
    found = with_known_parts(action, host)
    return None if _has_keywords(found) else found


def with_known_parts(action: Redirect, host: str) -> Redirect:
    """Without ALB keywords that stand for a part as it is, or for a host that is known (AWS: redirect actions)."""
    hostname = action.hostname
    if hostname == "#{host}":
        hostname = None
    elif hostname and host and not host.startswith("*"):
        hostname = hostname.replace("#{host}", host)
    path = None if action.path == "/#{path}" else action.path
    query = None if action.query == "#{query}" else action.query
    return replace(action, hostname=hostname, path=path, query=query)


def _path(draft: RuleDraft, action: Redirect) -> dict[str, Any] | None:
    if action.prefix is None:
        return {"type": "ReplaceFullPath", "replaceFullPath": action.path}
    single = draft.matches[0]["path"] if len(draft.matches) == 1 else {}
    if single.get("type") != "PathPrefix" or single["value"].rstrip("/") != action.prefix.rstrip("/"):
        return None
    bare, into = single["value"].rstrip("/"), (action.path or "/").rstrip("/")
    if into and not bare:  # only with its final slash Envoy Gateway keeps the one between
        joined = (action.path or "").endswith("/")
        return {"type": "ReplacePrefixMatch", "replacePrefixMatch": action.path} if joined else None
    if bare != single["value"] and bare:  # takes the same requests, and the bare path is replaced as well
        draft.matches = [draft.matches[0] | {"path": single | {"value": bare}}]
    return {"type": "ReplacePrefixMatch", "replacePrefixMatch": into or "/"}


def _verbatim(draft: RuleDraft, action: Redirect) -> list[Outcome]:
    url = action.url or ""
    if not draft.context.capabilities.route_filters:
        return _taken_apart(draft, action)
    draft.put(
        "redirect",
        ("HTTPRouteFilter", "directResponse"),
        {
            "statusCode": action.status,
            "header": {"set": [{"name": "Location", "value": literal(url)}]},
        },
    )
    if not url.isascii() or "  " in url or url != url.strip() or not url:
        return [_unsupported(f"the Location {url!r}")]
    return []


def _taken_apart(draft: RuleDraft, action: Redirect) -> list[Outcome]:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(action.url or "")
        port = parts.port
    except ValueError:
        return [_unsupported(f"the Location {action.url!r}")]
    if (
        parts.scheme not in ("http", "https")
        or not HOST_NAME.match(parts.hostname or "")
        or parts.query
        or action.status not in STATUSES
    ):
        return [_unsupported(f"the Location {action.url!r}")]
    fields: dict[str, Any] = {"scheme": parts.scheme, "hostname": str(parts.hostname)}
    if port:
        fields["port"] = port
    fields["path"] = {"type": "ReplaceFullPath", "replaceFullPath": parts.path or "/"}
    fields["statusCode"] = action.status
    for name, value in fields.items():
        draft.put("redirect", ("filters", "redirect", name), value)
    return [
        Outcome.approximate(
            "redirect.query-kept",
            "the redirect keeps the query of the request (was: dropped)",
            "use --to envoy-gateway to keep the Location",
            affects={"location"},
        )
    ]


def _unsupported(what: str) -> Outcome:
    return Outcome.unsupported(
        "redirect.no-field",
        f"no redirect of a route can have {what}; the rule is left out",
        "redirect in the application",
    )


def _differences(action: Redirect, draft: RuleDraft) -> list[Outcome]:
    https = draft.port.protocol == "HTTPS"
    if action.style == "envoy":
        return []
    outcome = _otherwise(action, https, _exact_paths(draft))
    return [outcome] if outcome is not None else []


@lru_cache(maxsize=4096)
def _otherwise(action: Redirect, https: bool, paths: tuple[str, ...]) -> Outcome | None:
    """What a Location that is not the same in the controller's style and in Envoy's is like."""
    example = _example(action, https, paths)
    if example is None:
        return None
    asked, before, after = example
    return Outcome.approximate(
        "redirect.location",
        for_any_host(f"{asked} redirects to {after} (was: {before})"),
        "check that both URLs lead to the same page",
        affects={"location"},
    )


def _exact_paths(draft: RuleDraft) -> tuple[str, ...]:
    """The only paths that the rule takes; none where it takes more."""
    paths = [match.get("path", {}) for match in draft.matches]
    exact = tuple(dict.fromkeys(path["value"] for path in paths if path.get("type") == "Exact"))
    return exact if all(path.get("type") == "Exact" for path in paths) else ()


def _example(action: Redirect, https: bool, paths: tuple[str, ...]) -> tuple[str, str, str] | None:
    """A request whose Location is not the same in the controller's style and in Envoy's."""
    if action.style not in STYLES:
        return None
    ours = Redirect(action.status, action.scheme, action.hostname, action.port, action.path, action.prefix)
    stem = (action.prefix or "").rstrip("/")
    samples = [path + query for path in paths for query in ("", "?x=1")] or [stem + sample for sample in _SAMPLES]
    for host in _HOSTS:
        for path in samples:
            before, after = (location(one, _exchange(host, path, https)) for one in (action, ours))
            if before != after:
                return f"{'https' if https else 'http'}://{host}{path}", before, after
    return None


def _exchange(host: str, path: str, https: bool) -> Exchange:
    scheme = "https" if https else "http"
    return Exchange(Request("GET", scheme, host, path), DEFAULT_PORTS[scheme])


def respond_rule(draft: RuleDraft, action: Respond) -> list[Outcome]:
    """A direct response."""
    if not draft.context.capabilities.route_filters:
        return [
            Outcome.unsupported(
                "fixed-response.no-filter",
                f"no route of plain Gateway API returns {action.status} by itself; the rule has no backend and "
                "returns 500",
                "use --to envoy-gateway, or a small web server",
            )
        ]
    spec: dict[str, Any] = {"statusCode": action.status or CLOSED_AS}
    if action.content_type:
        spec["contentType"] = action.content_type
    if action.body and draft.rule.origin is not None:
        spec["body"] = {"type": "Inline", "inline": literal(action.body)}
    if action.headers:
        spec["header"] = {"set": [{"name": name, "value": literal(value)} for name, value in action.headers]}
    draft.put("fixed-response", ("HTTPRouteFilter", "directResponse"), spec)
    if action.content_type and "body" not in spec:
        return [_NO_CONTENT_TYPE]
    return []


_NO_CONTENT_TYPE = Outcome.approximate(
    "fixed-response.content-type",
    "A response without a body carries no Content-Type: Envoy removes the header (was: sent).",
    "give the response a body if clients read the header",
    affects={"response-headers"},
)
