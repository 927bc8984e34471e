"""Redirects of an ALB, which may name parts of the request by keywords (lbc: pkg/gateway/routeutils/)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from converter.model import Outcome
from converter.routing import aws_alb as _alb  # noqa: F401  (fills the style of Locations)
from converter.routing.actions import Redirect
from converter.routing.exchange import DEFAULT_PORTS, Exchange, Request
from converter.routing.locations import SAMPLE_HOST, for_any_host, location
from converter.targets.aws.http_route.write_actions import RULE
from converter.targets.gateway_api.http_route.write_actions import HOST_NAME, STATUSES, with_known_parts

if TYPE_CHECKING:
    from converter.targets.gateway_api.http_route.rule_draft import RuleDraft

_SAMPLES = ("/", "/a", "/a/", "/a/b?x=1", "/a/?x=1")


def redirect(draft: RuleDraft, action: Redirect) -> list[Outcome]:
    """A requestRedirect filter, whose path may hold the ALB's keywords; the query goes to the rule's configuration."""
    plain = _taken_apart(action)
    if plain is None:
        return _impossible(draft, f"the Location {action.url!r}")
    wanted = with_known_parts(plain, draft.host)
    problem = _problem(wanted)
    if problem:
        return _impossible(draft, problem)
    status = {303: 302, 307: 302, 308: 301}.get(wanted.status, wanted.status)
    fields: dict[str, Any] = {"statusCode": status}
    if wanted.scheme:
        fields["scheme"] = wanted.scheme
    if wanted.hostname:
        fields["hostname"] = wanted.hostname.lower()
    if wanted.path is not None:
        fields["path"] = {"type": "ReplaceFullPath", "replaceFullPath": wanted.path}
    port = wanted.port
    if port is not None and (wanted.scheme or port != draft.port.number):
        fields["port"] = port
    for name, value in fields.items():
        draft.put("redirect", ("filters", "redirect", name), value)
    if wanted.query is not None:
        draft.put("redirect", (RULE, "actions[1]"), {"type": "redirect", "redirectConfig": {"query": wanted.query}})
    return _differences(action, wanted, status, draft)


def _taken_apart(action: Redirect) -> Redirect | None:
    """A whole URL as its parts."""
    if action.url is None:
        return action
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(action.url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or parts.fragment:
        return None
    port = port or DEFAULT_PORTS.get(parts.scheme, 80)
    return Redirect(
        action.status,
        parts.scheme,
        parts.hostname or "",
        port,
        parts.path or "/",
        None,
        parts.query,
        style=action.style,
    )


def _problem(action: Redirect) -> str:
    if action.status not in STATUSES:
        return f"the status {action.status}"
    if action.hostname is not None and not HOST_NAME.match(action.hostname):
        return f"the host {action.hostname!r}"
    if action.port is not None and not 0 < action.port < 2**16:
        return f"the port {action.port}"
    if action.prefix is not None or action.rewrite is not None:
        return "a path that is made of a part of the old one"
    if action.path is not None and (not action.path.startswith("/") or set("*?") & set(action.path)):
        return f"the path {action.path!r}"
    return ""


def _impossible(draft: RuleDraft, what: str) -> list[Outcome]:
    draft.matches = []
    return [
        Outcome.unsupported(
            "redirect.no-field",
            f"no redirect of an ALB can have {what}; the rule is left out",
            "redirect in the application",
        )
    ]


def _differences(action: Redirect, wanted: Redirect, status: int, draft: RuleDraft) -> list[Outcome]:
    out = []
    if status != action.status:
        out.append(
            Outcome.approximate(
                "redirect.status",
                f"an ALB redirects with 301 or 302: {action.status} becomes {status}",
                "clients may turn a POST into a GET",
                affects={"status"},
            )
        )
    if action.style != "aws" or action.url is not None:
        example = _example(action, wanted, draft)
        if example:
            out.append(
                Outcome.approximate(
                    "redirect.location",
                    example,
                    "check that both URLs lead to the same page",
                    affects={"location"},
                )
            )
    return out


def _example(action: Redirect, wanted: Redirect, draft: RuleDraft) -> str:
    scheme, number = draft.port.protocol.lower(), draft.port.number
    ours = replace(wanted, port=wanted.port or DEFAULT_PORTS.get(wanted.scheme or ""), style="aws")
    for sample in _SAMPLES:
        request = Request("GET", scheme, SAMPLE_HOST, sample)
        before, after = (location(one, Exchange(request, number)) for one in (action, ours))
        if before != after:
            return for_any_host(f"{scheme}://{SAMPLE_HOST}{sample} redirects to {after} (was: {before})")
    return ""
