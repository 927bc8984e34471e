"""ALB actions as neutral actions and steps."""

from __future__ import annotations

import re
from typing import Any

from converter.model.options import Options
from converter.reading.inventory import Service
from converter.routing.actions import Action, Backend, Forward, Redirect, Respond
from converter.routing.matchers import ValueMatcher
from converter.routing.natural_number import natural_number
from converter.routing.regex import compiled
from converter.routing.sign_in import SignIn, TokenCheck, TokenClaim, cognito
from converter.routing.steps import HostRewrite
from converter.routing.url_rewrite import HostPattern, UrlRewrite
from converter.sources.aws_alb.actions import Services
from converter.sources.aws_alb.plan import BalancerPlan
from converter.sources.backends import without_endpoints

PROTOCOLS = {
    ("HTTP", "HTTP1"): "HTTP",
    ("HTTPS", "HTTP1"): "HTTPS",
    ("HTTP", "HTTP2"): "H2C",
    ("HTTPS", "HTTP2"): "HTTPS",
    ("HTTP", "GRPC"): "GRPC",
    ("HTTPS", "GRPC"): "GRPCS",
}


_PORT_NUMBER = re.compile(r"[0-9]{1,5}")


def status_of(text: str, default: int) -> int:
    """The number in `HTTP_301` or `503`; AWS refuses anything else when the rule is deployed."""
    digits = text.removeprefix("HTTP_")
    return int(digits) if _PORT_NUMBER.fullmatch(digits) else default


def action_for(action: dict[str, Any], port: int, plan: BalancerPlan, services: Services, options: Options) -> Action:
    """The routing action of a rule on this port."""
    if action["type"] == "redirect":
        return redirect(action, port)
    if action["type"] == "fixed-response":
        return respond(action)
    targets = action["targets"]
    total = sum(target.get("weight", 1) for target in targets)
    return Forward(tuple(_backend(target, total, plan, services, options) for target in targets))


def respond(action: dict[str, Any]) -> Respond:
    """A fixed response; the body is left out where there is none."""
    return Respond(status_of(action["statusCode"], 503), action.get("messageBody"), action.get("contentType"))


def redirect(action: dict[str, Any], port: int) -> Redirect:
    """A redirect; keywords that keep a part are the same as leaving it out, and the port of the listener stays."""
    scheme, host, path, query = (action.get(key) for key in ("protocol", "host", "path", "query"))
    number = action.get("port")
    return Redirect(
        status_of(action["statusCode"], 302),
        scheme=None if scheme in (None, "", "#{protocol}") else scheme.lower(),
        hostname=None if host in (None, "#{host}") else host,
        port=int(number) if number is not None and _PORT_NUMBER.fullmatch(number) else port,
        path=None if path in (None, "/#{path}") else path,
        query=None if query in (None, "#{query}") else query,
        style="aws",
    )


def _backend(target: dict[str, Any], total: int, plan: BalancerPlan, services: Services, options: Options) -> Backend:
    weight = target.get("weight", 1)
    failure = 0 if total else 503
    if "target_group" not in target:
        return _outside(target["backend"], weight, failure, services, options)
    group = plan.target_groups[target["target_group"]]
    place, _, port = group["backend"].rpartition(":")
    namespace, _, name = place.partition("/")
    service = services.find(namespace, name)
    given = natural_number(port)
    wanted: int | str = port if given is None else given
    number = _number(service, wanted, f"{namespace}/{name}", options)
    if service is not None:
        found = service.find(wanted)
        idle = bool(service.external_name) or (found and without_endpoints(services.inventory, service, found))
        failure = failure or (503 if idle else 0)  # a name outside the cluster has no endpoints to register
    protocol = PROTOCOLS[group["protocol"], group["protocol_version"]]
    return Backend(namespace, name, wanted, number, weight, protocol, failure)


def _outside(name: str, weight: int, failure: int, services: Services, options: Options) -> Backend:
    """A target group of its own; the Service behind it is known where a TargetGroupBinding says so."""
    bound = services.bound.get(name)
    if bound is None:
        return Backend("", name, None, None, weight, failure=failure, kind="TargetGroup")
    service = services.find(bound.namespace, bound.service)
    number = _number(service, bound.port, f"{bound.namespace}/{bound.service}", options)
    return Backend(bound.namespace, bound.service, bound.port, number, weight, failure=failure, alias=name)


def _number(service: Service | None, port: int | str, key: str, options: Options) -> int | None:
    """The number of a port; None where it has a name that is not known."""
    if isinstance(port, int):
        return port
    if service is None:
        return options.service_ports.get(key, {}).get(port)
    found = service.find(port)
    return found.port if found else None


def guard(action: dict[str, Any]) -> SignIn | TokenCheck:
    """The step of an authentication action."""
    if action["type"] == "jwt-validation":
        claims = tuple(
            TokenClaim(one["name"], tuple(one["values"]), one["format"]) for one in action.get("additionalClaims", ())
        )
        return TokenCheck(action["issuer"], action["jwksEndpoint"], claims)
    common = {
        "scopes": tuple(action["scope"].split()),
        "cookie": action["sessionCookieName"],
        "session_seconds": action["sessionTimeout"],
        "unauthenticated": action["onUnauthenticatedRequest"],
        "parameters": tuple(sorted(action.get("authenticationRequestExtraParams", {}).items())),
        "callback": "/oauth2/idpresponse",
    }
    if action["type"] == "authenticate-oidc":
        return SignIn(
            action["issuer"],
            action["authorizationEndpoint"],
            action["tokenEndpoint"],
            action["userInfoEndpoint"],
            secret=action["secret"],
            kind="oidc",
            **common,
        )
    return cognito(action["userPoolARN"], action["userPoolDomain"], action["userPoolClientID"], **common)


def replacement(text: str) -> str:
    """`$1` as `\\1`, with backslashes of the text kept."""
    return re.sub(r"\$(\d)", r"\\\1", text.replace("\\", "\\\\"))


Rewriting = UrlRewrite | HostPattern | HostRewrite
_ANY_HOST = frozenset({"^.*$", ".*", "^.+$", ".+", "^(.*)$", "(.*)", "^(.+)$", "(.+)"})


def rewriting(transform: dict[str, Any], hosts: tuple[ValueMatcher, ...]) -> Rewriting:
    """The step of a transform; AWS takes one rewrite in each.

    A new host that is the same for all hosts of the rule is a literal one.
    """
    one = transform["rewrites"][0]
    to = replacement(one["replace"])
    if transform["type"] == "url-rewrite":
        return UrlRewrite("regex", to, one["regex"])
    if one["regex"] in _ANY_HOST and "$" not in one["replace"]:
        return HostRewrite(one["replace"])
    pattern = HostPattern(one["regex"], to)
    if hosts and all(test.op == "exact" for test in hosts) and compiled(one["regex"]) is not None:
        made = {pattern.rewritten(test.value) for test in hosts}
        if len(made) == 1:
            return HostRewrite(made.pop())
    return pattern
