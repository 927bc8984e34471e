"""What Alauda ALB's proxy does without being told, as features of the whole table.

alb: pkg/operator/controllers/depl/resources/configmap/const.go, pkg/controller/ngxconf/nginx.tmpl; all of it can be
changed by `spec.config.overwrite.configmap`, so these are the shipped values.
"""

from __future__ import annotations

import re

from converter.model import NO_ASPECTS, Location, ObjectRef, Origin, Outcome
from converter.model.data import dataclass
from converter.model.ledger import Ledger
from converter.model.request_kind import named
from converter.routing.decision import Decision
from converter.routing.exchange import Exchange
from converter.routing.forwarded_headers import ForwardedHeaderSet
from converter.routing.request_rules import HeaderRules, PathRules
from converter.routing.steps import Timeouts
from converter.routing.table import Feature
from converter.sources.alauda_alb.resources import Alb

PATHS = PathRules("nginx")
HEADERS = HeaderRules("allow", strip_host_dot=True)
NO_RULE = "InvalidUpstream : no rule match"
NO_BALANCER = "InvalidBalancer : no balancer found for <rule>"
"""The name of the rule ends in a random suffix."""


GRPC_HEADERS = HeaderRules("drop", strip_host_dot=True)
"""underscores_in_headers is on in the server blocks of http and https alone."""
_BAD_HOST = re.compile(r"\.\.|[/\x00-\x20\x7f]")
"""nginx: src/http/ngx_http_request.c, ngx_http_validate_host."""


@dataclass(frozen=True, slots=True)
class ProxyHeaders:
    """Headers that the proxy sets towards backends (const.go:76-91), and those with a dot that nginx drops."""

    grpc: bool = False
    """Nothing is set there."""
    names: tuple[str, ...] = (
        "x-real-ip",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-host",
        "x-forwarded-port",
        "x-original-uri",
        "x-scheme",
        "x-original-url",
        "x-original-method",
    )

    @property
    def forwarded_headers(self) -> ForwardedHeaderSet:
        """X-Forwarded-For grows, as everywhere; names that clients choose for requests pass."""
        return ForwardedHeaderSet(
            ()
            if self.grpc
            else (
                ("X-Real-IP", ("address",)),
                ("X-Forwarded-Host", ("host",)),
                ("X-Forwarded-Port", ("port",)),
                ("X-Original-URI", ("path",)),
                ("X-Scheme", ("scheme",)),
                ("X-Original-URL", ("url",)),
                ("X-Original-Method", ("method",)),
            ),
            (),
            "pass",
        )

    def apply(self, exchange: Exchange) -> None:
        for name in [name for name in exchange.headers if "." in name]:
            del exchange.headers[name]
            exchange.request_headers[name] = None
        request = exchange.request
        exchange.after.append(self)
        if not request.host or _BAD_HOST.search(request.host):
            exchange.refuse(400)
        if self.grpc:
            return
        sent = ", ".join(exchange.values("header", "x-forwarded-for"))
        exchange.implicit_headers |= {
            "x-forwarded-proto": exchange.scheme,
            "x-forwarded-host": request.host,
            "x-forwarded-port": str(exchange.port),
            "x-original-uri": request.path,
            "x-scheme": exchange.scheme,
            "x-original-url": f"{exchange.scheme}://{request.host}{request.path}",
            "x-original-method": request.method,
            "x-real-ip": exchange.source,
            "x-forwarded-for": f"{sent}, {exchange.source}" if sent else exchange.source,
        }

    def finish(self, exchange: Exchange, decision: Decision) -> Decision:
        """Via and Server of every response; what the proxy says of errors, its own and the backend's
        (lua/error.lua)."""
        added: dict[str, str | None] = {"via": "alb", "server": None}
        if decision.backends:
            if decision.status >= 400:
                added["x-alb-err-reason"] = "BackendError : read N byte data from backend"
        elif decision.status == 404 and not decision.rule:
            added |= {"x-alb-err-reason": NO_RULE, "content-type": "text/plain"}
        elif decision.status == 500 and exchange.answer is None and decision.rule:
            added |= {"x-alb-err-reason": NO_BALANCER, "content-type": "text/plain"}
        decision.implicit_response |= added
        return decision


