"""A Rule as the controller knows it, whether it was generated from an Ingress or written by hand."""

from __future__ import annotations

import json
from typing import Any

from converter.model import ObjectRef, Origin
from converter.model.data import dataclass
from converter.reading.inventory import Document
from converter.reading.manifests import mapping
from converter.routing.actions import Backend
from converter.routing.table import Feature
from converter.sources.alauda_alb.affinity import affinity
from converter.sources.alauda_alb.fields import Facts
from converter.sources.alauda_alb.headers import parse_request, parse_response
from converter.sources.alauda_alb.label_names import LabelNames
from converter.sources.alauda_alb.resources import labels, text
from converter.sources.alauda_alb.sourced_value import SourcedValue, Term

DEFAULT_PRIORITY = 5


NOTHING = SourcedValue("")
"""Not configured."""


@dataclass(slots=True)
class RuleSpec:
    """`spec` of a Rule with the facts behind each part."""

    name: tuple[str, ...]
    """What ties are broken by: the name of a Rule; a generated one is called `<frontend>-<random>`."""
    terms: tuple[Term, ...] | None
    object: ObjectRef
    origin: Origin
    label: str
    """What it is called in responses and reports."""
    priority: int = DEFAULT_PRIORITY
    priority_origins: tuple[Origin, ...] = ()
    domain: str = ""
    certificate: SourcedValue = NOTHING
    backends: tuple[Backend, ...] = ()
    affinity: SourcedValue | None = None
    backend_origins: tuple[Origin, ...] = ()
    protocol: SourcedValue = NOTHING
    rewrite: SourcedValue | None = None
    """(base, url, target)."""
    vhost: SourcedValue | None = None
    cors: SourcedValue | None = None
    """(origins, headers)."""
    redirect: SourcedValue | None = None
    auth: SourcedValue | None = None
    timeout: SourcedValue | None = None
    otel: SourcedValue | None = None
    waf: SourcedValue | None = None
    request_headers: SourcedValue | None = None
    response_headers: SourcedValue | None = None
    path_type: str = ""
    text: str = ""
    document: Document | None = None
    """A Rule of the input; None for what the controller generates from an Ingress."""
    facts: Facts | None = None
    """Those of the document."""
    refused: bool = False
    """The controller drops it, or stops because of it."""
    features: tuple[Feature, ...] = ()
    """Further facts of the same object that say nothing of requests."""


def services(group: Any) -> list[dict[str, Any]]:
    """`serviceGroup.services`."""
    listed = mapping(group).get("services")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def from_document(document: Document, facts: Facts, keys: LabelNames) -> RuleSpec:
    """A Rule of the input; its Services are resolved later, where the protocol of the port is known."""
    spec, config = mapping(document.body.get("spec")), mapping(mapping(document.body.get("spec")).get("config"))
    origin = (facts.take("spec.dslx") or (document.object_fact,))[0]
    notes = labels(document, "annotations")
    rule = RuleSpec((document.name,), None, document.ref, origin, document.name, path_type="DSLX")
    rule.priority = _integer(spec.get("priority"))
    rule.priority_origins = facts.take("spec.priority")
    rule.domain = text(spec.get("domain"))
    rule.certificate = SourcedValue(
        text(spec.get("certificate_name")), facts.take("spec.certificate_name", "spec.domain")
    )
    rule.backend_origins = facts.take("spec.serviceGroup")
    rule.protocol = SourcedValue(text(spec.get("backendProtocol")).lower(), facts.take("spec.backendProtocol"))
    group = mapping(spec.get("serviceGroup"))
    if group.get("session_affinity_policy"):
        rule.affinity = SourcedValue(affinity(group), rule.backend_origins)
    if spec.get("rewrite_target"):
        parts = tuple(text(spec.get(key)) for key in ("rewrite_base", "url", "rewrite_target"))
        rule.rewrite = SourcedValue(parts, facts.take("spec.rewrite_target", "spec.rewrite_base", "spec.url"))
    if spec.get("vhost"):
        rule.vhost = SourcedValue(text(spec.get("vhost")), facts.take("spec.vhost"))
    if spec.get("enableCORS") is True:
        said = (text(spec.get("corsAllowOrigin")), text(spec.get("corsAllowHeaders")))
        rule.cors = SourcedValue(said, facts.take("spec.enableCORS", "spec.corsAllowOrigin", "spec.corsAllowHeaders"))
    rule.redirect = _redirect(spec, config, facts)
    for part in ("auth", "timeout", "otel"):
        if isinstance(config.get(part), dict):
            setattr(rule, part, SourcedValue(config[part], facts.below(f"spec.config.{part}")))
    if isinstance(config.get("modsecurity"), dict):
        rule.waf = SourcedValue(config["modsecurity"], facts.below("spec.config.modsecurity") + snippet_facts(facts))
    rule.request_headers = _headers(notes.get(keys.rewrite_request), facts, keys.rewrite_request)
    rule.response_headers = _headers(notes.get(keys.rewrite_response), facts, keys.rewrite_response, True)
    return rule


def snippet_facts(facts: Facts) -> tuple[Origin, ...]:
    """Raw firewall rules of an object."""
    return tuple(origin for path, origin in facts.found.items() if path.endswith("/modsecurity-snippet"))


def _redirect(spec: dict[str, Any], config: dict[str, Any], facts: Facts) -> SourcedValue | None:
    """The old fields override `config.redirect` (redirect.go, mergeLegacyRedirectConfig)."""
    code, url = spec.get("redirectCode"), text(spec.get("redirectURL"))
    if not code and not url and not isinstance(config.get("redirect"), dict):
        return None
    merged = dict(mapping(config.get("redirect")))
    if isinstance(code, int) and code:
        merged["code"] = code
    if url:
        merged["url"] = url
    return SourcedValue(
        merged, facts.take("spec.redirectURL", "spec.redirectCode") + facts.below("spec.config.redirect")
    )


def _headers(value: str | None, facts: Facts, key: str, response: bool = False) -> SourcedValue | None:
    if value is None:
        return None
    return SourcedValue(
        (parse_response if response else parse_request)(value), facts.take(f"metadata.annotations.{key}")
    )


def _integer(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def otel_annotation(text: str) -> dict[str, Any] | None:
    """alb.ingress/otel; None for what is invalid or says `enable: false`: the rule then inherits (otel.go:47-60)."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) and data.get("enable") is True else None
