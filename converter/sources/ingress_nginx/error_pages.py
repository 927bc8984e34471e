"""Error pages: custom-http-errors of an Ingress or of the ConfigMap, served by a default backend.

nginx: internal/ingress/controller/controller.go:935-985; rootfs/etc/nginx/template/nginx.tmpl:493-502, 834-870,
1399-1405. nginx takes `error_page` of an outer level only where a location has none, and the login page is one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from converter.model import Outcome
from converter.model.ledger import Ledger
from converter.packs.codecs import CodecError
from converter.reading.inventory import Inventory
from converter.routing.actions import Backend
from converter.routing.error_pages import ErrorPages
from converter.routing.table import Feature
from converter.sources.backends import lacks_endpoints
from converter.sources.ingress_nginx.annotation_values import error_codes
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.external_auth import LOGIN
from converter.sources.ingress_nginx.served_ingress import Served
from converter.sources.ingress_nginx.setting_keys import key_of
from converter.sources.ingress_nginx.upstreams import Upstreams

_FEATURE = "custom-errors"


def configured_codes(control: Controller) -> tuple[int, ...]:
    """The codes of the ConfigMap."""
    try:
        text = control.text(key_of(_FEATURE, "codes"))
        return tuple(error_codes(text)) if text.strip() else ()
    except CodecError:
        return ()


def error_pages(served: Served, control: Controller, upstreams: Upstreams) -> Feature | None:
    """What replaces responses of the locations of an Ingress."""
    setting, spare = served.settings.get(_FEATURE), served.settings.get("default-backend")
    own = tuple(setting.get("codes") or ())
    codes = own or (() if LOGIN in served.settings else configured_codes(control))
    if not codes:
        return None
    keep = setting.get("keep", control.switch(key_of(_FEATURE, "keep"), False))
    facts = setting.facts() + (() if own else control.fact(key_of(_FEATURE, "codes")))
    # the codes of the ConfigMap are served by the default backend of the controller alone
    service = _own(served, upstreams) if own else None
    if service is not None:
        facts += spare.facts()
    missing = unknown_spare(served, upstreams.inventory) if own and service is None else ""
    pages = ErrorPages(codes, service or _default(control, upstreams), not keep, _headers(served), missing)
    return Feature(_FEATURE, pages, facts)


def unknown_spare(served: Served, inventory: Inventory) -> str:
    """The default backend of an Ingress where the input lacks it, and may well be incomplete; else ""."""
    name, namespace = served.settings.value("default-backend", "service"), served.ingress.namespace
    return f"{namespace}/{name}" if name and inventory.unknown("Service", namespace, name) else ""


def settle_unknown_spares(served: Iterable[Served], inventory: Inventory, ledger: Ledger) -> None:
    """Say of which default backends it is not known whether they answer."""
    for one in served:
        name = unknown_spare(one, inventory)
        if not name:
            continue
        outcome = Outcome.approximate(
            "default-backend.not-in-input",
            f"Service {name} is not in the input. It serves in place of a backend without endpoints, and serves the "
            "error pages of custom-http-errors; neither is converted",
            "add the Service to the input",
            affects={"status", "backends", "body", "response-headers"},
        )
        for origin in one.settings.get("default-backend").facts():
            ledger.settle(origin, outcome, "default-backend")


def _own(served: Served, upstreams: Upstreams) -> tuple[str, str, int] | None:
    """The default backend of the Ingress: the first port of a Service with endpoints."""
    name, namespace = served.settings.value("default-backend", "service"), served.ingress.namespace
    service = upstreams.inventory.service(namespace, name) if name else None
    if service is None or not service.ports or lacks_endpoints(upstreams.inventory, service, service.ports[0]):
        return None
    return namespace, service.name, service.ports[0].port


def _default(control: Controller, upstreams: Upstreams) -> tuple[str, str, int] | None:
    """The default backend of the controller (nginx: controller.go:598-632)."""
    namespace, mark, name = control.flags.get("default-backend-service", "").partition("/")
    service = upstreams.inventory.service(namespace, name) if mark else None
    return (namespace, name, service.ports[0].port) if service is not None and service.ports else None


def _headers(served: Served) -> tuple[tuple[str, str], ...]:
    return ("X-Namespace", served.ingress.namespace), ("X-Ingress-Name", served.ingress.name)


def for_service(feature: Feature, served: Served, host: str, path: str, backend: Backend) -> Feature:
    """Error pages with the headers that name the Service of a location.

    nginx: template.go:1069-1157 (getIngressInformation).
    A path that the Ingress leaves empty names none: the controller looks for `/` among its paths.
    """
    pages = feature.value
    if not isinstance(pages, ErrorPages):
        return feature
    written = (one.path for rule in served.ingress.rules if rule.host == host for one in rule.paths or ())
    if served.ingress.default_backend is None and path not in written:
        return feature
    service = (("X-Service-Name", backend.name), ("X-Service-Port", str(backend.port or "")))
    return replace(feature, value=replace(pages, headers=(*pages.headers, *service)))
