"""`helm template` of a chart that is in the input."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from converter.reading.discover import Boundary
from converter.reading.in_memory import Bytes
from converter.reading.names import is_label, is_subdomain
from converter.rendering.packed_charts import ENDINGS, SCHEMA, check_archive
from converter.rendering.programs import RenderError, first_installed, run
from converter.writing.yaml import dump

CHART_FILE = "Chart.yaml"
_LONGEST_NAME = 53
_SOURCE = re.compile(r"^# Source: [^/\n]+/(\S+)$", re.M)


class ChartRelease(NamedTuple):
    """A chart of the input with what is to be installed of it.

    Attributes:
        chart: Folder of the chart.
        name: Name of the release.
        namespace: Where it is installed.
        values: Values that an object of the input gives.
        files: More files of values, inside of the repository.
        owner: `HelmRelease shop/web`; "" for a chart that no object installs.
    """

    chart: str
    name: str
    namespace: str
    values: dict[str, Any]
    files: tuple[str, ...] = ()
    owner: str = ""

    def command(self) -> str:
        """For a user who renders it by hand."""
        name, chart, namespace = map(shlex.quote, (self.name, self.chart, self.namespace))
        return f"helm template {name} {chart} --namespace {namespace} | ing2gw convert -"


def render_chart(release: ChartRelease, allowed: Boundary, folder: Path) -> list[Bytes]:
    """The manifests of a chart, by the template that each comes from.

    Raises:
        RenderError: helm is not installed or fails, helm has no release of this name, or the chart takes in what is not
            in the repository.
    """
    _check_names(release)
    helm = first_installed("helm")
    _check(release.chart, allowed)
    values = folder / "values.yaml"
    values.write_text(dump(release.values), encoding="utf-8")
    chosen = [f"--values={_one_value(os.path.realpath(one))}" for one in (*release.files, str(values))]
    where = f"--namespace={release.namespace}"
    text = run([helm, "template", release.name, os.path.realpath(release.chart), where, *chosen], folder)
    return list(_by_template(text, release))


def _check_names(release: ChartRelease) -> None:
    """helm takes a name that begins with `-` as an option: `--post-renderer=sh` would run a program.

    Source: helm: pkg/chartutil/validate_name.go ValidateReleaseName.
    """
    if len(release.name) > _LONGEST_NAME or not is_subdomain(release.name):
        raise RenderError(f"{json.dumps(release.name)} is not a name of a release")
    if not is_label(release.namespace):
        raise RenderError(f"{json.dumps(release.namespace)} is not a name of a namespace")


def _one_value(path: str) -> str:
    """A path for an option that takes lists in CSV: a comma would name another file."""
    return '"{}"'.format(path.replace('"', '""')) if re.search(r'[,"]', path) else path


_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_META_SCHEMA = re.compile(r"https?://json-schema\.org/.*|")


def _check(chart: str, allowed: Boundary) -> None:
    """helm follows links, reads what the schema of the values refers to, and unpacks archives."""
    for path in _entries(chart):
        if path.is_symlink() and not allowed.holds(os.path.realpath(path)):
            raise RenderError(f"{path} is a link that leads out of the repository")
        if path.name == SCHEMA and path.is_file() and _refers_elsewhere(path.read_bytes()):
            raise RenderError(f"{path} refers to a schema elsewhere, and nothing is fetched")
        if path.name.endswith(ENDINGS) and path.is_file():
            check_archive(path, _refers_elsewhere)


def _refers_elsewhere(schema: bytes) -> bool:
    """True where a schema is more than its own text, or cannot be read."""
    pairs: list[tuple[str, Any]] = []
    try:
        json.loads(schema.decode("utf-8", "replace"), object_pairs_hook=pairs.extend)
    except (ValueError, RecursionError):
        return True
    return any(
        not value.startswith("#") if key in _REFERENCES else key == "$schema" and not _META_SCHEMA.fullmatch(value)
        for key, value in pairs
        if isinstance(value, str)
    )


def _entries(chart: str) -> Iterator[Path]:
    """Folders and files of a chart, each before what is in it; those behind links too.

    Source: helm: internal/sympath/walk.go (links), pkg/chart/v2/loader/directory.go.
    """
    known: set[str] = set()
    for folder, folders, files in os.walk(chart, followlinks=True):
        real = os.path.realpath(folder)
        if real in known:
            folders.clear()
            continue
        known.add(real)
        folders.sort()
        yield from (Path(folder, name) for name in sorted((*folders, *files)))


def _by_template(text: str, release: ChartRelease) -> Iterator[Bytes]:
    """Lines are those of the rendered text: a template has no line for them."""
    out: dict[str, list[str]] = {}
    for document in re.split(r"^---\s*$", text, flags=re.M):
        found = _SOURCE.search(document)
        if found is not None:
            out.setdefault(found[1], []).append(document.strip("\n"))
    by = f" for {release.owner}" if release.owner else ""
    for name, documents in out.items():
        yield Bytes(f"{release.chart}/{name} (rendered{by})", "\n---\n".join(documents).encode(), release.namespace)
