"""One thing that was looked at for an Ingress, and the sum of them."""

from __future__ import annotations

from dataclasses import field

from converter.model import Location, ObjectRef
from converter.model.data import dataclass
from converter.status.conditions import FAILED, READY, WAITING, StatusCondition, explanation, state_of

BOTH, GATEWAY, OLD = "both", "gateway", "old controller"
ASPECTS = (
    "converted", "applied", "current", "accepted", "references", "programmed", "policy", "certificate", "endpoints",
    "address", "dns",
)  # fmt: skip
"""In the order in which they follow from each other."""


@dataclass(frozen=True, slots=True)
class Check:
    """What was found.

    Attributes:
        aspect: One of `ASPECTS`.
        state: ready | waiting | failed | unknown | info; waiting and failed are not ready.
        message: One fact.
        object: The object that it is about.
        means: What the reason of a condition means.
        do: What to do.
        sources: Places of the input that caused the object or its setting.
    """

    aspect: str
    state: str
    message: str
    object: ObjectRef | None = None
    means: str = ""
    do: str = ""
    sources: tuple[str, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether its Ingress is not ready because of it."""
        return self.state in (FAILED, WAITING)


_ASPECT = {
    "Accepted": "accepted", "Programmed": "programmed", "ResolvedRefs": "references", "BackendsAvailable": "endpoints",
    "Ready": "certificate",
}  # fmt: skip


def of_condition(one: StatusCondition, ref: ObjectRef, sources: tuple[str, ...]) -> Check:
    """A condition of an object as a check."""
    state, row = state_of(one), explanation(one)
    aspect = _ASPECT.get(one.type, "policy" if one.group == "Policy" else "accepted")
    about = f" ({one.about})" if one.about else ""
    if one.stale:
        words = f"{ref}{about}: {one.type} is about an earlier generation of the object"
        return Check(aspect, state, words, ref, "The controller has not looked at the last change.", "Wait.")
    words = f"{ref}{about}: {one.type} is {one.status or 'not set'}"
    if state == READY:
        return Check(aspect, state, words, ref)
    words += f", {one.reason}" if one.reason else ""
    words += f": {one.message}" if one.message else ""
    return Check(aspect, state, words, ref, row.means, row.do, sources)


@dataclass(slots=True)
class IngressStatus:
    """An Ingress, or what was converted from one that is not in the input any more.

    Attributes:
        name: `Ingress shop/web`.
        location: Where it is in the input.
        source: Where it was when it was converted, as its routes say; "" where none does.
        hosts: The names in its rules.
        addresses: Those of the Gateways that its routes are attached to.
    """

    name: str
    location: Location
    source: str = ""
    hosts: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    checks: list[Check] = field(default_factory=list)
    serves: bool = False
    """All of its routes are accepted, and a Gateway of theirs is programmed with the listeners of its hosts."""
    served_before: bool = False
    """The old controller has given it an address."""

    @property
    def ready(self) -> bool:
        return not any(one.blocks for one in self.checks)

    @property
    def served_by(self) -> str:
        """Who serves it: both | gateway | old controller | nobody."""
        names = {(True, True): BOTH, (True, False): GATEWAY, (False, True): OLD}
        return names.get((self.serves, self.served_before), "nobody")

    def add(self, check: Check) -> None:
        """Note a check; the same one only once."""
        if check not in self.checks:
            self.checks.append(check)

    def ordered(self, *, every: bool) -> list[Check]:
        """What is not ready, or with `every` all checks, in the order of their aspects."""
        some = [one for one in self.checks if every or one.blocks]
        return sorted(some, key=lambda one: ASPECTS.index(one.aspect))
