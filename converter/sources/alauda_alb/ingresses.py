"""What the controller makes of an Ingress: one Rule a path and port (alb: ingress/ingress_sync.go)."""

from __future__ import annotations

from typing import Any

from converter.model import Outcome
from converter.model.ledger import Ledger
from converter.packs.codecs import CodecError, go_int
from converter.packs.settings import Settings
from converter.reading.inventory import Ingress, IngressPath
from converter.routing.actions import Backend
from converter.sources.alauda_alb import affinity, auth, dslx, headers, redirects, rule_spec, timeouts, tls_hosts
from converter.sources.alauda_alb.endpoints import Finder, unresolved
from converter.sources.alauda_alb.ingress_annotations import IngressAnnotations
from converter.sources.alauda_alb.resources import Frontend
from converter.sources.alauda_alb.rule_spec import DEFAULT_PRIORITY, RuleSpec
from converter.sources.alauda_alb.sourced_value import SourcedValue

PROTOCOLS = ("", "http", "https")


class Generator:
    """The rules of one Ingress."""

    def __init__(self, ingress: Ingress, notes: IngressAnnotations, finder: Finder, ledger: Ledger) -> None:
        self.ingress, self.notes = ingress, notes
        self._finder, self._ledger = finder, ledger
        self.certified = tls_hosts.certificates(ingress, notes.everywhere)
        self.dropped: set[tuple[int, int]] = set()
        self._read: dict[int, dict[str, Any]] = {}

    def panic(self) -> str:
        """Why the controller dies of this Ingress, over and over."""
        protocol = self.notes.everywhere.value("backend-protocol", "protocol", "").lower()
        if protocol not in PROTOCOLS and any(rule.paths for rule in self.ingress.rules):
            return f"backend-protocol {protocol!r} makes Alauda ALB's controller crash; it knows http and https"
        backends = [path.backend for rule in self.ingress.rules for path in rule.paths or ()]
        if any(one is None or not one.service for one in backends):
            return "a backend that is not a Service makes Alauda ALB's controller crash"
        return ""

    def rules(self, frontend: Frontend) -> list[RuleSpec]:
        """The generated Rules of one port."""
        out = []
        for number, rule in enumerate(self.ingress.rules):
            for index, path in enumerate(rule.paths or ()):
                made = self._rule(frontend, number, index, rule.host, path)
                if made is not None:
                    out.append(made)
        return out

    def _rule(self, frontend: Frontend, number: int, index: int, host: str, path: IngressPath) -> RuleSpec | None:
        ingress, settings = self.ingress, self.notes.of(number, index)
        origin = ingress.path_fact(number, index)
        target = self._backend(path)
        if target is None:
            self.dropped.add((number, index))
            wanted = path.backend.service if path.backend else ""
            words = f"Service {wanted} has no such port, so Alauda ALB drops the rule"
            outcome = Outcome.obsolete("backend.unresolved", words, "correct the port name")
            self._ledger.settle(origin, outcome)
            return None
        name = (f"{frontend.name}-", ingress.namespace, ingress.name, f"{number:05d}", f"{index:05d}")
        label = f"{ingress.namespace}/{ingress.name} rules[{number}].paths[{index}]"
        terms = dslx.of_path(host, path.path, path.path_type)
        rule = RuleSpec(name, terms or None, ingress.ref, origin, label, domain=host)
        rule.path_type, rule.text = path.path_type or "ImplementationSpecific", path.path
        rule.backends = (target,)
        rule.certificate = self.certified.get(host, SourcedValue(""))
        self._fill(rule, settings, frontend, host, path.path)
        return rule

    def _backend(self, path: IngressPath) -> Backend | None:
        """None where a port name is known not to exist (GetServicePortNumber)."""
        wanted = path.backend
        if wanted is None:
            return None
        found = self._finder.find(self.ingress.namespace, wanted)
        return None if unresolved(found) else found

    def _fill(self, rule: RuleSpec, settings: Settings, frontend: Frontend, host: str, path: str) -> None:
        if "rule-order" in settings:
            self._order(rule, settings)
        if id(settings) not in self._read:
            self._read[id(settings)] = self._same_for_all_paths(settings)
        for name, said in self._read[id(settings)].items():
            setattr(rule, name, said)
        target = _text(settings, "rewrite", "target")
        rule.rewrite = SourcedValue((path, path, target.value), target.origins) if target else None
        if "redirect" not in settings:
            return
        has_tls = tls_hosts.listed(self.ingress, self.notes.everywhere, host)
        cr = redirects.from_annotations(settings.get("redirect"), has_tls)
        if cr and not (frontend.protocol == "https" and redirects.only_to_https(cr.value, frontend.port)):
            rule.redirect = cr

    def _same_for_all_paths(self, settings: Settings) -> dict[str, Any]:
        """Parts of a Rule that neither path nor port have a say in."""
        out: dict[str, Any] = {}
        cors = settings.get("cors")
        if cors.get("enabled"):
            out["cors"] = SourcedValue((cors.get("origins", ""), cors.get("headers", "")), cors.facts())
        try:
            out["timeout"] = timeouts.from_annotations(settings.get("timeouts"))
        except CodecError as error:
            self._void_timeouts(settings, str(error))
        out |= {
            "protocol": _text(settings, "backend-protocol", "protocol", lower=True),
            "vhost": _text(settings, "upstream-host", "host"),
            "auth": auth.from_annotations(settings),
            "affinity": self._affinity(settings),
            "otel": _otel(settings),
            "waf": _waf(settings),
            "request_headers": _headers(settings, "request-headers"),
            "response_headers": _headers(settings, "response-headers"),
        }
        return {name: said for name, said in out.items() if said is not None}

    def _affinity(self, settings: Settings) -> SourcedValue | None:
        setting = settings.get("session-affinity")
        if setting.get("policy"):
            self.notes.mark(setting.facts())
        return affinity.from_annotations(setting, self._ledger)

    def _order(self, rule: RuleSpec, settings: Settings) -> None:
        order = settings.get("rule-order")
        try:
            rule.priority = go_int(order.get("priority", "")) or DEFAULT_PRIORITY
            rule.priority_origins = order.facts()
        except CodecError:
            rule.priority = DEFAULT_PRIORITY

    def _void_timeouts(self, settings: Settings, why: str) -> None:
        origins = settings.get("timeouts").facts()
        self.notes.mark(origins)
        words = f"{why}, so Alauda ALB ignores all timeouts of the rule"
        for origin in origins:
            self._ledger.settle(origin, Outcome.obsolete("timeouts.invalid", words), "timeouts")


