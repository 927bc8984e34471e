"""TLS towards backends: certificates that are checked, and those that the proxy shows."""

from __future__ import annotations

from typing import Any

from converter.model import Outcome
from converter.packs.load import TargetRow
from converter.routing.actions import Forward
from converter.routing.table import Feature
from converter.targets.context import by_hand
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.handlers import handler

CA, PAIR = "ca.crt", frozenset({"tls.crt", "tls.key"})


@handler("backend-tls")
def backend_tls(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """Backend.spec.tls, with the same Secret; the name that is checked is that of the SNI."""
    value = feature.value if isinstance(feature.value, dict) else {}
    action = draft.rule.action
    if not isinstance(action, Forward) or not value.get("secret"):
        return by_hand(row, feature.name, feature.note or "is not a setting that a Backend has")
    if all(backend.protocol not in ("HTTPS", "GRPCS") for backend in action.backends):
        return Outcome.exact("backend-tls.plain", "the backend is reached without TLS, before and after")
    namespace, _, name = str(value["secret"]).rpartition("/")
    keys = _keys(draft, namespace or draft.namespace, name)
    if namespace not in ("", draft.namespace):
        return by_hand(row, feature.name, f"the Secret {value['secret']} is of another namespace than the route")
    checked = value.get("verify") in ("on", True)
    if checked and not value.get("name"):
        return by_hand(
            row,
            feature.name,
            "the certificate of the backend is checked, but not said for which name; give "
            "it by proxy-ssl-name, then convert again",
        )
    if checked and keys is not None and CA not in keys:
        return by_hand(row, feature.name, f"the Secret {name} holds no {CA}, by which the backend is checked")
    tls: dict[str, Any] = {"insecureSkipVerify": True}
    if checked:
        tls = {"caCertificateRefs": [{"group": "", "kind": "Secret", "name": name}]}
    if value.get("name") and (checked or value.get("server-name") in ("on", True)):
        tls["sni"] = str(value["name"])
    if keys is None or keys >= PAIR:
        tls["clientCertificateRef"] = {"name": name}
    draft.put(feature.name, ("Backend", "tls"), tls)
    return _outcome(name, checked, keys)


def _keys(draft: RuleDraft, namespace: str, name: str) -> frozenset[str] | None:
    """Of the Secret; None where the input does not hold it."""
    secret = draft.context.inventory.get("Secret", namespace, name)
    if secret is None:
        return None
    return frozenset(key for part in ("data", "stringData") for key in (secret.body.get(part) or {}))


def _outcome(name: str, checked: bool, keys: frozenset[str] | None) -> Outcome:
    what = f"its certificate is checked by {CA} of the Secret {name}" if checked else "its certificate is not checked"
    shown = ", and it is shown the certificate there" if keys is None or keys >= PAIR else ""
    hint = f"see that the Secret {name} holds {CA + ', ' if checked else ''}tls.crt and tls.key" if keys is None else ""
    return Outcome.approximate(
        "backend-tls.backend",
        f"becomes tls of a Backend: {what}{shown}, as before; versions, ciphers and the length of chains are Envoy's",
        hint,
        affects=(),
    )
