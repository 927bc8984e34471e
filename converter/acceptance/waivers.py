"""Findings that somebody has accepted: by a waiver, by an annotation on the Ingress, or by a baseline.

To accept a finding changes what is reported and whether the run fails, never what is written. What is served without
its protection is named under `expose-unprotected` (`expose`).
"""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

from converter.acceptance.annotations import ANNOTATION, acceptances
from converter.acceptance.decisions import Exposure, Waiver
from converter.acceptance.finding_index import FindingIndex
from converter.model import Fidelity, Finding, Location, ObjectRef, Origin
from converter.model.fingerprint import fingerprint
from converter.packs.codes import documented_codes, renamed_codes
from converter.reading.option_file import ConfigError
from converter.reporting.groups import EXPOSED

BASELINE = "known (baseline)"
WITHHELD = "route.withheld"
_OWN = frozenset({"annotation", "field", "object"})
"""Facts that an Ingress holds itself; what a controller or its ConfigMap asks for cannot be accepted by it."""


def accept(findings: Sequence[Finding], waivers: Iterable[Waiver], today: datetime.date) -> list[Finding]:
    """Mark what is accepted and return findings about waivers that do not work; protection is waived by name alone."""
    by_annotation, complaints = _annotated(findings)
    lossy = FindingIndex(one for one in findings if not one.fidelity.lossless)
    for given in waivers:
        renamed = renamed_codes().get(given.code)
        waiver = replace(given, code=renamed) if renamed else given
        if renamed:
            complaints.append(_renamed(given, renamed))
        expired = waiver.until is not None and waiver.until < today
        hits = [one for one in lossy.candidates(waiver) if _covers(waiver, one)]
        if expired:
            complaints.append(_complaint(waiver, "waiver.expired", f"Waiver {waiver.code} expired on {waiver.until}."))
        elif not hits:
            complaints.append(_unused(waiver, lossy.codes))
        else:
            for one in hits:
                one.accepted = one.accepted or waiver.reason
    for one in findings:
        reasons = by_annotation.get(one.origin.object) if one.origin.object else None
        if reasons and not one.fidelity.lossless and one.origin.kind in _OWN:
            one.accepted = one.accepted or reasons.get(one.code, "")
    _accept_withheld(findings)
    return complaints


def _accept_withheld(findings: Sequence[Finding]) -> None:
    """A withheld route follows from protections that are lost; who has accepted all of them has accepted it."""
    lost: dict[ObjectRef, list[str]] = {}
    for one in findings:
        if one.protects and one.fidelity.rank >= Fidelity.MANUAL.rank and one.origin.object:
            lost.setdefault(one.origin.object, []).append(one.accepted)
    for one in findings:
        accepted = lost.get(one.origin.object, []) if one.code == WITHHELD and one.origin.object else []
        if accepted and all(accepted):
            one.accepted = one.accepted or accepted[0]


def _covers(waiver: Waiver, finding: Finding) -> bool:
    if waiver.code != finding.code:
        by_pattern = waiver.code == finding.feature or fnmatchcase(finding.code, waiver.code)
        if finding.protects or not by_pattern:
            return False
    ref = finding.origin.object
    if waiver.object and not (ref and fnmatchcase(f"{ref.namespace}/{ref.name}", waiver.object)):
        return False
    return not waiver.path or fnmatchcase(finding.origin.location.path, waiver.path.replace("**", "*"))


def expose(
    findings: Sequence[Finding],
    exposures: Iterable[Exposure],
    applied: Iterable[tuple[ObjectRef, str]],
    today: datetime.date,
) -> list[Finding]:
    """Mark the losses of objects that are exposed on purpose, and return a finding for each entry.

    Args:
        applied: Objects and codes of lost protections without which routes were written.
        today: Entries that ended before have no effect, and say so.
    """
    out, served = [], {(f"{ref.namespace}/{ref.name}", code): ref for ref, code in applied}
    lost: dict[tuple[ObjectRef | None, str], list[Finding]] = {}
    for finding in findings if served else ():
        lost.setdefault((finding.origin.object, finding.code), []).append(finding)
    for one in exposures:
        origin = Origin("file", "expose-unprotected", one.code, Location(one.file, one.line, 1))
        ref = served.get((one.object, one.code))
        if one.until < today:
            words = f"The exposure of {one.object} ({one.code}) ended on {one.until}; its routes are withheld again."
            out.append(Finding("exposure.expired", Fidelity.MANUAL, words, origin, "Remove it, or decide anew."))
        elif ref is None:
            words = f"The exposure of {one.object} ({one.code}) matches nothing."
            out.append(Finding("exposure.unused", Fidelity.MANUAL, words, origin, "Correct its object or code."))
        else:
            words = f"{ref} is served without the protection of {one.code} until {one.until}: {one.reason}"
            out.append(Finding(EXPOSED, Fidelity.APPROXIMATE, words, origin._replace(object=ref)))
            for finding in lost.get((ref, one.code), ()):
                finding.accepted = finding.accepted or f"exposed until {one.until}: {one.reason}"
    return out


