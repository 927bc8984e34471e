"""What may reach a terminal or the log of a CI server: no control codes, no direction marks, no workflow commands.

Manifests and file names are written by others. `clean` makes one text of theirs harmless where it is put into a line;
`printable` and `json_safe` go over a finished report once more, whatever its printer forgot.
"""

from __future__ import annotations

import re

from converter.model.credentials import without_passwords

_STEERING = "\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_CONTROL = re.compile(f"[\x00-\x1f{_STEERING}]")
_REPORT = re.compile(f"\x1b\\[[0-9;]*m|[\x00-\x08\x0b-\x1f{_STEERING}]")
_JSON = re.compile(f"[{_STEERING}]")
_LOGGING = re.compile(r"##(?=[A-Za-z]*\[)")
"""`##[error]` (GitHub), `##vso[…]` (Azure), `##teamcity[…]`: these count anywhere in a line.

Source: github.com/actions/runner src/Runner.Common/ActionCommand.cs TryParse.
"""
_COMMAND = re.compile(r"^([ \t]*)(?=::)", re.M)
"""`::error::`: counts where a line begins with it."""


def escaped(char: str) -> str:
    """A character as its escape sequence: `\\x1b`, `\\u202e`."""
    return repr(char)[1:-1] if not char.isprintable() else f"\\u{ord(char):04x}"


def clean(text: str) -> str:
    """On one line and harmless for a terminal and a log."""
    out = _CONTROL.sub(lambda found: escaped(found.group()), " ".join(text.split()))
    if "##" in out:
        out = _LOGGING.sub("# #", out)
    return f"\\{out}" if out.startswith("::") else out


def printable(text: str, *, colour: bool = False, commands: bool = False) -> str:
    """A whole report for people. `colour`: our own colour codes stay; `commands`: it consists of workflow commands."""
    out = _REPORT.sub(lambda found: _escape(found.group(), colour), without_passwords(text))
    if "##" in out:
        out = _LOGGING.sub("# #", out)
    return out if commands or "::" not in out else _COMMAND.sub(r"\1\\", out)


def _escape(found: str, colour: bool) -> str:
    if len(found) > 1:
        return found if colour else f"\\x1b{found[1:]}"
    return escaped(found)


def json_safe(text: str) -> str:
    """A JSON document whose texts hold nothing that steers a terminal; it still means the same."""
    out = _JSON.sub(lambda found: f"\\u{ord(found.group()):04x}", without_passwords(text))
    return _LOGGING.sub("#\\\\u0023", out) if "##" in out else out
