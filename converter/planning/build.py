"""A plan from a finished run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from converter.model import ObjectRef
from converter.pipeline.result import Result
from converter.planning.dns import external_dns
from converter.planning.estate import Estate
from converter.planning.hosts import ANY_HOST
from converter.planning.links import host_groups
from converter.planning.other_pages import closing_page, preparation_page
from converter.planning.plan import MigrationUnit, Page, Plan, PlanStep, Wave
from converter.planning.steps import listed, step
from converter.planning.wave_page import Invocation, wave_page
from converter.planning.waves import waves
from converter.reporting.groups import plural
from converter.reporting.report import Report

LARGE = 0.5
"""A unit with more than this share of all hosts leaves little to plan."""


def build_plan(result: Result, report: Report, by: str, converted: str, call: Invocation) -> Plan:
    """The runbook of a run.

    Args:
        result: A finished run, with the files of its resources.
        report: Its report.
        by: What waves are made by: namespace | label:KEY | host-group | risk.
        converted: The folder that `convert -o` writes to.
        call: How the commands of this program are repeated.
    """
    estate = Estate(result, report, converted)
    units = host_groups(result).units()
    made = waves(units, by, result.inventory, estate.risks)
    dns = external_dns(result.inventory)
    plan = Plan(estate.controllers, result.options.target, by, made, [])
    pages = []
    for wave in made:
        page, patches = wave_page(estate, wave, dns, call)
        pages.append(page)
        plan.patches |= patches
    plan.left_out = _left_out(result, made)
    closing = closing_page(estate, dns)
    plan.pages = [
        _index(plan, units, result),
        preparation_page(estate, {ref for wave in made for ref in wave.objects}, dns, call),
        *pages,
        closing,
    ]
    return plan


def _left_out(result: Result, made: Sequence[Wave]) -> list[tuple[ObjectRef, str]]:
    """Ingresses that no wave has."""
    planned = {ref for wave in made for ref in wave.objects}
    return [
        (one.ref, f"{one.status}: {one.reason}" if one.reason else one.status)
        for one in result.objects
        if one.ref.kind == "Ingress" and one.ref not in planned
    ]


def _index(plan: Plan, units: Sequence[MigrationUnit], result: Result) -> Page:
    page = Page("plan", f"From {listed(plan.source) or 'no controller'} to {plan.target}")
    rows = [("wave", "hosts", "objects", "risk", "why")]
    for wave in plan.waves:
        counts = str(len(wave.hosts)), str(len(wave.objects))
        rows.append((wave.name, *counts, wave.risk.level, "; ".join(wave.risk.reasons)))
    page.add("Order", [step("order", table=rows, waves=plural(len(plan.waves), "wave"), by=plan.by)])
    page.add("Hosts that hold waves together", list(_large(units, result)))
    if plan.left_out:
        page.add("Not planned", [step("not-planned", text=[f"{ref}: {reason}." for ref, reason in plan.left_out])])
    return page


def _large(units: Sequence[MigrationUnit], result: Result) -> Iterator[PlanStep]:
    """Certificates that leave little to plan, and what the waves would be without them."""
    total = sum(len(unit.hosts) for unit in units)
    shared: dict[str, set[str]] = {}
    for unit in units:
        for link in unit.links:
            if link.kind == "certificate":
                shared.setdefault(link.reason, set()).update(link.hosts)
    large = {reason: hosts for reason, hosts in shared.items() if len(hosts) > max(2, total * LARGE)}
    if not large:
        return
    apart = [one for one in host_groups(result, certificates=False).units() if one.hosts != (ANY_HOST,)]
    counts = {"total": plural(total, "host"), "without": plural(len(apart), "group")}
    for reason, hosts in sorted(large.items()):
        yield step("large-certificate", certificate=reason, count=len(hosts), values=counts)
