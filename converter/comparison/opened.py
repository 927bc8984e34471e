"""Never more open: what the controller refuses and the Gateway serves by a less guarded rule is a loss of protection,
whatever else a finding announces about the request."""

from __future__ import annotations

from converter.comparison.difference import Difference
from converter.comparison.equivalence import Comparison
from converter.model import Fidelity, Finding, Origin, Outcome
from converter.model.ledger import Ledger
from converter.routing.decide import consult
from converter.routing.envoy_paths import normal_form
from converter.routing.protection import GUARDS, refusal


def opened(difference: Difference, comparison: Comparison) -> tuple[Origin, ...] | None:
    """The facts of the guard that is walked around; None where nothing is more open than before."""
    if not difference.after.backends:
        return None
    guard = refusal(difference.before, difference.rule_before)
    if guard is None or _reached_today(difference, comparison):
        return None
    return guard


def _reached_today(difference: Difference, comparison: Comparison) -> bool:
    """Whether the same client gets the same page from the controller by the path in the form that Envoy gives it."""
    request, after = difference.request, difference.after
    raw, mark, query = request.path.partition("?")
    plain = normal_form(raw)
    if plain is None or plain == raw:
        return False
    before = consult(comparison.before, request._replace(path=plain + mark + query))[0]
    return bool(before.backends) and not comparison.aspects(before, after) & {"backends", "path", "host"}


def settle_opened(difference: Difference, guard: tuple[Origin, ...], blamed: Origin, ledger: Ledger) -> Finding | None:
    """A protecting finding on the guard, where none says so yet; the finding that is new.

    `blamed`: the fact to put it down to where the guard has none of its own.
    """
    known = [ledger.settled(origin) for origin in guard]
    of_guards = (one for one in difference.announced_by if one.feature in GUARDS)
    if any(map(_lost, (*known, *of_guards))):
        return None
    origin = next(iter(guard), blamed)
    request = difference.request
    url = f"{request.method} {request.scheme}://{request.host}{request.path}"
    ledger.settle(
        origin,
        Outcome.manual(
            "protection.opened",
            f"{url} reaches {' and '.join(difference.after.backends)} (was: rejected with {difference.before.status})",
            "before the switch, add a rule or policy that rejects it",
            affects=difference.aspects,
        ),
        "",
        True,
    )
    return ledger.settled(origin)


def _lost(finding: Finding | None) -> bool:
    return finding is not None and finding.protects and finding.fidelity.rank >= Fidelity.MANUAL.rank
