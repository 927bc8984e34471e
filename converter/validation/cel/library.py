"""The CEL library: the judge of rules where the compiled form is not sure, and its oracle in tests."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from converter.validation.cel.functions import LIBRARY


@lru_cache(maxsize=1024)
def _program(source: str) -> Any:
    import cel

    return cel.compile(source)


def evaluate(source: str, value: Any) -> tuple[bool, str]:
    """Whether the rule holds for `self`, and the library's words where the evaluation itself fails.

    `value` must have its defaults in place and reserved names written as rules write them.
    """
    import cel

    context = cel.Context()
    context.add_variable("self", value)
    for name, function in LIBRARY.items():
        context.add_function(name, function)
    try:
        return _program(source).execute(context) is True, ""
    except (ValueError, RuntimeError, TypeError, KeyError) as error:
        return False, str(error)
