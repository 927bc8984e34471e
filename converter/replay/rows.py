"""Rows that the lines of logs are reduced to, and what the log says of their requests."""

from __future__ import annotations

from converter.model.data import dataclass


@dataclass(frozen=True, slots=True)
class Logged:
    """What the log says of some of the requests of a row."""

    status: str
    upstream: str
    """What the proxy calls the backend that it chose; "" where the log does not say."""
    contacted: str
    """yes | no: whether a backend was asked; "" where the log does not say."""
    count: int
    distinct: int
    """How many distinct requests these are."""


@dataclass(frozen=True, slots=True)
class Row:
    """Requests that no rule tells apart. `first` and `last`: of their targets, in the order of texts."""

    method: str
    scheme: str
    host: str
    port: str
    client: str
    headers: tuple[tuple[str, str], ...]
    first: str
    last: str
    distinct: int
    logged: tuple[Logged, ...]
    key: int
    """Number by which the single requests are found."""

    @property
    def count(self) -> int:
        """How many lines."""
        return sum(one.count for one in self.logged)
