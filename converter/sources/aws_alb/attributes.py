"""Raw attributes of load balancer, listener and target group as neutral features (keys and defaults: AWS API)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from converter.routing.aws_alb import RESPONSE
from converter.routing.request_rules import HeaderRules
from converter.routing.steps import Timeouts


class AttributePart(NamedTuple):
    """One neutral feature that attributes make."""

    feature: str
    value: Any
    keys: tuple[str, ...]
    note: str = ""
    """What the load balancer does with it, where the pack has no words for the attribute."""


_BALANCER = {
    "routing.http2.enabled": ("connection", "http2"),
    "routing.http.desync_mitigation_mode": ("load-balancer", "desync_mitigation"),
    "routing.http.xff_header_processing.mode": ("load-balancer", "xff_mode"),
    "routing.http.xff_client_port.enabled": ("forwarded-headers", "client_port"),
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": ("forwarded-headers", "tls_version"),
    "routing.http.preserve_host_header.enabled": ("forwarded-headers", "preserve_host"),
    "waf.fail_open.enabled": ("load-balancer", "waf_fail_open"),
}
_KEEP_ALIVE = (
    "the load balancer closes connections of clients after {} seconds; Envoy has no such limit unless a "
    "ClientTrafficPolicy sets connection.connectionLimit.maxConnectionDuration"
)
_LOGS = ("access_logs.", "connection_logs.", "health_check_logs.")


def typed(text: str) -> Any:
    """`true`, `false` and whole numbers as what they are."""
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def of_balancer(attributes: dict[str, str]) -> Iterator[AttributePart]:
    """load-balancer-attributes."""
    for key, text in attributes.items():
        if key == "idle_timeout.timeout_seconds":
            seconds = float(text) if isinstance(typed(text), int) else 60.0
            yield AttributePart("timeouts", Timeouts(read=seconds, send=seconds, request=0.0), (key,))
        elif key == "routing.http.drop_invalid_header_fields.enabled":
            yield AttributePart("header-normalisation", HeaderRules("drop" if text == "true" else "allow"), (key,))
        elif key == "routing.http.xff_header_processing.mode" and text == "append":
            yield AttributePart("forwarded-headers", {"mode": text}, (key,))
        elif key == "client_keep_alive.seconds":
            yield AttributePart("connection", {"client_keep_alive": typed(text)}, (key,), _KEEP_ALIVE.format(text))
        elif key.startswith(_LOGS):
            yield AttributePart("access-log", {key: typed(text)}, (key,))
        else:
            feature, name = _BALANCER.get(key, ("load-balancer", key))
            yield AttributePart(feature, {name: typed(text)}, (key,))


_POLICIES = (
    ("TLS13-1-3", "1.3", "1.3"),
    ("TLS13-1-2", "1.2", "1.3"),
    ("TLS13-1-1", "1.1", "1.3"),
    ("TLS13-1-0", "1.0", "1.3"),
    ("-1-2-", "1.2", "1.2"),
    ("-1-1-", "1.1", "1.2"),
    ("ELBSecurityPolicy-", "1.0", "1.2"),
)
"""What the names of security policies say (AWS: security policies for ALB): least and last version of TLS."""


def tls_options(policy: str) -> dict[str, str]:
    """A security policy with its versions, as far as the name tells."""
    found = next(((least, last) for part, least, last in _POLICIES if part in policy), None)
    out = {"policy": policy}
    return out if found is None else out | {"min_version": found[0], "max_version": found[1]}


def of_listener(attributes: dict[str, str]) -> dict[str, str]:
    """Attributes of a listener that are no response headers."""
    return {key: text for key, text in attributes.items() if not key.startswith(RESPONSE)}


def of_targets(attributes: dict[str, str]) -> Iterator[AttributePart]:
    """target-group-attributes; keys of a family stand together."""
    families: dict[str, dict[str, Any]] = {}
    keys: dict[str, list[str]] = {}
    for key, text in attributes.items():
        feature = "target-group"
        if key.startswith("stickiness."):
            feature = "session-affinity"
        elif key.startswith(("load_balancing.", "slow_start.")):
            feature = "load-balancing"
        families.setdefault(feature, {})[key] = typed(text)
        keys.setdefault(feature, []).append(key)
    for feature, values in families.items():
        value = _affinity(values) if feature == "session-affinity" else values
        if feature == "load-balancing":
            value = _balancing(values)
        yield AttributePart(feature, value, tuple(keys[feature]))


def _affinity(values: dict[str, Any]) -> dict[str, Any]:
    """AWS: off by default, a cookie of the load balancer for a day."""
    kind = values.get("stickiness.type", "lb_cookie")
    app = kind == "app_cookie"
    seconds = values.get(f"stickiness.{'app' if app else 'lb'}_cookie.duration_seconds", 86400)
    return {
        "enabled": bool(values.get("stickiness.enabled", False)),
        "type": kind,
        "seconds": seconds,
        "cookie": values.get("stickiness.app_cookie.cookie_name") if app else "AWSALB",
    }


def _balancing(values: dict[str, Any]) -> dict[str, Any]:
    algorithm = values.get("load_balancing.algorithm.type", "round_robin")
    out: dict[str, Any] = {"algorithm": algorithm}
    for key, name in (
        ("slow_start.duration_seconds", "slow_start"),
        ("load_balancing.algorithm.anomaly_mitigation", "anomalies"),
        ("load_balancing.cross_zone.enabled", "cross_zone"),
    ):
        if key in values:
            out[name] = values[key]
    return out
