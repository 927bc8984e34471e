"""One rule of a listener, in the form of plan.json."""

from __future__ import annotations

from dataclasses import field
from typing import Any, NamedTuple

from converter.model import Origin
from converter.model.data import dataclass
from converter.sources.aws_alb.membership import Member


class Backing(NamedTuple):
    """What stands behind a backend of an Ingress."""

    conditions: list[dict[str, Any]]
    transforms: list[dict[str, Any]]
    action: dict[str, Any]
    auth: dict[str, Any] | None
    jwt: dict[str, Any] | None
    used: tuple[Origin, ...]
    """Annotations of actions, conditions and transforms that shaped it."""


@dataclass(slots=True)
class PlanRule:
    """One rule of a listener; conditions, actions and transforms in the form of plan.json."""

    member: Member
    conditions: list[dict[str, Any]]
    actions: list[dict[str, Any]]
    transforms: list[dict[str, Any]] = field(default_factory=list)
    backing: Backing | None = None
    path: tuple[int, int] | None = None
    """Indexes of rule and path in the Ingress; None: the default backend."""
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def redirect(self) -> dict[str, Any] | None:
        """The redirect that the rule ends in, if it does."""
        return self.actions[-1] if self.actions[-1]["type"] == "redirect" else None
