"""The gate: what is not valid does not leave the house, and its facts say why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from converter.model import FieldRef, Location, ObjectRef, Origin, Outcome, Resource

if TYPE_CHECKING:
    from converter.pipeline.run import Result
    from converter.targets.contract import Emission
    from converter.validation.problem import Problem

INVALID = "internal.invalid-output"
REFUSED = "output.refused-by-crds"


def problems_of(emission: Emission, result: Result) -> list[Problem]:
    """What is invalid of all that was made."""
    from converter.validation import known_objects, profile_for, validate

    around = known_objects(result.inventory, result.options)
    return validate(emission.resources, profile_for(result.options), around)


def withhold_invalid(problems: list[Problem], emission: Emission, result: Result) -> list[Resource]:
    """The resources that may be written. An invalid one is our bug: it is withheld and reported on its sources."""
    from converter.validation.dependents import dependents
    from converter.validation.problem import Problem

    if not problems:
        return emission.resources
    bad: dict[ObjectRef, list[Problem]] = {}
    for problem in problems:
        bad.setdefault(problem.resource, []).append(problem)
    copies = {one.ref for one in emission.resources if one.ref in one.sources and one.ref in bad}
    for ref, needed in dependents(bad, emission.resources).items():
        bad[ref] = [Problem(ref, "", f"{needed}, without which it must not stand, is withheld", "reference")]
        if needed in copies:
            copies.add(ref)
    for resource in emission.resources:
        for problem in bad.get(resource.ref, ()):
            _report(result, resource, problem, copied=resource.ref in copies)
    return [resource for resource in emission.resources if resource.ref not in bad]


def _report(result: Result, resource: Resource, problem: Problem, *, copied: bool) -> None:
    """`copied`: it is an object of the input as it stood, or hangs on one."""
    words = f"the {resource.kind} {resource.namespace}/{resource.name} made of it is invalid and withheld: {problem}"
    field = FieldRef(resource.kind, resource.namespace, resource.name, problem.path)
    if copied:
        words = f"{resource.ref} is left out, for an object of the input is invalid: {problem}"
        outcome = Outcome.unknown("object.refused", words, "correct the field")
        result.ledger.settle(Origin("object", "", "", _location(result, resource.ref), resource.ref), outcome)
        return
    own = result.options.crds
    code, hint = INVALID, "this is a bug in ing2gw; please report it"
    if own:
        code, hint = REFUSED, f"install CRDs that know it, or choose the target that fits {own} (--to NAME@VERSION)"
        words = f"the CRDs of {own} refuse the {resource.kind} {resource.namespace}/{resource.name}: {problem}"
    outcome = Outcome.unsupported(code, words, hint, fields=(field,))
    for source in resource.sources or (resource.ref,):
        origin = Origin("object", "", str(resource.ref), _location(result, source), source)
        result.ledger.settle(origin, outcome)


def _location(result: Result, source: ObjectRef) -> Location:
    found = next((one for one in result.inventory.ingresses if one.ref == source), None)
    return found.location() if found else Location("")
