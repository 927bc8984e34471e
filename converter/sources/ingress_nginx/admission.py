"""Which Ingresses the controller serves, and what becomes of the facts of those that it does not."""

from __future__ import annotations

from typing import NamedTuple

from converter.model import Outcome
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.reading.facts import class_fact, default_backend_fact, facts
from converter.reading.inventory import Ingress, Inventory
from converter.sources.classes import CLASS_ANNOTATION
from converter.sources.ingress_nginx import secrets
from converter.sources.ingress_nginx.claim import PREFIX
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.served_ingress import IngressRefusedError, Served, read


class ControllerRun(NamedTuple):
    """A controller, and what its Ingresses are read with."""

    control: Controller
    inventory: Inventory
    ledger: Ledger
    options: Options


def admit(ingress: Ingress, joined: Outcome, run: ControllerRun) -> Served:
    """The Ingress as the controller serves it.

    Raises:
        IngressRefusedError: It does not serve it.
    """
    control, inventory, ledger, options = run
    if not control.watches(ingress.namespace):
        raise IngressRefusedError(_unwatched(control))
    if control.flag("disable-catch-all") and ingress.default_backend is not None:
        raise IngressRefusedError(
            "it has spec.defaultBackend, and the controller runs with --disable-catch-all",
            default_backend_fact(ingress),
        )
    served = read(ingress, control, ledger, options)
    served.canary = served.flag("canary", "enabled")
    secrets.check(served, inventory, control)
    if ingress.class_name is not None:
        ledger.settle(class_fact(ingress), joined, "class")
    if control.prefix:
        _unread(ingress, control, ledger)
    if CLASS_ANNOTATION in ingress.annotations:
        ledger.settle(ingress.annotation(CLASS_ANNOTATION), joined, "class")
    return served


def _unwatched(control: Controller) -> str:
    if control.flags.get("watch-namespace"):
        return f"the controller watches the namespace {control.flags['watch-namespace']} only"
    selector = control.flags["watch-namespace-selector"]
    return f"the labels of its namespace do not match --watch-namespace-selector={selector}"


def _unread(ingress: Ingress, control: Controller, ledger: Ledger) -> None:
    """Annotations under the default prefix, where the controller runs with another one."""
    for key in ingress.annotations:
        if key.startswith(PREFIX) and control.prefix != PREFIX:
            words = f"is not read: the controller runs with --annotations-prefix={control.prefix.rstrip('/')}"
            ledger.settle(ingress.annotation(key), Outcome.obsolete("annotation.other-prefix", words))


def reason_of(refusal: IngressRefusedError) -> str:
    """The refusal as a status and a finding have it."""
    where = f"{refusal.origin.key}: " if refusal.origin else ""
    return f"not served by the controller: {where}{refusal.reason}"


def refuse(ingress: Ingress, refusal: IngressRefusedError, ledger: Ledger) -> None:
    """Nothing is written for it, as the controller serves nothing of it."""
    hint = "if your cluster serves it (other controller options, or an older version in its memory), add the "
    hint += "controller's ConfigMap and Deployment to the input, or correct the manifest"
    for origin in facts(ingress):
        if origin == refusal.origin or refusal.origin is None:
            outcome = Outcome.manual("ingress.refused", reason_of(refusal), hint)
        else:
            outcome = Outcome.obsolete("ingress.refused", reason_of(refusal))
        ledger.settle(origin, outcome)
