"""What a program gets that imports `converter`."""

from pathlib import Path

import pytest

import converter

DEMO = str(Path(__file__).parent.parent / "fixtures" / "demo")


def test_convert_verify_and_trace():
    result = converter.convert([DEMO], strict=True)
    assert {one.kind for one in result.resources} >= {"Gateway", "HTTPRoute"}
    assert result.findings
    assert all(one.announced for one in converter.verify(result))
    host = result.tables[0].ports[0].hosts[0].hosts[0].value
    answer = converter.trace(result, {"host": host, "path": "/"})
    assert set(answer) == {"request", "before", "after", "same", "findings"}
    assert answer["request"]["host"] == host


def test_options_that_do_not_exist():
    with pytest.raises(TypeError):
        converter.convert([DEMO], strickt=True)
    with pytest.raises(ValueError, match="unknown target 'istio'"):
        converter.convert([DEMO], target="istio")


def test_the_version_is_that_of_the_package():
    text = (Path(__file__).parent.parent / "pyproject.toml").read_text()
    assert f'version = "{converter.__version__}"' in text
