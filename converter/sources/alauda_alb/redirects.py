"""Redirects of Alauda ALB with their oddities.

alb: pkg/controller/ext/redirect/redirect.go, template/nginx/lua/{l7_redirect,replace_prefix_match}.lua.
"""

from __future__ import annotations

from typing import Any

from converter.packs.codecs import CodecError, go_int
from converter.packs.settings import Setting
from converter.routing.actions import Redirect, Respond
from converter.routing.exchange import Exchange
from converter.routing.locations import STYLES
from converter.sources.alauda_alb.sourced_value import SourcedValue

CODES = (301, 302, 303, 307, 308)
"""What ngx.redirect takes; anything else is a Lua error."""
DIRECT = ("permanent", "permanent_code", "temporal", "temporal_code", "host", "port", "prefix_match", "replace_prefix")
BROKEN = "Alauda ALB writes scheme and host in front of the whole URL, so this redirect has an invalid Location"


def from_annotations(setting: Setting, has_tls: bool) -> SourcedValue | None:
    """`config.redirect` of the generated Rule; None where there is none."""
    values, cr = setting.values, dict[str, Any]()
    for key in ("host", "prefix_match", "replace_prefix"):
        if values.get(key):
            cr[key] = values[key]
    if values.get("permanent_code"):
        cr["code"] = _number(values["permanent_code"], 308)
    if values.get("port"):
        cr["port"] = _number(values["port"], 308)
    if values.get("permanent"):
        cr |= {"url": values["permanent"], "code": _number(values.get("permanent_code", ""), 301)}
    if values.get("temporal"):
        cr |= {"url": values["temporal"], "code": _number(values.get("temporal_code", ""), 302)}
    if values.get("force_ssl") == "true" or (values.get("ssl") == "true" and has_tls):
        cr["scheme"] = "https"
        cr.setdefault("code", 308)
    if not any(key != "code" for key in cr):
        return None
    return SourcedValue(cr, _origins(setting, cr))


def _origins(setting: Setting, cr: dict[str, Any]) -> tuple[Any, ...]:
    """The facts that shaped it; the others had no effect."""
    used = {"host": "host", "port": "port", "prefix_match": "prefix_match", "replace_prefix": "replace_prefix"}
    keys = [field for field, key in used.items() if key in cr and (key != "replace_prefix" or "prefix_match" in cr)]
    temporal = bool(setting.get("temporal"))
    if "url" in cr:
        keys += ["temporal", "temporal_code"] if temporal else ["permanent", "permanent_code"]
    elif "code" in cr:
        keys.append("permanent_code")
    if cr.get("scheme"):
        keys += [key for key in ("force_ssl", "ssl") if setting.get(key) == "true"]
    return setting.facts(*keys)


def _number(text: str, default: int) -> int:
    try:
        return go_int(text)
    except CodecError:
        return default


def only_to_https(cr: dict[str, Any], port: int) -> bool:
    """Then it does not apply on an https Frontend (redirect/types/type.go:39)."""
    return (
        cr.get("scheme") == "https"
        and cr.get("port") in (None, port)
        and not any(cr.get(key) for key in ("url", "host", "prefix_match", "replace_prefix"))
    )


def action(cr: dict[str, Any]) -> Redirect | Respond:
    """What the Lua code does with `config.redirect`."""
    code = cr.get("code") or 302
    if code not in CODES:
        return Respond(500)
    url, prefix = cr.get("url") or None, cr.get("prefix_match") or None
    plain = not cr.get("scheme") and not cr.get("host") and cr.get("port") is None
    if plain and url:
        return Redirect(code, url=url)
    if url:
        path = replaced(url, prefix, cr.get("replace_prefix") or "") if prefix else url
        prefix = None
    else:
        path = (cr.get("replace_prefix") or "") if prefix else None
    return Redirect(
        code,
        cr.get("scheme") or None,
        cr.get("host") or None,
        cr.get("port"),
        path,
        prefix,
        "",
        style="alauda",
    )


def is_broken(cr: dict[str, Any]) -> bool:
    """An absolute URL together with scheme, host or port."""
    return "://" in (cr.get("url") or "") and bool(cr.get("scheme") or cr.get("host") or cr.get("port") is not None)


def replaced(url: str, prefix: str, to: str) -> str:
    """alb: template/nginx/lua/replace_prefix_match.lua."""
    if not url.startswith(prefix):
        return url
    left = url[len(prefix) :]
    if to.endswith("/") and left.startswith("/"):
        to = to[:-1]
        separator = ""
    else:
        separator = "" if to.endswith("/") or left.startswith("/") or not left else "/"
    return to + separator + left or "/"


def _location(redirect: Redirect, exchange: Exchange) -> str:
    """alb: template/nginx/lua/l7_redirect.lua:25-37: path decoded, no query, no port of the request."""
    path = exchange.path
    if redirect.prefix is not None:
        path = replaced(path, redirect.prefix, redirect.path or "")
    elif redirect.path is not None:
        path = redirect.path
    port = f":{redirect.port}" if redirect.port is not None else ""
    return f"{redirect.scheme or exchange.scheme}://{redirect.hostname or exchange.host}{port}{path}"


STYLES["alauda"] = _location
