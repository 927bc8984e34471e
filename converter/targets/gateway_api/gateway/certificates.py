"""Which certificates the HTTPS listeners of a port are given, and for which hosts."""

from __future__ import annotations

from collections.abc import Callable

from converter.model import ObjectRef
from converter.routing.actions import Redirect
from converter.routing.host_names import wildcards_above
from converter.routing.table import Certificate, Port, VirtualHost

MOST_REFERENCES = 64
"""`certificateRefs` of one listener (Gateway API: maxItems)."""


class CertificatePlan:
    """The certificates of one port.

    `shared` is what a listener without hostname gets: the default certificate first, the others in the order of the
    controller (ingress-nginx: oldest Ingress first), at most 64. Hosts of further ones need listeners of their own.
    Certificates of `separate` hosts alone are not among them, unless it must have one (`keep_one`) and has no other.
    """

    def __init__(
        self, port: Port, separate: frozenset[str], secret: Callable[[Certificate], ObjectRef], keep_one: bool
    ) -> None:
        self._port = port
        self._by_host: dict[str, Certificate] = {}
        self._default: Certificate | None = None
        for certificate in port.certificates:
            if not certificate.hosts and self._default is None:
                self._default = certificate
            for name in certificate.hosts:
                self._by_host.setdefault(name.lower(), certificate)
        self._stand_ins: dict[str, str] | None = None
        distinct = _distinct(self._ordered(separate, keep_one), secret)
        self.shared = distinct[:MOST_REFERENCES]
        self._beyond = {secret(one) for one in distinct[MOST_REFERENCES:]}
        self._secret = secret

    def _ordered(self, separate: frozenset[str], keep_one: bool) -> list[Certificate]:
        """Certificates that are not for separate hosts alone, the default one first."""
        every = [one for one in self._port.certificates if has_secret(one)]
        named = [one for one in every if not (one.hosts and all(host.lower() in separate for host in one.hosts))]
        named = named or (every if keep_one else [])
        return sorted(named, key=lambda one: bool(one.hosts))

    @property
    def fallback(self) -> Certificate | None:
        """What clients with an unknown server name, or none, are shown."""
        return self.shared[0] if self.shared else None

    def overflows(self, certificate: Certificate | None) -> bool:
        """True for one that the shared listener has no room for."""
        return certificate is not None and bool(self._beyond) and self._secret(certificate) in self._beyond

    def named(self, host: str) -> Certificate | None:
        """The certificate that the controller has for this very name."""
        return self._by_host.get(host)

    def of(self, host: str) -> Certificate | None:
        """The certificate of a host: its own, the one of the name that it stands beside (aliases, www forms), that of a
        wildcard, else the default."""
        found = self._by_host.get(host)
        if found is None and host:
            found = self._by_host.get(self._beside(host))
        if host and (found is None or not has_secret(found)):
            # one that is the controller's own is as good as none: the wildcard's listener would take the host
            for name in wildcards_above(host):
                found = self._by_host.get(name)
                if found is not None and has_secret(found):
                    break
        if found is None or not has_secret(found):
            found = self._default
        return found if found is not None and has_secret(found) else None

    def _beside(self, host: str) -> str:
        if self._stand_ins is None:
            self._stand_ins = {
                test.value.lower(): main
                for vhost in self._port.hosts
                if (main := _main_name(vhost))
                for test in vhost.hosts
                if test.value.lower() != main
            }
        return self._stand_ins.get(host, "")


def has_secret(certificate: Certificate) -> bool:
    """True for one that a listener can refer to; false for the controller's self-signed one."""
    return bool(certificate.name) or certificate.kind != "Secret"


def _main_name(vhost: VirtualHost) -> str:
    """The name that the others of a virtual host stand beside; of one that only redirects, where it leads."""
    action = vhost.rules[0].action if len(vhost.rules) == 1 else None
    if isinstance(action, Redirect) and action.hostname:
        return action.hostname.lower()
    return vhost.hosts[0].value.lower() if len(vhost.hosts) > 1 else ""


def _distinct(certificates: list[Certificate], secret: Callable[[Certificate], ObjectRef]) -> list[Certificate]:
    """Each Secret once."""
    return list({secret(one): one for one in reversed(certificates)}.values())[::-1]
