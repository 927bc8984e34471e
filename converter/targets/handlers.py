"""What target packs name by `using`: one function a feature, which writes fields and says what became of it.

A handler takes the draft of a rule, the feature and the pack's row. It writes by `draft.put` alone, looks at nothing
that another handler writes, and so may run in any order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from converter.model import Outcome
from converter.packs.load import TargetRow
from converter.routing.table import Feature
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft

Handler = Callable[[RuleDraft, Feature, TargetRow], Outcome]
Handling = TypeVar("Handling", bound=Handler)
HANDLERS: dict[str, Handler] = {}
"""By the name that packs use."""


def handler(name: str) -> Callable[[Handling], Handling]:
    """Register a handler."""

    def register(function: Handling) -> Handling:
        HANDLERS[name] = function
        return function

    return register
