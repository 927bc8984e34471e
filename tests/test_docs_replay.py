"""docs/replay.md: its commands are carried out in their order, and what it says of formats is true."""

from __future__ import annotations

import gzip
import io
import re
import shlex
from pathlib import Path

import pytest

pytest.importorskip("duckdb", reason="needs the extra ing2gw[replay]")

from converter.cli.commands import cli
from converter.replay.candidates import MAX_HOSTS
from converter.replay.log_format import known_formats
from converter.routing.exchange import Request
from tests.access_logs import DEFAULT, answered, nginx
from tests.command import invoke
from tests.test_replay import ESTATE, of_controller

PAGE = (Path(__file__).parent.parent / "docs/replay.md").read_text()
COMMANDS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)[0].strip().splitlines()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from converter.pipeline.run import convert

    path = tmp_path_factory.mktemp("page")
    for name in ("manifests", "logs"):
        (path / name).mkdir()
    (path / "manifests/estate.yaml").write_text(ESTATE)
    comparison = of_controller(convert([str(path / "manifests")]), "ingress-nginx")
    requests = [Request("GET", "https", "shop.example.com", f"/api/{one}/", (), "10.0.0.1") for one in range(5)]
    text = "".join(f"{nginx(DEFAULT)(one)}\n" for one in answered(comparison, requests)).encode()
    for name in ("access.log.gz", "logs/a.gz", "logs/b.gz"):
        (path / name).write_bytes(gzip.compress(text))
    (path / "plain.log").write_bytes(text)
    return path


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_page(folder: Path, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given, _, command = line.rpartition(" | ")
    if given:
        assert given.startswith("kubectl logs ")
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO((folder / "plain.log").read_bytes())))
    words = shlex.split(command)
    assert words[0] == "ing2gw"
    done = invoke([*words[1:], "--fail-on", "never"] if words[1] == "convert" else words[1:], folder)
    assert done.code == 0, done.err
    if words[1] == "replay":
        assert re.search(r"(?:5|10) requests", done.out), done.out


def test_the_page_names_every_format_and_every_option() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.MULTILINE)
    assert rows[1:] == [one.name for one in known_formats()]
    replay = cli.get_command(None, "replay")  # type: ignore[arg-type]
    assert replay is not None
    own = {"--log", "--format", "--host", "--scheme", "--redact", "--witnesses", "--report"}
    assert own <= {word for option in replay.params for word in option.opts}
    assert [one for one in own if one not in PAGE] == []
    assert f"up to {MAX_HOSTS} hosts" in PAGE
