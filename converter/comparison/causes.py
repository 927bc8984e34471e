"""Whether a difference is the effect of one finding: without its setting, the response is another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from converter.comparison.difference import Difference
from converter.comparison.neutral_requests import without_kind
from converter.comparison.request_kinds import fits
from converter.model import Aspects, Fidelity, Finding
from converter.model.request_kind import EVERY_REQUEST
from converter.routing.actions import Forward, Passthrough
from converter.routing.decide import answer_of
from converter.routing.decision import Decision
from converter.routing.table import Feature, Rule

if TYPE_CHECKING:
    from converter.comparison.equivalence import Comparison

SERVER_ERROR = 500
RESPONSES = frozenset(
    {
        "access-rules",
        "app-root",
        "default-backend",
        "fixed-response",
        "https-redirect",
        "redirect",
        "rewrite",
        "snippet",
        "www-redirect",
    }
)
"""Settings that are the action of a rule."""


def caused_by(finding: Finding, difference: Difference, share: Aspects, comparison: Comparison) -> bool:
    """True where the difference would not be the same without what the finding is about.

    Args:
        share: The aspects of the difference that the finding announces.
    """
    if not _is_of_its_kind(finding, difference, share, comparison):
        return False
    rules = [one for one in (difference.rule_before, comparison.source(difference.rule_after)) if one is not None]
    if _withholds(finding, difference, rules):
        return True
    names = {feature.name for feature in _bearers(finding, rules)}
    if not names:
        return True
    if any(_is_shaped_by(finding, rule, rules) for rule in rules):
        return True
    return _changes_without(lambda feature: feature.name in names, difference, share, comparison)


def _bearers(finding: Finding, rules: Iterable[Rule]) -> Iterable[Feature]:
    """The settings of these rules that come of the fact of the finding."""
    return (feature for rule in rules for feature in rule.features if finding.origin in feature.origins)


def _is_shaped_by(finding: Finding, rule: Rule, rules: list[Rule]) -> bool:
    """True where the fact of the finding decides what the rule responds, or which requests it takes."""
    settings = [one for one in _bearers(finding, [rule]) if not hasattr(one.value, "apply")]
    if len({id(one) for one in rules}) > 1:  # other rules take the request than before
        return bool(settings)
    forwards = isinstance(rule.action, Forward | Passthrough)
    return not forwards and any(one.name in RESPONSES and not one.repeats_default for one in settings)


def _withholds(finding: Finding, difference: Difference, rules: Iterable[Rule]) -> bool:
    """True where the request is rejected for want of what the finding says is lost."""
    after = difference.after
    rejects = not after.backends and after.status >= SERVER_ERROR
    lost = finding.fidelity.rank >= Fidelity.MANUAL.rank
    return lost and rejects and any(isinstance(rule.action, Forward | Passthrough) for rule in rules)


def _changes_without(
    left_out: Callable[[Feature], bool], difference: Difference, share: Aspects, comparison: Comparison
) -> bool:
    before = answer_of(comparison.before, difference.request, difference.rule_before, left_out)
    after = answer_of(comparison.table_for(difference.request), difference.request, difference.rule_after, left_out)
    shown = _parts(difference.before, difference.after, share, comparison)
    return shown != _parts(before, after, share, comparison)


def _is_of_its_kind(finding: Finding, difference: Difference, share: Aspects, comparison: Comparison) -> bool:
    """False where a request that is not of the kind the finding is about differs in the same way."""
    request = difference.request
    kinds = {when for aspects, when in finding.narrow if aspects & share and fits(when, request)}
    if not kinds or EVERY_REQUEST in kinds:
        return "normalisation" not in share  # what the finding is about does not depend on how paths are read
    others = [without_kind(request, when) for when in kinds]
    if any(other is None for other in others):
        return True
    shown = _outline(_parts(difference.before, difference.after, None, comparison))
    answers = (comparison.answers(other) for other in others if other is not None)
    return any(_outline(_parts(before, after, None, comparison)) != shown for before, after in answers)


def _outline(parts: dict[str, Any]) -> dict[str, Any]:
    """Of headers the names: what they hold may name the path of the request."""
    return {aspect: sorted(shown) if isinstance(shown, dict) else shown for aspect, shown in parts.items()}


def _parts(before: Decision, after: Decision, share: Aspects | None, comparison: Comparison) -> dict[str, Any]:
    """What differs, by aspect (None: all), and how."""
    found: dict[str, Any] = {}
    for aspect in comparison.aspects(before, after):
        if share is None or aspect in share or "normalisation" in share:
            found[aspect] = _PARTS[aspect](before, after)
    return found


def _headers(
    before: Mapping[str, str | None], after: Mapping[str, str | None]
) -> dict[str, tuple[str | None, str | None]]:
    names = before.keys() | after.keys()
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def _forwarded(before: Decision, after: Decision) -> dict[str, Any]:
    """Headers that a setting of either side writes."""
    names = before.request_headers.keys() | after.request_headers.keys()
    return _headers(before.forwarded(names), after.forwarded(names))


_PARTS: dict[str, Callable[[Decision, Decision], Any]] = {
    "status": lambda before, after: (before.status, after.status),
    "connection": lambda before, after: (before.status, after.status),
    "location": lambda before, after: (before.location, after.location),
    "backends": lambda before, after: (before.resolved, after.resolved),
    "host": lambda before, after: (before.host, after.host),
    "path": lambda before, after: (before.path, after.path),
    "request-headers": _forwarded,
    "response-headers": lambda before, after: _headers(before.response_headers, after.response_headers),
}
