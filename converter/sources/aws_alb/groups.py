"""All groups of the input, one load balancer each."""

from __future__ import annotations

from typing import NamedTuple

from converter.model import ObjectStatus
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.reading.inventory import Ingress, Inventory
from converter.sources.aws_alb import annotation_values as _values  # noqa: F401  (registers the codecs)
from converter.sources.aws_alb.actions import Services
from converter.sources.aws_alb.class_match import ALIBABA_KEYWORDS, alibaba
from converter.sources.aws_alb.errors import Refused
from converter.sources.aws_alb.limits import settle_limits
from converter.sources.aws_alb.membership import Member, classify, group_of, in_order, member_of
from converter.sources.aws_alb.plan import BalancerPlan, Builder
from converter.sources.aws_alb.remarks import settle_remarks
from converter.sources.aws_alb.resources import resource_statuses
from converter.sources.aws_alb.settle import settle_refused, settle_rest, settle_services, settle_unmanaged
from converter.sources.aws_alb.table import TableBuilder
from converter.sources.classes import default_classes, has_class
from converter.sources.contract import Compiled

NAME = "aws-alb"


def compile_groups(
    ingresses: list[Ingress],
    inventory: Inventory,
    ledger: Ledger,
    options: Options,
) -> Compiled:
    """One table for each IngressGroup and each Ingress of its own; a group that the controller refuses has none."""
    out = Compiled()
    services = Services(inventory)
    plans: list[BalancerPlan] = []
    handed: set[int] = set()
    stopped = _all_stopped(inventory)
    for (entry, explicit), members in _groups(ingresses, inventory, options, ledger, out).items():
        group = _Group(BalancerPlan(entry, explicit, members), services, ledger, options, out, handed)
        group.compile(stopped)
        plans.append(group.plan)
    settle_services(plans, handed, services, ledger)
    out.statuses += resource_statuses(plans, inventory, ledger)
    return out


def _groups(
    ingresses: list[Ingress],
    inventory: Inventory,
    options: Options,
    ledger: Ledger,
    out: Compiled,
) -> dict[tuple[str, bool], list[Member]]:
    """Members by load balancer, in input order; Ingresses that are not managed get their status here."""
    groups: dict[tuple[str, bool], list[Member]] = {}
    for ingress in ingresses:
        classified = classify(ingress, inventory, options)
        reason = ALIBABA_KEYWORDS if alibaba(ingress, inventory) else classified.reason
        if not reason:
            member = member_of(ingress, classified)
            try:
                groups.setdefault(group_of(member), []).append(member)
                continue
            except Refused as error:
                reason = error.message
        settle_unmanaged(ingress, reason, ledger)
        out.statuses.append(ObjectStatus(ingress.ref, ingress.location(), "skipped", NAME, "", reason))
    return groups


def _all_stopped(inventory: Inventory) -> str:
    """Two default classes and one Ingress without class: the loader fails for every group (lbc: group_loader.go:80-111,
    class_loader.go:53-72)."""
    if len(list(default_classes(inventory))) < 2:
        return ""
    bare = next((one for one in inventory.ingresses if not has_class(one)), None)
    if bare is None:
        return ""
    return f"group load: Ingress: {bare.namespace}/{bare.name}: multiple default IngressClasses found"


class _Group(NamedTuple):
    """One load balancer on its way."""

    plan: BalancerPlan
    services: Services
    ledger: Ledger
    options: Options
    out: Compiled
    handed: set[int]
    """Facts that tables hand on, where Services have some too."""

    def compile(self, stopped: str) -> None:
        """Add its table, or say why there is none; `stopped` stops it beforehand."""
        plan = self.plan
        try:
            if stopped:
                raise Refused(stopped)
            plan.members = in_order(plan.members)
            Builder(plan, self.services, self.options).build()
        except Refused as error:
            settle_refused(plan.members, error.message, error.origin, self.ledger)
            self._say("failed", error.message)
            return
        table = TableBuilder(plan, self.services, self.options).table()
        known = set(map(id, table.origins()))
        settle_rest(plan, known, self.ledger)
        settle_limits(plan, self.ledger)
        settle_remarks(plan, self.ledger)
        self.handed.update(known if self.services.noted() else ())
        self.out.tables.append(table)
        self._say("converted")

    def _say(self, status: str, reason: str = "") -> None:
        for member in self.plan.members:
            ref, place = member.ingress.ref, member.ingress.location()
            self.out.statuses.append(ObjectStatus(ref, place, status, NAME, self.plan.entry, reason))
