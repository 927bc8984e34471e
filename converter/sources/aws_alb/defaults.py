"""What an ALB does unasked: facts of every load balancer (AWS; lbc: model_builder.go:188-202)."""

from __future__ import annotations

from converter.model import Location, Origin
from converter.routing.request_rules import HeaderRules, PathRules
from converter.routing.steps import Timeouts
from converter.routing.table import Feature
from converter.sources.aws_alb.attributes import tls_options


def default(key: str, value: str) -> Origin:
    """A default of the controller or of AWS; the same fact for all load balancers."""
    return Origin("default", key, value, Location(""))


IDLE = "idle_timeout.timeout_seconds"
TIMEOUTS = Feature(
    "timeouts",
    Timeouts(read=60.0, send=60.0, request=0.0),
    (default(IDLE, "60"),),
    "connections of clients and targets may be idle for 60 seconds; a request as a whole has no limit",
)
HEADERS = Feature(
    "header-normalisation",
    HeaderRules("allow"),
    (default("routing.http.drop_invalid_header_fields.enabled", "false"),),
    "header names are passed on as they are, with underscores too",
)
PATHS = Feature(
    "path-normalisation",
    PathRules("literal"),
    (default("path", "literal"),),
    "paths are compared and passed on as they are sent: no merged slashes, no decoding",
)
FORWARDED = Feature(
    "forwarded-headers",
    {"mode": "append"},
    (default("routing.http.xff_header_processing.mode", "append"),),
    "the client's address is appended to X-Forwarded-For; X-Forwarded-Proto, -Port and X-Amzn-Trace-Id are set",
)
OWN_HEADERS = default("X-Forwarded-Port", "the port of the listener")
CONNECTION = Feature(
    "connection",
    {"http2": True, "client_keep_alive": 3600},
    (default("routing.http2.enabled", "true"),),
    "HTTPS listeners accept HTTP/2, and a client's connection is closed after an hour",
)
BALANCING = Feature(
    "load-balancing",
    {"algorithm": "round_robin"},
    (default("load_balancing.algorithm.type", "round_robin"),),
    "targets take turns",
)
HEALTH = {
    "port": "traffic-port",
    "protocol": "HTTP",
    "path": "/",
    "codes": "200",
    "interval": 15,
    "timeout": 5,
    "healthy": 2,
    "unhealthy": 2,
}
HEALTH_CHECK = Feature(
    "health-check",
    HEALTH,
    (default("healthcheck-path", "/"),),
    "each target group is checked every 15 seconds: GET / must return 200, or /AWS.ALB/healthcheck code 12 for gRPC; a "
    "target that fails gets no traffic",
)
NOT_FOUND = Feature(
    "fixed-response",
    {"status": 404, "content_type": "text/plain"},
    (default("default action", "404"),),
    "a request that no rule takes gets 404 with an empty text",
)
SSL_POLICY = "ELBSecurityPolicy-2016-08"
TLS = Feature(
    "tls-options",
    tls_options(SSL_POLICY),
    (default("ssl-policy", SSL_POLICY),),
    "without ssl-policy TLS 1.0 and later are accepted",
)

OF_BALANCER = {
    IDLE: TIMEOUTS,
    "routing.http.drop_invalid_header_fields.enabled": HEADERS,
    "routing.http.xff_header_processing.mode": FORWARDED,
    "routing.http2.enabled": CONNECTION,
}
"""Defaults by the attribute that replaces each."""
ALWAYS = (PATHS, BALANCING, HEALTH_CHECK, NOT_FOUND)
