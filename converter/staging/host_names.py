"""Names of hosts under the domain of the tests: `shop.example.com` is `shop-example-com.DOMAIN`.

One label, so that one record and one certificate of `*.DOMAIN` hold for nearly all of them: a www name beside the name
itself keeps its www, and a wildcard its asterisk.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

_TOKEN = re.compile(r"(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*")
_MAX_LABEL = 63
_WWW = "www."
_HASH = 8


class StagingNames:
    """Hosts of the input -> hosts of the tests, each one a name of its own.

    Args:
        hosts: Names and wildcards, in lower case.
        domain: The domain of the tests.
    """

    def __init__(self, hosts: Iterable[str], domain: str) -> None:
        self.domain = domain
        known = {host for host in hosts if host not in ("", "*")}
        pairs = {host for host in known if host.startswith(_WWW) and host.removeprefix(_WWW) in known}
        labels: dict[str, list[str]] = {}
        for host in sorted(known - pairs):
            labels.setdefault(_label(host), []).append(host)
        self.names: dict[str, str] = {}
        for label, some in labels.items():
            for host in some:
                unique = len({one.removeprefix("*.") for one in some}) == 1 or "-" not in host
                self.names[host] = self._name(host, label if unique else _with_hash(host, label))
        for host in sorted(pairs, key=len):  # (redirects between a name and its www name stay such)
            self.names[host] = f"{_WWW}{self.names[host.removeprefix(_WWW)]}"

    def _name(self, host: str, label: str) -> str:
        name = f"{label}.{self.domain}"
        return f"*.{name}" if host.startswith("*.") else name

    def renamed(self, text: str) -> str:
        """A text in which every known host is that of the tests."""
        return _TOKEN.sub(lambda found: self._of(found.group()), text)

    def _of(self, text: str) -> str:
        host = text.lower()
        known = self.names.get(host)
        return known or text

    def inside(self, host: str) -> bool:
        """True for a name under the domain of the tests."""
        return host == self.domain or host.endswith(f".{self.domain}")


def _label(host: str) -> str:
    label = host.removeprefix("*.").replace(".", "-")
    return label if len(label) <= _MAX_LABEL else _with_hash(host, label)


def _with_hash(host: str, label: str) -> str:
    digest = hashlib.sha256(host.removeprefix("*.").encode()).hexdigest()[:_HASH]
    return f"{label[: _MAX_LABEL - _HASH - 1].rstrip('-')}-{digest}"
