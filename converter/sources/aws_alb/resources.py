"""The controller's own resources: which parameters are used, and which Service stands behind a target group.

lbc: apis/elbv2/v1beta1 (IngressClassParams, TargetGroupBinding).
"""

from __future__ import annotations

from converter.model import ObjectStatus, Outcome
from converter.model.ledger import Ledger
from converter.reading.inventory import Document, Inventory
from converter.sources.aws_alb.bindings import bindings
from converter.sources.aws_alb.plan import BalancerPlan


def resource_statuses(plans: list[BalancerPlan], inventory: Inventory, ledger: Ledger) -> list[ObjectStatus]:
    """What becomes of parameters and bindings; each is a fact of its own."""
    used = {
        member.params_document.ref: plan.entry for plan in plans for member in plan.members if member.params_document
    }
    named = {
        target["backend"]: plan.entry
        for plan in plans
        for listener in plan.listeners
        for rule in listener.all_rules
        for target in rule.actions[-1].get("targets", ())
    }
    bound = {one.document.ref: named[name] for name, one in bindings(inventory).items() if name in named}
    out = []
    for document in inventory.of("IngressClassParams"):
        words = "no Ingress of the input uses these parameters"
        out.append(_status(document, used.get(document.ref), words, "parameters of the class, read", ledger))
    for document in inventory.of("TargetGroupBinding"):
        words = "no action of the input names its target group; a load balancer elsewhere reaches its pods as before"
        read = "says which Service a target group belongs to"
        out.append(_status(document, bound.get(document.ref), words, read, ledger))
    return out


def _status(document: Document, entry: str | None, unused: str, words: str, ledger: Ledger) -> ObjectStatus:
    origin = document.object_fact
    if entry is None:
        ledger.settle(origin, Outcome.obsolete("resource.not-used", unused))
        return ObjectStatus(document.ref, document.location, "skipped", "aws-alb", "", unused)
    ledger.settle(origin, Outcome.exact("resource.read", words))
    return ObjectStatus(document.ref, document.location, "converted", "aws-alb", entry)
