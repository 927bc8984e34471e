"""Whatever a repository holds and whichever command runs over it: what is promised about files, logs and exit codes.

Trees of files, folders, links and pipes with names of every kind; contents from valid manifests to noise; a command with
a report. No example may end in a bug, hang, write anything but its output, or print what steers a terminal or a CI server.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from converter.cli import main
from tests.test_cli import LOSSY, UNKNOWN, WEB
from tests.test_fuzz_shapes import MORE

NAMES = st.sampled_from(
    [
        "web.yaml",
        "a b.yaml",
        "ü.yaml",
        "bad\n::error::pwned\x1b[31m.yaml",
        "::error file=a.py::x.yaml",
        "##[error]x.yaml",
        "##vso[task.x]y.yaml",
        "\u202egnp.yaml",
        "\udcff.yaml",
        "-q.yaml",
        "--help.yaml",
        "x" * 200 + ".yaml",
        "a.YML",
        "c.json",
        ".hidden.yaml",
        "noise.txt",
        "[a].yaml",
        "*.yaml",
        "a\\b.yaml",
        "%s.yaml",
        "$(id).yaml",
        "\r.yaml",
        "\x85.yaml",
        "ing2gw.yaml",
        "kustomization.yaml",
    ]
)
FOLDERS = st.sampled_from(["", "", "sub/", "sub/deep/", ".git/", "::warning::/", "\udcfe/", "out/", "routes/"])
CONTENTS = st.sampled_from(
    [
        WEB,
        LOSSY,
        UNKNOWN,
        f"{WEB}---\n{LOSSY}",
        "",
        "a: [\n",
        "\0\0",
        "---\n" * 50,
        "kind: Ingress\n",
        "[" * 5000,
        "{{ x }}",
        "- 1\n- 2\n",
        "key: &a [*a]\n",
        "%YAML 9\n",
        WEB.replace("shop.example.com", '"\\e[31m::error::x"'),
        WEB.replace("name: web\n", 'name: "a\\nb"\n', 1),
        WEB.replace("  namespace: shop", '  namespace: "../../x"'),
        LOSSY.replace('"true"', '"\\n::error::x\\n##[error]y\\e[2J\\u202e"'),
        WEB.replace("path: /", 'path: "/\\u2028::x"'),
        WEB.replace("kind: Ingress", "kind: ConfigMap"),
        WEB.replace("host: shop", "host: '*.shop"),
        json.dumps({"apiVersion": "v1", "kind": "List", "items": [None, 3, {}]}),
        '{"a": ' * 3000,
        WEB.encode("utf-16").decode("latin-1"),
        "<<: *x\n",
        "? {a: b}\n: c\n",
        "!!python/object/apply:os.system ['touch pwned']\n",
        "a: !!binary x\n",
        WEB.replace("\n", "\r\n"),
        "\ufeff" + WEB,
        "x: " + "a" * 100_000,
    ]
)
LINKS = st.sampled_from(
    [
        "loop.yaml",
        "../loop.yaml",
        ".",
        "..",
        "/etc/passwd",
        "/dev/zero",
        "/dev/stdin",
        "web.yaml",
        "nowhere",
        "sub",
        "/",
        "/proc/self/environ",
    ]
)


class Entry(NamedTuple):
    """One entry of a tree."""

    folder: str
    name: str
    kind: str
    content: str


ENTRIES = st.builds(
    Entry, FOLDERS, NAMES, st.sampled_from(["file", "file", "file", "link", "folder", "fifo"]), CONTENTS | LINKS
)
REPORTS = st.sampled_from(["text", "github", "markdown", "json", "sarif", "html", "junit"])
COMMANDS = st.sampled_from(
    [
        ("convert", "d"),
        ("convert", "d", "-q"),
        ("convert", "d", "-o", "out"),
        ("convert", "d", "-o", "out", "--prune", "--force"),
        ("convert", "d/**/*.yaml", "-o", "out"),
        ("convert", "d/*"),
        ("check", "d"),
        ("check", "d", "-o", "out"),
        ("diff", "d"),
        ("diff", "d", "-o", "out"),
        ("diff", "d", "--against", "d"),
        ("verify", "d"),
        ("verify", "d", "--against", "d"),
        ("trace", "d", "--request", "GET http://shop.example.com/"),
        ("convert", "d", "--layout", "mirror", "-o", "out"),
        ("convert", "d", "-o", "d"),
        ("convert", "d", "--to", "aws"),
        ("convert", "d", "--from", "generic", "--strict"),
        ("check", "d", "--whole", "d"),
    ]
)
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
LOGGING = re.compile(r"##[A-Za-z]*\[")


def plant(root: Path, entries: list[Entry]) -> None:
    """What the file system takes of the tree."""
    for folder, name, kind, content in entries:
        path = root / f"{folder}{name}"
        with contextlib.suppress(OSError, ValueError):
            path.parent.mkdir(parents=True, exist_ok=True)
            if kind == "file":
                path.write_bytes(content.encode("utf-8", "surrogateescape"))
            elif kind == "link":
                path.symlink_to(content if len(content) < 60 else "nowhere")
            elif kind == "folder":
                path.mkdir()
            else:
                os.mkfifo(path)


def snapshot(root: Path) -> dict[str, tuple[int, bytes]]:
    out = {}
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = Path(folder, name)
            mode = path.lstat().st_mode
            content = (
                os.fsencode(path.readlink()) if stat.S_ISLNK(mode) else path.read_bytes() if stat.S_ISREG(mode) else b""
            )
            out[str(path.relative_to(root))] = (stat.S_IFMT(mode), content)
    return out


class Ran(NamedTuple):
    code: int
    out: str
    err: str


def run(*args: str) -> Ran:
    out, err = (
        io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="surrogateescape", write_through=True) for _ in range(2)
    )
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO())
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as left:
            main(args)
    finally:
        sys.stdin = before
    texts = [stream.buffer.getvalue().decode("utf-8") for stream in (out, err)]  # type: ignore[attr-defined]
    return Ran(int(left.value.code or 0), *texts)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[list[Entry]], Path]]:
    """Makes a tree in a fresh folder, which becomes the working directory."""
    home, base = Path.cwd(), tmp_path_factory.mktemp("trees")
    count = iter(range(10**9))

    def make(entries: list[Entry]) -> Path:
        place = base / str(next(count))
        (place / "w/d").mkdir(parents=True)
        (place / "victim").write_text("precious")
        plant(place / "w/d", entries)
        os.chdir(place / "w")
        return place

    yield make
    os.chdir(home)
    shutil.rmtree(base, ignore_errors=True)


def check_output(ran: Ran, report: str) -> None:
    assert ran.code in (0, 1, 2), ran
    for text in (ran.out, ran.err):
        assert "bug in ing2gw" not in text, text[-400:]
        assert "Traceback" not in text, text[-800:]
        assert not FORBIDDEN.search(text), repr(FORBIDDEN.search(text))
        assert not LOGGING.search(text)
        if report != "github":
            assert not re.search(r"^\s*::", text, re.M)
        else:
            commands = [line for line in text.splitlines() if line.lstrip().startswith("::")]
            assert all(re.match(r"::(?:error|warning|notice) file=[^:,]*,", line) for line in commands), commands


@given(st.lists(ENTRIES, max_size=6), COMMANDS, REPORTS, st.booleans())
@settings(
    max_examples=MORE or 160,
    derandomize=not MORE,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
def test_whatever_a_repository_holds(
    room: Callable[[list[Entry]], Path], entries: list[Entry], command: tuple[str, ...], report: str, to_file: bool
) -> None:
    place = room(entries)
    before = snapshot(place)
    reporting = command[0] in ("convert", "check", "diff")
    args = (*command, *(("--report", f"{report}:report.out" if to_file else report) if reporting else ()))
    ran = run(*args)
    event(f"{command[0]} {ran.code}")
    check_output(ran, report)
    own = {"w/report.out"} | {name for name in (*before, *snapshot(place)) if name.startswith("w/out")}
    if command[-2:] == ("-o", "d"):
        own |= {name for name in snapshot(place) if name not in before or "infrastructure" in name or "routes" in name}
    after = snapshot(place)
    assert {name: after.get(name) for name in before if name not in own} == {
        name: before[name] for name in before if name not in own
    }
    assert not [name for name in after if name not in before and name not in own]
    assert not [name for name in after if name.endswith(".tmp")]
    if to_file and reporting and ran.code != 2 and report in ("json", "sarif"):
        json.loads((place / "w/report.out").read_text(encoding="utf-8"))
    if "-o" in command and command[0] == "convert" and ran.code != 2:
        again = run(*args)
        assert again.code == ran.code
        assert snapshot(place) | {"w/report.out": b""} == after | {"w/report.out": b""}


def test_two_links_to_a_folder_do_not_multiply(room: Callable[[list[Entry]], Path]) -> None:
    place = room([])
    for name in "abcdef":
        (place / "w/d" / name).symlink_to(".")
    (place / "w/d/web.yaml").write_text(WEB)
    for pattern in ("d/**/*.yaml", "**", "d"):
        ran = run("convert", pattern, "-q")
        assert ran.out.count("kind: HTTPRoute\n") == 1, (pattern, ran)


@pytest.mark.parametrize("target", ["../../victim.yaml", "/etc/hostname", "../outside"])
@pytest.mark.parametrize("given", ["d", "d/*.yaml", "d/**/*.yaml", "d/*"])
def test_links_that_lead_out_are_named_and_not_read(
    room: Callable[[list[Entry]], Path], target: str, given: str
) -> None:
    place = room([Entry("", "web.yaml", "file", WEB)])
    secret = WEB.replace("shop.example.com", "secret.example.com").replace("name: web", "name: secret", 1)
    (place / "victim.yaml").write_text(secret)
    (place / "w/outside").mkdir()
    (place / "w/outside/x.yaml").write_text(secret)
    (place / "w/d/evil.yaml").symlink_to(target)
    ran = run("convert", given)
    assert "secret.example.com" not in ran.out
    assert "d/evil.yaml: a link that leads out of the folder and its repository" in ran.err
    assert "shop.example.com" in ran.out
    assert ran.code == 1
    (place / ".git").mkdir()
    (place / "w/d/evil.yaml").unlink()
    (place / "w/d/evil.yaml").symlink_to("../../victim.yaml")
    assert "secret.example.com" in run("convert", given).out, "inside of the repository it is read"


def test_what_is_named_is_read(room: Callable[[list[Entry]], Path]) -> None:
    place = room([])
    (place / "victim.yaml").write_text(WEB)
    (place / "w/link.yaml").symlink_to("../victim.yaml")
    assert "HTTPRoute" in run("convert", "link.yaml").out
    source, target = os.pipe()
    os.write(target, WEB.encode())
    os.close(target)
    assert "HTTPRoute" in run("convert", f"/dev/fd/{source}").out
    os.close(source)


@pytest.mark.parametrize("name", ["pipe.yaml", "sub/pipe.yaml"])
@pytest.mark.parametrize("given", ["d", "d/**", "d/**/*.yaml", "d/*/*"])
def test_pipes_that_are_found_do_not_hold_up(room: Callable[[list[Entry]], Path], name: str, given: str) -> None:
    folder = name.rpartition("/")[0]
    room([Entry(f"{folder}/" if folder else "", "pipe.yaml", "fifo", ""), Entry("sub/", "web.yaml", "file", WEB)])
    ran = run("convert", given)
    assert "HTTPRoute" in ran.out
    assert ("not a regular file" in ran.err) is (given != "d/*/*" or bool(folder))
