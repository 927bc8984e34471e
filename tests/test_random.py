"""Random input: whatever it says, nothing crashes, gets lost, is invalid, or changes unannounced."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

from tests.complete import broken_promises, convert_text
from tests.random_input import CLASSES, broken_input, random_input

SEEDS = 70
STYLES: dict[str, dict[str, Any]] = {
    "default": {},
    "strict": {"strict": True},
    "plain": {"target": "gateway-api"},
    "plain strict": {"target": "gateway-api", "strict": True},
}


def broken(source: str, seed: int, **options: object) -> list[str]:
    """What a run over the input of a seed does that no run may do."""
    try:
        result = convert_text(random_input(source, seed), source=source, **options)
    except Exception:  # a crash is one of the things that are looked for
        return [traceback.format_exc(limit=-3)]
    return broken_promises(result)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("source", sorted(CLASSES))
def test_no_promise_is_broken(source, style):
    found = {seed: words for seed in range(SEEDS) if (words := broken(source, seed, **STYLES[style]))}
    shortest = min(found, key=lambda seed: len(random_input(source, seed)), default=0)
    assert not found, (
        f"seeds {sorted(found)}\n" + "\n".join(found[shortest][:5]) + "\n" + random_input(source, shortest)
    )


@pytest.mark.parametrize("source", sorted(CLASSES))
def test_values_of_any_type_break_no_promise(source):
    for seed in range(60):
        text = broken_input(source, seed)
        assert broken_promises(convert_text(text, source=source)) == [], text


@pytest.mark.parametrize("source", sorted(CLASSES))
def test_the_input_is_worth_it(source):
    """Most of it is converted, and much of it to rules that forward."""
    results = [convert_text(random_input(source, seed), source=source) for seed in range(20)]
    statuses = [one.status for result in results for one in result.objects]
    assert statuses.count("converted") > len(statuses) / 3
    assert sum(len(result.resources) for result in results) > 100
    assert sum(1 for result in results for one in result.findings if one.example is not None) > 20
