"""Findings of one code, and how to count things in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from converter.model import Fidelity, Finding, ObjectStatus

INTERNAL = "internal."
"""Findings of this family are bugs of the converter."""
EXPOSED = "route.exposed"
"""Finding about an object that is served without a protection on purpose; it is shown and fails nothing."""


class Group(NamedTuple):
    """Findings of one code, the worst fidelity among them, and what to do."""

    code: str
    fidelity: Fidelity
    findings: list[Finding]

    @property
    def hint(self) -> str:
        """The advice that most of them give."""
        hints = Counter([one.hint for one in self.findings if one.hint])
        return hints.most_common(1)[0][0] if hints else ""

    @property
    def requests(self) -> int | None:
        """Requests of the log that it concerns; None where no log was given."""
        known = [one.requests for one in self.findings if one.requests is not None]
        return sum(known) if known else None

    @property
    def protects(self) -> bool:
        return any(one.protects for one in self.findings)

    @property
    def owners(self) -> int:
        """How many objects it concerns."""
        return len({one.origin.object for one in self.findings})


def by_code(findings: Iterable[Finding]) -> list[Group]:
    """By code: bugs first, then lost protection, then the worst, then the most frequent."""
    known: dict[str, list[Finding]] = {}
    for one in findings:
        known.setdefault(one.code, []).append(one)
    return sorted((Group(code, _worst(some), some) for code, some in known.items()), key=urgency)


def _worst(findings: Sequence[Finding]) -> Fidelity:
    return max(findings, key=_rank).fidelity


def _rank(finding: Finding) -> int:
    return finding.fidelity.rank


def urgency(group: Group) -> tuple[bool, bool, int, int, bool, int, str]:
    """What to look at first: bugs, lost protection, what much traffic meets; what is written before defaults."""
    lost = group.protects and group.fidelity.rank >= Fidelity.MANUAL.rank
    default = all(one.origin.kind == "default" for one in group.findings)
    return (
        not group.code.startswith(INTERNAL),
        not lost,
        -(group.requests or 0),
        -group.fidelity.rank,
        default,
        -len(group.findings),
        group.code,
    )


def first_of(objects: Sequence[ObjectStatus]) -> str:
    """`Ingress shop/web and 3 more`."""
    more = f" and {len(objects) - 1:,} more" if len(objects) > 1 else ""
    return f"{objects[0].ref}{more}"


def plural(count: int, noun: str) -> str:
    """`1 file`, `2,000 files`."""
    if count != 1:
        noun = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{count:,} {noun}"
