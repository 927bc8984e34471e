"""What changes for everybody who moves from a controller (`mappings/differences/*.yaml`)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from converter.model import Fidelity, Finding
from converter.model.data import dataclass
from converter.packs.features import load_yaml, mappings_dir


@dataclass(frozen=True, slots=True)
class StandardDifference:
    """One difference that everybody meets; reports fold its findings and link to the page of the controller."""

    name: str
    title: str
    codes: tuple[str, ...]
    before: str
    after: dict[str, str]
    """By target; "" is for all others."""
    check: str = ""
    only_default: bool = False
    """A finding about something that somebody configured is not folded."""
    features: frozenset[str] = frozenset()
    """Only findings of these features are folded; empty: all."""
    matters: re.Pattern[str] | None = None
    """A finding whose value it matches is not folded, since the difference matters there."""

    def covers(self, finding: Finding) -> bool:
        """True where the finding says no more than this."""
        if finding.fidelity is not Fidelity.APPROXIMATE:
            return False
        if self.only_default and finding.origin.configured:
            return False
        if self.features and finding.feature not in self.features:
            return False
        return not (self.matters and self.matters.search(finding.origin.value))

    def after_on(self, target: str) -> str:
        """What holds after the switch on a target (`envoy-gateway@1.7`)."""
        return self.after.get(target.partition("@")[0]) or self.after.get("", "")


@lru_cache
def controllers_with_differences() -> tuple[str, ...]:
    """Names of the controllers that have a page of differences."""
    return tuple(sorted(path.stem for path in (mappings_dir() / "differences").glob("*.yaml")))


@lru_cache
def standard_differences(controller: str) -> tuple[StandardDifference, ...]:
    """The differences of a controller in the order of its file; empty for one without a file."""
    if controller not in controllers_with_differences():
        return ()
    data = load_yaml(mappings_dir() / "differences" / f"{controller}.yaml")
    return tuple(_difference(name, row) for name, row in data["differences"].items())


@lru_cache
def differences_by_code(controller: str) -> dict[str, StandardDifference]:
    """The differences of a controller by the codes of their findings."""
    return {code: one for one in standard_differences(controller) for code in one.codes}


def _difference(name: str, row: dict[str, Any]) -> StandardDifference:
    after = row["after"]
    return StandardDifference(
        name,
        row["title"],
        tuple(row["codes"]),
        row["before"],
        after if isinstance(after, dict) else {"": after},
        row.get("check", ""),
        row.get("only") == "default",
        frozenset(row.get("features", ())),
        re.compile(row["matters"]) if "matters" in row else None,
    )
