"""What is being written of one Gateway, as its listeners and policies see it."""

from __future__ import annotations

from typing import Protocol

from converter.model import ObjectRef
from converter.routing.table import RoutingTable
from converter.targets.context import Context
from converter.targets.gateway_api.gateway.write_listeners import Listeners


class GatewayDraft(Protocol):
    """One table on its way into a Gateway.

    Attributes:
        table: The table that is written.
        context: The run.
        gateway: The Gateway that the table becomes.
        listeners: Its listeners.
        keep_order: True where an EnvoyProxy keeps routes in the order in which they are written.
    """

    table: RoutingTable
    context: Context
    gateway: ObjectRef
    listeners: Listeners
    keep_order: bool
