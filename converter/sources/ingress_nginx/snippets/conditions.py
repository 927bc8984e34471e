"""What `if` asks of a request, as conditions of a rule.

nginx: src/http/modules/ngx_http_rewrite_module.c (ngx_http_rewrite_if_condition), src/http/ngx_http_variables.c.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from converter.routing.matchers import Condition, ValueMatcher
from converter.routing.regex import compiled
from converter.sources.ingress_nginx.snippets.variables import Maps, filled, of_part, reference

NOT_EMPTY = ValueMatcher("regex", "(?s).+")
NOT_FALSE = ValueMatcher("regex", "(?s)[^0]|.{2,}")
"""What `if ($variable)` takes: neither empty nor `0`."""
_ALTERNATIVES = re.compile(r"\^?\(?(?:\?:)?([A-Z]+(?:\|[A-Z]+)*)\)?\$?")


METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")


class Test(NamedTuple):
    """A demand on one part of the request; with `negate` it must not hold."""

    condition: Condition | None = None
    path: ValueMatcher | None = None
    """Where it asks for the path."""
    negate: bool = False


def read_test(args: Sequence[str], known: Mapping[str, str], host: str, maps: Maps) -> Test | bool | None:
    """The test of an `if`.

    Args:
        args: Its arguments: a variable, or variable, operator and value.
        known: Variables that were `set`, with their values.
        host: The name of the server where it has one name alone, else "".
        maps: Variables of `map` and `geo`.

    Returns:
        True or False where that is known; None where no condition of a rule can say it.
    """
    if not args or args[0].startswith(("-", "!-")):
        return None
    operand = filled(args[0], known, host)
    operator, value = ("", "") if len(args) < 2 else (args[1], filled(" ".join(args[2:]), known, host))
    if len(args) == 1 and "=" in operand and operand.startswith("$"):
        return None
    negate, operator = operator.startswith("!"), operator.removeprefix("!")
    if "$" not in operand:
        found = _constant(operand, operator, value)
        return None if found is None else found != negate
    if "$" in value and operator not in ("~", "~*"):
        return None
    name = reference(operand)
    mapped = maps.test(name, operator, value) if name else None
    if mapped is not None:
        return mapped if isinstance(mapped, bool) else Test(mapped[0], None, mapped[1] != negate)
    test = _variable(name, operator, value) if name else None
    return None if test is None else test._replace(negate=test.negate != negate)


def _constant(text: str, operator: str, value: str) -> bool | None:
    if operator == "":
        return text not in ("", "0")
    if operator == "=":
        return text == value
    pattern = compiled(value, operator == "~*")
    return None if pattern is None else pattern.search(text) is not None


def _variable(name: str, operator: str, value: str) -> Test | None:
    if name in ("uri", "document_uri", "request_uri"):
        return _path(name, operator, value)
    if name == "request_method":
        return _method(operator, value)
    if name in ("scheme", "https", "server_port"):
        return _scheme(name, operator, value)
    if name == "remote_addr":
        return Test(Condition("source", "", (ValueMatcher("cidr", value),))) if operator == "=" else None
    found = _matcher(operator, value)
    if found is None:
        return None
    matcher, negate = found
    condition = of_part(name, (matcher,))
    return None if condition is None else Test(condition, None, negate)


def _matcher(operator: str, value: str) -> tuple[ValueMatcher, bool] | None:
    """How a value is compared, and whether that is the contrary; what is not sent is the empty text."""
    if operator == "":
        return NOT_FALSE, False
    if operator == "=":
        return (ValueMatcher("exact", value), False) if value else (NOT_EMPTY, True)
    pattern = compiled(value, operator == "~*")
    if pattern is None:
        return None
    if value in ("^$", "^ *$", r"^\s*$"):
        return NOT_EMPTY, True
    if value in (".", ".+", "^.+$", "^.+"):
        return NOT_EMPTY, False
    if pattern.search("") is not None:
        return None
    return ValueMatcher("search", value, operator == "~*"), False


def _path(name: str, operator: str, value: str) -> Test | None:
    if operator == "=" and name != "request_uri":
        return Test(path=ValueMatcher("exact", value)) if value.startswith("/") else None
    if operator not in ("~", "~*") or compiled(value) is None:
        return None
    if name == "request_uri" and (not value.startswith("^") or re.search(r"[?%]|\$$|\\", value)):
        return None  # this looks at the query or at the path as it was sent
    return Test(path=ValueMatcher("search", value, operator == "~*"))


def _method(operator: str, value: str) -> Test | None:
    if operator == "=":
        methods = [value] if value else []
    else:
        found = _ALTERNATIVES.fullmatch(value) if operator == "~" else None
        methods = found[1].split("|") if found is not None else []
        anchored = value.startswith("^") and value.endswith("$") and (len(methods) == 1 or "(" in value)
        if not anchored and any(other != one and one in other for one in methods for other in METHODS):
            return None
    tests = tuple(ValueMatcher("exact", word) for word in methods)
    return Test(Condition("method", "", tests)) if tests else None


def _scheme(name: str, operator: str, value: str) -> Test | None:
    if operator not in ("", "=") or (operator == "" and name != "https"):
        return None
    if name == "https":
        secure = Condition("scheme", "", (ValueMatcher("exact", "https"),))
        return Test(secure, None, operator == "=" and value != "on")
    wanted = {"80": "http", "443": "https"}.get(value, value)
    return Test(Condition("scheme", "", (ValueMatcher("exact", wanted),)))
