"""How likely a wave goes wrong, by what the run found out about its objects."""

from __future__ import annotations

from collections.abc import Sequence

from converter.model import Finding, ObjectRef, ObjectStatus
from converter.planning.plan import LEVELS, MigrationUnit, Risk
from converter.reporting.classes import Classes
from converter.reporting.groups import plural

MANY_HOSTS = 10
"""From here on a failure of one wave is that of a site."""


class Risks:
    """The statuses and findings of all objects, to be asked for by unit."""

    def __init__(self, objects: Sequence[ObjectStatus], classes: Classes) -> None:
        self._withheld = {one.ref for one in objects if one.status in ("withheld", "failed")}
        self._decisions = _by_object(classes.decisions)
        self._differences = _by_object(classes.differences)

    def decisions(self, ref: ObjectRef) -> list[Finding]:
        """The findings on an object that somebody has to decide."""
        return self._decisions.get(ref, [])

    def differences(self, ref: ObjectRef) -> list[Finding]:
        """The findings on an object whose requests get another response."""
        return self._differences.get(ref, [])

    def of(self, units: Sequence[MigrationUnit]) -> Risk:
        """The risk of units at one time."""
        objects = {one for unit in units for one in unit.objects}
        withheld = len(objects & self._withheld)
        decisions = [found for one in sorted(objects) for found in self.decisions(one)]
        differing = [found for one in objects for found in self.differences(one)]
        differences, requests = len(differing), sum(one.requests or 0 for one in (*decisions, *differing))
        hosts = max((len(unit.hosts) for unit in units), default=0)
        lost = any(one.protects for one in decisions)
        medium = decisions or hosts >= MANY_HOSTS or any(map(self._differs, units))
        level = LEVELS[2] if withheld or lost else LEVELS[1] if medium else LEVELS[0]
        reasons = _reasons(withheld, decisions, differences, hosts)
        if requests:
            reasons = (*reasons, f"{requests:,} requests of the log meet these findings")
        return Risk(level, withheld, len(decisions), differences, requests, reasons)

    def _differs(self, unit: MigrationUnit) -> bool:
        return sum(len(self.differences(one)) for one in unit.objects) > len(unit.hosts)


def _by_object(findings: Sequence[Finding]) -> dict[ObjectRef, list[Finding]]:
    out: dict[ObjectRef, list[Finding]] = {}
    for one in findings:
        if one.origin.object is not None:
            out.setdefault(one.origin.object, []).append(one)
    return out


def _reasons(withheld: int, decisions: list[Finding], differences: int, hosts: int) -> tuple[str, ...]:
    out = []
    if withheld:
        out.append(f"{plural(withheld, 'object')} with routes that are disabled or not written")
    codes = sorted({one.code for one in decisions})
    if decisions:
        out.append(f"{plural(len(decisions), 'finding')} to decide ({', '.join(codes)})")
    if differences:
        out.append(f"{plural(differences, 'finding')} on different responses")
    if hosts >= MANY_HOSTS:
        out.append(f"{hosts} hosts that only move together")
    return tuple(out)
