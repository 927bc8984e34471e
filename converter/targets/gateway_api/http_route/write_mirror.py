"""Copies of requests for another service: RequestMirror."""

from __future__ import annotations

from converter.model import Outcome
from converter.packs.load import TargetRow
from converter.routing.table import Feature
from converter.targets.context import by_hand
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.gateway_api.http_route.write_service_refs import place_of, reference
from converter.targets.handlers import handler

SAME_PATH = "$request_uri"


@handler("mirror")
def mirror(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """A copy has the path that the backend gets, so the URL must end in that of the request."""
    value = feature.value if isinstance(feature.value, dict) else {}
    url = str(value.get("target") or "")
    if draft.answers or not url:
        return Outcome.exact("mirror.none", "no request of this rule is copied, before and after")
    place = place_of(url.removesuffix(SAME_PATH)) if url.endswith(SAME_PATH) else None
    if place is None or place.path != "/":
        return by_hand(
            row,
            feature.name,
            f"copies have the path of the request, which {url} has not"
            if place is None
            else f"copies cannot get a path of their own, as {url} has",
        )
    ref = reference(draft, place, "HTTPRoute", check=False)
    if ref is None:
        return by_hand(row, feature.name, f"{url} cannot be named as a backend")
    draft.put(feature.name, ("filters", "mirror", "backends"), [ref])
    text = f"copies go to {place.host}:{place.port} with the Host and the path that the backend gets"
    if value.get("body") in ("off", False):
        text += ", and with the body"
    hint = "make sure that the mirror's service accepts that Host"
    return Outcome.approximate("mirror.filter", text, hint, affects=())
