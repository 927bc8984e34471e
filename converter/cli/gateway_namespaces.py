"""`--gateway-namespace NAME` and `--gateway-namespace KEY=NAME`: where Gateways are put."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click

from converter.reading.names import is_label


def gateway_namespaces(
    given: str | Iterable[str], refuse: Callable[[str, str], click.UsageError]
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The namespace of all Gateways, and those of single ones by project or entry.

    Args:
        given: What was given, once or several times; several in one text are parted by commas.
        refuse: Makes the error for an option and what is wrong with it.

    Returns:
        The namespace for all, "" where none is named, and pairs of project (or entry) and namespace.

    Raises:
        click.UsageError: A name is none, or two are given for the same Gateways.
    """
    parts = [part.strip() for text in ([given] if isinstance(given, str) else given) for part in text.split(",")]
    default, single = "", dict[str, str]()
    for part in filter(None, parts):
        key, equals, name = part.partition("=") if "=" in part else ("", "", part)
        if not is_label(name) or (equals and not key):
            words = f"must be a namespace, of lower-case letters, digits and -, or PROJECT=NAMESPACE, not {part!r}"
            raise refuse("gateway-namespace", words)
        known = single.get(key) if equals else default
        if known and known != name:
            raise refuse("gateway-namespace", f"names two namespaces for {key or 'all Gateways'}: {known} and {name}")
        if equals:
            single[key] = name
        else:
            default = name
    return default, tuple(single.items())
