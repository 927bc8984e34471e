"""Whole reports of a small and a large run in every format, as they are printed.

`pytest tests/test_reporting_golden.py --update-golden` renews them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from converter.reporting import FORMATS, Look, Report, render
from tests import reports

FOLDER = Path(__file__).parent / "data/reports"


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("size", ["small", "large"])
def test_report_is_as_it_was(name: str, size: str, update_golden: bool) -> None:
    report: Report = reports.small() if size == "small" else reports.large(60)
    text = render(name, report, Look(width=100 if size == "small" else 0))
    if name == "html":
        (found,) = re.findall(r'id="data">(.*?)</script>', text, re.DOTALL)
        text = json.dumps(json.loads(found), indent=1, ensure_ascii=False) + "\n"
    path = FOLDER / f"{size}.{name}"
    if update_golden:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert text == path.read_text(), "run with --update-golden, and read the difference before you commit it"
