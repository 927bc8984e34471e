"""What is deleted when a wave is over, and in which order."""

from __future__ import annotations

from collections.abc import Iterator

from converter.model import ObjectRef
from converter.packs.migration import tool_marks
from converter.planning.certificates import hand_over, owned
from converter.planning.commands import delete, resource, save, saved
from converter.planning.dns import ExternalDns
from converter.planning.estate import Estate
from converter.planning.plan import Step, Wave
from converter.planning.rollouts import Changes

SAVED = "saved"
"""Folder of the objects as they were."""


def save_steps(wave: Wave) -> list[Step]:
    """Keep what the wave deletes in the end."""
    refs = [ref for ref in wave.objects if ref.namespace]
    text = "Whatever deletes one of these objects, they can be applied from here."
    return [Step("save", "Save the objects of the wave", (text,), tuple(save(refs, f"{SAVED}/{wave.name}")), tuple(refs))]


def deletion(estate: Estate, wave: Wave, dns: ExternalDns | None, changes: list[Changes]) -> list[Step]:
    """The last steps of a wave: nothing goes before what it owns has another owner.

    Args:
        estate: The run.
        wave: Its objects are deleted.
        dns: For names that an Ingress still owns.
        changes: Of the Rollouts and Canaries of the wave.
    """
    made = [ref for one in changes for ref in one.made]
    steps = hand_over(estate, wave)
    steps += _names(estate, wave, dns)
    steps += [step for one in changes for step in one.after]
    steps += _marked(estate, wave)
    refs = [ref for ref in wave.objects if ref not in made and ref.kind == "Ingress"]
    if refs:
        steps.append(_delete(estate, wave, refs))
    others = [ref for ref in wave.objects if ref.kind not in ("Ingress",)]
    if others:
        steps.append(
            Step(
                "delete",
                "Delete the objects of the controller that served these hosts",
                (
                    "Those that the controller generated from an Ingress go with it. Delete the rest when no other wave has "
                    "hosts on them.",
                ),
                tuple(delete(others)),
                tuple(others),
            )
        )
    return steps


def _names(estate: Estate, wave: Wave, dns: ExternalDns | None) -> list[Step]:
    routes = [one.ref for one in estate.routes_of(wave.objects)]
    if dns is None or not routes:
        return []
    return [
        Step(
            "hand-over",
            "See that the DNS records belong to the routes",
            (
                "With policy sync external-dns deletes the record of a name when no object asks for it any more: each host of "
                "this wave needs a route that is published. The TXT record of the registry names the owner "
                "(external-dns/resource=httproute/…).",
            ),
            tuple(
                f"kubectl get {resource(ref)} -o jsonpath='{{.metadata.annotations}}{{\"\\n\"}}'" for ref in routes
            ),
            tuple(routes),
        )
    ]


def _marked(estate: Estate, wave: Wave) -> list[Step]:
    """Objects that a tool would make once more."""
    found: dict[str, list[ObjectRef]] = {}
    for ref in wave.objects:
        for tool in _tools(estate, ref):
            found.setdefault(tool, []).append(ref)
    return [
        Step(
            "hand-over",
            f"Take {', '.join(map(str, refs))} out of {tool} first",
            ("It made the objects and would make them once more. What is deleted there needs no command here.",),
            (),
            tuple(refs),
        )
        for tool, refs in sorted(found.items())
    ]


def _tools(estate: Estate, ref: ObjectRef) -> Iterator[str]:
    ingress = estate.ingresses.get(ref)
    if ingress is None:
        return
    for where, marks in ((ingress.annotations, "annotations"), (ingress.labels, "labels")):
        for key, row in tool_marks()[marks].items():
            if key in where:
                value = where[key].partition(row["after"])[0] if "after" in row else where[key]
                yield f"{row['tool']} {value}"


def _delete(estate: Estate, wave: Wave, refs: list[ObjectRef]) -> Step:
    canaries = {ref for one in estate.deliveries for ref in one.canaries}
    order = [ref for ref in refs if ref in canaries] + [ref for ref in refs if ref not in canaries]
    waiting = [ref for ref in owned(estate, wave) if ref.namespace]
    text = ["No request reaches them: watch the controller for a day first."]
    if waiting:
        text.append(f"Only when {', '.join(map(str, waiting))} has no owner any more.")
    files = sorted({saved(f"{SAVED}/{wave.name}", ref.namespace) for ref in refs})
    text.append(f"To have them back: kubectl apply -f {' -f '.join(files)}")
    return Step("delete", "Delete the Ingresses", tuple(text), tuple(delete(order)), tuple(order))
