"""Options that a library user gives, checked before anything is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from converter.model.options import Options
from converter.reading.names import is_label, is_subdomain


class OptionsError(ValueError):
    """An option has a value that cannot be used; the message names the option and the values that can.

    Attributes:
        option: The name of the field of `Options`.
    """

    def __init__(self, option: str, message: str) -> None:
        super().__init__(f"{option}: {message}")
        self.option = option


def check_options(options: Options) -> Options:
    """The options, if all of them can be used.

    Raises:
        OptionsError: One of them cannot; the first one is named.
    """
    _check_types(options)
    check_choice("source", options.source, ("auto", *_sources()))
    check_choice("l4", options.l4, ("service", "route"))
    check_choice("allowed_namespaces", options.allowed_namespaces, ("", "named"))
    _check_target(options)
    _check_files(options)
    namespace, slash, name = options.gateway.partition("/")
    if options.gateway and not (slash and is_label(namespace) and is_subdomain(name)):
        raise OptionsError("gateway", f"must be NAMESPACE/NAME, not {options.gateway!r}")
    if not is_label(options.namespace):
        raise OptionsError("namespace", f"must be the name of a Namespace, not {options.namespace!r}")
    return options


def _sources() -> tuple[str, ...]:
    from converter.sources.registry import SOURCES

    return tuple(SOURCES)


def _check_types(options: Options) -> None:
    plain = Options()
    for one in fields(Options):
        value, default = getattr(options, one.name), getattr(plain, one.name)
        wanted = type(default)
        if default is not None and not isinstance(value, wanted):
            raise OptionsError(one.name, f"must be {wanted.__name__}, not {value!r}")


def _check_target(options: Options) -> None:
    from converter.packs.presets import names
    from converter.targets.registry import UnknownTargetError, check_target

    try:
        check_target(options.target)
    except UnknownTargetError as error:
        raise OptionsError("target", str(error)) from None
    check_choice("preset", options.preset, ("", *names()))


def _check_files(options: Options) -> None:
    from converter.packs.features import PackError
    from converter.packs.load import target_pack, target_pack_name

    if options.crds and not Path(options.crds).is_dir():
        raise OptionsError("crds", f"must be a folder, and {options.crds} is none")
    try:
        target_pack(target_pack_name(options.target), options.mappings)
    except (PackError, OSError) as error:
        raise OptionsError("mappings", str(error)) from None


def check_choice(option: str, value: str, allowed: Sequence[str]) -> None:
    """Refuse a value that is not among the allowed ones; the message lists those that have a name.

    Raises:
        OptionsError: The value is another one.
    """
    if value not in allowed:
        raise OptionsError(option, f"must be one of {', '.join(one for one in allowed if one)}, not {value!r}")
