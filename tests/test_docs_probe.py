"""docs/probe.md: every command is carried out against servers on loopback, and the report that is shown is a real one."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from converter.model.options import Options
from converter.pipeline.run import convert
from tests.command import invoke
from tests.probe_estate import asked
from tests.probe_servers import Asked, Authority, Reply, Server, of_table, server, serving

PAGE = (Path(__file__).parent.parent / "docs/probe.md").read_text()
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
SHOWN = PAGE.partition("among others:")[2].partition("## ")[0]
REPORT = [line[4:] for line in SHOWN.splitlines() if line.strip()]


def without_cart(seen: Asked, usual: Reply) -> Reply:
    has_cart = seen.host == "shop.example.com" and re.match("/cart(/|$|\\?)", seen.path) and usual.status == 200
    return Reply(503) if has_cart and not seen.path.endswith("/cart/") else usual


def test_commands_and_report_of_the_page(tmp_path: Path, authority: Authority) -> None:
    (tmp_path / "shop.yaml").write_text(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0])
    (tmp_path / "seen.jsonl").write_text(asked("https://shop.example.com/cart", method="POST"))
    (comparison,) = convert([str(tmp_path / "shop.yaml")], Options()).comparisons
    tables = of_table(comparison.before), of_table(comparison.after, without_cart)
    sides = [(server(one), server(one, ("", authority.context("shop.example.com")))) for one in tables]
    with serving(*sides[0], *sides[1]):
        printed = [_carried_out(line, sides, tmp_path) for line in COMMANDS]
    assert len(printed) >= 6
    assert "about" in printed[0]
    assert len(REPORT) > 12
    assert [line for line in REPORT if line not in printed[1].splitlines()] == []
    assert (tmp_path / "probe.xml").stat().st_size
    assert (tmp_path / "probe.html").stat().st_size


def _carried_out(line: str, sides: list[tuple[Server, Server]], folder: Path) -> str:
    """The output of a command whose addresses are those of the servers."""
    words = shlex.split(line)[1:]
    kept = [word for at, word in enumerate(words) if not {"--before", "--after"} & {word, words[at - 1]}]
    for name, side in zip(("--before", "--after"), sides, strict=True):
        assert name in words
        kept += [
            part for key, one in zip(("http", "https"), side, strict=True) for part in (name, f"{key}={one.address}")
        ]
    limit = () if line == COMMANDS[1] else ("--limit", "12")
    done = invoke([*kept, "--config", "", "--rate", "1000", *limit], folder)
    assert done.code == 1 if line == COMMANDS[1] else done.code in (0, 1), done.err
    return done.out
