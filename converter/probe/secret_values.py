"""Values that no report shows and that are not sent unless the user gave them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from converter.model.credentials import CREDENTIALS, without_secrets
from converter.routing.exchange import Request

REDACTED = "(redacted)"
_SESSIONS = frozenset({*CREDENTIALS, "authentication-info", "x-amzn-oidc-accesstoken", "x-amzn-oidc-data"})


def has_credentials(request: Request) -> bool:
    """Whether a header of the request identifies somebody."""
    return any(name.lower() in CREDENTIALS for name, _ in request.headers)


def redacted_request(request: Request) -> dict[str, Any]:
    """The request as JSON without credentials."""
    out = request.to_json()
    out["path"] = without_secrets(request.path)
    headers: Mapping[str, Any] = out.get("headers") or {}
    if headers:
        out["headers"] = {name: REDACTED if name.lower() in CREDENTIALS else value for name, value in headers.items()}
    around = request.situation.to_json()
    return {key: value for key, value in out.items() if key not in around}


def redacted_header(name: str, value: str) -> str:
    """The value of a response header as it may be kept: of cookies the name and attributes, of tokens nothing."""
    if name == "set-cookie":
        first, *attributes = (part.strip() for part in value.split(";"))
        kept = [one for one in attributes if one.partition("=")[0].lower() != "expires"]
        return "; ".join([f"{first.partition('=')[0]}={REDACTED}", *kept])
    return REDACTED if name in _SESSIONS else value
