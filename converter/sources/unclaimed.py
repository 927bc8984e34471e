"""What no controller's own code settles: annotations of other tools, of strangers, and misspelt ones."""

from __future__ import annotations

from collections.abc import Iterable

from converter.model import ObjectRef, Origin, Outcome
from converter.model.ledger import Ledger
from converter.packs.load import SourcePack
from converter.packs.settings import key_table, settle_unknown
from converter.reading.inventory import Ingress
from converter.routing.table import Feature, RoutingTable
from converter.sources.common_annotations import features_of
from converter.sources.temporary import mark_temporary
from converter.sources.user_annotations import added_features, added_rows

CLASS_ANNOTATION = "kubernetes.io/ingress.class"


def settle_unclaimed(
    ingresses: Iterable[Ingress], tables: Iterable[RoutingTable], ledger: Ledger, controller: str, pack: SourcePack
) -> None:
    """Settle every annotation that `compile` left open; what a Gateway needs (issuer, DNS) joins the Ingress' rules."""
    carried: dict[ObjectRef, tuple[Feature, ...]] = {}
    prefixes, known = _prefixes(pack), key_table(pack, {})
    open_keys = (CLASS_ANNOTATION, *_heads(known))
    tables, added = list(tables), added_rows(known)
    ingresses = list(ingresses)
    mark_temporary(ingresses, tables)
    carried_on = _carried_on(tables)
    for ingress in ingresses:
        left = [
            key
            for key in ingress.annotations
            if key not in known
            and not key.startswith(open_keys)
            and ledger.is_open(ingress.annotation(key))
            and ingress.annotation(key) not in carried_on
        ]
        if left:
            own = [key for key in left if key.startswith(prefixes)]
            settle_unknown(ledger, map(ingress.annotation, own), prefixes, known)
            features = features_of(ingress, [key for key in left if not key.startswith(prefixes)], ledger, controller)
            if features:
                carried[ingress.ref] = features
        own_rows = added_features(ingress, ledger, added, carried_on) if added else ()
        if own_rows:
            carried[ingress.ref] = carried.get(ingress.ref, ()) + own_rows
    if carried:
        for ref in carried.keys() - _join(carried, tables):
            _settle_ruleless(ledger, carried[ref])


def _carried_on(tables: Iterable[RoutingTable]) -> set[Origin]:
    """The annotations that something in a table carries on to the target."""
    return {
        origin for table in tables for part in table.bearers() for origin in part.origins if origin.kind == "annotation"
    }


def _prefixes(pack: SourcePack) -> tuple[str, ...]:
    """Prefixes that are wholly the controller's; those with a variable part are its own business."""
    return tuple(prefix for prefix in pack.prefixes if "{" not in prefix)


def _heads(known: Iterable[str]) -> set[str]:
    """What keys with a variable end (`…/actions.{name}`) begin with."""
    return {head for key in known if "/" in (head := key.partition("{")[0]) and head != key}


def _join(carried: dict[ObjectRef, tuple[Feature, ...]], tables: Iterable[RoutingTable]) -> set[ObjectRef]:
    """Add the features to all rules of their Ingress; the Ingresses that have rules."""
    done: set[int] = set()
    found: set[ObjectRef] = set()
    for table in tables:
        for _, _, rule in table.rules():
            if id(rule) not in done and rule.object in carried:
                done.add(id(rule))
                found.add(rule.object)
                rule.features += carried[rule.object]
    return found


def _settle_ruleless(ledger: Ledger, features: Iterable[Feature]) -> None:
    words = "the Ingress has no rule that is served, so there is nothing that could carry it"
    for feature in features:
        for origin in feature.origins:
            if ledger.is_open(origin):
                ledger.settle(origin, Outcome.obsolete(f"{feature.name}.no-rule", words), feature.name)
