"""`--service-ports FILE`: port names of Services that the input does not hold."""

from __future__ import annotations

from pathlib import Path

from converter.reading.names import is_label
from converter.reading.option_file import Field, read_option_file


def load_service_ports(path: str | Path, namespace: str = "default") -> dict[str, dict[str, int]]:
    """`namespace/service` -> port name -> number. A key without namespace is of the default one.

        shop/web: {http: 80, metrics: 9090}
        api:
          grpc: 50051

    Raises:
        ConfigError: The file cannot be used; the message names file, line and column.
    """
    document = read_option_file(Path(path))
    return service_ports(document, namespace) if document.value is not None else {}


def service_ports(document: Field, namespace: str = "default") -> dict[str, dict[str, int]]:
    """The same of a mapping that is in another file."""
    out: dict[str, dict[str, int]] = {}
    for key, ports in document.mapping().items():
        space, slash, service = key.rpartition("/")
        if not is_label(service) or (slash and not is_label(space)):
            raise ports.refuse(f"{key!r} is not namespace/service")
        target = out.setdefault(f"{space or namespace}/{service}", {})
        for name, number in ports.mapping().items():
            if type(number.value) is not int or not 1 <= number.value <= 65535:
                raise number.refuse(f"{key}.{name} must be a port number from 1 to 65535")
            target[name] = number.value
    return out