def _complaint(waiver: Waiver, code: str, message: str, hint: str = "") -> Finding:
    origin = Origin("file", "waivers", waiver.code, Location(waiver.file, waiver.line, 1))
    return Finding(code, Fidelity.MANUAL, message, origin, hint or "Remove it, or correct its code, object or path.")


def _renamed(waiver: Waiver, code: str) -> Finding:
    """A waiver by the name that a code had in an earlier release; it works."""
    origin = Origin("file", "waivers", waiver.code, Location(waiver.file, waiver.line, 1))
    message = f"The code {waiver.code} is now called {code}."
    return Finding("waiver.renamed", Fidelity.OBSOLETE, message, origin, "Use the new code.")


def _unused(waiver: Waiver, present: frozenset[str]) -> Finding:
    """A waiver that matches nothing, with the codes that it may have meant."""
    message = f"Waiver {waiver.code} matches nothing."
    if waiver.code in present:
        ref = f" of {waiver.object}" if waiver.object else ""
        return _complaint(
            waiver, "waiver.unused", message, f"Correct its object or path; no finding{ref} has this code."
        )
    return _complaint(waiver, "waiver.unused", message, _suggestion(waiver.code, present))


@lru_cache(maxsize=1024)
def _suggestion(code: str, present: frozenset[str]) -> str:
    import difflib

    known = [one for one in dict.fromkeys((*sorted(present), *documented_codes())) if one != code]
    near = difflib.get_close_matches(code, known, 3, 0.6)
    family = [one for one in sorted(present) if one.partition(".")[0] == code.partition(".")[0]]
    names = list(dict.fromkeys((*family, *near)))[:3]
    return f"Did you mean {' or '.join(names)}?" if names else ""


def _annotated(findings: Sequence[Finding]) -> tuple[dict[ObjectRef, dict[str, str]], list[Finding]]:
    """`ing2gw/accept: "<code>: <reason>"`, one a line, per object."""
    out: dict[ObjectRef, dict[str, str]] = {}
    complaints = []
    codes: dict[ObjectRef | None, set[str]] = {}
    for one in findings:
        if one.origin.kind in _OWN:
            codes.setdefault(one.origin.object, set()).add(one.code)
    for one in findings:
        if one.origin.kind != "annotation" or one.origin.key != ANNOTATION or one.origin.object is None:
            continue
        present = codes[one.origin.object]
        for line, name, reason in acceptances(one.origin.value):
            code = renamed_codes().get(name, name)
            if not reason:
                words = f"{line!r} has no reason."
                complaints.append(
                    Finding("waiver.invalid", Fidelity.MANUAL, words, one.origin, "Write `<code>: <reason>`.")
                )
            elif code not in present:
                words = f"Acceptance of {code} matches nothing: the object has no such finding."
                hint = _suggestion(code, frozenset(present)) or "Remove it, or correct its code."
                complaints.append(Finding("waiver.unused", Fidelity.MANUAL, words, one.origin, hint))
            else:
                out.setdefault(one.origin.object, {})[code] = reason
    return out, complaints


def accept_baseline(findings: Iterable[Finding], path: Path) -> None:
    """Accept what an earlier JSON report has, as often as it has it."""
    known = Counter(fingerprint(one) for one in read_baseline(path) if not one.fidelity.lossless)
    for one in findings:
        if one.fidelity.lossless or one.accepted:
            continue
        mark = fingerprint(one)
        if known[mark] > 0:
            known[mark] -= 1
            one.accepted = BASELINE


def read_baseline(path: Path) -> list[Finding]:
    """The findings of a JSON report, as far as they matter for comparing.

    Raises:
        ConfigError: The file cannot be read, or is no JSON report.
    """
    try:
        known = json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from None
    except json.JSONDecodeError as error:
        raise ConfigError(f"{path}:{error.lineno}:{error.colno}: not a JSON report of ing2gw: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not a JSON report of ing2gw: {error}") from None
    entries = known.get("findings") if isinstance(known, dict) else None
    if not isinstance(entries, list):
        raise ConfigError(f"{path}:1:1: not a JSON report of ing2gw: it has no list of findings")
    try:
        return [_finding(entry) for entry in entries]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path}: not a JSON report of ing2gw: a finding without {error}") from None


def _finding(entry: dict[str, Any]) -> Finding:
    origin, ref = entry["origin"], entry["object"]
    texts = {key: str(origin[key]) for key in ("kind", "key", "value", "path")}
    place = Origin(
        texts["kind"],
        texts["key"],
        texts["value"],
        Location(texts["path"]),
        ObjectRef(*(str(ref[key]) for key in ("kind", "namespace", "name"))) if isinstance(ref, dict) else None,
    )
    code = str(entry["code"])
    return Finding(renamed_codes().get(code, code), Fidelity(entry["fidelity"]), "", place)
