"""TLS versions that clients may use, for the listeners of an entry."""

from __future__ import annotations

from typing import Any

from converter.model import Outcome
from converter.packs.load import TargetRow
from converter.routing.table import Feature
from converter.targets.context import outcome_from_row
from converter.targets.draft import FieldSet
from converter.targets.envoy_gateway.entry_settings import entry_handler

ENVOY_MINIMUM = "1.2"
"""envoy-gateway: without `minVersion` TLS 1.2 is the least."""


@entry_handler("tls-options")
def tls_versions(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """A higher minimum is kept; a lower one is not brought back, and ciphers are Envoy's own."""
    value: Any = feature.value
    least = value.get("min_version") if isinstance(value, dict) else None
    if not isinstance(least, str):
        return outcome_from_row(row, feature.name, feature.note)
    if least < ENVOY_MINIMUM:
        said = f"TLS {least} is allowed today; clients that know nothing later than TLS 1.1 are refused afterwards"
        hint = "set tls.minVersion in the ClientTrafficPolicy of the listener if such clients matter"
        return Outcome.approximate("tls.older-versions", said, hint, affects=())
    if least > ENVOY_MINIMUM:
        field_set.put(feature.name, ("https", "tls", "minVersion"), least)
    said = f"TLS {least} and later, as today; ciphers are Envoy's own"
    return Outcome.approximate("tls.versions", said, affects=())
