"""Invalid objects are withheld, and the facts they were made from say why."""

from __future__ import annotations

from collections.abc import Sequence

from converter.model import FieldRef, Location, ObjectRef, Origin, Outcome, Resource
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.reading.inventory import Inventory
from converter.validation.problem import Problem
from converter.validation.validate import Refusals

INVALID = "internal.invalid-output"
REFUSED = "output.refused-by-crds"
OVER_LIMIT = "output.over-limit"


def problems_of(
    resources: Sequence[Resource], inventory: Inventory, options: Options, refusals: Refusals
) -> list[Problem]:
    """What is invalid of all that was made, or refused by the implementation (`Target.refusals`)."""
    from converter.validation import known_objects, profile_for, validate

    return validate(resources, profile_for(options), known_objects(inventory, options), refusals)


def withhold_invalid(
    problems: Sequence[Problem], resources: list[Resource], inventory: Inventory, ledger: Ledger, crds: str = ""
) -> list[Resource]:
    """The resources that may be written. An invalid one is withheld and reported on its sources: as our bug, unless
    the input asks for more than a field holds.

    `crds`: folder of the user's own definitions, whose refusals are no bug.
    """
    from converter.validation.dependents import dependents

    if not problems:
        return resources
    bad: dict[ObjectRef, list[Problem]] = {}
    for problem in problems:
        bad.setdefault(problem.resource, []).append(problem)
    copies = {one.ref for one in resources if one.ref in one.sources and one.ref in bad}
    for ref, needed in dependents(bad, resources).items():
        bad[ref] = [Problem(ref, "", f"{needed}, which it depends on, is withheld", "reference")]
        if needed in copies:
            copies.add(ref)
    ingresses = {one.ref: one for one in reversed(inventory.ingresses)}
    for resource in resources:
        for problem in bad.get(resource.ref, ()):
            origin, outcome = _reported(resource, problem, resource.ref in copies, crds)
            for source in resource.sources or (resource.ref,):
                found = ingresses.get(source)
                location = found.location() if found is not None else Location("")
                ledger.settle(origin._replace(location=location, object=source), outcome)
    return [resource for resource in resources if resource.ref not in bad]


def _reported(resource: Resource, problem: Problem, copied: bool, crds: str) -> tuple[Origin, Outcome]:
    """`copied`: it is an object of the input as it stood, or hangs on one."""
    origin = Origin("object", "", str(resource.ref), Location(""), resource.ref)
    if copied:
        words = f"{resource.ref} is left out, for an object of the input is invalid: {problem}"
        return origin, Outcome.unknown("object.refused", words, "correct the field")
    field = FieldRef(resource.kind, resource.namespace, resource.name, problem.path)
    name = f"{resource.kind} {resource.namespace}/{resource.name}"
    if crds:
        words = f"the CRDs of {crds} refuse the {name}: {problem}"
        hint = f"install CRDs that know it, or choose the target that fits {crds} (--to NAME@VERSION)"
        return origin, Outcome.unsupported(REFUSED, words, hint, fields=(field,))
    if problem.kind == "limit" and problem.path.startswith("spec."):  # names and annotations are of our making
        words = f"The {name} made of it is left out: {problem.path} {problem.message}."
        hint = "Divide the Ingress, or leave some of it to the application."
        return origin, Outcome.unsupported(OVER_LIMIT, words, hint, fields=(field,))
    words = f"the {name} made of it is invalid and withheld: {problem}"
    hint = "this is a bug in ing2gw; please report it"
    return origin, Outcome.unsupported(INVALID, words, hint, fields=(field,))
