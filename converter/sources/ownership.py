"""Which controller an Ingress belongs to; what belongs to none that we know is reported, never guessed."""

from __future__ import annotations

from converter.model import ObjectStatus, Outcome
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.packs.presets import preset
from converter.reading.inventory import Document, Ingress, Inventory
from converter.sources import other_controllers
from converter.sources.classes import annotated_class, carries, class_object, controller_of, default_classes, has_class
from converter.sources.contract import Claim
from converter.sources.registry import claimant, controllers

GENERIC = "convert it with --from generic, which reads its spec alone"
NAME_IT = f"{GENERIC}, or name its controller with --from"


def assign(
    inventory: Inventory,
    options: Options,
    ledger: Ledger,
) -> tuple[dict[str, list[Ingress]], list[ObjectStatus]]:
    """Ingresses by source; the statuses are of those that no source gets, each with its reason."""
    if options.source != "auto":
        return _forced(inventory, options, ledger)
    owned: dict[str, list[Ingress]] = {}
    open_ones: list[Ingress] = []
    statuses: list[ObjectStatus] = []
    preferred = preset(options.preset).get("prefers", "")
    every = [_claims(ingress, inventory, options) for ingress in inventory.ingresses]
    _agree(inventory.ingresses, every)
    for ingress, claims in zip(inventory.ingresses, every, strict=True):
        if claims:
            owned.setdefault(_winner(ingress, claims, ledger, preferred), []).append(ingress)
        elif has_class(ingress) or _class_of(ingress, inventory) or other_controllers.by_annotations(ingress):
            statuses.append(_foreign(ingress, inventory, ledger))
        else:
            open_ones.append(ingress)
    alone = _only_controller(owned, statuses, inventory, options)
    for ingress in open_ones:
        refused = claimant(alone).refusal(ingress, inventory, options) if alone else ""
        if refused:
            statuses.append(_unserved(ingress, alone, refused, ledger))
        elif alone:
            _assume(ingress, alone, ledger)
            owned.setdefault(alone, []).append(ingress)
        else:
            statuses.append(_foreign(ingress, inventory, ledger))
    for ingresses in owned.values():
        ingresses.sort(key=lambda one: one.index)
    return owned, statuses


def _agree(ingresses: list[Ingress], every: list[dict[str, Claim]]) -> None:
    """Ingresses of one class have one controller: what an annotation of one tells holds for the others, too.

    Only for classes that no IngressClass of the input explains (strength 1), where one controller reads the annotations
    of the others as well.
    """
    by_class: dict[str, dict[str, Claim]] = {}
    for ingress, claims in zip(ingresses, every, strict=True):
        for source, claim in claims.items():
            if claim.strength == 1 and _class(ingress):
                by_class.setdefault(_class(ingress) or "", {}).setdefault(source, claim)
    for ingress, claims in zip(ingresses, every, strict=True):
        if claims and all(claim.strength == 1 for claim in claims.values()):
            found = by_class.get(_class(ingress) or "", {})
            name = _over_all_others(found)
            claims.update({name: found[name]} if name else {})


def _forced(
    inventory: Inventory,
    options: Options,
    ledger: Ledger,
) -> tuple[dict[str, list[Ingress]], list[ObjectStatus]]:
    """`--from`: everything is this controller's, but for what it would not serve."""
    chosen, taken, statuses = claimant(options.source), [], []
    for ingress in inventory.ingresses:
        reason = chosen.refusal(ingress, inventory, options)
        if not reason:
            taken.append(ingress)
            continue
        statuses.append(_unserved(ingress, options.source, reason, ledger))
    return ({options.source: taken} if taken else {}), statuses


def _unserved(ingress: Ingress, controller: str, reason: str, ledger: Ledger) -> ObjectStatus:
    words = f"not served by {controller}: {reason}"
    ledger.settle(ingress.object_fact, Outcome.obsolete("class.not-served", words), "class")
    return ObjectStatus(ingress.ref, ingress.location(), "skipped", reason=words)


def _claims(ingress: Ingress, inventory: Inventory, options: Options) -> dict[str, Claim]:
    """The strongest claims, by source."""
    found: dict[str, Claim] = {}
    document = _class_of(ingress, inventory)
    if document is not None and other_controllers.by_controller(controller_of(document)):
        return found  # the class of a stranger, whatever its name and the annotations
    name = _class(ingress)
    if document is None and name and other_controllers.by_class(name):
        return found  # annotations of ingress-nginx that were left behind are read by nobody
    for name in controllers():
        claim = claimant(name).claim(ingress, inventory, options)
        if claim is not None:
            found[name] = claim
    if "ingress-nginx" in found and _is_f5(ingress, inventory, found["ingress-nginx"]):
        del found["ingress-nginx"]
    if len(found) < 2:
        return found
    best = max(claim.strength for claim in found.values())
    return {name: claim for name, claim in found.items() if claim.strength == best}


