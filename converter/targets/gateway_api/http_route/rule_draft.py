"""What handlers write for one rule of a route, and what becomes of its features."""

from __future__ import annotations

from typing import Any, NamedTuple

from converter.model import ObjectRef, Outcome
from converter.routing.actions import Forward, Passthrough
from converter.routing.table import Feature, Port, Rule
from converter.targets.context import Context
from converter.targets.draft import FieldSet, Path

TO_BACKENDS = (Forward, Passthrough)
NO_FIELDS = FieldSet()
"""Of rules that nothing was written for."""


class Settlement(NamedTuple):
    """What became of a feature, and the fields that say so."""

    feature: Feature
    outcome: Outcome
    fields: tuple[Path, ...] = ()


class RuleDraft:
    """Everything that is known of one rule of a route."""

    __slots__ = (
        "backend_refs",
        "blocked",
        "condition_outcomes",
        "context",
        "equal_rules",
        "features",
        "field_set",
        "host",
        "joined",
        "kind",
        "matches",
        "name",
        "namespace",
        "outcomes",
        "port",
        "rule",
        "settled",
        "unguarded",
    )

    def __init__(self, rule: Rule, namespace: str, port: Port, host: str, context: Context) -> None:
        self.rule, self.namespace, self.port, self.host, self.context = rule, namespace, port, host, context
        self.features = rule.features
        """Those that `settled` speaks of."""
        self.equal_rules: list[Rule] = []
        """Equal rules of other hosts and ports."""
        self.joined: list[RuleDraft] = []
        """The drafts that this one is written for; none where it is written for itself alone."""
        self.matches: list[dict[str, Any]] = []
        self.backend_refs: list[dict[str, Any]] = []
        self.field_set: FieldSet = NO_FIELDS
        self.outcomes: list[Outcome] = []
        """What is lost of the rule itself."""
        self.condition_outcomes: list[Outcome] = []
        """What is lost of its conditions."""
        self.settled: list[Settlement] = []
        self.blocked = ""
        """Why the rule must not be served: a protection that cannot be kept."""
        self.unguarded = False
        """The rule itself protects, and what becomes of it is a loss of protection."""
        self.name = ""
        self.kind = "HTTPRoute"

    def put(self, feature: str, path: Path, value: Any) -> None:
        """Write a field of the rule (`filters`, `rule`) or of an object beside it (its kind)."""
        if self.field_set is NO_FIELDS:
            self.field_set = FieldSet()
        self.field_set.put(feature, path, value)

    @property
    def sources(self) -> tuple[ObjectRef, ...]:
        """The input object that the rule comes from, if any."""
        return () if self.rule.object is None else (self.rule.object,)

    @property
    def answers(self) -> bool:
        """True where the proxy responds itself."""
        return not isinstance(self.rule.action, TO_BACKENDS)
