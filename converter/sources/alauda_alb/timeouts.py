"""Timeouts as Alauda ALB reads them (alb: pkg/controller/ext/timeout/timeout.go)."""

from __future__ import annotations

import re
from typing import Any

from converter.packs.codecs import CodecError
from converter.packs.settings import Setting
from converter.routing.steps import Timeouts
from converter.sources.alauda_alb.sourced_value import SourcedValue

LONGEST = 2**32 - 1
_FLOAT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def milliseconds(text: str) -> int:
    """A number of seconds, or with `s` or `ms` behind it; decimals are cut off."""
    in_ms = text.endswith("ms")
    number = text.removesuffix("ms") if in_ms else text.removesuffix("s")
    if not _FLOAT.fullmatch(number):
        raise CodecError(f"{text!r} is not a time")
    value = float(number) * (1 if in_ms else 1000)
    if not 0 <= value < LONGEST + 1:
        raise CodecError(f"{text!r} is out of range")
    return int(value)


def from_annotations(setting: Setting) -> SourcedValue | None:
    """`config.timeout` of the generated Rule; CodecError where one bad value voids all."""
    found: dict[str, Any] = {}
    for key, name in (
        ("connect", "proxy_connect_timeout_ms"),
        ("send", "proxy_send_timeout_ms"),
        ("read", "proxy_read_timeout_ms"),
    ):
        value = setting.get(key)
        if value:
            found[name] = milliseconds(value)
    return SourcedValue(found, setting.facts()) if setting.values else None


def step(config: dict[str, Any]) -> Timeouts:
    """Seconds; 0 is the default again (alb: template/nginx/lua/plugins/timeout.lua)."""

    def seconds(key: str) -> float | None:
        value = config.get(key)
        return value / 1000 if isinstance(value, int | float) and value else None

    return Timeouts(
        seconds("proxy_connect_timeout_ms"),
        seconds("proxy_read_timeout_ms"),
        seconds("proxy_send_timeout_ms"),
    )
