"""TLS versions, ciphers and curves that clients may use, for the listeners of an entry."""

from __future__ import annotations

import re
from typing import Any

from converter.model import Outcome
from converter.packs.load import TargetRow
from converter.routing.table import Feature
from converter.targets.context import outcome_from_row
from converter.targets.draft import FieldSet
from converter.targets.envoy_gateway.entry_settings import entry_handler

ENVOY_MINIMUM = "1.2"
"""envoy-gateway: without `minVersion` TLS 1.2 is the least."""
_PREFIXES = ("ECDHE-ECDSA-", "ECDHE-RSA-")
CIPHERS = frozenset(
    {
        *(
            f"{one}{name}"
            for one in _PREFIXES
            for name in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305", "AES128-SHA", "AES256-SHA")
        ),
        "AES128-GCM-SHA256",
        "AES256-GCM-SHA384",
        "AES128-SHA",
        "AES256-SHA",
    }
)
"""envoy-gateway: api/v1alpha1/tls_types.go, TLSSettings.ciphers."""
CURVES = frozenset({"X25519", "P-256", "P-384", "P-521"})


@entry_handler("tls-options")
def tls_options(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """A higher minimum is kept; a lower one is not brought back."""
    value: dict[str, Any] = feature.value if isinstance(feature.value, dict) else {}
    if isinstance(value.get("min_version"), str):
        return _least(field_set, feature.name, value["min_version"])
    for name, handler in (("protocols", _versions), ("ciphers", _ciphers), ("curves", _curves)):
        if isinstance(value.get(name), list):
            return handler(field_set, feature.name, value[name], row)
    if value.get("tickets") is True:
        field_set.put(feature.name, ("https", "tls", "session", "resumption"), {"stateless": {}})
        return Outcome.exact("tls-options.tickets", "TLS sessions are resumed by tickets, as today")
    return outcome_from_row(row, feature.name, feature.note)


def _least(field_set: FieldSet, feature: str, least: str) -> Outcome:
    if least < ENVOY_MINIMUM:
        text = f"TLS {least} is allowed today; clients that know nothing later than TLS 1.1 are refused afterwards"
        hint = "set tls.minVersion in the ClientTrafficPolicy of the listener if such clients matter"
        return Outcome.approximate("tls.older-versions", text, hint, affects=())
    if least > ENVOY_MINIMUM:
        field_set.put(feature, ("https", "tls", "minVersion"), least)
    return Outcome.approximate("tls.versions", f"TLS {least} and later, as today; ciphers are Envoy's own", affects=())


def _versions(field_set: FieldSet, feature: str, versions: list[str], row: TargetRow) -> Outcome:
    """Envoy takes all versions between the least and the last."""
    least, last = min(versions, key=_number), max(versions, key=_number)
    if _number(last) < _number(ENVOY_MINIMUM):
        return Outcome.manual(
            "tls-options.versions",
            f"TLS {last} is the last version that is allowed today; Envoy begins at TLS 1.2",
            "set tls.minVersion and tls.maxVersion",
            affects=(),
        )
    if _number(last) < _number("1.3"):
        field_set.put(feature, ("https", "tls", "maxVersion"), last)
    if _number(least) < _number(ENVOY_MINIMUM):
        return _least(field_set, feature, least)
    if _number(least) > _number(ENVOY_MINIMUM):
        field_set.put(feature, ("https", "tls", "minVersion"), least)
    span = f"TLS {least} only" if least == last else f"TLS {least} to {last}"
    return Outcome.exact("tls-options.versions", f"clients may use {span}, as today")


def _number(version: str) -> float:
    return float(version) if re.fullmatch(r"[0-9](\.[0-9])?", version) else 1.0


def known_ciphers(text: Any) -> list[str]:
    """The ciphers of an OpenSSL list that Envoy Gateway has names for."""
    return [one for one in text.split(":") if one in CIPHERS] if isinstance(text, str) else []


def cipher_outcome(names: list[str]) -> Outcome:
    """What becomes of a list of ciphers."""
    lost = [name for name in names if name not in CIPHERS and not name.startswith("!")]
    if len(lost) == len(names):
        return Outcome.manual(
            "tls-options.ciphers",
            f"Envoy knows none of these ciphers or groups of ciphers: {':'.join(lost)}",
            "list ciphers by name in tls.ciphers of the ClientTrafficPolicy",
            affects=(),
        )
    if lost:
        text = f"the ciphers that Envoy knows are kept; {', '.join(lost)} it does not know, so nobody can use them"
        return Outcome.approximate("tls-options.ciphers", text, affects=())
    return Outcome.exact("tls-options.ciphers", "clients may use these ciphers up to TLS 1.2, as today")


def _ciphers(field_set: FieldSet, feature: str, names: list[str], row: TargetRow) -> Outcome:
    """Envoy refuses a listener with a name that it does not know."""
    kept = [name for name in names if name in CIPHERS]
    if kept:
        field_set.put(feature, ("https", "tls", "ciphers"), kept)
    return cipher_outcome(names)


def _curves(field_set: FieldSet, feature: str, names: list[str], row: TargetRow) -> Outcome:
    kept = [name for name in names if name in CURVES]
    if not kept:
        return outcome_from_row(row, feature, "")
    field_set.put(feature, ("https", "tls", "ecdhCurves"), kept)
    lost = [name for name in names if name not in CURVES]
    if lost:
        text = f"the curves that Envoy knows are kept; {', '.join(lost)} it does not know"
        return Outcome.approximate("tls-options.curves", text, affects=())
    return Outcome.exact("tls-options.curves", "keys are exchanged on the same curves")
