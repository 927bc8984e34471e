"""The directives of one level (a location, a server, http{}) by what they do there."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import replace

from converter.model import Origin
from converter.model.data import dataclass
from converter.routing.steps import AddressList
from converter.routing.table import Feature
from converter.sources.ingress_nginx.snippets.headers import HEADERS, TOWARDS_BACKENDS, header_feature
from converter.sources.ingress_nginx.snippets.parse import Directive
from converter.sources.ingress_nginx.snippets.program import REWRITING, DirectiveStep
from converter.sources.ingress_nginx.snippets.protecting import residual
from converter.sources.ingress_nginx.snippets.snippet import Snippet, findable

HIDING = frozenset({"proxy_hide_header", "grpc_hide_header"})


@dataclass(frozen=True, slots=True)
class BlockSnippet:
    """What snippets put into one block."""

    steps: tuple[DirectiveStep, ...] = ()
    """Directives of the rewrite module, in order."""
    headers: tuple[Feature, ...] = ()
    """Edits of headers; not `add_header`, which is inherited in its own way."""
    added: tuple[Feature, ...] = ()
    """`add_header`: where a location has any, it inherits none."""
    access: tuple[Feature, ...] = ()
    """`allow` and `deny`: inherited where the location has none."""
    residual: tuple[Feature, ...] = ()
    """Directives that no field says."""
    locations: tuple[DirectiveStep, ...] = ()
    settings: tuple[Feature, ...] = ()
    """Directives that do what annotations do (`equivalents.py`)."""

    @property
    def features(self) -> tuple[Feature, ...]:
        """All but the steps."""
        return (*self.headers, *self.added, *self.access, *self.settings, *self.residual)

    def __bool__(self) -> bool:
        return bool(self.steps or self.features or self.locations)


NOTHING = BlockSnippet()


def block_of(snippets: Iterable[Snippet]) -> BlockSnippet:
    """Read all snippets of one block."""
    found: list[DirectiveStep] = []
    problems: list[Feature] = []
    for one in snippets:
        if one.problem:
            problems.append(residual(Directive("unreadable", (one.problem,), 1), one.origin))
        found += [DirectiveStep(directive, one.fact(directive), one) for directive in one.directives]
    return block_of_steps(found, problems) if found or problems else NOTHING


def block_of_steps(found: Iterable[DirectiveStep], problems: Iterable[Feature] = ()) -> BlockSnippet:
    """The same of directives."""
    steps: list[DirectiveStep] = []
    access: list[DirectiveStep] = []
    locations: list[DirectiveStep] = []
    headers: list[Feature] = []
    added: list[Feature] = []
    left = list(problems)
    for step in found:
        directive, origin = step.directive, step.origin
        name = directive.name
        if name in REWRITING:
            steps.append(step)
        elif name in ("allow", "deny"):
            access.append(step)
        elif name == "location":
            locations.append(step)
        elif name in HEADERS or name in TOWARDS_BACKENDS or name in HIDING:
            feature = header_feature(directive, origin)
            if feature is None:
                left.append(residual(directive, origin))
            else:
                (added if name in ("add_header", "expires") else headers).append(feature)
        else:
            left.append(residual(directive, origin))
    lists, unread = _addresses(access)
    return BlockSnippet(tuple(steps), tuple(headers), tuple(added), lists, (*left, *unread), tuple(locations))


def without_locations(block: BlockSnippet) -> BlockSnippet:
    """A block of a location: a location inside it takes some of its requests, with its own answer, and no rule says it.

    Source: nginx: src/http/ngx_http_core_module.c (ngx_http_core_find_location looks into nested locations).
    """
    if not block.locations:
        return block
    nested = [
        residual(one, step.snippet.fact(one) if step.snippet else step.origin)
        for step in block.locations
        for one in findable(step.directive)
    ]
    return replace(block, locations=(), residual=(*block.residual, *nested))


def _addresses(steps: list[DirectiveStep]) -> tuple[tuple[Feature, ...], tuple[Feature, ...]]:
    """`allow` and `deny` in their order, as a list that looks at its denied addresses first."""
    if not steps or not any(step.directive.name == "deny" for step in steps):
        return (), tuple(residual(step.directive, step.origin) for step in steps)
    allowed: list[str] = []
    denied: list[str] = []
    fallback = "allow"
    origins: list[Origin] = []
    for name, address, origin in _entries(steps):
        origins.append(origin)
        if address == "all":
            fallback = name
            break
        if address is None or (name == "deny" and _covered(address, allowed)):
            return (), tuple(residual(step.directive, step.origin) for step in steps)
        (allowed if name == "allow" else denied).append(address)
    if fallback == "allow":
        allowed = []
    feature = Feature("ip-access", AddressList(tuple(allowed), tuple(denied), fallback), tuple(origins))
    idle = tuple(residual(step.directive, step.origin) for step in steps if step.origin not in origins)
    return (feature,), idle if fallback == "allow" and denied else ()


def _entries(steps: list[DirectiveStep]) -> Iterator[tuple[str, str | None, Origin]]:
    for directive, origin, _ in steps:
        text = directive.args[0] if directive.args else ""
        try:
            address = "all" if text == "all" else str(ipaddress.ip_network(text, strict=False))
        except ValueError:
            yield directive.name, None, origin
        else:
            yield directive.name, address, origin


def _covered(address: str, allowed: list[str]) -> bool:
    """Whether some client that is refused was let in by an earlier line."""
    network = ipaddress.ip_network(address)
    others = map(ipaddress.ip_network, allowed)
    return any(one.version == network.version and one.overlaps(network) for one in others)
