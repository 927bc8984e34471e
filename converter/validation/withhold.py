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


def problems_of(
    resources: Sequence[Resource], inventory: Inventory, options: Options, refusals: Refusals
) -> list[Problem]:
    """What is invalid of all that was made, or refused by the implementation (`Target.refusals`)."""
    from converter.validation import known_objects, profile_for, validate

    return validate(resources, profile_for(options), known_objects(inventory, options), refusals)


def withhold_invalid(
    problems: Sequence[Problem], resources: list[Resource], inventory: Inventory, ledger: Ledger
) -> list[Resource]:
    """The resources that may be written. An invalid one is our bug: it is withheld and reported on its sources."""
    from converter.validation.dependents import dependents

    if not problems:
        return resources
    bad: dict[ObjectRef, list[Problem]] = {}
    for problem in problems:
        bad.setdefault(problem.resource, []).append(problem)
    for ref, needed in dependents(bad, resources).items():
        bad[ref] = [Problem(ref, "", f"{needed}, without which it must not stand, is withheld", "reference")]
    for resource in resources:
        for problem in bad.get(resource.ref, ()):
            _report(inventory, ledger, resource, problem)
    return [resource for resource in resources if resource.ref not in bad]


def _report(inventory: Inventory, ledger: Ledger, resource: Resource, problem: Problem) -> None:
    words = f"the {resource.kind} {resource.namespace}/{resource.name} made of it is invalid and withheld: {problem}"
    field = FieldRef(resource.kind, resource.namespace, resource.name, problem.path)
    outcome = Outcome.unsupported(INVALID, words, "this is a bug in ing2gw; please report it", fields=(field,))
    for source in resource.sources or (resource.ref,):
        origin = Origin("object", "", str(resource.ref), _location(inventory, source), source)
        ledger.settle(origin, outcome)


def _location(inventory: Inventory, source: ObjectRef) -> Location:
    found = next((one for one in inventory.ingresses if one.ref == source), None)
    return found.location() if found else Location("")
