"""What a client may do: lists of rules, and another service that is asked."""

from __future__ import annotations

from converter.model.data import dataclass
from converter.reading.manifests import mapping, mappings
from converter.routing.decision import Decision
from converter.routing.exchange import Exchange
from converter.routing.matchers import Condition, ValueMatcher
from converter.routing.steps import AddressList, Step
from converter.targets.envoy_gateway.security_policy.header_expressions import read_expression
from converter.targets.envoy_gateway.security_policy.write_client_subject import asks_for_subject
from converter.targets.resources import Body, sequence, text

DENIED = "RBAC: access denied"
TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class AccessRule:
    """Allow or deny where every condition and the path hold."""

    allow: bool
    conditions: tuple[Condition, ...]
    path: ValueMatcher | None = None
    outside: bool = False
    """The path must not match."""

    def takes(self, exchange: Exchange) -> bool:
        """Whether this rule decides about the request."""
        if self.path is not None and self.path.holds(exchange.path) == self.outside:
            return False
        return all(condition.holds(exchange) for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class AccessRules:
    """The first rule that takes a request decides; without one the default does."""

    rules: tuple[AccessRule, ...]
    allow: bool = False

    def apply(self, exchange: Exchange) -> None:
        rule = next((one for one in self.rules if one.takes(exchange)), None)
        if not (rule.allow if rule is not None else self.allow):
            exchange.refuse(403, body=DENIED)


def access_step(spec: Body) -> Step:
    """`authorization` of a SecurityPolicy: a plain address list where it is no more than that."""
    default = spec.get("defaultAction") == "Allow"
    rules = mappings(spec.get("rules"))
    if rules and all(_only_addresses(one) for one in rules) and _denials_first(rules):
        return AddressList(
            _addresses(rules, "Allow"),
            _addresses(rules, "Deny"),
            "allow" if default else "deny",
            403,
            DENIED,
        )
    return AccessRules(tuple(_rule(one) for one in rules), default)


def _only_addresses(rule: Body) -> bool:
    principal = mapping(rule.get("principal"))
    return not rule.get("operation") and not rule.get("cel") and list(principal) == ["clientCIDRs"]


def _denials_first(rules: list[Body]) -> bool:
    actions = [rule.get("action") for rule in rules]
    return actions == sorted(actions, key=lambda action: action != "Deny")


def _addresses(rules: list[Body], action: str) -> tuple[str, ...]:
    return tuple(
        text(cidr)
        for rule in rules
        if rule.get("action") == action
        for cidr in sequence(mapping(rule.get("principal")).get("clientCIDRs"))
    )


def _rule(rule: Body) -> AccessRule:
    principal, operation = mapping(rule.get("principal")), mapping(rule.get("operation"))
    conditions = []
    cidrs = tuple(ValueMatcher("cidr", text(cidr)) for cidr in sequence(principal.get("clientCIDRs")))
    if cidrs:
        conditions.append(Condition("source", "", cidrs))
    for header in mappings(principal.get("headers")):
        values = tuple(ValueMatcher("exact", text(value)) for value in sequence(header.get("values")))
        conditions.append(Condition("header", text(header.get("name")).lower(), values))
    read = read_expression(text(rule.get("cel")))
    if read is not None:
        conditions.append(Condition("header", read[0], read[1], "first"))
    unread = rule.get("cel") and read is None and not asks_for_subject(text(rule["cel"]))
    if principal.get("jwt") or principal.get("clientIPGeoLocations") or unread:
        conditions.append(Condition("source", "", (ValueMatcher("never"),)))  # is not known from a request alone
    methods = tuple(ValueMatcher("exact", text(method)) for method in sequence(operation.get("methods")))
    if methods:
        conditions.append(Condition("method", "", methods))
    path = mapping(operation.get("path"))
    return AccessRule(
        rule.get("action") == "Allow",
        tuple(conditions),
        _path(path) if path else None,
        bool(path.get("invert")),
    )


def _path(path: Body) -> ValueMatcher:
    kind = {"Exact": "exact", "RegularExpression": "regex"}.get(text(path.get("type")), "segment")
    return ValueMatcher(kind, text(path.get("value")))


@dataclass(frozen=True, slots=True)
class EnvoyExternalAuth:
    """Another service decides. Only its 200 admits; any other response below 500 goes to the client as it is.

    What the service responds with is what the request says of it (`given`), 200 where it says nothing.
    """

    service: str
    to_backend: tuple[str, ...] = ()
    fail_open: bool = False
    on_error: int = 403
    timeout: float = TIMEOUT

    def apply(self, exchange: Exchange) -> None:
        given = exchange.given(self.service)
        status = int(given.get("status", 200))
        headers = {name.lower(): str(value) for name, value in (given.get("headers") or {}).items()}
        if status >= 500 or float(given.get("delay", 0)) >= self.timeout:
            if not self.fail_open:
                exchange.refuse(self.on_error)
        elif status != 200:
            location = headers.pop("location", None)
            lines = {**exchange.response_headers, **headers}
            body = given.get("body") or None
            exchange.answer = Decision(status, location=location, response_headers=lines, body=body)
        else:
            for name in self.to_backend:
                if name.lower() in headers:
                    exchange.request_headers[name.lower()] = headers[name.lower()]