def features(alb: Alb) -> tuple[Feature, ...]:
    """Settings of the entry that no Ingress states."""

    def default(key: str, value: str, *paths: str) -> tuple[Origin, ...]:
        place = alb.location if alb.document else Location("")
        return alb.taken(*paths) or (Origin("default", key, value, place, ObjectRef("ALB2", alb.namespace, alb.name)),)

    out = [
        Feature("timeouts", Timeouts(5, 120, 120), default("timeouts", "connect 5 s, send 120 s, read 120 s")),
        Feature("retries", {"tries": 5, "on": ("error", "timeout")}, default("retries", "5 tries in total")),
        Feature("path-normalisation", PATHS, default("path-normalisation", "decoded for the match, forwarded as sent")),
        Feature("header-normalisation", HEADERS, default("header-normalisation", "underscores pass, dots are dropped")),
        Feature("forwarded-headers", ProxyHeaders(), default("forwarded-headers", ", ".join(ProxyHeaders().names))),
        Feature(
            "connection",
            {
                "client_idle": 65,
                "client_requests": 1000,
                "http2": alb.config.get("enableHTTP2") != "false",
            },
            default("keepalive", "65 s, 1000 requests", "spec.config.enableHTTP2"),
        ),
    ]
    if alb.config.get("enableGzip") != "false":
        out.append(
            Feature(
                "compression",
                {"types": ("gzip",), "min_length": 256},
                default("gzip", "17 types from 256 bytes", "spec.config.enableGzip"),
            )
        )
    return tuple(out)


def settled_features(alb: Alb, ledger: Ledger, serves_http: bool) -> tuple[Feature, ...]:
    """The features, with what of them no target keeps; TCP and UDP ports alone have no methods and no answers."""
    out = features(alb)
    if alb.facts is not None and alb.config.get("enableCrossClusters") == "true":
        for origin in alb.facts.take("spec.config.enableCrossClusters"):
            ledger.settle(
                origin,
                Outcome.manual(
                    "load-balancing.cross-clusters",
                    "Alauda ALB forwards to pods of other clusters (Submariner); "
                    "routes name Services, which have those of their own cluster alone",
                    "name a ServiceImport as backendRef where a Service has pods in other clusters",
                    affects={"backends"},
                ),
            )
    settle_logs(alb, ledger)
    if not serves_http:
        return out
    trace = Origin("default", "methods", "TRACE gets 405", alb.location, alb.ref)
    words = "Alauda ALB rejects TRACE with 405; after the conversion the backend gets it"
    ledger.settle(
        trace,
        Outcome.approximate("methods.trace", words, affects={"status", "backends", "location"}, when=named("trace")),
    )
    answers = Origin("default", "answers", "Via: alb, no Server, X-ALB-ERR-REASON", alb.location, alb.ref)
    words = "Alauda ALB adds Via: alb and X-ALB-ERR-REASON to responses and hides Server; the Gateway does not"
    ledger.settle(
        answers,
        Outcome.approximate(
            "response-headers.proxy-names",
            words,
            "check monitoring that looks for them",
            affects={"body"},
        ),
    )
    return (*out, Feature("listener", {"trace": 405}, (trace,)), Feature("listener", {"via": "alb"}, (answers,)))


def settle_logs(alb: Alb, ledger: Ledger) -> None:
    """What the shipped configuration logs, which nobody can set but by a ConfigMap of one's own.

    Source: alb: pkg/operator/controllers/depl/resources/configmap/const.go:3-9, template/nginx/nginx.tmpl:7.
    """
    ledger.settle(
        Origin("default", "logs", "log_format http, error_log info", alb.location, alb.ref),
        Outcome.approximate(
            "logs.format",
            "requests and errors are logged in the format and at the level of the new proxy (was: a line of text a "
            "request on stdout, error_log at level info)",
            "adapt what parses the lines of ALB",
            affects=NO_ASPECTS,
        ),
    )


def port_steps(grpc: bool) -> tuple[Feature, ...]:
    """What happens to every request."""
    return (Feature("forwarded-headers", ProxyHeaders(grpc)),)
