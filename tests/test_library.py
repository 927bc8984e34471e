"""`from converter import …`: what docs/library.md says of it, and what it refuses."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import converter
from converter import Options, OptionsError, RequestError, convert, trace, verify
from tests.command import invoke, working_directory

PAGE = (Path(__file__).parent.parent / "docs" / "library.md").read_text()
MANIFEST = re.search(r'manifest = """(.*?)"""', PAGE, re.DOTALL).group(1)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "shop.yaml").write_text(MANIFEST)
    return tmp_path


def test_the_page_runs(folder, capsys):
    names: dict[str, object] = {}
    with working_directory(folder):
        for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
            exec(block, names)  # noqa: S102
    out = capsys.readouterr().out
    assert "kind: HTTPRoute" in out and "{'web/api:80': 1.0}" in out
    assert [line.split()[0] for line in out.splitlines()[-4:]] == ["target", "preset", "source", "l4"]


def test_the_page_names_all_that_is_public():
    assert [name for name in converter.__all__ if f"`{name}" not in PAGE and f"{name}(" not in PAGE] == []
    with pytest.raises(AttributeError, match="no attribute 'pipelines'"):
        _ = converter.pipelines


def test_it_writes_what_the_command_writes(folder):
    with working_directory(folder):
        conversion = convert("manifests")
    assert conversion.yaml() == invoke(["convert", "manifests"], folder).out
    assert conversion.verdict().passed and not conversion.verdict("approximate").passed
    assert {one["kind"] for one in conversion.resources} >= {"Gateway", "HTTPRoute"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"target": "istio"}, "target: unknown target 'istio'; known targets: envoy-gateway, aws, gateway-api"),
        ({"target": "envoy-gateway@9"}, "target: unknown target 'envoy-gateway@9'; known targets: envoy-gateway@1.7, "),
        ({"preset": "ack"}, "preset: must be one of acp, not 'ack'"),
        (
            {"source": "haproxy"},
            "source: must be one of auto, ingress-nginx, alauda-alb, aws-alb, generic, not 'haproxy'",
        ),
        ({"l4": "nope"}, "l4: must be one of service, route, not 'nope'"),
        ({"gateway": "shared"}, "gateway: must be NAMESPACE/NAME, not 'shared'"),
        ({"namespace": "a/b"}, "namespace: must be the name of a Namespace, not 'a/b'"),
        ({"strict": "yes"}, "strict: must be bool, not 'yes'"),
        ({"mappings": "rows.yaml"}, "mappings: must be tuple, not 'rows.yaml'"),
        ({"mappings": ("nowhere.yaml",)}, "mappings: "),
        ({"crds": "nowhere"}, "crds: must be a folder, and nowhere is none"),
    ],
)
def test_options_that_cannot_be_used(given, words):
    with pytest.raises(OptionsError) as caught:
        convert(text=MANIFEST, options=Options(**given))
    assert str(caught.value).startswith(words)
    assert caught.value.option == next(iter(given))


def test_wrong_calls():
    conversion = convert(text=MANIFEST)
    with pytest.raises(ValueError, match="give paths or text"):
        convert()
    with pytest.raises(OptionsError, match="fail_on: must be one of approximate, manual"):
        conversion.verdict("always")
    for request in (
        "shop.example.com",
        "GET http://shop.example.com:x/",
        {"host": "a", "entry": "other"},
        {"port": "x"},
    ):
        with pytest.raises(RequestError):
            trace(conversion, request)
    with pytest.raises(ValueError, match="no Gateway could be read from nowhere"):
        verify(conversion, "nowhere")


def test_bad_input_raises_nothing():
    conversion = convert(text="a: [", options=Options())
    assert not conversion.verdict().passed
    assert conversion.resources == [] and conversion.yaml() == ""


def test_resources_of_somebody_else_are_the_other_side(folder):
    with working_directory(folder):
        conversion = convert("manifests")
        (folder / "gateway.yaml").write_text(conversion.yaml().replace("/api", "/apis"))
        found = verify(conversion, ["gateway.yaml"])
    assert any(one.request["path"] == "/api" and one.before["backends"] and not one.after["backends"] for one in found)
    assert len(found) > len(verify(conversion))


def test_importing_the_package_loads_nothing():
    code = "import sys, converter; print([name for name in sys.modules if name.startswith('converter.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
