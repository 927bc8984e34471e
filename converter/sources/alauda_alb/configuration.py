"""Where the settings of an ALB2 stand, by the version of the object.

Version v1 of the CRD has no `spec.config`: the API server prunes it, so an export in that version hides all settings.
An object that the chart of an older platform made keeps them in an annotation, which the operator decodes.

Source: alb: deploy/chart/alb/crds/crd.alauda.io_alaudaloadbalancer2.yaml (versions),
pkg/operator/controllers/depl/handle_backup_annotation.go:15-50.
"""

from __future__ import annotations

from typing import Any

from converter.model import Origin, Outcome
from converter.model.ledger import Ledger
from converter.reading.inventory import Document
from converter.reading.manifests import mapping
from converter.sources.alauda_alb.resources import json_data, labels

OLD_VERSION = "crd.alauda.io/v1"


def config_of(document: Document, domain: str) -> dict[str, Any] | None:
    """The settings of an ALB2; None where the object does not show them."""
    config = mapping(document.body.get("spec")).get("config")
    if isinstance(config, dict):
        return config
    return json_data(labels(document, "annotations").get(f"alb.{domain}/migrate-backup"), dict) or None


def settle_unknown_config(document: Document, ledger: Ledger) -> None:
    """Projects, ports, authentication and firewall may be set where nobody sees them."""
    why = "version v1 of ALB2 has none" if document.api_version == OLD_VERSION else "the operator ignores such an ALB2"
    ledger.settle(
        Origin("object", "spec.config", "", document.location, document.ref),
        Outcome.manual(
            "alb2.config-missing",
            f"The object has no spec.config: {why}. Its projects, ports, authentication and firewall are not in the "
            "input. Defaults of the operator are assumed, and all projects",
            f"export it in the stored version: kubectl get alaudaloadbalancer2.v2beta1.crd.alauda.io {document.name} "
            f"-n {document.namespace} -o yaml",
        ),
    )
