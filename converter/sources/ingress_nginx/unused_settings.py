"""Facts that reached no rule: the controller reads them, and they do nothing there."""

from __future__ import annotations

from converter.model import Origin, Outcome
from converter.model.ledger import Ledger
from converter.reading.facts import default_backend_fact
from converter.routing.table import RoutingTable
from converter.sources.ingress_nginx.canary import Canaries
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.features import redirect_of
from converter.sources.ingress_nginx.ineffective import reason
from converter.sources.ingress_nginx.served_ingress import Served

MESSAGES = {
    "app-root": "has no effect: another location of the host sets its own for the root path",
    "rewrite": "has no effect: it equals the path, or nothing is rewritten here",
    "upstream-host": "has no effect: no request reaches a backend, or it equals the host of the request",
    "regex": "the paths of the host are read as regular expressions",
    "server-alias": "has no effect: an older Ingress sets the aliases of the host, or other rules have these hosts",
    "client-certificate": "has no effect: an older Ingress sets the client certificates of these hosts",
    "tls-options": "has no effect: an older Ingress sets the ciphers of these hosts",
    "www-redirect": "has no effect: the other name is a host of its own",
    "redirect": "has no effect: no redirect is made",
}
_NEGATIVE = Outcome.manual(
    "timeouts.negative",
    "nginx rejects a negative time, and with it every configuration change",
    "correct the value; 0 means no limit",
)


def settle_unclaimed(
    table: RoutingTable, served: list[Served], control: Controller, canaries: Canaries, ledger: Ledger
) -> None:
    """Settle every setting that no rule, host or certificate of the table carries."""
    handed = set(table.origins())
    _refused_by_nginx(control, ledger)
    for one in served:
        for origin in one.denied_by:
            if origin not in handed:
                words = f"has no effect: no path of this Ingress is left ({one.denied})"
                ledger.settle(origin, Outcome.obsolete("access-rules.no-effect", words), "access-rules")
        if one.canary:
            _canary(one, canaries, handed, ledger)
            continue
        backend = one.ingress.default_backend
        if backend is not None and backend.service:
            origin = default_backend_fact(one.ingress)
            if origin not in handed and ledger.is_open(origin):
                words = "has no effect: each host has a path / of its own"
                ledger.settle(origin, Outcome.obsolete("default-backend.lost", words), "default-backend")
        for name, setting in one.settings.by_name.items():
            for origin in setting.origins.values():
                speaks = name == "snippet" and (ledger.has_parts(origin) or not ledger.is_open(origin))
                if origin not in handed and not speaks:
                    ledger.settle(origin, _outcome(one, name, setting.values, control), name)


def _refused_by_nginx(control: Controller, ledger: Ledger) -> None:
    """Values of the ConfigMap that are written into nginx.conf as they are, where nginx refuses them."""
    lists = {
        key: Outcome.manual(
            "config.no-network",
            f"{', '.join(map(repr, items))}: not a network; nginx rejects every configuration with it",
            "correct the list; only its valid items are kept",
            affects=(),
        )
        for key, items in control.misspelt().items()
    }
    for key, outcome in (lists | dict.fromkeys(control.negative_times(), _NEGATIVE)).items():
        for origin in control.own_fact(key):
            ledger.settle(origin, outcome)


def _canary(served: Served, canaries: Canaries, handed: set[Origin], ledger: Ledger) -> None:
    """A canary whose primary answers without a backend: by a redirect, or because it is closed."""
    for origin in (*served.settings.get("canary").facts(), *canaries.paths.get(served.ingress.ref, ())):
        if origin not in handed and ledger.is_open(origin):
            words = "gets no request: the paths of its primary reach no backend"
            ledger.settle(origin, Outcome.obsolete("canary.unreached", words), "canary")


def _outcome(served: Served, name: str, values: dict[str, object], control: Controller) -> Outcome:
    if name == "https-redirect":
        return _https(values)
    if name == "regex":
        if not values.get("enabled"):
            return Outcome.exact("regex.off", "the paths of this Ingress do not make the host match by regex")
        return Outcome.exact("regex.on", MESSAGES["regex"])
    if name == "timeouts" and not served.denied and redirect_of(served) is None:
        return _NEGATIVE
    inert = "" if served.denied else reason(name, values)
    if inert:
        return Outcome.obsolete(f"{name}.no-effect", inert)
    if name == "tls-passthrough" and not control.flag("enable-ssl-passthrough"):
        if control.workload is None and values.get("enabled"):
            words = (
                "The workload of the controller is not in the input, so it is not known whether it runs with "
                "--enable-ssl-passthrough. TLS is terminated here, as without the flag"
            )
            hint = "add the Deployment or DaemonSet of the controller to the input, then convert again"
            return Outcome.manual("tls-passthrough.flag-unknown", words, hint, affects=())
        words = "has no effect: the controller runs without --enable-ssl-passthrough"
        return Outcome.obsolete("tls-passthrough.inert", words)
    if served.denied:
        words = f"is not reached: every path of this Ingress returns 503 ({served.denied})"
        return Outcome.obsolete(f"{name}.unreached", words)
    if name != "redirect" and redirect_of(served) is not None:
        return Outcome.obsolete(f"{name}.unreached", "is not reached: every path redirects")
    words = MESSAGES.get(name, "has no effect on any path")
    return Outcome.obsolete(f"{name}.no-effect", words)


def _https(values: dict[str, object]) -> Outcome:
    if values.get("ssl") is False or values.get("force") is False:
        return Outcome.exact("https-redirect.off", "plain HTTP is served, before and after")
    words = "has no effect: no path of this Ingress is sent to HTTPS (its hosts have no certificate)"
    return Outcome.obsolete("https-redirect.no-effect", words)
