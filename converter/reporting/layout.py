"""Lines for a terminal: coloured, wrapped between words to its width, with labels in a column; as they are in pipes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from converter.reporting.report import Look

NARROWEST = 60
LABEL = 9
"""Width of a label with its colon and blanks."""
_COLOURS = {
    "exact": "32",
    "obsolete": "2",
    "approximate": "33",
    "manual": "35",
    "unsupported": "31",
    "unknown": "31;1",
    "failed": "31;1",
    "unreadable": "31;1",
    "withheld": "31",
    "skipped": "33",
    "title": "1",
    "note": "2",
    "command": "36",
}


class Lines:
    """Makes lines as a `Look` asks for."""

    def __init__(self, look: Look) -> None:
        self.look = look

    def paint(self, name: str, text: str) -> str:
        """In the colour of this name, where colour is wanted."""
        return f"\x1b[{_COLOURS[name]}m{text}\x1b[0m" if self.look.colour and text else text

    def note(self, text: str) -> str:
        """Something that matters less."""
        return self.paint("note", text)

    def wrapped(self, lead: str, text: str, *, dim: bool = False) -> Iterator[str]:
        """A paragraph that hangs below its lead."""
        if not self.look.width:
            lines = [f"{lead}{text}"]
        else:
            lines = textwrap.wrap(
                text,
                max(self.look.width, NARROWEST),
                initial_indent=lead,
                subsequent_indent=" " * len(lead),
                break_long_words=False,
                break_on_hyphens=False,
            )
        for line in lines:
            yield self.note(line) if dim else line

    def labelled(self, indent: str, label: str, text: str, *, dim: bool = False) -> Iterator[str]:
        """`before:  200 from shop/web:80`; nothing where there is no text."""
        if text:
            yield from self.wrapped(f"{indent}{f'{label}:':<{LABEL}}", text, dim=dim)
