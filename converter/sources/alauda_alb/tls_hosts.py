"""Which hosts of an Ingress have a certificate, and which ports that leads to.

alb: ingress/need.go, ingress/util/util.go:5-25, ingress/ingress_sync.go:541-553.
"""

from __future__ import annotations

from typing import NamedTuple

from converter.model import Origin
from converter.packs.settings import Settings
from converter.reading.facts import tls_fact
from converter.reading.inventory import Ingress
from converter.sources.alauda_alb.resources import Alb
from converter.sources.alauda_alb.sourced_value import SourcedValue


class Need(NamedTuple):
    """The ports of an Ingress: all its rules are on each of them."""

    http: bool
    https: bool


def annotated(text: str) -> dict[str, str]:
    """`host=namespace/secret,…`; one malformed item, or a host with two values, voids all."""
    found: dict[str, str] = {}
    for part in text.split(",") if text else ():
        pieces = part.strip().split("=")
        if len(pieces) != 2:
            return {}
        host, secret = pieces
        if found.get(host, secret) != secret and found[host] != "":
            return {}
        found[host] = secret
    return found


def certificates(ingress: Ingress, settings: Settings) -> dict[str, SourcedValue]:
    """Lower-case host -> `ns_secret` or `ns/secret` with its facts; spec.tls wins, of several entries the last."""
    found: dict[str, SourcedValue] = {}
    for index, block in enumerate(ingress.tls):
        for host in block.hosts:
            found[host.lower()] = SourcedValue(f"{ingress.namespace}_{block.secret}", (tls_fact(ingress, index),))
    setting = settings.get("tls")
    for host, secret in annotated(setting.get("certificates", "")).items():
        found.setdefault(host.lower(), SourcedValue(secret, setting.facts("certificates")))
    return found


def need(ingress: Ingress, settings: Settings, certified: dict[str, SourcedValue], alb: Alb) -> Need:
    """Per Ingress, not per host: need.go:36-68."""
    http = not ingress.rules and bool(ingress.default_backend and ingress.default_backend.service)
    https = False
    wish = settings.value("listener", "enable_https", "")
    for rule in ingress.rules:
        if certified.get(rule.host.lower(), SourcedValue("")).value:
            https = True
        elif alb.strategy == "Both" and wish != "false":
            http = https = True
        elif (alb.strategy == "Always" and wish != "false") or (alb.strategy == "Request" and wish == "true"):
            https = True
        else:
            http = True
    return Need(http and alb.http_port != 0, https and alb.https_port != 0)


def listed(ingress: Ingress, settings: Settings, host: str) -> bool:
    """Whether ssl-redirect sees a certificate: the exact text (redirect.go:168-215)."""
    if not host:
        return False
    if any(host in block.hosts for block in ingress.tls):
        return True
    return host in annotated(settings.value("tls", "certificates", ""))


def unused(ingress: Ingress) -> list[tuple[Origin, str]]:
    """Certificates that no rule of the Ingress leads to, with the reason."""
    hosts = {rule.host.lower() for rule in ingress.rules if rule.host}
    out = []
    for index, block in enumerate(ingress.tls):
        if not block.hosts:
            out.append((tls_fact(ingress, index), "Alauda ALB ignores an entry of spec.tls without hosts"))
        elif not any(host.lower() in hosts for host in block.hosts):
            out.append((tls_fact(ingress, index), "no rule of the Ingress has one of these hosts"))
    return out
