"""What a line of an access log holds, and the expression that takes it apart (RE2, for the engine and for Python)."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from converter.model.data import dataclass
from converter.packs.features import load_yaml, mappings_dir
from converter.replay.format_fields import FIRST, LIST, QUOTED, WORD, value_pattern

CUSTOM = "format"
"""Name of a format that the user or a ConfigMap gives."""
_FIELDS = {
    "client-address": "client",
    "request-line": "request",
    "method": "method",
    "target": "target",
    "path": "path",
    "?args": "query",
    "?query_string": "query",
    "host": "host",
    "scheme": "scheme",
    "?pass_access_scheme": "scheme",
    "?server_port": "port",
    "?pass_server_port": "port",
    "local-address": "port",
    "status": "status",
    "backend-name": "upstream",
    "backend-address": "contacted",
    "?upstream_status": "contacted",
    "server-name": "sni",
}
"""Parts of formats -> columns. Headers have columns of their own, `header:NAME`."""
_REQUEST = (
    rf"(?P<method>{WORD})(?: (?P<target>{WORD})(?: (?P<protocol>{QUOTED}))?)?",
    "(?P<method>[^ ]*) (?P<target>[^ ]*) (?P<protocol>[^ ]*)",
)
"""A request line in quotes and one without: what is none leaves the last groups empty."""
MOST_GROUPS = 4
"""RE2 takes a text apart in one pass only for so many groups (onepass.cc kMaxOnePassCapture), three times as fast."""
NEVER = frozenset({"authorization", "proxy-authorization"})
"""Headers that are never read from a log."""


@dataclass(frozen=True, slots=True)
class LogFormat:
    """A format.

    Attributes:
        name: As `--format` takes it.
        title: For people.
        controller: Whose log it is; "" where anybody writes it.
        side: before | after: whose responses the log has.
        pieces: Column, or "", and expression of each part of a line in turns; () for JSON.
        members: Column and key, for lines that are JSON objects.
        headers: Names of headers, by the columns that hold them.
        absolute: Targets are URLs with scheme, host and port.
        ported: Addresses of clients have their port behind them.
    """

    name: str
    title: str
    controller: str
    side: str
    pieces: tuple[tuple[str, str], ...] = ()
    members: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    absolute: bool = False
    ported: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """What a line holds."""
        if self.members:
            return tuple(column for column, _ in self.members)
        return tuple(one for column, _ in self.pieces for one in _columns(column))

    @property
    def pattern(self) -> str:
        """Of a line."""
        return "".join(_caught(column, value) for column, value in self.pieces)

    def takers(self, wanted: Collection[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Expressions for the beginning of a line, each with the columns that it catches; all together the wanted."""
        numbers: list[int] = []
        for number, (column, _) in enumerate(self.pieces):
            found = [one for one in _columns(column) if one in wanted]
            if found and len(found) + sum(len(_columns(self.pieces[one][0])) for one in numbers) > MOST_GROUPS:
                yield self._taker(numbers)
                numbers = []
            if found:
                numbers.append(number)
        if numbers:
            yield self._taker(numbers)

    def _taker(self, numbers: Sequence[int]) -> tuple[str, tuple[str, ...]]:
        pieces = list(self.pieces[: numbers[-1] + 2])  # with what ends the last one
        if pieces[numbers[-1]][1] == LIST:
            pieces[numbers[-1] :] = [(pieces[numbers[-1]][0], FIRST)]
        texts = [_caught(column if at in numbers else "", value) for at, (column, value) in enumerate(pieces)]
        end = "$" if len(pieces) == len(self.pieces) else ""
        return f"^{''.join(texts)}{end}", tuple(one for at in numbers for one in _columns(self.pieces[at][0]))

    def fits(self, line: str) -> bool:
        """Whether a line has this format."""
        if not self.members:
            return re.fullmatch(self.pattern, line) is not None
        try:
            found = json.loads(line.replace("\\x", "\\u00"))
        except (ValueError, RecursionError):
            return False
        return isinstance(found, dict) and all(key in found for _, key in self.members)


class FormatError(ValueError):
    """A format that no request can be taken from; the message says what it lacks."""


