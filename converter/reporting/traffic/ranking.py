"""The traffic of findings, from the JSON report of a replay."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from converter.model import Finding
from converter.model.fingerprint import fingerprint
from converter.reporting.traffic.json import KIND


class TrafficFileError(ValueError):
    """The file is no report of a replay; the message names it."""


def add_traffic(findings: Iterable[Finding], path: Path) -> None:
    """Set `requests` of findings: as the report counts them, 0 where it has none.

    Raises:
        TrafficFileError: The file cannot be read, or is no JSON report of `ing2gw replay`.
    """
    known = _read(path)
    for one in findings:
        if not one.fidelity.lossless:
            one.requests = known.get(fingerprint(one), 0)


def _read(path: Path) -> dict[str, int]:
    """Fingerprint -> requests."""
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise TrafficFileError(f"{path}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise TrafficFileError(f"{path}: no JSON report of `ing2gw replay`: {error}") from None
    found = data.get("findings") if isinstance(data, dict) and data.get("kind") == KIND else None
    if not isinstance(found, list):
        raise TrafficFileError(f"{path}: no JSON report of `ing2gw replay`")
    out = {}
    for one in found:
        if isinstance(one, dict) and isinstance(one.get("requests"), int):
            out[str(one.get("fingerprint"))] = max(one["requests"], 0)
    return out
