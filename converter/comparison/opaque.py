"""Values that one host has of its own and that decide nothing: origins, URLs, header values, addresses, numbers.

Real Ingresses each have a value that no other has. Two hosts whose rules differ in such values alone respond alike:
what is said of one holds for the other once its values are put in their place. Each value is replaced by the order of
its first appearance, in the rules and in what was written, so that hosts compare equal only where every value is in
the same places on both sides.

A value is opaque only where its text is never compared but for being equal: the fields are listed here, by the type of
the step or action. Everything else, and every value of a form that is not known here, is compared as it stands.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from typing import Any

from converter.comparison import witnesses
from converter.comparison.opaque_text import ATOM, MEANT, PARTS, SHORT, TEMPLATE, URL, VARIABLE
from converter.routing.access_steps import BasicAuth, BodyLimit
from converter.routing.actions import Redirect, Respond
from converter.routing.exchange import UNSPECIFIED
from converter.routing.external_auth import ExternalAuth
from converter.routing.matchers import Condition
from converter.routing.steps import AddressList, Cors, Deny, HeaderEdit, HostRewrite, PathRewrite, Timeouts

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(?::[0-9]+)?\Z")
_VALUED = frozenset({"header", "query", "cookie"})
"""What conditions ask for texts of."""
OUTSIDE = tuple(map(ipaddress.ip_address, (witnesses.OUTSIDE, UNSPECIFIED, "127.0.0.1", "10.0.0.1")))
"""Addresses that every host is asked from, and two that lists are often about."""


class Opaque:
    """The opaque values of one host, numbered as they are first seen."""

    def __init__(self, host: str = "") -> None:
        self.numbers: dict[str, int] = {}
        self.compared: dict[int, int] = {}
        self._parts: dict[str, Hashable] = {}
        self._steps: dict[int, Hashable] = {}
        """By the ids of steps, which rules of one Ingress share."""
        self._register(host)

    def _register(self, text: str) -> None:
        for atom in ATOM.findall(text):
            if len(atom) >= SHORT and atom.lower() not in MEANT:
                self.numbers.setdefault(atom, len(self.numbers))

    def name(self, text: str) -> int:
        """The number of a name that is opaque as a whole, such as a namespace."""
        return self.numbers.setdefault(text, len(self.numbers))

    def known(self, text: str) -> str:
        """The text with numbers in place of the values that have been seen."""
        numbers = self.numbers

        def number(found: re.Match[str]) -> str:
            known = numbers.get(found.group())
            return found.group() if known is None else f"\0{known}\0"

        return ATOM.sub(number, text)

    def parts(self, text: str) -> Hashable:
        """The same in parts, the atoms among them; a text that was seen before is what it was then."""
        known = self._parts.get(text)
        if known is None:
            parts = _split(text)
            known = self._parts[text] = tuple(map(self.numbers.get, parts, parts))
        return known

    def form(self, text: str) -> str:
        """The same for a text that is opaque itself."""
        self._derive(text)
        if "$" not in text:
            return text if TEMPLATE.search(text) else self.literal(text)
        literals = VARIABLE.split(text)
        if any(map(TEMPLATE.search, literals)):
            return text
        variables = [*VARIABLE.findall(text), ""]
        return "".join(self.literal(one) + variable for one, variable in zip(literals, variables, strict=True))

    def _derive(self, url: str) -> None:
        """Names that are made of the host of a URL."""
        found = URL.match(url)
        if found is not None and not found["host"].replace(".", "").isdigit():
            port = found["port"] or ("443" if found["scheme"] == "https" else "80")
            name = found["host"].replace(".", "-")
            for derived in (name, f"{name}-{port}"):
                self.numbers.setdefault(derived, len(self.numbers))

    def literal(self, text: str) -> str:
        """The same for a text without variables."""
        self._register(text)
        return self.known(text)

    def number(self, value: int) -> str:
        """A number that requests are compared with: its place, which `order` adds what it is to others to."""
        self.compared.setdefault(value, len(self.compared))
        return self.literal(str(value))

    def order(self) -> tuple[int, ...]:
        """How the numbers that are compared stand to each other."""
        return tuple([place for _, place in sorted(self.compared.items())])

    def step(self, step: Any) -> Hashable:
        """A step or an action with its opaque fields replaced; steps of one controller do it themselves."""
        work = _settings if isinstance(step, dict) else _FORMS.get(type(step))
        if work is None:
            form: Hashable = step.opaque_form(self.form) if hasattr(step, "opaque_form") else step
            return form
        known = self._steps.get(id(step))
        if known is None:
            known = self._steps[id(step)] = work(self, step)
        return known

    def conditions(self, conditions: tuple[Condition, ...]) -> Hashable:
        """Conditions whose values are texts that a request has to have."""
        return tuple([self._condition(one) if one.subject in _VALUED else one for one in conditions])

    def _condition(self, condition: Condition) -> Hashable:
        tests = [
            (one.op, self.form(one.value) if one.op == "exact" else one.value, one.ignore_case)
            for one in condition.tests
        ]
        return (*condition._replace(tests=()), *tests)

    def hashable(self, value: Any) -> Hashable:
        """A setting that no request shows: its numbers and texts, by their places; all of them are opaque."""
        if isinstance(value, Mapping):
            return tuple([(key, self.hashable(part)) for key, part in value.items()])
        if isinstance(value, tuple | list):
            return tuple([self.hashable(part) for part in value])
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float | str):
            return type(value).__name__, self.form(str(value))
        if is_dataclass(value) and not isinstance(value, type):
            parts = tuple([self.hashable(getattr(value, field.name)) for field in fields(value)])
            return (type(value).__name__, *parts)
        return type(value).__name__


@lru_cache(maxsize=256)
def _split(text: str) -> list[str]:
    """The parts of a text; policies of a Gateway are looked at for each of its hosts."""
    return PARTS.split(text)


def _cors(values: Opaque, step: Cors) -> Hashable:
    if not all(map(_ORIGIN.match, step.origins)):
        return step
    return replace(step, origins=tuple(map(values.literal, step.origins)))


def _headers(values: Opaque, step: HeaderEdit) -> Hashable:
    def edited(pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        return tuple([(name, values.form(value)) for name, value in pairs])

    return replace(
        step,
        request_set=edited(step.request_set),
        request_add=edited(step.request_add),
        response_set=edited(step.response_set),
        response_add=edited(step.response_add),
    )


def _host(values: Opaque, step: HostRewrite) -> Hashable:
    return step if step.source else replace(step, value=values.form(step.value))


def _rewrite(values: Opaque, step: PathRewrite) -> Hashable:
    return replace(step, to=values.form(step.to))


def _redirect(values: Opaque, action: Redirect) -> Hashable:
    if action.rewrite is not None:
        return action

    def form(part: str | None) -> str | None:
        return None if part is None else values.form(part)

    return replace(
        action, hostname=form(action.hostname), path=form(action.path), url=form(action.url), query=form(action.query)
    )


def _addresses(values: Opaque, step: AddressList) -> Hashable:
    networks = _networks((*step.allow, *step.deny))
    if networks is None:
        return step
    for network in networks:
        for text in (str(network), str(network.network_address)):
            values.numbers.setdefault(text, len(values.numbers))
    return replace(step, allow=tuple(map(values.known, step.allow)), deny=tuple(map(values.known, step.deny)))


@lru_cache(maxsize=4096)
def _networks(texts: tuple[str, ...]) -> list[ipaddress.IPv4Network] | None:
    """Networks that have nothing to do with each other nor with what every host is asked from; None where they do."""
    out: list[ipaddress.IPv4Network] = []
    for text in texts:
        try:
            network = ipaddress.IPv4Network(text)
        except ValueError:
            return None
        if str(network) not in (text, f"{text}/32") or any(address in network for address in OUTSIDE):
            return None
        if any(network.overlaps(other) for other in out):
            return None
        out.append(network)
    return out


def _times(values: Opaque, step: Timeouts) -> Hashable:
    return values.hashable(step)


def _password(values: Opaque, step: BasicAuth) -> Hashable:
    if step.users is not None:  # what users send is compared with what their hashes say
        return step
    return replace(
        step, realm=values.form(step.realm), secret=(values.form(step.secret[0]), values.form(step.secret[1]))
    )


def _settings(values: Opaque, step: dict[str, Any]) -> Hashable:
    return type(step).__name__, values.hashable(step)


def _limit(values: Opaque, step: BodyLimit) -> Hashable:
    return step.status, values.number(step.bytes)


def _denied(values: Opaque, step: Deny) -> Hashable:
    return replace(step, reason=values.form(step.reason))


def _response(values: Opaque, action: Respond) -> Hashable:
    body = None if action.body is None else values.form(action.body)
    return replace(action, body=body, headers=tuple([(name, values.form(text)) for name, text in action.headers]))


def _auth(values: Opaque, step: ExternalAuth) -> Hashable:
    return replace(
        step,
        url=values.form(step.url),
        address=values.form(step.address),
        signin=values.form(step.signin),
        login=tuple(values.form(part) if part.startswith("=") else part for part in step.login),
    )


_FORMS: dict[type, Callable[[Opaque, Any], Hashable]] = {
    Cors: _cors,
    HeaderEdit: _headers,
    HostRewrite: _host,
    PathRewrite: _rewrite,
    Redirect: _redirect,
    AddressList: _addresses,
    Timeouts: _times,
    ExternalAuth: _auth,
    BasicAuth: _password,
    BodyLimit: _limit,
    Deny: _denied,
    Respond: _response,
}
