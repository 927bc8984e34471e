"""Settings of a whole entry that change or read headers of every request or answer."""

from __future__ import annotations

from typing import Any

from converter.model import Outcome
from converter.model.request_kind import for_host, named, to_port
from converter.packs.load import TargetRow
from converter.routing.header_templates import HeaderTemplates
from converter.routing.request_rules import HeaderRules
from converter.routing.steps import HeaderEdit
from converter.routing.table import Feature
from converter.targets.context import outcome_from_row
from converter.targets.draft import FieldSet
from converter.targets.envoy_gateway.entry_settings import CTP, entry_handler, field_of, kept
from converter.targets.envoy_gateway.format_strings import formatted
from converter.targets.gateway_api.http_route.write_actions import literal


@entry_handler("header-normalisation")
def header_normalisation(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome | list[Outcome]:
    """What happens to names with an underscore or a dot, and to a dot at the end of Host."""
    value = feature.value
    action = {"allow": "Allow", "drop": "DropHeader", "reject": "RejectRequest"}.get(
        str(field_of(value, "underscores", ""))
    )
    if action is None and not isinstance(value, HeaderRules):
        return outcome_from_row(row, feature.name, feature.note)
    if action:
        field_set.put(feature.name, (CTP, "headers", "withUnderscoresAction"), action)
    if field_of(value, "strip_host_dot"):
        field_set.put(feature.name, (CTP, "headers", "host", "stripTrailingHostDot"), True)
        if field_of(value, "forward_host_dot"):
            text = "a trailing dot of the Host is stripped (was: ignored by matching, and forwarded to the backend)"
            dots = "headers with a dot in their name are forwarded to the backend (was: dropped)"
            return [
                Outcome.approximate(
                    "header-normalisation.host-dot", text, affects={"host", "request-headers"}, when=named("odd-host")
                ),
                Outcome.approximate(
                    "header-normalisation.host-dot", dots, affects={"request-headers"}, when=named("odd-header")
                ),
                Outcome.approximate(
                    "header-normalisation.host-dot",
                    "a Host with more than one colon matches no host (was: ignored from the first colon on)",
                    affects={"status", "location", "backends", "host", "body", "response-headers"},
                    when=named("odd-port"),
                ),
            ]
    return kept(feature, "header names with an underscore are handled as before")


def final_dot(gateway: str) -> Outcome:
    """A Host with a final dot, where no policy can strip it."""
    owner = f"Gateway {gateway}" if gateway else "the implementation"
    return Outcome.approximate(
        "header-normalisation.host-dot",
        f"whether a Host with a trailing dot matches a host is up to {owner} (was: the dot is ignored)",
        "set headers.host.stripTrailingHostDot in a ClientTrafficPolicy of the Gateway" if gateway else "",
        affects={"status", "location", "backends", "host", "body", "response-headers", "connection"},
        when=named("odd-host"),
    )


HSTS_OF_SERVERS = Outcome.approximate(
    "hsts.server-response",
    "Redirects of app-root and to login pages, and responses of server snippets, carry Strict-Transport-Security too. "
    "The controller leaves it out there.",
    affects={"response-headers"},
    when=to_port(443),
)


@entry_handler("hsts")
def hsts(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome | list[Outcome]:
    """The header on every response by https, in place of one of the backend."""
    text = hsts_value(feature.value)
    if text is None:
        return outcome_from_row(row, feature.name, feature.note)
    field_set.put(
        feature.name,
        ("https", "headers", "lateResponseHeaders", "set"),
        [
            {"name": "Strict-Transport-Security", "value": literal(text)},
        ],
    )
    unchanged = kept(feature, "HTTPS responses carry the header, as before")
    without = field_of(feature.value, "without")
    servers = bool(field_of(without, "rules") or field_of(without, "login_pages"))
    return [
        unchanged,
        *([HSTS_OF_SERVERS] if servers else []),
        *(
            Outcome.approximate(
                "hsts.www-redirect",
                "Redirects between a host and its www form carry Strict-Transport-Security too. The controller "
                "leaves it out "
                "there.",
                affects={"response-headers"},
                when=for_host("exact", host),
            )
            for host in sorted(field_of(without, "hosts") or ())
        ),
    ]


def hsts_value(value: Any) -> str | None:
    """The text of the header from whatever the source knows of it."""
    if isinstance(value, str):
        return value
    text = field_of(value, "value")
    if isinstance(text, str):
        return text
    if isinstance(value, HeaderEdit):
        return next((text for name, text in value.response_set if name.lower() == "strict-transport-security"), None)
    seconds = field_of(value, "max_age")
    if seconds is None:
        return None
    text = f"max-age={seconds}"
    if field_of(value, "include_subdomains", field_of(value, "subdomains")):
        text += "; includeSubDomains"
    return text + ("; preload" if field_of(value, "preload") else "")


@entry_handler("header-edit")
def header_edit(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """Headers of every response or request of the entry."""
    value = feature.value
    if not isinstance(value, HeaderEdit):
        return outcome_from_row(row, feature.name, feature.note)
    for side, sets, adds, removes in (
        ("lateResponseHeaders", value.response_set, value.response_add, value.response_remove),
        ("earlyRequestHeaders", value.request_set, value.request_add, value.request_remove),
    ):
        for verb, pairs in (("set", sets), ("add", adds)):
            if verb == "set" and side == "earlyRequestHeaders":
                for name, text in pairs:  # one by one, as other features write here, too
                    field_set.put(feature.name, (CTP, "headers", side, verb, name), literal(text))
            elif pairs:
                entries = [{"name": name, "value": literal(text)} for name, text in pairs]
                field_set.put(feature.name, (CTP, "headers", side, verb), entries)
        if removes:
            field_set.put(feature.name, (CTP, "headers", side, "remove"), list(removes))
    return kept(feature, "the Gateway changes these headers of every response or request")


@entry_handler("header-templates")
def header_templates(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """Headers of every response whose values depend on the request."""
    value = feature.value
    if not isinstance(value, HeaderTemplates):
        return outcome_from_row(row, feature.name, feature.note)
    texts = {name: formatted(parts) for name, parts in value.response_set}
    entries = [{"name": name, "value": text} for name, text in texts.items() if text is not None]
    if entries:
        field_set.put(feature.name, (CTP, "headers", "lateResponseHeaders", "set"), entries)
    lost = ", ".join(name for name, text in texts.items() if text is None)
    if lost:
        words = f"{lost}: Envoy has no operator for the value"
        return Outcome.manual(f"{feature.name}.operator", words, row.hint, affects={"response-headers"})
    return Outcome.approximate(
        f"{feature.name}.operators",
        "becomes lateResponseHeaders of a ClientTrafficPolicy with operators of Envoy; Host keeps its port, and paths "
        "are in Envoy's normal form",
        affects={"response-headers"},
    )
