"""How proxies read a path before they match it, and what of it they send on."""

from __future__ import annotations

from converter.routing import envoy_paths, nginx_paths
from converter.routing.exchange import Exchange
from converter.routing.request_rules import PathRules
from converter.routing.steps import ENCODERS


def normalise(rules: PathRules, exchange: Exchange) -> None:
    """Set `exchange.path` and `exchange.upstream_path`, or answer at once (400, or a redirect of Envoy's)."""
    STYLES[rules.style](rules, exchange)


def _literal(rules: PathRules, exchange: Exchange) -> None:
    """AWS ALB compares the path as it is sent."""


def _nginx(rules: PathRules, exchange: Exchange) -> None:
    """nginx (ingress-nginx, Alauda ALB) compares its normal form and forwards the path as it was sent."""
    nginx_paths.read(exchange)


STYLES = {"literal": _literal, "nginx": _nginx, "envoy": envoy_paths.read}
ENCODERS["nginx"] = nginx_paths.encode
