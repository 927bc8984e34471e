"""Rules of the table: conditions, steps in the order of the Lua code, action, place in the list.

alb: controller/cli/policy_l7.go, template/nginx/lua/phase/{l7_rewrite_phase,l7_header_filter_phase}.lua.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from converter.model import Location, ObjectRef, Origin
from converter.reading.inventory import Inventory
from converter.routing.actions import Action, Backend, Forward, Redirect, Respond
from converter.routing.details import Details
from converter.routing.steps import Deny, HeaderEdit, HostRewrite, PathRewrite
from converter.routing.table import Feature, Rule
from converter.sources.alauda_alb import auth, cors, dslx, headers, redirects, timeouts
from converter.sources.alauda_alb.affinity import as_feature
from converter.sources.alauda_alb.inherited import inherit
from converter.sources.alauda_alb.resources import Alb, Frontend
from converter.sources.alauda_alb.rewrites import WITHOUT_SLASH, rewrite, without_slash
from converter.sources.alauda_alb.rule_spec import RuleSpec
from converter.sources.alauda_alb.sourced_value import SourcedValue

GRPC_AUTHORITY = "http_backend"
"""alb: pkg/controller/ngxconf/nginx.tmpl, `grpc_pass grpc://http_backend`."""


class Policy(NamedTuple):
    """A rule in the list of policies that the controller writes (alb: controller/types/types.go:156-166)."""

    priority: int
    weight: int
    """Higher comes first."""
    length: int
    """Longer comes first."""
    dsl: object = None
    """The internal form of the conditions, nested lists; None: none, as for the default backend."""
    broken: bool = False
    """The conditions make the Lua code fail, so every request that they match gets 500."""


class Placed(NamedTuple):
    """A policy with its name and rules, sorted by the controller (alb: controller/types/helper.go:28-43)."""

    policy: Policy
    name: tuple[str, ...]
    rules: list[Rule]

    @property
    def key(self) -> tuple[Any, ...]:
        priority, weight, length = self.tie
        return (priority, -weight, -length, self.name)

    @property
    def tie(self) -> tuple[int, int, int]:
        """What decides before the name, which is random for generated rules."""
        return self.policy[:3]


def place(rule: RuleSpec, frontend: Frontend, alb: Alb, inventory: Inventory) -> Placed:
    """The policy of a rule; DslxError where it has none, or stops the whole ALB."""
    if rule.terms is None:
        raise dslx.DslxError("it has no conditions, so Alauda ALB drops it")
    expression = dslx.internal(rule.terms)
    policy = Policy(rule.priority, dslx.weight(rule.terms), dslx.length(expression), expression)
    features, action = _treatment(rule, frontend, alb, inventory)
    namespace = backend_namespace(action, rule.object)
    made = []
    for matcher in dslx.matchers(rule.terms):
        end: Action = Respond(500) if matcher.broken else action
        made.append(
            Rule(
                matcher.match,
                end,
                () if matcher.broken else features,
                matcher.hosts,
                rule.label,
                rule.object,
                rule.origin,
                rule.path_type,
                rule.text,
                namespace=namespace,
                details=Details(policy._replace(broken=matcher.broken)),
            )
        )
    return Placed(policy, rule.name, made)


def backend_namespace(action: Action, owner: ObjectRef | None) -> str:
    """Where the Services are, if they are together and elsewhere: a route there needs no grant and is its team's."""
    spaces = {backend.namespace for backend in action.backends} if isinstance(action, Forward) else set()
    here = owner.namespace if owner is not None else ""
    return spaces.pop() if len(spaces) == 1 and here not in spaces else ""


def _treatment(
    rule: RuleSpec, frontend: Frontend, alb: Alb, inventory: Inventory
) -> tuple[tuple[Feature, ...], Action]:
    """Features in the order in which they apply, and the action."""
    rule = inherit(rule, frontend, alb)
    grpc = frontend.protocol == "grpc"
    out = list(rule.features)
    if rule.priority_origins:
        out.append(Feature("rule-order", rule.priority, rule.priority_origins))
    if rule.waf and rule.waf.value.get("enable"):
        out.append(Feature("waf", dict(rule.waf.value), rule.waf.origins))
    if rule.response_headers and rule.response_headers.value and not grpc:
        edit, _ = headers.edits(rule.response_headers.value, response=True)
        if edit:
            out.append(Feature("response-headers", edit, rule.response_headers.origins))
    if rule.redirect:
        return _redirected(rule, rule.redirect, out)
    if rule.cors:
        out.append(_cors(rule.cors, grpc))
    protocol = _wanted(rule, inventory)
    if rule.protocol.origins:
        out.append(Feature("backend-protocol", protocol.upper() or "HTTP", rule.protocol.origins))
    out += _towards_backend(rule, frontend)
    out += _authentication(rule, inventory)
    out += _connection_features(rule)
    if not spoken(frontend, protocol):
        return tuple(out), Respond(500)
    return tuple(out), Forward(shared(rule.backends, speaks(frontend, protocol)))


def _redirected(rule: RuleSpec, said: SourcedValue, out: list[Feature]) -> tuple[tuple[Feature, ...], Action]:
    """A redirect comes before everything but header changes of responses: no authentication, no rewrite."""
    action = redirects.action(said.value)
    out.append(redirect_feature(said, action))
    if rule.backend_origins:
        out.append(Feature("backend", None, rule.backend_origins, "a redirect asks no backend"))
    return tuple(out), action


