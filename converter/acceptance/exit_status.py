"""Whether a run succeeded, and why not."""

from __future__ import annotations

from collections.abc import Sequence

from converter.model import Fidelity, Finding, InputStatus, ObjectStatus
from converter.model.failures import AcceptedFailures, nothing_converted
from converter.reporting.groups import EXPOSED, INTERNAL, first_of, plural

FAIL_ON = ("approximate", "manual", "unsupported", "unknown", "never")


def lost_protection(finding: Finding) -> bool:
    """Something that was closed would be open."""
    return finding.protects and finding.fidelity.rank >= Fidelity.MANUAL.rank and not finding.accepted


def fails_run(finding: Finding, fail_on: str, allow_unprotected: bool = False) -> bool:
    """Whether a finding fails the run. `fail_on`: a fidelity or never."""
    if finding.code.startswith(INTERNAL) or lost_protection(finding):
        return True
    if allow_unprotected and finding.protects and finding.fidelity.rank >= Fidelity.MANUAL.rank:
        return True
    return fail_on != "never" and _is_above(finding, Fidelity(fail_on))


def _is_above(finding: Finding, fail_on: Fidelity) -> bool:
    """At or above a fidelity, and neither accepted nor shown for information alone."""
    return finding.fidelity.rank >= fail_on.rank and not finding.accepted and finding.code != EXPOSED


def nothing_read(inputs: Sequence[InputStatus]) -> bool:
    """Not a single file could be read."""
    return not any(one.status == "read" for one in inputs)


def objections(
    inputs: Sequence[InputStatus],
    objects: Sequence[ObjectStatus],
    findings: Sequence[Finding],
    fail_on: str,
    allow_unprotected: bool = False,
) -> list[str]:
    """Why the run is no success, in words; empty where it is one. `fail_on`: a fidelity or never."""
    out = []
    bugs = [one for one in findings if one.code.startswith(INTERNAL)]
    if bugs:
        out.append(f"{plural(len(bugs), 'bug')} of ing2gw ({bugs[0].message})")
    if nothing_converted(objects, findings):
        out.append("nothing was converted")
    if allow_unprotected:
        out.append(_opened([one for one in findings if one.protects and one.fidelity.rank >= Fidelity.MANUAL.rank]))
    elif lost := [one for one in findings if lost_protection(one)]:
        codes = ", ".join(sorted({one.code for one in lost})[:3])
        count = plural(len(lost), "security setting")
        out.append(f"{count} could not be converted ({codes}); accept each by its exact code")
    if fail_on == "never":
        return out
    accepted = AcceptedFailures(findings)
    failed = accepted.open_files(inputs)
    if failed:
        out.append(f"{plural(len(failed), 'file')} could not be read ({failed[0].path})")
    broken = accepted.open_objects(objects)
    if broken:
        out.append(f"{plural(len(broken), 'object')} could not be converted ({first_of(broken)})")
    above = sum(_is_above(one, Fidelity(fail_on)) for one in findings)
    if above:
        out.append(f"{plural(above, 'finding')} at or above {fail_on}")
    return out


def _opened(lost: Sequence[Finding]) -> str:
    """What a trial has opened, each object by name."""
    if not lost:
        return "--allow-unprotected is for trials and always fails; no security setting was lost"
    names = dict.fromkeys(f"{one.origin.object or one.origin.location} ({one.code})" for one in lost)
    return f"--allow-unprotected serves these without protection: {', '.join(names)}"
