"""All files, one after another, into one inventory."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import BinaryIO

from converter.model import InputStatus, Location, ObjectStatus, Origin, Outcome
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.reading.decode import BinaryError
from converter.reading.discover import discover
from converter.reading.documents import Collector
from converter.reading.garbage_collection import without_garbage_collection
from converter.reading.in_memory import Bytes, InMemory
from converter.reading.inventory import Inventory
from converter.reading.load import Broken, load
from converter.reading.unrendered import KUSTOMIZE_FILES


def read_files(
    paths: Sequence[str],
    options: Options,
    ledger: Ledger,
    stdin: BinaryIO | None,
) -> tuple[Inventory, list[ObjectStatus]]:
    """See `converter.reading.read`."""
    collector = Collector(options, ledger)
    for given in InMemory.among(paths):
        collector.rendered |= given.rendered
        for origin, outcome in given.findings:
            ledger.settle(origin, outcome)
    with without_garbage_collection():
        for file in discover(paths, stdin, KUSTOMIZE_FILES):
            status = _read(file, collector) if isinstance(file, Bytes) else file
            collector.inventory.inputs.append(status)
            if status.status == "failed" and not status.documents:
                _unreadable(status, ledger)
    return collector.finished(), collector.statuses


def _read(file: Bytes, collector: Collector) -> InputStatus:
    status = InputStatus(file.path)
    collector.namespace = file.namespace or collector.options.namespace
    if os.path.normpath(file.path) in collector.patches:
        status.status, status.message = "skipped", "a patch of a kustomization.yaml, which is not an object of its own"
        return status
    broken: list[Broken] = []
    found = before = len(collector.statuses) + collector.count
    try:
        for loaded in load(file.data, ".json" if file.path.lower().endswith(".json") else ""):
            status.documents += 1
            if isinstance(loaded, Broken):
                broken.append(loaded)
                collector.broken(file.path, loaded)
            else:
                collector.loaded(file.path, loaded)
        found = len(collector.statuses) + collector.count
    except BinaryError as error:
        status.status, status.message = "failed", str(error)
        return status
    if broken:
        status.status = "failed" if len(broken) == status.documents else "read"
        more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
        status.message = f"line {broken[0].error.line}: {broken[0].error.message}{more}"
    elif found == before:
        status.message = "holds no Ingress" if status.documents else "holds no document"
    return status


def _unreadable(status: InputStatus, ledger: Ledger) -> None:
    origin = Origin("file", "", "", Location(status.path))
    ledger.settle(origin, Outcome.unknown("input.unreadable", status.message))
