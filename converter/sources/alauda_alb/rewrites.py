"""Path rewrites: the first match of a pattern in the decoded path (alb: phase/l7_rewrite_phase.lua:48-72)."""

from __future__ import annotations

import re

from converter.model.data import dataclass
from converter.routing.decision import Decision
from converter.routing.exchange import Exchange
from converter.routing.regex import compiled
from converter.routing.steps import Deny, PathRewrite

_REFERENCE = re.compile(r"\$(?:(\d+)|\{(\d+)\}|(\$))|([\\$])")


_UNSAFE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
"""What ngx.req.set_uri refuses (lua-nginx-module: ngx_http_lua_check_unsafe_uri_bytes)."""


@dataclass(frozen=True, slots=True)
class FirstMatch(PathRewrite):
    """As PathRewrite; where the pattern is not found, nginx still sends the path decoded, merged and escaped anew."""

    def rewritten(self, path: str) -> str | None:
        new = PathRewrite.rewritten(self, path)
        return path if new is None else new

    def apply(self, exchange: Exchange) -> None:
        new = self.rewritten(exchange.path)
        if not new or _UNSAFE.search(new):
            exchange.refuse(500)  # ngx.req.set_uri refuses an empty path and control characters
            return
        PathRewrite.apply(self, exchange)
        if exchange.query == "":
            exchange.query = None  # a rewritten request line ends with no bare question mark
        if not new.startswith("/"):
            exchange.after.append(self)

    def finish(self, exchange: Exchange, decision: Decision) -> Decision:
        """A path without leading slash makes a request line that backends refuse."""
        if decision.backends:
            reason = "BackendError : read N byte data from backend"
            return Decision(
                400, rule=decision.rule, origin=decision.origin, implicit_response={"x-alb-err-reason": reason}
            )
        return decision


WITHOUT_SLASH = "the new path may lack its leading slash; backends refuse such a request line (400), before and after"
_GROUP = re.compile(r"(?<!\\)\((?!\?)")


def without_slash(step: PathRewrite) -> bool:
    """True where the pattern takes the start of a path and what is put there need not begin with a slash."""
    pattern = (step.pattern or "").removeprefix("^")
    if step.to.startswith("/") or (step.pattern is not None and not pattern.startswith(("/", "(", ".", "["))):
        return False
    found = re.match(r"\\(\d)", step.to)
    if found is None or found[1] == "0":
        return found is None
    groups = [one.end() for one in _GROUP.finditer(pattern)]
    number = int(found[1])
    return number > len(groups) or not pattern.startswith("/", groups[number - 1])


def rewrite(base: str, url: str, target: str) -> PathRewrite | Deny | None:
    """The step; Deny where every request is a Lua error, None where nothing is rewritten."""
    if not target:
        return None
    if base == ".*":
        return FirstMatch("full", _literal(target), encode="nginx")
    pattern = base or url or "/"
    if compiled(pattern) is None:
        return Deny(500, f"rewrite-target makes Alauda ALB read {pattern} as a regular expression, which it is not")
    template = _template(target)
    if template is None:
        return Deny(500, f"Alauda ALB cannot read the target {target}: a $ needs the number of a group")
    return FirstMatch("regex", template, pattern, encode="nginx")


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\")


def _template(target: str) -> str | None:
    """`$1` and `${1}` as `\\1`; None for a `$` that ngx.re.sub does not understand."""
    out, at = [], 0
    for found in _REFERENCE.finditer(target):
        out.append(target[at : found.start()])
        at = found.end()
        if found[4] == "$":
            return None
        number = found[1] or found[2]
        if number is not None and len(number.lstrip("0")) > 1:
            return None
        out.append(f"\\{number.lstrip('0') or 0}" if number is not None else "$" if found[3] else "\\\\")
    return "".join((*out, target[at:]))
