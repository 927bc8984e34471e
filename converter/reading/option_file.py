"""Values of an option file with their places: whatever is wrong is refused with `file:line:column`."""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from converter.model.data import dataclass
from converter.reading.positioned import At, DocumentError, Map, Seq

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class ConfigError(ValueError):
    """An option file that cannot be used; the message names file, line and column."""


@dataclass(frozen=True, slots=True)
class Field:
    """A value of the file, under the name that messages give it."""

    file: Path
    name: str
    value: Any
    at: At

    def refuse(self, words: str) -> ConfigError:
        """The error that says what is wrong here."""
        return ConfigError(f"{self.file}:{self.at[0]}:{self.at[1]}: {words}")

    def mapping(self) -> dict[str, Field]:
        """Fields by key."""
        if not isinstance(self.value, Map):
            raise self.refuse(f"{self.name} must be a mapping")
        return {key: Field(self.file, key, value, self.value.at[key]) for key, value in self.value.items()}

    def items(self) -> list[Field]:
        """The items of a list."""
        if not isinstance(self.value, Seq):
            raise self.refuse(f"{self.name} must be a list")
        return [Field(self.file, self.name, value, at) for value, at in zip(self.value, self.value.at, strict=True)]

    def text(self) -> str:
        """A text on one line, not empty."""
        if not isinstance(self.value, str) or not self.value:
            raise self.refuse(f"{self.name} must be a text")
        if not self.value.isprintable():
            raise self.refuse(f"{self.name} must not hold control characters: {self.value!r}")
        return str(self.value)

    def texts(self) -> list[str]:
        """A text or a list of texts."""
        if isinstance(self.value, str):
            return [self.text()]
        if not isinstance(self.value, Seq):
            raise self.refuse(f"{self.name} must be a list of texts")
        return [item.text() for item in self.items()]

    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            raise self.refuse(f"{self.name} must be true or false")
        return self.value

    def day(self) -> datetime.date:
        """A day of the calendar, as 2027-01-31."""
        text = self.value if isinstance(self.value, str) else ""
        try:
            if _DAY.fullmatch(text):
                return datetime.date.fromisoformat(text)
        except ValueError:
            pass
        raise self.refuse(f"{self.name} must be a day, as 2027-01-31")

    def unknown(self, known: Iterable[str], what: str = "") -> ConfigError:
        """The error for a key that does not exist; the nearest one that does is named."""
        near = difflib.get_close_matches(self.name, sorted(known), 1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"
        return self.refuse(f"unknown key {self.name!r}{what}; {hint}")


def read_option_file(file: Path) -> Field:
    """The one document of a YAML or JSON file; None as its value where it holds none.

    Raises:
        ConfigError: The file cannot be read, is no YAML, holds a key twice, or more than one document.
    """
    from converter.reading.load import Broken, load

    try:
        documents = list(load(file.read_bytes(), file.suffix.lower(), every=True))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from None
    for one in documents:
        problem: DocumentError | None = one.error if isinstance(one, Broken) else next(iter(one.problems), None)
        if problem is not None:
            raise ConfigError(f"{file}:{problem.line}:{problem.column}: {problem.message}")
    values = [(one.value, one.line) for one in documents if not isinstance(one, Broken)]
    if len(values) > 1:
        raise ConfigError(f"{file}:{values[1][1]}:1: must hold one document, not {len(values)}")
    value = values[0][0] if values else None
    at = value.pos if isinstance(value, Map | Seq) else (1, 1)
    return Field(file, "the file", value, at)
