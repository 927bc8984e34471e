"""Values of a header that are refused on every route of an entry."""

from __future__ import annotations

from converter.model import FieldRef, Outcome
from converter.packs.load import TargetRow
from converter.routing.access_steps import HeaderDenial
from converter.routing.table import Feature
from converter.targets.draft import FieldSet
from converter.targets.envoy_gateway.entry_settings import entry_handler
from converter.targets.envoy_gateway.security_policy.header_expressions import denial, expression

DENIALS = "denials"
"""Head of rules that refuse in every SecurityPolicy, as a policy of a route replaces the lists of the Gateway's."""


@entry_handler("deny")
def header_denial(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """Values of a header that are refused on every route."""
    step = feature.value
    text = None
    if isinstance(step, HeaderDenial) and row.args.get("expressions", True):
        text = expression(step.header, step.tests)
    if text is None or not isinstance(step, HeaderDenial):
        return Outcome.manual(
            f"{feature.name}.by-hand",
            "the SecurityPolicy of this target cannot refuse these values of a header, so that nothing refuses them",
            "refuse them in the application or in front of the Gateway",
        )
    name = f"block-{step.header}"
    field_set.put(feature.name, (DENIALS, name), denial(name, text))
    return Outcome.exact(
        f"{feature.name}.security-policy",
        "rules of the SecurityPolicies reject these values, as before",
        fields=(FieldRef("SecurityPolicy", "", "", "spec.authorization.rules"),),
    )
