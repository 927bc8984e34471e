"""Headers whose values depend on the request, in the parts of `request_parts.py`."""

from __future__ import annotations

from converter.model.data import dataclass
from converter.routing.exchange import Exchange
from converter.routing.request_parts import filled
from converter.routing.steps import HeaderEdit

Templates = tuple[tuple[str, tuple[str, ...]], ...]
"""Names and the parts of their values."""


@dataclass(frozen=True, slots=True)
class HeaderTemplates:
    """Headers that are set or added; a header of requests of which nothing is left is taken away."""

    request_set: Templates = ()
    response_set: Templates = ()
    response_add: Templates = ()
    statuses: tuple[int, ...] = ()
    """As in `HeaderEdit`."""

    def apply(self, exchange: Exchange) -> None:
        for name, parts in self.request_set:
            exchange.request_headers[name.lower()] = filled(parts, exchange) or None
        sets, adds = (
            tuple((name, text) for name, parts in templates if (text := filled(parts, exchange)))
            for templates in (self.response_set, self.response_add)
        )
        if sets or adds:
            HeaderEdit(response_set=sets, response_add=adds, statuses=self.statuses, own_answers=True).apply(exchange)