def known_formats() -> list[LogFormat]:
    """The formats that are known by their lines."""
    from converter.sources.ingress_nginx.log_formats import parts_of

    out = []
    for name, row in _catalogue()["formats"].items():
        given: dict[str, str] = row.get("fields", {})
        about = name, row["title"], row["controller"], row["side"]
        if "json" in row:
            made = from_members(*about, {key: (part,) for key, part in row["json"].items()})
        else:
            parts = [given.get(one[1:], one) if one[:1] == "?" else one for one in parts_of(row["text"])]
            made = from_parts(*about, parts, continues=row.get("continues", False))
        out.append(replace(made, absolute=row.get("absolute", False), ported=row.get("ported", False)))
    return out


def complete_format() -> str:
    """A log format of nginx that lacks nothing that a replay asks for."""
    text: str = _catalogue()["complete"]
    return text


def _catalogue() -> dict[str, Any]:
    data: dict[str, Any] = load_yaml(mappings_dir() / "log-formats.yaml")
    return data


def custom_format(text: str) -> LogFormat:
    """A `log_format` of nginx as a user writes it, text or JSON.

    Raises:
        FormatError: It has no request.
    """
    from converter.sources.ingress_nginx.log_formats import json_parts, parts_of

    text = _as_nginx_reads(text)
    members = json_parts(text)
    about = CUSTOM, f"--format {text}", "", "before"
    return from_members(*about, members) if members else from_parts(*about, parts_of(text))


def _as_nginx_reads(text: str) -> str:
    """Without `escape=…` before the format, and with the tabs that are written as `\\t` in it."""
    return re.sub(r"\\([tn])", lambda found: {"t": "\t", "n": " "}[found[1]], re.sub(r"^\s*escape=\w+\s+", "", text))


def from_members(name: str, title: str, controller: str, side: str, members: Mapping[str, Sequence[str]]) -> LogFormat:
    """A format of JSON objects: members of a single field count, others are left out."""
    columns: dict[str, str] = {}
    headers: dict[str, str] = {}
    for key, parts in members.items():
        column = _column(parts[0], headers) if len(parts) == 1 and '"' not in key else ""
        if column:
            columns.setdefault(column, key)
    out = LogFormat(name, title, controller, side, (), tuple(columns.items()), headers)
    _check(out)
    return out


def from_parts(
    name: str, title: str, controller: str, side: str, parts: Sequence[str], *, continues: bool = False
) -> LogFormat:
    """A format of text and fields in turns. `continues`: lines may have more than that."""
    headers: dict[str, str] = {}
    used: set[str] = set()
    texts = [one[1:].replace("\n", " ") if one[:1] == "=" else None for one in parts]
    pieces: list[tuple[str, str]] = []
    for number, part in enumerate(parts):
        text = texts[number]
        if text is not None:
            pieces.append(("", re.sub(r"([^\w\s])", r"\\\1", text)))
            continue
        before = texts[number - 1] if number else ""
        after = texts[number + 1] if number + 1 < len(parts) else ""
        value, column = value_pattern(part, before, after), _column(part, headers)
        if column == "request":
            value = _REQUEST[0 if value == QUOTED else 1]
        pieces.append(("" if column in used else column, value))
        used |= {column} - {""}
    pieces.append(("", f"{'(?: .*)?' if continues else ''} *"))
    made = LogFormat(name, title, controller, side, tuple(pieces), (), headers)
    _check(made)
    return made


def _columns(column: str) -> tuple[str, ...]:
    """The groups of a piece."""
    return ("method", "target", "protocol") if column == "request" else (column,) if column else ()


def _caught(column: str, value: str) -> str:
    """The expression of a piece, with its groups where it has a column."""
    if column == "request":
        return value
    return f"(?P<{column}>{value})" if column else re.sub(r"\(\?P<\w+>", "(?:", value)


def _column(part: str, headers: dict[str, str]) -> str:
    """The column of a field; "" where it is not needed."""
    kind, _, name = part.partition(":")
    if kind != "header":
        return _FIELDS.get(part, "")
    if name.lower() in NEVER:
        return ""
    column = f"header{len(headers)}"
    headers[column] = name.lower()
    return column


def _check(made: LogFormat) -> None:
    if not {"request", "target", "path"} & set(made.columns):
        raise FormatError("the format has no request: it needs $request, $request_uri or $uri")
