"""`--service-ports FILE`: port names of Services that the input does not hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from converter.reading.names import is_label
from converter.reading.values import DocumentError, Map


class ServicePortsError(ValueError):
    """A file that cannot be used; the message names file, line and column."""


def load_service_ports(path: str | Path, namespace: str = "default") -> dict[str, dict[str, int]]:
    """`namespace/service` -> port name -> number. A key without namespace is of the default one.

        shop/web: {http: 80, metrics: 9090}
        api:
          grpc: 50051
    """
    document = _document(Path(path))
    if not isinstance(document, Map):
        raise ServicePortsError(f"{path}: must be a mapping of namespace/service to port names and numbers")
    out: dict[str, dict[str, int]] = {}
    for key, ports in document.items():
        where = f"{path}:{document.at[key][0]}:{document.at[key][1]}"
        space, slash, service = key.rpartition("/")
        if not is_label(service) or (slash and not is_label(space)):
            raise ServicePortsError(f"{where}: {key!r} is not namespace/service")
        if not isinstance(ports, Map):
            raise ServicePortsError(f"{where}: {key} must be a mapping of port names to numbers")
        target = out.setdefault(f"{space or namespace}/{service}", {})
        for name, number in ports.items():
            place = f"{path}:{ports.at[name][0]}:{ports.at[name][1]}"
            target[name] = _number(number, f"{place}: {key}.{name}")
    return out


def _document(path: Path) -> Any:
    from converter.reading.loading import Broken, load

    try:
        data = path.read_bytes()
    except OSError as error:
        raise ServicePortsError(f"{path}: cannot be read: {error.strerror or error}") from None
    try:
        documents = list(load(data, path.suffix.lower(), every=True))
    except ValueError as error:
        raise ServicePortsError(f"{path}: {error}") from None
    for one in documents:
        problem: DocumentError | None = one.error if isinstance(one, Broken) else next(iter(one.problems), None)
        if problem is not None:
            raise ServicePortsError(f"{path}:{problem.line}:{problem.column}: {problem.message}")
    values = [one.value for one in documents if not isinstance(one, Broken)]
    if len(values) > 1:
        raise ServicePortsError(f"{path}: must hold one document, not {len(values)}")
    return values[0] if values else Map()


def _number(value: Any, where: str) -> int:
    if type(value) is not int or not 1 <= value <= 65535:
        raise ServicePortsError(f"{where} must be a port number from 1 to 65535")
    return value