def _is_f5(ingress: Ingress, inventory: Inventory, claim: Claim) -> bool:
    """F5's controller has the class `nginx` too; its annotations tell, where no IngressClass does."""
    if not carries(ingress, *other_controllers.F5) or class_object(inventory, claim.entry) is not None:
        return False
    return not carries(ingress, *other_controllers.CONVERTED["ingress-nginx"])


def _winner(ingress: Ingress, claims: dict[str, Claim], ledger: Ledger, preferred: str) -> str:
    names = list(claims)
    if len(names) == 1:
        return names[0]
    if claims[names[0]].strength == 1:
        outranking = _outranking(ingress, claims, ledger)
        if outranking:
            return outranking
        heaviest = max(names, key=lambda name: (_weight(ingress, name), -names.index(name)))
        return preferred if preferred in claims else heaviest
    # spec.ingressClassName comes first in the order of the registry: only AWS lets the annotation win
    taken, rest = names[0], " and ".join(names[1:])
    words = (
        f"{taken} and {rest} both serve it ({'; '.join(f'{name}: {claim.reason}' for name, claim in claims.items())}); "
        f"converted as {taken} serves it"
    )
    outcome = Outcome.manual("class.two-controllers", words, "keep one class, or convert twice with --from")
    ledger.settle(ingress.object_fact, outcome, "class")
    return taken


def _over_all_others(claims: dict[str, Claim]) -> str:
    """The source whose controller reads the annotations of all others too; "" where none does."""
    return next((name for name, claim in claims.items() if set(claims) <= {name, *claim.outranks}), "")


def _outranking(ingress: Ingress, claims: dict[str, Claim], ledger: Ledger) -> str:
    """The source that reads the annotations of all others too, and has one that only it reads; "" where none does."""
    name = _over_all_others(claims)
    if name:
        others = " and ".join(other for other in claims if other != name)
        words = f"taken to be {name}'s: {others} does not read {claims[name].reason}, {name} reads keys of both"
        hint = f"put its IngressClass into the input, or name the controller with --from {name}"
        ledger.settle(ingress.object_fact, Outcome.approximate("class.by-annotation", words, hint, affects=()), "class")
    return name


def _weight(ingress: Ingress, name: str) -> int:
    """Annotations that speak for a controller; Alauda's count double, for it reads some of ingress-nginx too."""
    prefixes = other_controllers.CONVERTED.get(name)
    if prefixes is None:
        return 2 * sum(".cpaas.io/" in key or ".alauda.io/" in key for key in ingress.annotations)
    return sum(key.startswith(prefixes) for key in ingress.annotations)


def _only_controller(
    owned: dict[str, list[Ingress]],
    statuses: list[ObjectStatus],
    inventory: Inventory,
    options: Options,
) -> str:
    """The one controller that the whole input speaks of, "" where it speaks of several, of none, or of strangers."""
    names = set(owned)
    for document in inventory.of("IngressClass"):
        probe = Ingress("", "", "", (0, 0), "", class_name=document.name)
        names |= set(_claims(probe, inventory, options)) or {""}
    return names.pop() if len(names) == 1 and not statuses else ""


def _assume(ingress: Ingress, name: str, ledger: Ledger) -> None:
    words = f"has no class; taken to be {name}'s, the only controller in the input"
    outcome = Outcome.approximate("class.assumed", words, "set --from, or give it a class")
    ledger.settle(ingress.object_fact, outcome, "class")


def _foreign(ingress: Ingress, inventory: Inventory, ledger: Ledger) -> ObjectStatus:
    controller, reason = _stranger(ingress, inventory)
    words = f"not converted: {reason}"
    ledger.settle(
        ingress.object_fact,
        Outcome.unknown("class.unknown-controller", words, GENERIC if controller else NAME_IT),
        "class",
    )
    return ObjectStatus(ingress.ref, ingress.location(), "skipped", controller, reason=reason)


def _stranger(ingress: Ingress, inventory: Inventory) -> tuple[str, str]:
    """Controller, as far as it has a name, and reason."""
    name = _class(ingress)
    by_keys = other_controllers.by_annotations(ingress)
    document = _class_of(ingress, inventory)
    if document is not None:
        value = controller_of(document)
        known = other_controllers.by_controller(value)
        which = f"the default class {document.name}" if name is None else f"its class {name}"
        return known or value, f"{which} is of controller {known or value or '(none given)'}"
    if name is None:
        if by_keys:
            return by_keys, f"it has annotations of {by_keys} and no class"
        return "", "neither a class nor an annotation shows which controller serves it"
    known = other_controllers.by_class(name) or by_keys
    if known:
        return known, f"its class {name or '(empty)'} is of {known}"
    shown = name or "(empty)"
    return "", f"its class {shown} is of no controller that is known, and the input has no IngressClass of this name"


def _class_of(ingress: Ingress, inventory: Inventory) -> Document | None:
    """The IngressClass that it names, or the default one, which the API server writes into an Ingress without class."""
    if has_class(ingress):
        return class_object(inventory, _class(ingress))
    defaults = list(default_classes(inventory))
    return defaults[0] if len(defaults) == 1 else None


def _class(ingress: Ingress) -> str | None:
    return ingress.class_name if ingress.class_name is not None else annotated_class(ingress)
