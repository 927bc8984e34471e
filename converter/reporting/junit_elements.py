"""The elements of a JUnit file, with everything escaped that XML cannot hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from converter.reporting.terminal import clean

_UNPRINTABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Suite(NamedTuple):
    """A suite and what it adds to the sums."""

    tests: int
    failures: int
    skipped: int
    text: str


def document(name: str, suites: Sequence[Suite]) -> str:
    """A whole file."""
    counts = _counts(*(sum(getattr(suite, name) for suite in suites) for name in ("tests", "failures", "skipped")))
    body = "".join(suite.text for suite in suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name={_attr(name)} {counts}>\n{body}</testsuites>\n'


def case_element(suite: str, name: str, file: str, inner: str) -> str:
    """A test case; `inner` is what came of it, "" where it passed."""
    place = f" file={_attr(file)}" if file else ""
    return f"<testcase classname={_attr(suite)} name={_attr(name)}{place}>{inner}</testcase>\n"


def skipped_element(message: str) -> str:
    """Something to read that fails nothing."""
    return f"<skipped message={_attr(message)}/>"


def failure_element(message: str, kind: str, details: str) -> str:
    """Something that fails the run."""
    return f"<failure message={_attr(message)} type={_attr(kind)}>{escape(_printable(details))}</failure>"


def suite_element(name: str, file: str, cases: list[str]) -> Suite:
    """Test cases with their sums."""
    failures, skipped = (sum(mark in case for case in cases) for mark in ("<failure ", "<skipped "))
    place = f" file={_attr(file)}" if file else ""
    counts = _counts(len(cases), failures, skipped)
    text = f"<testsuite name={_attr(name)}{place} {counts}>\n{''.join(cases)}</testsuite>\n"
    return Suite(len(cases), failures, skipped, text)


def _counts(tests: int, failures: int, skipped: int) -> str:
    return f'tests="{tests}" failures="{failures}" skipped="{skipped}" errors="0"'


def _printable(text: str) -> str:
    """XML 1.0 has no way to write some characters."""
    return _UNPRINTABLE.sub("\ufffd", text)


def _attr(text: str) -> str:
    return quoteattr(_printable(clean(text)))
