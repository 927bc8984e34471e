"""Charts that write an HTTPRoute by themselves, by values."""

from __future__ import annotations

from functools import cache

from converter.packs.features import load_yaml, mappings_dir


@cache
def _rows() -> dict[str, list[str]]:
    rows: dict[str, list[str]] = load_yaml(mappings_dir() / "charts.yaml")
    return rows


def chart_routes(chart: str) -> tuple[str, ...]:
    """The values of a chart that switch its HTTPRoute on; none where it has none or is not known."""
    return tuple(_rows().get(chart, ()))
