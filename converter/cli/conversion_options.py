"""The options of a conversion, made of values of the command line and of `ing2gw.yaml`."""

from __future__ import annotations

import click

from converter.cli.configuration import ConfigError
from converter.cli.gateway_namespaces import gateway_namespaces
from converter.cli.options import LISTENERS, SOURCES
from converter.cli.values import OptionValues
from converter.model.options import DEFAULT_TARGET, Options
from converter.packs.presets import names, with_preset
from converter.reading.names import is_label, is_subdomain


def conversion_options(values: OptionValues) -> Options:
    """The options that these values ask for."""
    ports = values.get("service-ports") or {}
    everywhere, single = gateway_namespaces(values.get("gateway-namespace", ()), values.refuse)
    return with_preset(
        Options(
            source=values.one_of("from", SOURCES),
            preset=_preset(values),
            target=_target(values),
            complete=bool(values.get("complete")),
            strict=bool(values.get("strict")),
            parity=values.get("parity", True),
            namespace=values.name("namespace", "default", label=True),
            gateway_namespace=everywhere,
            gateway_namespaces=single,
            gateway=_gateway(values),
            gateway_class=values.name("gateway-class"),
            service_ports=_service_ports(ports) if isinstance(ports, str) else ports,
            alb_domain=values.name("alb-domain", "cpaas.io"),
            annotations_prefix=values.name("annotations-prefix"),
            allow_unprotected=bool(values.get("allow-unprotected")),
            l4=values.one_of("l4", ("service", "route")),
            listeners=_listeners(values),
            allowed_namespaces=values.one_of("allowed-namespaces", ("", "named")),
            provenance=values.get("provenance", True),
            comments=values.get("comments", True),
            mappings=tuple(values.get("mappings") or ()),
            crds=values.get("crds", ""),
        )
    )


def _preset(values: OptionValues) -> str:
    text: str = values.get("preset", "")
    if text and text not in names():
        raise values.refuse("preset", f"must be {' or '.join(names())}, not {text!r}")
    return text


def _listeners(values: OptionValues) -> str:
    from converter.packs.load import target_pack, target_pack_name

    text, target = values.one_of("listeners", ("", *LISTENERS)), _target(values)
    settings = target_pack(target_pack_name(target)).settings if text == "namespace" else {}
    if "ListenerSet" in settings.get("absent_kinds", {}):
        raise values.refuse("listeners", f"namespace needs ListenerSet, which {target} does not have")
    if text and target.partition("@")[0] == "aws":
        raise values.refuse("listeners", "is for the targets envoy-gateway and gateway-api")
    return text


def _target(values: OptionValues) -> str:
    from converter.targets.registry import UnknownTargetError, UnknownVersionError, check_target

    text: str = values.get("to", DEFAULT_TARGET)
    try:
        return check_target(text)
    except UnknownVersionError as error:
        raise values.refuse("to", f"knows these versions: {', '.join(error.known)}, not {text!r}") from None
    except UnknownTargetError as error:
        raise values.refuse("to", f"must be {' or '.join(error.known)}, not {text!r}") from None


def _gateway(values: OptionValues) -> str:
    text: str = values.get("gateway", "")
    namespace, slash, name = text.partition("/")
    if text and not (slash and is_label(namespace) and is_subdomain(name)):
        raise values.refuse("gateway", f"must be NAMESPACE/NAME, not {text!r}")
    return text


def _service_ports(path: str) -> dict[str, dict[str, int]]:
    """`namespace/service: {name: number}` from a file, with the checks of the configuration."""
    from converter.reading.service_ports import load_service_ports

    try:
        return load_service_ports(path)
    except ConfigError as error:
        raise click.UsageError(str(error)) from None
