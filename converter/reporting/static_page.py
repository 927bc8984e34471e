"""An HTML page that needs neither scripts nor network."""

from __future__ import annotations

from html import escape
from pathlib import Path

from converter.reporting.terminal import clean

_STYLE = Path(__file__).parent / "static_page.css"


def page(title: str, body: str) -> str:
    """A whole page with its style inside; `body` is HTML."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>{text(title)}</title>
<style>
{_STYLE.read_text(encoding="utf-8")}</style>
</head>
<body>
{body}
</body>
</html>
"""


def text(given: str) -> str:
    """A text as HTML, with its control codes escaped."""
    return escape(clean(given))
