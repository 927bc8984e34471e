"""Which entry of spec.tls of an Ingress is for which host.

nginx: internal/ingress/controller/controller.go:1717-1764 (extractTLSSecretName).
"""

from __future__ import annotations

from converter.reading.inventory import Ingress


class TlsEntries:
    """The entries of spec.tls of one Ingress by name.

    What a certificate covers is not in a manifest; it is taken to have the names that are listed with its Secret.
    """

    def __init__(self, ingress: Ingress) -> None:
        self._by_name: dict[str, int] = {}
        self._by_wildcard: dict[str, int] = {}
        self._names: dict[str, list[str]] = {}
        """By Secret."""
        for index, block in enumerate(ingress.tls):
            for name in block.hosts:
                self._by_name.setdefault(name.lower(), index)
                if block.secret:
                    self._names.setdefault(block.secret, []).append(name)
                    if name.startswith("*."):
                        self._by_wildcard.setdefault(name[2:], index)
        self._tls = ingress.tls

    def chosen(self, host: str) -> int | None:
        """The entry for a host: the one that lists it, else the first whose certificate covers it."""
        index = self._by_name.get(host.lower())
        return self._by_wildcard.get(host.partition(".")[2]) if index is None else index

    def names(self, host: str) -> list[str]:
        """Names that the certificate for a host is taken to have."""
        index = self.chosen(host)
        return [] if index is None else self._names.get(self._tls[index].secret, [])
