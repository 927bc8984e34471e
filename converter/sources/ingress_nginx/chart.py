"""The Helm chart of ingress-nginx: which values are its own, and the objects that it makes of them.

Chart: charts/ingress-nginx/values.yaml, templates/_params.tpl, _helpers.tpl and the template of each object.
RKE2's build of it has defaults of its own (rke2-charts: packages/rke2-ingress-nginx, its patch of values.yaml).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from converter.model import Origin, Outcome
from converter.model.ledger import Ledger
from converter.packs.controllers import SettingRow, chart_values_of, settings_of
from converter.reading.chart_values import ChartValues
from converter.reading.inventory import Document, Inventory
from converter.reading.positioned import Map, Seq
from converter.reading.services import read_service
from converter.sources.ingress_nginx.chart_objects import ChartObjects
from converter.sources.ingress_nginx.chart_values import HelmValues
from converter.sources.ingress_nginx.discovery import CHARTS, runs

CONTROLLER = "ingress-nginx"
_OWN_KEYS = frozenset(
    {
        "ingressClassByName", "watchIngressWithoutClass", "publishService", "allowSnippetAnnotations",
        "enableAnnotationValidations", "electionID", "proxySetHeaders", "addHeaders", "reportNodeInternalIp",
        "configMapNamespace", "enableTopologyAwareRouting", "maxmindLicenseKey", "configAnnotations",
    }
)  # fmt: skip
"""Values below `controller` that charts of other controllers do not have."""
_DEFAULT_FILES = ("values.yaml", "values.yml")


def is_own(chart: ChartValues) -> bool:
    """True for values of this chart, on their own or below the name of the chart in an umbrella chart."""
    return bool(chart.chart and _name(chart.chart)) or _values(chart) is not None


def _name(chart: str) -> str:
    return chart if chart in CHARTS or chart.endswith("ingress-nginx") else ""


def _values(chart: ChartValues) -> tuple[str, Map] | None:
    """The name of the chart and its values."""
    if _name(chart.chart):
        return chart.chart, chart.values
    for key, inner in chart.values.items():
        if isinstance(inner, Map) and _name(key) and _is_controller(inner):
            return "ingress-nginx", inner
    return ("ingress-nginx", chart.values) if not chart.chart and _is_controller(chart.values) else None


def _is_controller(values: Map) -> bool:
    section = values.get("controller")
    if not isinstance(section, Map):
        return False
    image, owner = section.get("image"), section.get("ingressClassResource")
    named = image.get("image", image.get("repository")) if isinstance(image, Map) else image
    if isinstance(owner, Map) and owner.get("controllerValue") not in (None, "k8s.io/ingress-nginx"):
        return str(owner["controllerValue"]).startswith("k8s.io/")
    if "ingress-nginx" in str(named) or _OWN_KEYS & section.keys():
        return True
    config, arguments = section.get("config"), section.get("extraArgs")
    keys, flags = settings_of(CONTROLLER)
    return _mostly(config, keys) or _mostly(arguments, flags)


def _mostly(given: Any, known: dict[str, SettingRow]) -> bool:
    return isinstance(given, Map) and bool(given) and 2 * len(given.keys() & known.keys()) > len(given)


def add_objects(charts: Iterable[ChartValues], inventory: Inventory, ledger: Ledger) -> None:
    """Put what the chart makes into the inventory; what is there already is taken as it is."""
    releases = [one for one in charts if one.ref is not None]
    files: dict[str, list[ChartValues]] = defaultdict(list)
    for one in charts:
        if one.ref is None:
            files[one.location.path.rpartition("/")[0]].append(one)
    running = runs(inventory)
    for some in files.values():
        usual = next((one for one in some if one.location.path.rpartition("/")[2] in _DEFAULT_FILES), None)
        chosen = some[0] if len(some) == 1 else usual
        for one in some:
            if running or one is not chosen:
                _not_taken(one, running, ledger)
            else:
                releases.append(one)
    for one in releases:
        _add(one, inventory, ledger)


def _not_taken(chart: ChartValues, running: bool, ledger: Ledger) -> None:
    origin = Origin("file", "controller", "", chart.location)
    if running:
        words = "values of the chart ingress-nginx are not read: the controller's workload itself is in the input"
        ledger.settle(origin, Outcome.obsolete("helm.values-superseded", words))
        return
    words = "several values files of the chart ingress-nginx are in this folder; this one is not read"
    hint = "name one values file for each run, or render the chart with those of one cluster (helm template -f …)"
    ledger.settle(origin, Outcome.manual("helm.values-ambiguous", words, hint, affects=()))


def _add(chart: ChartValues, inventory: Inventory, ledger: Ledger) -> None:
    name, values = _values(chart) or ("ingress-nginx", chart.values)
    objects = ChartObjects(
        name,
        chart.release or name,
        chart.namespace or CONTROLLER,
        HelmValues(values, name.startswith("rke2")),
        chart.location.path,
        inventory,
    )
    for document in objects.all():
        _keep(document, inventory)
    _settle_values(chart, values, objects, ledger)


def _keep(document: Document, inventory: Inventory) -> None:
    key = (document.namespace, document.name)
    if document.kind == "Service":
        body = document.body
        if key not in inventory.services and isinstance(body, Map):
            inventory.services[key] = read_service(body, document.location.path, *key)
    elif inventory.get(document.kind, *key) is None:
        inventory.documents.setdefault(document.kind, []).append(document)


def _settle_values(chart: ChartValues, values: Map, objects: ChartObjects, ledger: Ledger) -> None:
    """One finding for the values as a whole, and one for each that makes no object of its own."""
    kind = "file" if chart.ref is None else "field"
    place = chart.location._replace(line=values.pos[0] or chart.location.line)
    words = f"read as the chart makes objects of them, for release {objects.release} in namespace {objects.namespace}"
    if chart.ref is None:
        words += ", as the file names neither"
    ledger.settle(
        Origin(kind, chart.lead or "controller", "", place, chart.ref),
        Outcome.exact("helm.values-read", f"values of the chart ingress-nginx: {words}"),
    )
    rows = chart_values_of(CONTROLLER)
    for path, text, at in _given(values):
        row = _row(path, rows)
        origin = Origin(kind, path, text, chart.location._replace(line=at[0], column=at[1]), chart.ref)
        if row is None:
            words = "no such value of the chart ingress-nginx is known; the chart ignores it, or is of another version"
            ledger.settle(
                origin, Outcome.unknown("helm.unknown-value", words, "check the spelling", affects=frozenset())
            )
        elif not row.read:
            ledger.settle(origin, row.outcome(), "", row.protects)


def _row(path: str, rows: dict[str, SettingRow]) -> SettingRow | None:
    """The row of a value or of the section that holds it."""
    while path and path not in rows:
        path = path.rpartition(".")[0]
    return rows.get(path)


def _given(values: Map, lead: str = "") -> Iterable[tuple[str, str, tuple[int, int]]]:
    """Values by their path: sections that have rows of their own below are entered."""
    rows = chart_values_of(CONTROLLER)
    for key, value in values.items():
        path = f"{lead}{key}"
        if isinstance(value, Map) and value and any(row.startswith(f"{path}.") for row in rows):
            yield from _given(value, f"{path}.")
        elif value not in (None, "", False) and not (isinstance(value, (Map, Seq)) and not value):
            yield path, "" if isinstance(value, (Map, Seq)) else str(value), values.at.get(key, values.pos)
