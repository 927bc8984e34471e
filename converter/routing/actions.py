"""What a rule does in the end: forward, redirect, answer, or pass a TLS connection through."""

from __future__ import annotations

from typing import Protocol

from converter.model import Origin
from converter.model.data import dataclass
from converter.routing.host_names import service_of_cluster


@dataclass(frozen=True, slots=True)
class Backend:
    """A Service port, or another endpoint, that requests are sent to."""

    namespace: str
    name: str
    port: int | str | None
    """As written in the input: number, name, or None."""
    number: int | None = None
    """The Service's port number where it is known (equal to `port` when that is a number)."""
    weight: int = 1
    protocol: str = "HTTP"
    """HTTP | HTTPS | H2C | GRPC | GRPCS | FCGI: what the proxy speaks to the backend."""
    failure: int = 0
    """Status that the proxy answers when it picks this backend (no endpoints, no such Service); 0: it is there."""
    external: str = ""
    """Host name of an ExternalName Service."""
    external_port: int | None = None
    """Port that the controller dials at an external host, where it differs from `number`."""
    kind: str = "Service"
    """Service | Backend (Envoy Gateway) | TargetGroup (AWS, by ARN or name)."""
    origin: Origin | None = None
    alias: str = ""
    """What the source calls it where that is not its Service (the ARN of a target group that a Service is bound to)."""

    @property
    def key(self) -> str:
        """`namespace/service:port` with the port as written; of a Backend by name: the host and port that it names."""
        if self.alias or self.kind == "TargetGroup":
            return self.alias or self.name
        if self.kind == "Backend" and self.external:
            return f"{self.external}:{self.external_port}"
        return f"{self.namespace}/{self.name}:{self.port}" if self.port is not None else f"{self.namespace}/{self.name}"

    @property
    def resolved(self) -> str:
        """The key with the port number where it is known: what two tables are compared by."""
        if self.external and self.kind in ("Service", "Backend"):
            return _of_cluster(self.external, self.external_port or self.number)
        return self.key if self.number is None else f"{self.namespace}/{self.name}:{self.number}"


def _of_cluster(host: str, port: int | None) -> str:
    """The name of a Service by its own DNS name, and of any other host as it is."""
    service = service_of_cluster(host.removesuffix("."))
    return f"{service[0]}/{service[1]}:{port}" if service is not None else f"{host}:{port}"


@dataclass(frozen=True, slots=True)
class Forward:
    """Send the request to one of the backends, by weight."""

    backends: tuple[Backend, ...]


@dataclass(frozen=True, slots=True)
class Redirect:
    """Respond with a Location.

    A part that is None stays as the request has it. `path` replaces the whole path, or with `prefix` just that
    (Gateway API ReplacePrefixMatch). `url` is a complete Location, sent verbatim. `style` names how the controller
    renders the rest (`routing/locations.py`): ports, trailing slashes and queries differ widely.
    """

    status: int = 302
    scheme: str | None = None
    hostname: str | None = None
    port: int | None = None
    path: str | None = None
    prefix: str | None = None
    query: str | None = None
    """None: kept. "": dropped. Else the new query."""
    url: str | None = None
    style: str = "envoy"
    rewrite: PathChange | None = None
    """How the path changes where neither `path` nor `prefix` says it: what it rewrites is the new path."""


class PathChange(Protocol):
    """A PathRewrite, as far as a redirect needs one."""

    def rewritten(self, path: str) -> str | None:
        """The new path; None: as it was."""


@dataclass(frozen=True, slots=True)
class Respond:
    """The proxy responds itself."""

    status: int
    body: str | None = None
    content_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    own_paths: tuple[tuple[str, int], ...] = ()
    """Path prefixes of the proxy itself on unknown hosts (health checks), and statuses; no headers of the port."""


@dataclass(frozen=True, slots=True)
class Passthrough:
    """Hand the TLS connection to the backends unopened."""

    backends: tuple[Backend, ...]


Action = Forward | Redirect | Respond | Passthrough
