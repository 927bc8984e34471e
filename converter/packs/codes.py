"""What the code of a finding means, from its parts."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from converter.packs.features import feature_catalogue, load_yaml, mappings_dir


@lru_cache
def _catalogue() -> dict[str, dict[str, str]]:
    data: dict[str, Any] = load_yaml(mappings_dir() / "codes.yaml")
    return data


def meaning(code: str) -> str:
    """In words; "" for a code that nobody issues."""
    catalogue = _catalogue()
    family, _, ending = code.partition(".")
    about = catalogue["families"].get(family) or feature_catalogue().get(family, {}).get("meaning", "")
    if not about:
        return ""
    own = catalogue["codes"].get(code) or catalogue["endings"].get(ending, "")
    return f"{about} {own[:1].upper()}{own[1:].rstrip('.')}." if own else str(about)


@lru_cache
def fidelity_meanings() -> dict[str, str]:
    """What each fidelity says of a setting."""
    return dict(_catalogue()["fidelities"])


@lru_cache
def renamed_codes() -> dict[str, str]:
    """Codes of earlier releases -> their names now."""
    return dict(_catalogue().get("renamed") or {})


@lru_cache
def documented_codes() -> tuple[str, ...]:
    """Codes that have words of their own, in the order of the catalogue."""
    return tuple(_catalogue()["codes"])


@lru_cache
def code_classes() -> dict[str, str]:
    """Code -> input | prerequisite | sequel, for codes that reports put in a section of their own."""
    classes: dict[str, list[str]] = _catalogue().get("classes", {})  # type: ignore[assignment]
    return {code: name for name, codes in classes.items() for code in codes}
