"""What a report does with each finding: decide, review, fold or leave out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field

from converter.model import Fidelity, Finding, ObjectRef, ObjectStatus
from converter.model.data import dataclass
from converter.packs.codes import code_classes
from converter.packs.differences import StandardDifference, controllers_with_differences, differences_by_code
from converter.reporting.groups import EXPOSED

REJECTS = "rejects"
"""The class of codes of findings that are shown although they are lossless."""


@dataclass(slots=True)
class Classes:
    """The findings that are neither lossless nor accepted, by what a report does with them."""

    decisions: list[Finding] = field(default_factory=list)
    """Lost, opened, withheld, unreachable, or only works after a step."""
    differences: list[Finding] = field(default_factory=list)
    """Differences of particular objects."""
    prerequisites: list[Finding] = field(default_factory=list)
    """Steps before the output works."""
    inputs: list[Finding] = field(default_factory=list)
    """What the input lacks, and what is assumed instead."""
    sequels: list[Finding] = field(default_factory=list)
    """Follow from another finding on the same object."""
    rejects: list[Finding] = field(default_factory=list)
    """Rules that reject every request, before and after; nothing is lost, and nobody should overlook them."""
    standard: dict[tuple[str, str], list[Finding]] = field(default_factory=dict)
    """Differences that everybody meets who moves from this controller: controller and name -> findings."""

    def names(self) -> dict[int, str]:
        """The class of each finding, by its id."""
        lists = (
            ("decision", self.decisions),
            ("difference", self.differences),
            ("prerequisite", self.prerequisites),
            ("input", self.inputs),
            ("sequel", self.sequels),
            ("rejects", self.rejects),
            *(("standard", some) for some in self.standard.values()),
        )
        return {id(one): name for name, some in lists for one in some}


def classify(objects: Sequence[ObjectStatus], findings: Iterable[Finding]) -> Classes:
    """Put findings into classes; `findings` are those that are neither accepted nor lossless, and those of REJECTS."""
    out, kinds = Classes(), code_classes()
    controllers = _controllers(objects)
    by_ref = {one.ref: one.controller for one in objects if one.controller}
    lists = {"input": out.inputs, "prerequisite": out.prerequisites}
    for one in findings:
        known = standard_difference(one, by_ref, controllers)
        kind = kinds.get(one.code, "")
        if known is not None:
            out.standard.setdefault((known[0], known[1].name), []).append(one)
        elif kind == REJECTS:
            out.rejects.append(one)
        elif one.code.endswith(".withheld") or kind == "sequel":
            out.sequels.append(one)
        elif kind in lists and (kind == "prerequisite" or one.fidelity is Fidelity.APPROXIMATE):
            lists[kind].append(one)
        elif one.code == EXPOSED or one.fidelity.rank >= Fidelity.MANUAL.rank:
            out.decisions.append(one)
        else:
            out.differences.append(one)
    return _with_lone_sequels(out, objects)


def standard_difference(
    finding: Finding, by_ref: dict[ObjectRef, str], controllers: Sequence[str]
) -> tuple[str, StandardDifference] | None:
    """The difference that everybody meets who moves from the controller of the finding, and that controller."""
    own = by_ref.get(finding.origin.object) if finding.origin.object else None
    for name in (own,) if own in controllers else controllers:
        known = differences_by_code(name).get(finding.code) if name else None
        if name and known is not None and known.covers(finding):
            return name, known
    return None


def _controllers(objects: Sequence[ObjectStatus]) -> list[str]:
    known = controllers_with_differences()
    return [name for name in dict.fromkeys(one.controller for one in objects) if name in known]


def _with_lone_sequels(out: Classes, objects: Sequence[ObjectStatus]) -> Classes:
    """What follows from nothing that is shown is a decision of its own."""
    shown = {one.origin.object for one in out.decisions}
    shown |= {one.ref for one in objects if one.status in ("failed", "withheld")}
    lone = [one for one in out.sequels if one.fidelity.rank >= Fidelity.MANUAL.rank and one.origin.object not in shown]
    if lone:
        known = {id(one) for one in lone}
        out.decisions += lone
        out.sequels = [one for one in out.sequels if id(one) not in known]
    return out
