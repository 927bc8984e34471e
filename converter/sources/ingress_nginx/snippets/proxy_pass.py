"""`proxy_pass` in a location of a snippet."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from converter.model import Origin
from converter.routing.actions import Action, Backend, Forward
from converter.routing.exchange import DEFAULT_PORTS
from converter.routing.host_names import service_of_cluster
from converter.routing.matchers import ValueMatcher
from converter.routing.steps import HostRewrite, PathRewrite
from converter.routing.table import Feature
from converter.sources.ingress_nginx.snippets.parse import Directive
from converter.sources.ingress_nginx.snippets.responses import MAX_PORT

_URL = re.compile(r"(https?)://([A-Za-z0-9.\-]+)(?::([0-9]{1,5}))?(/[^?$]*)?")
HOST_OF_CLIENT = frozenset({"$host", "$http_host", "$best_http_host"})


class HandedOn(NamedTuple):
    """Where a location hands requests on."""

    action: Action | None = None
    features: tuple[Feature, ...] = ()
    origins: tuple[tuple[Origin, ...], ...] = ()
    """Facts of the directives that this was read from."""


NOWHERE = HandedOn()


def handed_on(location: Directive, residual: Iterable[Feature], test: ValueMatcher) -> HandedOn:
    """Follow a `proxy_pass` to a Service or host; what it does not follow stays a directive that no field says."""
    found = [one for one in residual if "proxy_pass" in one.value]
    block = location.block or ()
    url = next((one.args[0] for one in block if one.name == "proxy_pass" and one.args), "")
    parts = _URL.fullmatch(url)
    if parts is not None and parts[3] and not 0 < int(parts[3]) <= MAX_PORT:
        return NOWHERE
    if len(found) != 1 or parts is None or (parts[4] and test.op not in ("exact", "prefix")):
        return NOWHERE
    origins = found[0].origins
    features = [Feature("backend", None, origins)]
    hosts = [one.args[1] for one in block if one.name == "proxy_set_header" and one.args[:1] == ("Host",)]
    host = hosts[-1] if hosts else "$proxy_host"
    if host == "$proxy_host":
        host = parts[2] + (f":{parts[3]}" if parts[3] and parts[3] not in ("80", "443") else "")
    if "$" not in host:
        features.append(Feature("upstream-host", HostRewrite(host), origins))
    elif host not in HOST_OF_CLIENT:
        return NOWHERE
    if parts[4]:
        if test.op == "prefix" and test.value.endswith("/") != parts[4].endswith("/"):
            return NOWHERE
        prefix = test.op == "prefix"
        change = PathRewrite("prefix", parts[4], test.value) if prefix else PathRewrite("full", parts[4])
        features.append(Feature("rewrite", change, origins))
    return HandedOn(Forward((_backend(parts),)), tuple(features), (origins,))


def _backend(parts: re.Match[str]) -> Backend:
    protocol = parts[1].upper()
    port = int(parts[3]) if parts[3] else DEFAULT_PORTS[parts[1]]
    service = service_of_cluster(parts[2])
    if service is not None:
        return Backend(*service, port, port, protocol=protocol)
    return Backend("", parts[2].partition(".")[0], port, port, protocol=protocol, external=parts[2], external_port=port)
