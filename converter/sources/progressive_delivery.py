"""Rollouts and Canaries that shift weights in Ingresses: their traffic leaves the Ingress, and they do not notice."""

from __future__ import annotations

from converter.model import Outcome
from converter.model.ledger import Ledger
from converter.reading.deliveries import deliveries
from converter.reading.inventory import Inventory

_NEEDS = {
    "Rollout": (
        "Give it trafficRouting.plugins (argoproj-labs/gatewayAPI) with the HTTPRoute; ing2gw plan writes the patch."
    ),
    "Canary": "Set provider gatewayapi:v1 and service.gatewayRefs; ing2gw plan writes the patch.",
}


def settle_deliveries(inventory: Inventory, ledger: Ledger) -> None:
    """One finding for each Ingress of the input that a Rollout or Canary writes weights to."""
    known = {ingress.ref: ingress for ingress in inventory.ingresses}
    for delivery in deliveries(inventory):
        kind = delivery.document.kind
        for ref in delivery.stable:
            ingress = known.get(ref)
            if ingress is None:
                continue
            words = (
                f"{kind} {delivery.ref.namespace}/{delivery.ref.name} writes weights to this Ingress. "
                "Its next release does not reach the routes."
            )
            outcome = Outcome.approximate("canary.other-writer", words, _NEEDS[kind], affects=())
            ledger.settle(ingress.object_fact, outcome, "canary")
