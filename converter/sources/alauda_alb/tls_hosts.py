"""Which hosts of an Ingress have a certificate, and which ports that leads to.

alb: ingress/need.go, ingress/util/util.go:5-25, ingress/ingress_sync.go:541-553.
"""

from __future__ import annotations

from typing import NamedTuple

from converter.model import Origin, Outcome
from converter.model.ledger import Ledger
from converter.packs.settings import Settings
from converter.reading.facts import tls_fact
from converter.reading.inventory import Ingress
from converter.sources.alauda_alb.resources import Alb
from converter.sources.alauda_alb.sourced_value import SourcedValue

STRATEGIES = ("Never", "Always", "Both", "Request")
"""alb: ingress/const.go:33-38."""


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


def need(ingress: Ingress, wish: str, certified: dict[str, SourcedValue], alb: Alb) -> Need:
    """Per Ingress, not per host: need.go:36-68. `wish`: of annotation enable-https, compared with its letter case."""
    http = not ingress.rules and bool(ingress.default_backend and ingress.default_backend.service)
    https = False
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


def settle_strategy(alb: Alb, ledger: Ledger) -> None:
    """A strategy that is none: ALB compares its letter case and acts as with Never (ingress/need.go:51-58)."""
    if alb.strategy in STRATEGIES:
        return
    meant = next((one for one in STRATEGIES if one.lower() == alb.strategy.lower()), "")
    outcome = Outcome.approximate(
        "listener.ssl-strategy",
        f"{alb.strategy} is none of {', '.join(STRATEGIES)}, whose letter case ALB compares; it acts as with Never",
        f"write {meant} into the ALB2 if that is meant, and convert again" if meant else "correct it in the ALB2",
        affects=(),
    )
    for origin in alb.taken("spec.config.defaultSSLStrategy"):
        ledger.settle(origin, outcome, "listener")


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
