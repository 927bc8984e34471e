"""Steps by their names: what they say is in `mappings/migration/steps.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from string import Template

from converter.model import ObjectRef
from converter.packs.migration import step_row
from converter.planning.plan import PlanStep


def step(
    name: str,
    commands: Iterable[str] = (),
    objects: Iterable[ObjectRef] = (),
    *,
    text: Iterable[str] = (),
    table: Iterable[tuple[str, ...]] = (),
    values: Mapping[str, object] | None = None,
    **named: object,
) -> PlanStep:
    """A step.

    Args:
        name: Its row.
        commands: Lines of a shell.
        objects: What the commands read or change.
        text: Sentences behind those of the row.
        table: Rows, the first one with the names of columns.
        values: What the row names; a sentence with an empty one is left out.
        named: The same, one by one.
    """
    row = step_row(name)
    filled = {key: str(value) for key, value in {**(values or {}), **named}.items()}
    missing = [f"${key}" for key, value in filled.items() if not value]
    sentences = [
        Template(line).substitute(filled) for line in row["text"] if not any(_names(line, key) for key in missing)
    ]
    title = Template(row["title"]).substitute(filled)
    return PlanStep(row["kind"], title, (*sentences, *text), tuple(commands), tuple(objects), tuple(table))


def _names(line: str, key: str) -> bool:
    head, found, rest = line.partition(key)
    return bool(found) and not rest[:1].isalnum() and not head.endswith("$")


def listed(items: Iterable[object]) -> str:
    """`one, two, three`."""
    return ", ".join(map(str, items))
