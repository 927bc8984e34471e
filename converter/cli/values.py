"""Values of options with where each comes from, and the checks that a message about one needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from converter.cli.configuration import Config
from converter.cli.options import FORMATS
from converter.reading.names import is_label, is_subdomain


class OptionValues(dict[str, Any]):
    """Values by long option name; knows for messages where each comes from."""

    def __init__(self, config: Config, given: Mapping[str, Any]) -> None:
        super().__init__(dict(config.values) | dict(given))
        self._config, self._given = config, given

    def from_config(self) -> list[str]:
        """Names of the values that the configuration has set."""
        return [key for key in self if key not in self._given]

    def refuse(self, key: str, words: str) -> click.UsageError:
        """`--gateway must be …`, or the place in the configuration."""
        if key in self._given or key not in self:
            return click.UsageError(f"--{key} {words}")
        return click.UsageError(f"{self._config.place(key)}: {key} {words}")

    def one_of(self, key: str, allowed: tuple[str, ...], default: str = "") -> str:
        """One of a few words."""
        value: str = self.get(key, default or allowed[0])
        if value not in allowed:
            raise self.refuse(key, f"must be one of {', '.join(allowed)}, not {value!r}")
        return value

    def name(self, key: str, default: str = "", *, label: bool = False) -> str:
        """The name of an object (a DNS name), or of a namespace (one label of it)."""
        value: str = self.get(key, default)
        if value and not (is_label(value) if label else is_subdomain(value)):
            kind = "a namespace, of lower-case letters, digits and -"
            raise self.refuse(key, f"must be {kind if label else 'a DNS name, in lower case'}, not {value!r}")
        return value


def report_of(entry: str, formats: tuple[str, ...] = FORMATS) -> tuple[str, str]:
    """Format and file ("" for none) of `--report FORMAT[:FILE]`.

    Raises:
        click.UsageError: There is no such format.
    """
    name, _, file = entry.partition(":")
    if name not in formats:
        raise click.UsageError(f"--report {entry}: the format must be one of {', '.join(formats)}")
    return name, file
