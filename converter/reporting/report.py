"""What every printer works from: one list of findings, the objects and files it is about, and how they add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from converter.model import Fidelity, Finding, InputStatus, Location, ObjectRef, ObjectStatus, Resource
from converter.model.data import dataclass
from converter.model.failures import AcceptedFailures
from converter.model.options import DEFAULT_TARGET, Options
from converter.model.version import __version__
from converter.packs.codes import code_classes
from converter.packs.portability import Use, uses
from converter.reporting.classes import REJECTS, Classes, classify
from converter.reporting.decisions import DecisionEntry, decisions
from converter.reporting.groups import Group, by_code
from converter.reporting.prerequisites import Prerequisite, prerequisites

TOOL = "ing2gw"


class SourceFile(Protocol):
    """What a report is made from; the result of a run has it."""

    @property
    def inputs(self) -> list[InputStatus]: ...
    @property
    def objects(self) -> list[ObjectStatus]: ...
    @property
    def findings(self) -> list[Finding]: ...
    @property
    def resources(self) -> list[Resource]: ...
    @property
    def options(self) -> Options: ...


class Look(NamedTuple):
    """How a report is to look where the format leaves a choice."""

    colour: bool = False
    width: int = 0
    """Of the terminal; 0: do not wrap."""
    verbose: bool = False
    standard: bool = False
    """Show the differences that everybody meets who moves from a controller."""


DEFAULT_LOOK = Look()


_LOSSLESS = tuple(fidelity for fidelity in Fidelity if fidelity.lossless)


def fails_by_default(finding: Finding) -> bool:
    """A finding at or above manual that nobody has accepted."""
    return finding.fidelity.rank >= Fidelity.MANUAL.rank and not finding.accepted


@dataclass(slots=True)
class Report:
    """The findings of one run."""

    inputs: Sequence[InputStatus]
    objects: Sequence[ObjectStatus]
    findings: Sequence[Finding]
    resources: Sequence[Resource]
    version: str = __version__
    written: str = ""
    """Where the resources went, in words; "" where nothing was written."""
    directory: str = ""
    """Where the resources are; "" where nothing was written to a directory."""
    target: str = DEFAULT_TARGET
    """As a user names it (`envoy-gateway@1.7`)."""
    preset: str = ""
    fails: Callable[[Finding], bool] = fails_by_default
    """Whether a finding fails the run."""
    fails_on_errors: bool = True
    """Whether files and objects that could not be converted fail the run."""

    @property
    def lossy(self) -> list[Finding]:
        """What people must know of: not exact, and not accepted."""
        return [one for one in self.findings if one.fidelity not in _LOSSLESS and not one.accepted]

    @property
    def accepted(self) -> list[Finding]:
        """Lossy findings that somebody has accepted."""
        return [one for one in self.findings if one.accepted and one.fidelity not in _LOSSLESS]

    def counts(self) -> dict[str, int]:
        """Fidelity -> number of findings, all fidelities, best first."""
        found = Counter([one.fidelity.rank for one in self.findings])
        return {fidelity.value: found[fidelity.rank] for fidelity in Fidelity}

    def statuses(self) -> dict[str, int]:
        """Status -> number of objects."""
        found = Counter(one.status for one in self.objects)
        return {status: found[status] for status in ("converted", "withheld", "skipped", "failed")}

    def groups(self, findings: Iterable[Finding]) -> list[Group]:
        """By code: bugs first, then lost protection, then the worst, then the most frequent."""
        return by_code(findings)

    def classes(self) -> Classes:
        """The lossy findings by what a report does with them."""
        rejects = [code for code, kind in code_classes().items() if kind == REJECTS]
        shown = [one for one in self.findings if one.code in rejects and one.fidelity.lossless]
        return classify(self.objects, [*self.lossy, *shown])

    def decisions(self, classes: Classes) -> list[DecisionEntry]:
        """What has to be decided before the switch."""
        accepted = AcceptedFailures(self.findings)
        left = [one for one in self.objects if not accepted.covers(one)]
        return decisions(left, self.failed_inputs(), classes)

    def prerequisites(self, classes: Classes) -> list[Prerequisite]:
        """What has to be there before the output works."""
        from converter.packs.load import target_pack_name

        pack = target_pack_name(self.target)
        return prerequisites(pack, self.preset, self.resources, self.findings, classes.prerequisites)

    def uses(self) -> list[Use]:
        """The features of Gateway API, and the kinds of single implementations, that the output uses."""
        return uses(one.body for one in self.resources)

    def uses_beyond_core(self) -> list[Use]:
        """Those that an implementation may lack."""
        return [one for one in self.uses() if one.level != "core"]

    def ready(self, classes: Classes) -> tuple[int, int]:
        """How many objects are converted and need no decision, and how many there are without skipped ones."""
        open_ = {one.origin.object for one in classes.decisions}
        served = [one for one in self.objects if one.status != "skipped"]
        return sum(one.status == "converted" and one.ref not in open_ for one in served), len(served)

    def failed_inputs(self) -> list[InputStatus]:
        """Files that could not be read, which nobody has accepted."""
        return AcceptedFailures(self.findings).open_files(self.inputs)

    def failed_objects(self) -> list[ObjectStatus]:
        """Objects that could not be converted, which nobody has accepted."""
        return AcceptedFailures(self.findings).open_objects(self.objects)

    def location(self, ref: ObjectRef) -> Location:
        """Where an object of the input stands."""
        return next((one.location for one in self.objects if one.ref == ref), Location(""))


def report_of(source: SourceFile, written: str = "") -> Report:
    """The report of a run."""
    options = source.options
    return Report(
        source.inputs,
        source.objects,
        source.findings,
        source.resources,
        written=written,
        target=options.target,
        preset=options.preset,
    )
