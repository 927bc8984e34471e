"""What a team decides to accept: waivers of findings, and routes that are served without a protection."""

from __future__ import annotations

import datetime

from converter.model.data import dataclass


@dataclass(frozen=True, slots=True)
class Waiver:
    """Somebody accepts findings of a code, for an object or a path, for a reason, until a day.

    It changes what a run reports and whether it fails, never what it writes.
    """

    code: str
    reason: str
    object: str = ""
    """`namespace/name`; both may hold `*`."""
    path: str = ""
    """A pattern for the file; `**` crosses folders."""
    until: datetime.date | None = None
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Exposure:
    """Somebody decides to serve the routes of one object without one of its protections, until a day."""

    code: str
    object: str
    """`namespace/name`, exactly."""
    reason: str
    until: datetime.date
    file: str = ""
    line: int = 0
