"""Files that are in memory before anything is discovered: what a cluster holds, and what was rendered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from converter.model import ObjectRef, Origin, Outcome

CLUSTER = "<cluster>"
"""The path of what a live cluster holds; its lines are those that `ing2gw export` prints."""
STREAMS = frozenset({"-", CLUSTER})
"""Paths that are no files."""


class Bytes(NamedTuple):
    """A file that could be read."""

    path: str
    data: bytes
    namespace: str = ""
    """Of objects that name none, where it is not that of the options."""


class InMemory(str):
    """A path that stands for files which are in memory already, such as what a cluster holds.

    Attributes:
        files: They.
        findings: What is to be reported of them.
        replaces: Real paths of files and folders that they are read in place of.
        rendered: Objects that install a chart which is among them.
    """

    __slots__ = ("files", "findings", "rendered", "replaces")
    files: tuple[Bytes, ...]
    findings: tuple[tuple[Origin, Outcome], ...]
    replaces: frozenset[str]
    rendered: frozenset[ObjectRef]

    def __new__(
        cls,
        name: str,
        files: tuple[Bytes, ...],
        findings: tuple[tuple[Origin, Outcome], ...] = (),
        replaces: frozenset[str] = frozenset(),
        rendered: frozenset[ObjectRef] = frozenset(),
    ) -> InMemory:
        made = super().__new__(cls, name)
        made.files, made.findings, made.replaces, made.rendered = files, findings, replaces, rendered
        return made

    @classmethod
    def among(cls, paths: Sequence[str]) -> list[InMemory]:
        """Those of some paths."""
        return [one for one in paths if isinstance(one, cls)]