def _text(settings: Settings, feature: str, field: str, lower: bool = False) -> SourcedValue | None:
    setting = settings.get(feature)
    value = setting.get(field, "")
    return SourcedValue(value.lower() if lower else value, setting.facts(field)) if value else None


def _headers(settings: Settings, feature: str) -> SourcedValue | None:
    setting = settings.get(feature)
    text = setting.get("rewrite")
    if text is None:
        return None
    parse = headers.parse_request if feature == "request-headers" else headers.parse_response
    return SourcedValue(parse(text), setting.facts("rewrite"))


def _otel(settings: Settings) -> SourcedValue | None:
    """alb: pkg/controller/ext/otel/otel.go:40-77."""
    setting = settings.get("telemetry")
    if setting.get("config"):
        config = rule_spec.otel_annotation(setting.get("config"))
        return SourcedValue(config, setting.facts("config")) if config else None
    enabled, trust = setting.get("enabled"), setting.get("trust")
    if not enabled and not trust:
        return None
    config = {"enable": _bool(enabled, False)} if enabled else {}
    if trust:
        config |= {"enable": True, "flags": {"notrust_incoming_span": not _bool(trust, True)}}
    return SourcedValue(config, setting.facts("enabled", "trust"))


def _bool(text: str, default: bool) -> bool:
    lowered = text.lower()
    return lowered in ("1", "t", "true") if lowered in ("1", "t", "true", "0", "f", "false") else default


def _waf(settings: Settings) -> SourcedValue | None:
    """alb: pkg/controller/ext/waf/waf.go:40-86; an empty enable-modsecurity is not configured."""
    setting = settings.get("waf")
    if not setting.get("enabled"):
        return None
    config = {
        "enable": setting.get("enabled") == "true",
        "useCoreRules": setting.get("core_rules") == "true",
        "transactionId": setting.get("transaction_id", ""),
        "cmRef": setting.get("cmref", ""),
        "useRecommend": setting.get("recommended") == "true",
        "snippet": setting.get("snippet", ""),
    }
    return SourcedValue(config, setting.facts())
