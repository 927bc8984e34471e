"""`using: fields`: settings of a feature that become fields of an object one by one, as the pack says.

    timeouts:
      fidelity: exact
      using: fields
      with:
      - {field: answer, kind: BackendTrafficPolicy, path: timeout.http.requestTimeout, as: duration}

`field` names a field of the source pack (without it the only value is taken), `path` is below `spec` (of a route: below
a rule), and `as` is how the value is written; `value` stands for one that does not depend on the input.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from converter.model import Outcome
from converter.model.request_kind import parse_kind
from converter.packs.load import TargetRow
from converter.routing.table import Feature
from converter.targets.context import NOTHING, affected_aspects, outcome_from_row
from converter.targets.durations import as_duration
from converter.targets.handlers import handler

ROUTES = frozenset({"HTTPRoute", "GRPCRoute"})


class FieldWriter(Protocol):
    """A draft of a rule, or the field set of a Gateway."""

    def put(self, feature: str, path: tuple[str, ...], value: Any) -> None:
        """Write a field."""


def _integer(value: Any) -> int:
    if isinstance(value, bool):
        raise ValueError
    return int(value)


def _duration(value: Any) -> str:
    seconds = float(value)
    if not 0 <= seconds < 1e9:
        raise ValueError
    return as_duration(seconds)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _items(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


FORMS: dict[str, Callable[[Any], Any]] = {
    "duration": _duration,
    "integer": _integer,
    "boolean": _flag,
    "text": str,
    "list": _items,
}
"""How a value is written (`as:`); a duration is given in seconds."""


@handler("fields")
def write_fields(draft: FieldWriter, feature: Feature, row: TargetRow) -> Outcome:
    """Write what the row says, and nothing where a value has not the form that the field takes."""
    written: list[tuple[tuple[str, ...], Any]] = []
    for part in row.parts:
        name = part.get("field", "")
        known, value = _value(feature.value, name)
        if "value" not in part and not known:
            continue
        try:
            out = part["value"] if "value" in part else FORMS[part.get("as", "text")](value)
        except (ValueError, TypeError, OverflowError):
            text = f"{name or feature.name} is {value!r}, which is not a {part.get('as', 'text')} of {part['path']}"
            return Outcome.manual(f"{feature.name}.value", text, row.hint or "set the field by hand")
        written.append((_place(part["kind"], part["path"]), out))
    if not written:
        return outcome_from_row(row, feature.name, feature.note)
    for path, out in written:
        draft.put(feature.name, path, out)
    kinds = " and ".join(dict.fromkeys(part["kind"] for part in row.parts))
    return Outcome(
        f"{feature.name}.policy" if kinds.endswith("Policy") else f"{feature.name}.fields",
        row.fidelity,
        row.note or f"becomes fields of {kinds}",
        row.hint,
        affects=NOTHING if row.fidelity.lossless else affected_aspects(row),
        when=parse_kind(str(row.args.get("when", ""))),
    )


def _value(value: Any, name: str) -> tuple[bool, Any]:
    """Whether the feature has the value, and the value."""
    if not isinstance(value, dict):
        return not name and value is not None, value
    if name:
        return name in value, value.get(name)
    return len(value) == 1, next(iter(value.values()), None)


def _place(kind: str, path: str) -> tuple[str, ...]:
    return ("rule" if kind in ROUTES else kind, *path.split("."))
