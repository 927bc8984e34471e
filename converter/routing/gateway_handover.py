"""Gateways that another implementation serves, and that only change hands."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from converter.model import ObjectRef, Origin
from converter.model.data import dataclass
from converter.routing.steps import Timeouts
from converter.routing.table import Feature


@dataclass(slots=True)
class RouteTimes:
    """The time limits of one route, with the facts that say them."""

    route: ObjectRef
    times: Timeouts
    origins: tuple[Origin, ...] = ()


@dataclass(slots=True)
class GatewayHandover:
    """A Gateway as it stands, and what its implementation does beyond it."""

    gateway: ObjectRef
    body: dict[str, Any]
    origin: Origin
    """The object as a whole."""
    class_origin: Origin
    listeners: dict[str, Origin] = field(default_factory=dict)
    """Listeners that belong to the implementation itself and go away."""
    labels: tuple[str, ...] = ()
    """Labels and annotations that mean something to the implementation alone."""
    times: Timeouts = field(default_factory=Timeouts)
    origins: tuple[Origin, ...] = ()
    """What says `times`; none where they are the defaults of the implementation."""
    routes: list[RouteTimes] = field(default_factory=list)
    """Routes with limits of their own."""
    differs: str = ""
    """What routes mean there and not by the specification."""
    balancer: str = ""
    """The load balancer that serves the Gateway."""
    balancer_known: bool = False
    """True where its settings are in the input."""
    shared: bool = False
    """True where others are served by the same load balancer, at the same address."""
    proxy: tuple[Feature, ...] = ()
    """How that load balancer is run and reached, one setting a feature; without origins where it is shared."""
    round_robin: bool = False
    """True where endpoints take turns."""

    @property
    def addresses(self) -> list[str]:
        """The addresses that the Gateway has, by its status."""
        status = self.body.get("status")
        listed = status.get("addresses") if isinstance(status, dict) else None
        return [str(one["value"]) for one in listed or () if isinstance(one, dict) and one.get("value")]
