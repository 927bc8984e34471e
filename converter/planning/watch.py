"""What to watch while a wave is shifted, with the queries of both sides."""

from __future__ import annotations

from collections.abc import Sequence
from string import Template

from converter.model import Resource
from converter.packs.migration import metric_notes, metric_signals
from converter.planning.dns import only_redirects
from converter.planning.estate import Estate
from converter.planning.plan import PlanStep, Wave
from converter.planning.steps import step

MANY_ROUTES = 12
"""From here on the query asks for namespaces."""


def watch(estate: Estate, wave: Wave) -> list[PlanStep]:
    """Signals of the controllers of a wave and of the target, and when to stop."""
    routes = [one for one in estate.routes_of(wave.objects) if not only_redirects(one)]
    target = estate.result.options.target.partition("@")[0]
    values = {
        "namespace": "|".join(sorted({one.namespace for one in wave.objects if one.namespace})),
        "clusters": _clusters(routes),
    }
    steps = []
    for controller in dict.fromkeys(table.controller for table in estate.entries_of(wave.objects)):
        rows = [("signal", controller, target, "stop when")]
        for one in metric_signals():
            before, after = one["before"].get(controller), one["after"].get(target)
            if before or after:
                rows.append((one["name"], _filled(before, values), _filled(after, values), one["stop"]))
        means = [f"{one['name']}: {one['means']}" for one in metric_signals()]
        notes = (*metric_notes(controller), *metric_notes(target))
        steps.append(step("watch", text=(*means, *notes), table=rows))
    return steps


def _clusters(routes: Sequence[Resource]) -> str:
    """The names of Envoy's clusters for some routes, as an expression of Prometheus."""
    names = sorted({f"{one.kind.lower()}/{one.namespace}/{one.name.replace('.', '[.]')}" for one in routes})
    if len(names) > MANY_ROUTES:
        names = sorted({f"{one.kind.lower()}/{one.namespace}/.*" for one in routes})
    return f"({'|'.join(names)})/rule/.*" if names else "none"


def _filled(query: str | None, values: dict[str, str]) -> str:
    return Template(query).safe_substitute(values) if query else ""
