"""Facts that no feature or rule of the table carries: what the controller makes of them, in words."""

from __future__ import annotations

from collections.abc import Iterator

from converter.model import Fidelity, Origin, Outcome
from converter.model.ledger import Ledger
from converter.packs.load import SourceField
from converter.packs.settings import settle_unknown
from converter.reading.facts import facts, rule_fact
from converter.reading.inventory import Ingress
from converter.sources.aws_alb.actions import Services
from converter.sources.aws_alb.class_match import PREFIX
from converter.sources.aws_alb.dry_run_plan import DRY_RUN, disagreements
from converter.sources.aws_alb.features import aws_pack, replaced, row_of
from converter.sources.aws_alb.membership import Member
from converter.sources.aws_alb.plan import BalancerPlan
from converter.sources.classes import CLASS_ANNOTATION

DEFECT = (
    "; a defect of the controller, which overlooks that the redirect is only for hosts that match a regular expression"
)
REFUSED_HINT = "the controller builds nothing for the whole group until this is corrected; correct it and convert again"


def settle_rest(plan: BalancerPlan, known: set[int], ledger: Ledger) -> None:
    """Settle what the table does not hand on; foreign annotations are left to their own packs."""
    dropped = _dropped(plan)
    for member in plan.members:
        for key in member.ingress.annotations:
            origin = _annotation(member, key)
            if origin is not None and id(origin) not in known:
                _settle_annotation(origin, plan, member, ledger)
        for origin in _spec_facts(member):
            if id(origin) not in known:
                ledger.settle(origin, _field(origin, member, dropped), _field_feature(origin))


def _annotation(member: Member, key: str) -> Origin | None:
    """The fact of an annotation that is the controller's, or one of its own notes."""
    if key.startswith(PREFIX):
        return member.notes.origin(key[len(PREFIX) :])
    if key == CLASS_ANNOTATION:
        return member.class_annotation()
    return member.ingress.annotation(key) if key in _OTHER_KEYS else None


_OTHER_KEYS = frozenset(
    row.annotation for row in aws_pack().features["metadata"].fields.values() if "/" in row.annotation
)
"""What the controller notes for itself under another prefix."""
_HEADS = (PREFIX, CLASS_ANNOTATION, *sorted(_OTHER_KEYS))


def _spec_facts(member: Member) -> Iterator[Origin]:
    """Everything else of the Ingress, as in `converter/reading/facts.py`."""
    ingress = member.ingress
    if ingress.class_name is not None:
        yield member.named_fact("class")
    if ingress.default_backend is not None:
        yield member.named_fact("backend")
    yield from member.tls_facts()
    for number, rule in enumerate(ingress.rules):
        for index in range(len(rule.paths or ())):
            yield member.path_fact(number, index)
        if not rule.paths:
            yield rule_fact(ingress, number)


def settle_services(plans: list[BalancerPlan], known: set[int], services: Services, ledger: Ledger) -> None:
    """Annotations of the Services that are forwarded to, as far as no table hands them on."""
    used = {group["backend"].rpartition(":")[0] for plan in plans for group in plan.target_groups.values()}
    for (namespace, name), notes in services.noted().items():
        if f"{namespace}/{name}" not in used:
            continue
        for suffix in notes.values:
            origin, row = notes.origin(suffix), row_of(suffix)
            if origin is None or id(origin) in known:
                continue
            words = "no effect: the controller does not read it from a Service, or nothing here asks for it"
            if row is None:
                settle_unknown(ledger, [origin], (PREFIX,), known_keys())
            elif suffix == "auth-type" and notes.values[suffix] == "none" and _signs_in(plans, namespace):
                ledger.settle(origin, _NO_SIGN_IN, row.feature)
            else:
                ledger.settle(origin, Outcome.obsolete(f"{row.feature}.no-effect", words), row.feature)


_NO_SIGN_IN = Outcome.exact(
    "oidc.switched-off",
    "auth-type none of a Service precedes the auth-type of the Ingress: requests to this Service need no sign-in, "
    "before and after.",
)


def _signs_in(plans: list[BalancerPlan], namespace: str) -> bool:
    """Whether an Ingress of the namespace asks for a sign-in, which a Service can switch off (lbc: see auth.py)."""
    return any(
        member.ingress.namespace == namespace and (member.notes.text("auth-type") or "none") != "none"
        for plan in plans
        for member in plan.members
    )


def known_keys() -> list[str]:
    """Every key that the pack knows."""
    return [PREFIX + row.annotation for block in aws_pack().features.values() for row in block.fields.values()]


def _dropped(plan: BalancerPlan) -> dict[Origin, str]:
    """Why a path has no rule on any listener."""
    out: dict[Origin, str] = {}
    for listener in plan.listeners:
        for rule, reason, before in listener.dropped:
            if rule.path is None:
                continue
            by = ""
            if before is not None and before.path is not None:
                place = before.member.path_fact(*before.path)
                by = f" ({before.member.key}, {place.value})"
            if before is not None and any(
                one["field"] == "host-header" and "regex_values" in one for one in before.conditions
            ):
                by += DEFECT
            out[rule.member.path_fact(*rule.path)] = reason + by
    return out


