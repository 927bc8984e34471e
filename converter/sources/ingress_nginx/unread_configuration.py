"""ConfigMaps with settings of the controller that none of the controllers of the input reads."""

from __future__ import annotations

from collections.abc import Sequence

from converter.model import Outcome
from converter.model.ledger import Ledger
from converter.packs.controllers import settings_of
from converter.reading.inventory import Document, Inventory
from converter.reading.manifests import mapping
from converter.sources.ingress_nginx.configuration import CONTROLLER
from converter.sources.ingress_nginx.controller import Controller

_SHOWN = 4


def settle_unread_configuration(controls: Sequence[Controller], inventory: Inventory, ledger: Ledger) -> None:
    """One finding for each: its controller may not be in the input, and the settings may protect."""
    read = {control.config_map.ref for control in controls if control.config_map is not None}
    for document in inventory.of("ConfigMap"):
        keys = [] if document.ref in read else _settings(document)
        if keys:
            shown = ", ".join(keys[:_SHOWN]) + (" …" if len(keys) > _SHOWN else "")
            ledger.settle(
                document.object_fact,
                Outcome.manual(
                    "config.unread",
                    f"every key is a setting of ingress-nginx ({shown}), and no controller of the input reads it: "
                    "its settings are not converted",
                    "add the Deployment whose --configmap names it, or remove it from the input",
                    affects=(),
                ),
            )


def _settings(document: Document) -> list[str]:
    """The keys, where all of them are settings of the controller."""
    known, _ = settings_of(CONTROLLER)
    keys = [str(key) for key in mapping(document.body.get("data"))]
    return keys if all(key in known for key in keys) else []
