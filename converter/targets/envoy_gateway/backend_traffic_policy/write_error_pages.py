"""Error pages: BackendTrafficPolicy.responseOverride, by a route of an internal host or as a fixed response.

Measured on Envoy Gateway 1.9: `redirect` is internal, so that the client sees the response of the error route with the
status of its backend; a path for each code lets that route say the code (X-Code); the query stays, the original path is
lost. The policy stands on the routes of the application: on the error route, or on the Gateway, it would respond with
302."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from converter.model import Outcome
from converter.packs.features import load_yaml, mappings_dir
from converter.packs.load import TargetRow
from converter.routing.error_pages import BODY, FALLBACK, ErrorAnswer, ErrorPages
from converter.routing.table import Feature
from converter.targets.context import Context, by_hand, outcome_from_row
from converter.targets.envoy_gateway.format_strings import formatted
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.gateway_api.http_route.write_actions import literal
from converter.targets.gateway_api.http_route.write_misdirected import has_own_tls
from converter.targets.handlers import handler
from converter.targets.service_pods import images_of
from converter.targets.virtual_hosts import PortHost

ERRORS = "3-error"
OVERRIDE = ("BackendTrafficPolicy", "responseOverride")
HOST = "error-pages.internal"
MOST_CODES = 50
"""Items of statusCodes."""


class ErrorRoute(NamedTuple):
    """A service of error pages."""

    namespace: str
    name: str
    port: int

    @property
    def host(self) -> str:
        """The internal host of its route."""
        return f"{self.name}.{self.namespace}.{HOST}".lower()


class ErrorRouteCodes(dict[ErrorRoute, dict[int, None]]):
    """Services of error pages that routes are still to be written for, and their codes."""


@handler("error-pages")
def custom_errors(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """An entry for each code, or one for all where the controller itself responds."""
    pages, context = feature.value, draft.context
    if isinstance(pages, ErrorAnswer):
        return _fixed_answer(draft, feature, pages, row)
    if not isinstance(pages, ErrorPages):
        return outcome_from_row(row, feature.name, feature.note)
    codes = ", ".join(map(str, pages.codes))
    if pages.service is None:
        draft.put(feature.name, (*OVERRIDE, ERRORS), _entry(pages.codes, pages.intercept, {"response": _fixed()}))
        why = f"Service {pages.missing} is not in the input" if pages.missing else "there is no default backend Service"
        return Outcome.approximate(
            "custom-errors.fixed",
            f"Responses with {codes} become {FALLBACK} with a fixed body, as {why}.",
            "add the Service to the input" if pages.missing else "",
            affects={"response-headers", "body"},
        )
    unreachable = _unreachable(draft)
    if unreachable:
        return Outcome.manual(
            "custom-errors.listener", f"Responses with {codes} are no longer replaced: {unreachable}", row.hint
        )
    route = ErrorRoute(*pages.service)
    for code in pages.codes:
        path = {"type": "ReplaceFullPath", "replaceFullPath": f"/{code}"}
        action = {"redirect": {"hostname": route.host, "path": path}}
        draft.put(feature.name, (*OVERRIDE, f"{ERRORS}-{code}"), _entry((code,), pages.intercept, action))
    wanted = context.output.shared.of(ErrorRouteCodes, ErrorRouteCodes)
    wanted.setdefault(route, {}).update(dict.fromkeys(pages.codes))
    return _outcome(codes, route, context)


def _fixed_answer(draft: RuleDraft, feature: Feature, answer: ErrorAnswer, row: TargetRow) -> Outcome:
    """A redirect, or a text."""
    codes = [str(code) for code in answer.codes]
    response: dict[str, Any] = {}
    if answer.status:
        response["statusCode"] = answer.status
    if answer.location:
        location = formatted(answer.location)
        if location is None:
            return by_hand(row, feature.name, "Envoy has no operator for a variable of the URL", "variable")
        response["header"] = {"set": [{"name": "Location", "value": location}]}
    if answer.content_type and answer.body:
        response["contentType"] = answer.content_type
    if answer.body:
        response["body"] = {"type": "Inline", "inline": literal(answer.body)}
    if not response:
        return by_hand(row, feature.name, "the response has neither a status nor a body of its own", "empty")
    entry = _entry(answer.codes, answer.intercept, {"response": response})
    draft.put(feature.name, (*OVERRIDE, "-".join([ERRORS, *codes])), entry)
    whose = "Responses" if answer.intercept else "Responses of the proxy itself"
    becomes = f"a redirect ({answer.status})" if answer.location else "a fixed response"
    return Outcome.approximate(
        "custom-errors.answer",
        f"{whose} with {', '.join(codes)} become {becomes}, by a responseOverride of a BackendTrafficPolicy.",
        affects={"response-headers", "body"},
    )


def _entry(codes: tuple[int, ...], intercept: bool, action: dict[str, Any]) -> dict[str, Any]:
    return {"match": _match(codes), "source": "All" if intercept else "Local"} | action


def _match(codes: tuple[int, ...]) -> dict[str, Any]:
    """Each code, or ranges where they are more than an entry may have."""
    if len(codes) <= MOST_CODES:
        return {"statusCodes": [{"type": "Value", "value": code} for code in codes]}
    known = set(codes)
    starts = [code for code in sorted(known) if code - 1 not in known]
    ends = [code for code in sorted(known) if code + 1 not in known]
    ranges = [{"start": start, "end": end} for start, end in zip(starts, ends, strict=True)]
    return {"statusCodes": [{"type": "Range", "range": one} for one in ranges]}


def _fixed() -> dict[str, Any]:
    return {"statusCode": FALLBACK, "contentType": "text/plain", "body": {"type": "Inline", "inline": BODY}}


def _unreachable(draft: RuleDraft) -> str:
    """Why a route of another host cannot be reached from this one; "" where it can."""
    context = draft.context
    if context.options.gateway:
        return "the Gateway is another's, and whether a route of an internal host can attach to it is not known"
    if (context.options.listeners or context.setting("listeners")) != "shared":
        return "listeners for one host each do not serve the route of an internal host"
    vhost = draft.port.select(draft.host) if draft.host else None
    if vhost is not None and has_own_tls(PortHost(draft.port, draft.host, vhost.rules, vhost.features), context):
        return "the host has a listener of its own, which does not serve the route of an internal host"
    return ""


def _outcome(codes: str, route: ErrorRoute, context: Context) -> Outcome:
    text = (
        f"Responses with {codes} are replaced by those of Service {route.namespace}/{route.name}, through a route of "
        f"the internal host {route.host}. It gets the code as X-Code and that host as Host; X-Original-URI, "
        "X-Namespace, X-Ingress-Name and X-Service-Name are not sent. The status is that of its response, as before. "
        "Clients that send that Host reach the error pages."
    )
    if any(_responds_with_code(image) for image in images_of(context, route.namespace, route.name)):
        return Outcome.approximate("custom-errors.route", text)
    return Outcome.manual(
        "custom-errors.status-unknown",
        text,
        "see that the Service responds with the status of X-Code where clients depend on it, as the image "
        "ingress-nginx/custom-error-pages does, then accept this finding",
    )


@lru_cache
def _known_images() -> tuple[str, ...]:
    return tuple(load_yaml(mappings_dir() / "error-services.yaml")["images"])


def _responds_with_code(image: str) -> bool:
    repository = image.partition("@")[0].rpartition(":")[0] or image
    return repository.endswith(_known_images())