def redirect_feature(said: SourcedValue, action: Redirect | Respond) -> Feature:
    """The facts of a redirect; the action is its value."""
    cr = said.value
    name = (
        "https-redirect"
        if cr.get("scheme") == "https"
        and not any(cr.get(key) for key in ("url", "host", "prefix_match", "replace_prefix"))
        else "redirect"
    )
    note = redirects.BROKEN if redirects.is_broken(cr) else ""
    if isinstance(action, Respond):
        note = f"status {cr.get('code')} is none that Alauda ALB can redirect with: every request gets 500"
    elif not any(cr.get(key) for key in ("url", "scheme", "host", "port", "prefix_match")):
        note = "without a target every request is redirected to itself"
    return Feature(name, action, said.origins, note)


def _wanted(rule: RuleSpec, inventory: Inventory) -> str:
    """`$http_backend_protocol` is https where a port of the Services says so (policy_backend.go:52-60)."""
    if rule.protocol.value != "$http_backend_protocol":
        return str(rule.protocol.value)
    for one in rule.backends:
        service = inventory.service(one.namespace, one.name)
        port = service.find(one.port) if service else None
        if port is not None and port.app_protocol.lower() == "https":
            return "https"
    return "http"


def _cors(said: SourcedValue, grpc: bool) -> Feature:
    origins, allowed = said.value
    notes = ["only OPTIONS gets the headers on a gRPC port"] if grpc else []
    if not origins:
        notes.append("every origin is allowed, but browsers refuse * together with credentials")
    elif any("*" in item for item in origins.split(",")):
        notes.append("items with * never matched an origin")
    return Feature("cors", cors.cors(origins, allowed, grpc), said.origins, "; ".join(notes))


def grpc_authority(frontend: Frontend, said: tuple[Origin, ...] = ()) -> Feature:
    """The constant that gRPC backends see; a vhost has no effect there."""
    document = frontend.document
    where, owner = (document.location, document.ref) if document else (Location(""), None)
    origin = Origin("default", "grpc-authority", GRPC_AUTHORITY, where, owner)
    note = "Alauda ALB sends gRPC backends the constant authority http_backend"
    return Feature("upstream-host", HostRewrite(GRPC_AUTHORITY), (*said, origin), note)


def _towards_backend(rule: RuleSpec, frontend: Frontend) -> list[Feature]:
    out = []
    grpc = frontend.protocol == "grpc"
    if grpc:
        out.append(grpc_authority(frontend, rule.vhost.origins if rule.vhost else ()))
    elif rule.vhost:
        out.append(Feature("upstream-host", HostRewrite(rule.vhost.value), rule.vhost.origins))
    if rule.rewrite:
        step = rewrite(*rule.rewrite.value)
        note = step.reason if isinstance(step, Deny) else ""
        if isinstance(step, PathRewrite) and without_slash(step):
            note = WITHOUT_SLASH
        out.append(Feature("rewrite", step, rule.rewrite.origins, note))
    if rule.request_headers and rule.request_headers.value:
        kept, lost = headers.effective(rule.request_headers.value, grpc)
        edit, variables = headers.edits(kept, response=False)
        note = f"{', '.join(lost)}: the proxy writes its own, so this had no effect" if lost else ""
        if edit or not variables:
            out.append(Feature("request-headers", edit or HeaderEdit(), rule.request_headers.origins, note))
        if variables:
            out.append(Feature("header-variables", variables, rule.request_headers.origins))
    return out


def _authentication(rule: RuleSpec, inventory: Inventory) -> list[Feature]:
    out = []
    for step in auth.steps(rule.auth.value, inventory) if rule.auth else ():
        name = "basic-auth" if isinstance(step, auth.ApacheAuth) else "external-auth"
        note = f"Alauda ALB rejects every request with an error: {step.error}" if step.error else ""
        out.append(Feature(name, step, rule.auth.origins if rule.auth else (), note))
    return out


def _connection_features(rule: RuleSpec) -> list[Feature]:
    """What a single request does not show."""
    out = []
    if rule.timeout:
        out.append(Feature("timeouts", timeouts.step(rule.timeout.value), rule.timeout.origins))
    if rule.otel:
        out.append(Feature("telemetry", dict(rule.otel.value), rule.otel.origins))
    if rule.affinity and rule.affinity.value["type"]:
        out.append(as_feature(rule.affinity.value, rule.affinity.origins))
    if rule.backend_origins:
        out.append(Feature("backend", None, rule.backend_origins))
    return out


def spoken(frontend: Frontend, protocol: str) -> bool:
    """Whether nginx can speak this protocol to backends of the port; for any other it responds with 500."""
    return protocol.lower() in (("", "grpc", "grpcs") if frontend.protocol == "grpc" else ("", "http", "https"))


def speaks(frontend: Frontend, protocol: str) -> str:
    """What the proxy speaks to backends."""
    if frontend.protocol == "grpc":
        return "GRPCS" if protocol.lower() == "grpcs" else "GRPC"
    return "HTTPS" if protocol.lower() == "https" else "HTTP"


def shared(backends: tuple[Backend, ...], protocol: str) -> tuple[Backend, ...]:
    """Weights as the proxy counts them (alb: controller/cli/policy_backend.go:118-170).

    Clamped to 0..100; all 0 means equal shares; a Service without endpoints gets nothing and the others take its share.
    """
    if len(backends) == 1 and backends[0].weight == 100 and backends[0].protocol == protocol:
        return backends
    weights = [min(max(one.weight, 0), 100) for one in backends]
    if not sum(weights):
        weights = [1] * len(backends)
    ready = any(weight and not one.failure for one, weight in zip(backends, weights, strict=True))
    return tuple(
        replace(one, weight=0 if one.failure and ready else weight, protocol=protocol)
        for one, weight in zip(backends, weights, strict=True)
    )
