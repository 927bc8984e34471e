"""A runbook as data: pages of sections of steps, whatever it is printed as."""

from __future__ import annotations

from dataclasses import field
from typing import Any, NamedTuple

from converter.model import ObjectRef
from converter.model.data import dataclass


class PlanStep(NamedTuple):
    """Something to do or to know, in the order in which it is done."""

    kind: str
    """What it is, for readers of the JSON form: decide | prepare | save | apply | test | shift | watch | roll-back |
    hand-over | patch | delete | stay | note."""
    title: str
    text: tuple[str, ...] = ()
    """Sentences."""
    commands: tuple[str, ...] = ()
    """Lines of a shell; nothing runs them but the reader."""
    objects: tuple[ObjectRef, ...] = ()
    """The objects that the commands read or change."""
    table: tuple[tuple[str, ...], ...] = ()
    """Rows, the first one with the names of the columns; cells are code."""


@dataclass(slots=True)
class Section:
    """Steps that belong together."""

    title: str
    steps: list[PlanStep] = field(default_factory=list)


@dataclass(slots=True)
class Page:
    """What becomes one file."""

    name: str
    """Path below the output directory without its ending: `preparation`, `waves/shop`."""
    title: str
    sections: list[Section] = field(default_factory=list)

    def add(self, title: str, steps: list[PlanStep]) -> None:
        """A section, where there is something to do."""
        if steps:
            self.sections.append(Section(title, steps))


class Link(NamedTuple):
    """Why hosts or objects belong in one wave."""

    kind: str
    """ingress | certificate | canary | auth | alias."""
    reason: str
    hosts: tuple[str, ...]


@dataclass(slots=True)
class MigrationUnit:
    """Hosts that only move together, with the objects that serve them."""

    hosts: tuple[str, ...]
    objects: tuple[ObjectRef, ...]
    links: tuple[Link, ...] = ()


class Risk(NamedTuple):
    """How likely a wave goes wrong; what is lower goes first."""

    level: str
    """low | medium | high."""
    withheld: int
    """Objects with routes that are disabled or not written."""
    decisions: int
    """Findings that somebody has to decide."""
    differences: int
    """Findings on requests that get another response."""
    requests: int = 0
    """Of the traffic that was given: those that these findings are about."""
    reasons: tuple[str, ...] = ()

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """What waves are ordered by."""
        return LEVELS.index(self.level), self.requests, self.withheld + self.decisions, self.differences


LEVELS = ("low", "medium", "high")


@dataclass(slots=True)
class Wave:
    """Units that move at one time."""

    name: str
    key: str
    """What its units have in common: a namespace, a label, a domain, a level of risk."""
    units: list[MigrationUnit]
    risk: Risk

    @property
    def hosts(self) -> list[str]:
        """All hosts, in the order of their names."""
        return sorted(host for unit in self.units for host in unit.hosts)

    @property
    def objects(self) -> list[ObjectRef]:
        """All objects of the input that serve them."""
        return sorted({one for unit in self.units for one in unit.objects})

    @property
    def links(self) -> list[Link]:
        """Why its hosts belong together."""
        return [link for unit in self.units for link in unit.links]


@dataclass(slots=True)
class Plan:
    """The runbook of a migration."""

    source: tuple[str, ...]
    """Controllers of the input."""
    target: str
    by: str
    """What the waves were made by."""
    waves: list[Wave]
    pages: list[Page]
    patches: dict[str, dict[str, Any] | list[dict[str, Any]]] = field(default_factory=dict)
    """Path below the output directory -> a patch as plain data."""
    left_out: list[tuple[ObjectRef, str]] = field(default_factory=list)
    """Objects that stay with their controller, and why."""
