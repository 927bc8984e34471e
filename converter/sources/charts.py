"""Charts that install a controller: what they make of their values is taken as input.

A chart that nobody knows stays unread, with the findings that reading has kept for it.
"""

from __future__ import annotations

from converter.model import ObjectStatus
from converter.model.ledger import Ledger
from converter.packs.chart_routes import chart_routes
from converter.reading.chart_values import ChartValues
from converter.reading.inventory import Inventory


def read_charts(inventory: Inventory, ledger: Ledger) -> list[ObjectStatus]:
    """Add the objects that known charts make to the inventory; statuses of objects that install others."""
    if not inventory.charts:
        return []
    from converter.sources.ingress_nginx.chart import add_objects, is_own

    own = [one for one in inventory.charts if is_own(one)]
    add_objects(own, inventory, ledger)
    return [status for one in inventory.charts if one not in own for status in _unread(one, ledger)]


def _unread(chart: ChartValues, ledger: Ledger) -> list[ObjectStatus]:
    own = ", ".join(chart_routes(chart.chart))
    for origin, outcome in chart.unread:
        hint = f"{outcome.hint}; or have the chart write its HTTPRoute itself by {own}" if own else outcome.hint
        ledger.settle(origin, outcome._replace(hint=hint))
    if not chart.unread or chart.ref is None:
        return []
    origin, outcome = chart.unread[0]
    return [ObjectStatus(chart.ref, origin.location, "skipped", reason=outcome.message)]
