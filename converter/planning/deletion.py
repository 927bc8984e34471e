"""What is deleted when a wave is over, and in which order."""

from __future__ import annotations

from collections.abc import Iterator

from converter.model import ObjectRef
from converter.packs.migration import tool_marks
from converter.planning.certificates import hand_over, owned
from converter.planning.commands import delete, look, save, saved
from converter.planning.dns import ExternalDns
from converter.planning.estate import Estate
from converter.planning.plan import PlanStep, Wave
from converter.planning.rollouts import Changes
from converter.planning.steps import listed, step

SAVED = "saved"
"""Folder of the objects as they were."""
_PUBLISHED = {"ROUTE": ".metadata.name", "ANNOTATIONS": ".metadata.annotations"}


def save_steps(wave: Wave) -> list[PlanStep]:
    """Keep what the wave deletes in the end."""
    refs = [ref for ref in wave.objects if ref.namespace]
    return [step("save", save(refs, f"{SAVED}/{wave.name}"), refs)]


def deletion(estate: Estate, wave: Wave, dns: ExternalDns | None, changes: list[Changes]) -> list[PlanStep]:
    """The last steps of a wave: nothing goes before what it owns has another owner.

    Args:
        estate: The run.
        wave: Its objects are deleted.
        dns: For names that an Ingress still owns.
        changes: Of the Rollouts and Canaries of the wave.
    """
    made = [ref for one in changes for ref in one.made]
    ready = estate.ready(wave.objects)
    stay = [ref for ref in wave.objects if ref not in ready]
    steps = [step("stay", (), stay, names=listed(stay))] if stay else []
    steps += hand_over(estate, ready)
    routes = [one.ref for one in estate.routes_of(wave.objects)]
    if dns is not None and routes:
        steps.append(step("records", look(routes, _PUBLISHED), routes))
    steps += [one for change in changes for one in change.after]
    steps += _marked(estate, ready)
    refs = [ref for ref in ready if ref not in made and ref.kind == "Ingress"]
    if refs:
        steps.append(_delete(estate, wave, refs))
    others = [ref for ref in ready if ref.kind != "Ingress"]
    if others:
        steps.append(step("delete-others", delete(others), others))
    return steps


def _marked(estate: Estate, objects: list[ObjectRef]) -> list[PlanStep]:
    """Objects that a tool would make once more."""
    found: dict[str, list[ObjectRef]] = {}
    for ref in objects:
        for tool in _tools(estate, ref):
            found.setdefault(tool, []).append(ref)
    return [step("marked", (), refs, names=listed(refs), tool=tool) for tool, refs in sorted(found.items())]


def _tools(estate: Estate, ref: ObjectRef) -> Iterator[str]:
    ingress = estate.ingresses.get(ref)
    if ingress is None:
        return
    for where, marks in ((ingress.annotations, "annotations"), (ingress.labels, "labels")):
        for key, row in tool_marks()[marks].items():
            if key in where:
                value = where[key].partition(row["after"])[0] if "after" in row else where[key]
                yield f"{row['tool']} {value}"


def _delete(estate: Estate, wave: Wave, refs: list[ObjectRef]) -> PlanStep:
    canaries = {ref for one in estate.deliveries for ref in one.canaries}
    order = [ref for ref in refs if ref in canaries] + [ref for ref in refs if ref not in canaries]
    files = sorted({saved(f"{SAVED}/{wave.name}", ref.namespace) for ref in refs})
    values = {"waiting": listed(owned(estate, refs)), "files": " ".join(f"-f {file}" for file in files)}
    return step("delete", delete(order), order, values=values)