def _field(origin: Origin, member: Member, dropped: dict[Origin, str]) -> Outcome:
    if origin.key.startswith("spec.tls"):
        words = "no effect: the load balancer has no HTTPS port for this Ingress, and spec.tls opens none"
        return Outcome.obsolete("tls.no-effect", words)
    if origin in dropped:
        return Outcome.obsolete("path.unreachable", f"is never reached: {dropped[origin]}")
    if origin.key == "spec.ingressClassName":
        return Outcome.obsolete("class.overridden", f"no effect: annotation {CLASS_ANNOTATION} comes first")
    if origin == _rule_without_paths(origin, member):
        return Outcome.obsolete("rule.empty", "a rule without paths is left out by the controller")
    words = "is never reached: ssl-redirect of the group takes every HTTP port, and this Ingress has no HTTPS port"
    return Outcome.obsolete("path.unreachable", words, "give the Ingress an HTTPS port with listen-ports")


def _rule_without_paths(origin: Origin, member: Member) -> Origin | None:
    bare = [rule_fact(member.ingress, index) for index, rule in enumerate(member.ingress.rules) if not rule.paths]
    return origin if origin in bare else None


def _field_feature(origin: Origin) -> str:
    return "tls" if origin.key.startswith("spec.tls") else "path"


def _settle_annotation(origin: Origin, plan: BalancerPlan, member: Member, ledger: Ledger) -> None:
    if origin.key == CLASS_ANNOTATION:
        ledger.settle(origin, Outcome.exact("class.known", "names this controller"), "class")
        return
    suffix = origin.key.removeprefix(PREFIX)
    row = row_of(suffix if origin.key.startswith(PREFIX) else origin.key)
    if row is None:
        settle_unknown(ledger, [origin], (PREFIX,), known_keys())
        return
    if row.fidelity is not None:
        ledger.settle(origin, _noted(row, origin, plan), row.feature)
        return
    words = f"no effect: {_reason(row, suffix, plan, member)}"
    ledger.settle(origin, Outcome.obsolete(f"{row.feature}.no-effect", words), row.feature)


def _noted(row: SourceField, origin: Origin, plan: BalancerPlan) -> Outcome:
    """What nothing reads; but the controller's own plan is compared with ours."""
    if row.annotation == DRY_RUN:
        found = disagreements(plan, origin.value)
        if found:
            words = f"the controller's own plan is not what was read from the manifests: {'; '.join(found[:5])}"
            hint = "is the input complete (all members, Services, IngressClassParams) and as old as the plan?"
            return Outcome.manual("plan.disagrees", words, hint)
        words = f"{row.note}; it agrees with what was read from the manifests"
        return Outcome.obsolete("plan.agrees", words)
    return Outcome(f"{row.feature}.no-effect", row.fidelity or Fidelity.OBSOLETE, row.note)


def _reason(row: SourceField, suffix: str, plan: BalancerPlan, member: Member) -> str:
    """Why the controller makes nothing of an annotation that it knows."""
    if member.params_document is not None and replaced(row, member):
        return f"{row.param} of IngressClassParams {member.params_document.name} comes first"
    if member.notes.values[suffix] in row.off:
        return "it requests nothing"
    if row.feature == "ip-access" and plan.balancer.get("security_groups"):
        return "security-groups are given, whose own rules count"
    return row.no_effect or "another setting comes first, or nothing on this load balancer reads it"


def settle_unmanaged(ingress: Ingress, reason: str, ledger: Ledger) -> None:
    """Everything of an Ingress that is the controller's by its class but has no load balancer."""
    wrong = reason.startswith("invalid ")
    words = f"the controller makes no load balancer of this Ingress: {reason}"
    hint = "no load balancer serves it; correct this, or remove the Ingress" if wrong else ""
    outcome = Outcome("class.not-served", Fidelity.MANUAL if wrong else Fidelity.OBSOLETE, words, hint)
    for origin in facts(ingress):
        if origin.kind != "annotation" or origin.key.startswith(_HEADS):
            ledger.settle(origin, outcome)


def settle_refused(members: list[Member], message: str, cause: Origin | None, ledger: Ledger) -> None:
    """Everything of a group that the controller refuses; the fact that causes it says so itself."""
    unknown = next((member.notice for member in members if member.notice), "")
    hint = f"{unknown}; add them, or correct it, and convert again" if unknown else REFUSED_HINT
    input_alone = " (as far as the input shows)" if unknown else ""
    words = f"the controller refuses the whole group{input_alone}: {message}"
    if cause is not None and cause.object not in {member.ingress.ref for member in members}:
        ledger.settle(cause, Outcome.manual("group.cause", words, hint))
    for member in members:
        for origin in facts(member.ingress):
            if origin.kind == "annotation" and not origin.key.startswith(_HEADS):
                continue
            row = row_of(origin.key.removeprefix(PREFIX)) if origin.kind == "annotation" else None
            feature = row.feature if row else ""
            code = "group.cause" if origin == cause else "group.refused"
            ledger.settle(origin, Outcome.manual(code, words, hint), feature)
