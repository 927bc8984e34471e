"""Logs as they are found: compressed, cut off, of another kind, hostile, and full of secrets."""

from __future__ import annotations

import gzip
import io
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("duckdb", reason="needs the extra ing2gw[replay]")

import duckdb

from converter.model.credentials import CREDENTIALS, without_secrets
from converter.pipeline.result import Result
from converter.pipeline.run import convert
from converter.replay.engine import Engine
from converter.replay.log_files import LogFile, find_files, is_cut_off, open_files
from converter.replay.log_format import FormatError, custom_format, known_formats
from converter.replay.run import ReplayError, ReplayOptions, replay
from converter.replay.shorten import Masking, shown_sample
from converter.reporting import FORMATS
from converter.routing.exchange import Request
from tests.access_logs import DEFAULT, JSON_TEXT, answered, aws, nginx
from tests.command import invoke
from tests.test_replay import ESTATE, of_controller

MARK = "SECRETMARK"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("estate")
    (path / "estate.yaml").write_text(ESTATE)
    return path


@pytest.fixture(scope="module")
def result(folder: Path) -> Result:
    return convert([str(folder / "estate.yaml")])


@pytest.fixture(scope="module")
def lines(result: Result) -> list[str]:
    comparison = of_controller(result, "ingress-nginx")
    requests = [Request("GET", "https", "shop.example.com", f"/api/{one}", (), "10.0.0.1") for one in range(200)]
    return list(map(nginx(DEFAULT), answered(comparison, requests)))


def count(result: Result, *logs: object, **options: str) -> int:
    return replay(result, [str(one) for one in logs], ReplayOptions(**options)).requests.requests


def zstd(path: Path, text: str) -> Path:
    """DuckDB writes it: Python can only from 3.14 on."""
    source = path.with_suffix(".source")
    source.write_text(text)
    lines = duckdb.read_csv(
        str(source), header=False, sep="\x01", quotechar="", escapechar="", columns={"line": "VARCHAR"}
    )
    lines.write_csv(str(path), header=False, sep="\x01", quotechar="", escapechar="", compression="zstd")
    return path


def test_compressed_files_are_known_by_their_first_bytes(result: Result, lines: list[str], tmp_path: Path) -> None:
    text = "".join(f"{line}\n" for line in lines)
    packed = tmp_path / "it's [a]*.log"
    packed.write_bytes(gzip.compress(text.encode()) + gzip.compress(text.encode()))
    plain = tmp_path / "x.gz"
    plain.write_text(text.rstrip("\n"))
    assert count(result, packed, plain, zstd(tmp_path / "z.log", text)) == 800


def test_stdin(result: Result, lines: list[str]) -> None:
    data = gzip.compress("\n".join(lines).encode())
    assert replay(result, ["-"], ReplayOptions(), io.BytesIO(data)).requests.requests == 200


def test_a_truncated_file_is_read_to_its_end(result: Result, lines: list[str], tmp_path: Path) -> None:
    comparison = of_controller(result, "ingress-nginx")
    requests = [
        Request("GET", "https", "shop.example.com", f"/{one * 7919 % 99991}", (), "10.0.0.1") for one in range(20000)
    ]
    text = "".join(f"{nginx(DEFAULT)(one)}\n" for one in answered(comparison, requests))
    data = gzip.compress(text.encode())
    for name, broken in (("cut.gz", data[: len(data) // 2]), ("bad.gz", data[: len(data) // 2] + b"\xff" * 999)):
        (tmp_path / name).write_bytes(broken)
    packed = zstd(tmp_path / "cut.zst", text)
    packed.write_bytes(packed.read_bytes()[: packed.stat().st_size * 2 // 3])
    names = [str(tmp_path / name) for name in ("cut.gz", "bad.gz", "cut.zst")]
    for name, words in zip(names, ("truncated", "text are read", "truncated"), strict=True):
        traffic = replay(result, [name])
        assert 1000 < traffic.requests.requests < 20000
        assert words in traffic.files[0].problem
    (tmp_path / "good.log").write_text("\n".join(lines))
    together = replay(result, [*names[:1], str(tmp_path / "good.log")])
    assert together.requests.requests > 1200


def test_whole_and_skippable_frames_of_zstd(tmp_path: Path) -> None:
    data = zstd(tmp_path / "a.zst", "some text\n" * 5000).read_bytes()
    skippable = b"\x50\x2a\x4d\x18\x03\0\0\0abc"
    for content, cut in ((data * 2, False), (skippable + data, False), (data[:-1], True), (data + data[:5], True)):
        (tmp_path / "b.zst").write_bytes(content)
        assert is_cut_off(LogFile("b", str(tmp_path / "b.zst"), "zstd")) is cut


def test_broken_lines_cost_themselves_only(result: Result, lines: list[str], tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    hostile = "\x1b[2J'); DROP TABLE requests; --"
    no_http = '1.1.1.1 - - [x] "\\x16\\x03\\x01" 400 5 "-" "-" 1 0.0 [] [] - - - - abc'
    parts = [*lines[:5], "garbage", "", hostile, no_http, *lines[5:10]]
    log.write_bytes("\n".join(parts).encode() + b"\n\xff\xfe binary \x00\n" + lines[0][: len(lines[0]) // 2].encode())
    traffic = replay(result, [str(log)])
    assert traffic.requests.requests == 10 and traffic.no_request == {"400": 1} and traffic.lines == 15
    (broken,) = traffic.broken
    assert broken.count == 4 and broken.name == str(log)
    numbers = {text: number for number, text in broken.samples}
    assert numbers.get("garbage", 6) == 6 and numbers.get(hostile, 8) == 8 and 15 in numbers.values()
    shown = invoke(["replay", "estate.yaml", "--log", log], Path(result.inputs[0].path).parent)
    assert shown.code == 0 and "\x1b" not in shown.out and "4 lines in no known form" in shown.out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\x7fELF" + bytes(range(256)) * 50, "is a program"),
        (bytes(range(256)) * 50, "not a known access log format"),
        (b"PK\x03\x04zip", "is zip"),
        (b"I1128 10:00:00.123456 1 main.go:1] text\n" * 9, "looks like the log of a program of Kubernetes"),
        (b"2026/11/28 10:00:00 [error] 1#1: *1 text\n" * 9, "looks like an error log of nginx"),
        (b'{"level": "info", "msg": "x"}\n' * 9, "has JSON objects with level, msg"),
        (b"kind: Ingress\n" * 3, "YAML of Kubernetes"),
    ],
)
def test_files_of_another_kind_say_what_they_look_like(
    result: Result, tmp_path: Path, content: bytes, words: str
) -> None:
    (tmp_path / "a.log").write_bytes(content)
    with pytest.raises(ReplayError, match=words):
        replay(result, [str(tmp_path / "a.log")])


def test_a_log_of_another_format_than_the_given_one(result: Result, tmp_path: Path) -> None:
    comparison = of_controller(result, "ingress-nginx")
    seen = answered(comparison, [Request("GET", "https", "shop.example.com", "/", (), "10.0.0.1")])
    (tmp_path / "a.log").write_text("\n".join(map(aws, seen)))
    with pytest.raises(ReplayError, match="look like AWS Application Load Balancer"):
        count(result, tmp_path / "a.log", format="combined")
    with pytest.raises(ReplayError, match="write ingress-nginx, alauda-alb"):
        count(result, tmp_path / "a.log", format="nginx")
    with pytest.raises(FormatError, match="no request"):
        custom_format("$remote_addr $status")


def test_lines_of_container_runtimes(result: Result, lines: list[str], tmp_path: Path) -> None:
    (tmp_path / "cri.log").write_text("".join(f"2026-11-28T10:00:00.1Z stdout F {line}\n" for line in lines))
    docker = (json.dumps({"log": f"{line}\n", "stream": "stdout", "time": "2026-11-28T10:00:00Z"}) for line in lines)
    (tmp_path / "docker.log").write_text("\n".join(docker))
    assert count(result, tmp_path) == 400


def test_the_format_of_the_input_is_used_unasked(tmp_path: Path) -> None:
    text = ESTATE.replace(
        '  block-user-agents: "~*bot"', f"  log-format-upstream: '{JSON_TEXT}'\n  log-format-escape-json: 'true'"
    )
    (tmp_path / "estate.yaml").write_text(text)
    result = convert([str(tmp_path / "estate.yaml")])
    comparison = of_controller(result, "ingress-nginx")
    requests = [Request("GET", "https", "shop.example.com", '/api/"x"', (), "10.0.0.1")] * 3
    (tmp_path / "a.log").write_text("\n".join(map(nginx(JSON_TEXT, "json"), answered(comparison, requests))))
    traffic = replay(result, [str(tmp_path / "a.log")])
    assert traffic.files[0].format == "log format of nginx" and traffic.requests.requests == 3
    assert all('/api/"x"' in one.request["path"] for group in traffic.groups for one in group.examples)


def test_known_formats_are_told_apart(result: Result, lines: list[str]) -> None:
    assert [one.name for one in known_formats() if one.fits(lines[0])] == ["ingress-nginx"]


def test_nothing_else_can_be_opened(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("x")
    (tmp_path / "other").write_text("secret")
    (tmp_path / "own").mkdir()
    files = open_files(find_files([str(tmp_path / "log")]), tmp_path / "own")
    engine = Engine(tmp_path / "own", files)
    try:
        for query in (
            f"SELECT * FROM read_csv('{tmp_path}/other')",  # noqa: S608
            f"COPY (SELECT 1) TO '{tmp_path}/new.csv'",
            "SELECT * FROM read_csv('https://example.com/a.csv')",
            "INSTALL httpfs",
            "SET enable_external_access = true",
        ):
            with pytest.raises(engine.errors):
                engine.rows(query)
    finally:
        engine.close()


def test_what_is_spilled_is_private_and_removed(
    result: Result, lines: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "spill"))
    (tmp_path / "spill").mkdir()
    (tmp_path / "a.log").write_text("\n".join(lines))
    modes = []

    def look(tables: object) -> list[object]:
        modes.extend(stat.S_IMODE(one.stat().st_mode) for one in (tmp_path / "spill").iterdir())
        return []

    monkeypatch.setattr("converter.replay.run._configured", look)
    assert count(result, tmp_path / "a.log") == 200
    assert modes == [0o700] and not list((tmp_path / "spill").iterdir())


BROKEN = [f'{{"password": "{MARK}"', f"GET http://bob:{MARK}@shop.example.com/ HTTP/1.1"]
"""Lines in no known form."""


@pytest.mark.parametrize(
    "target",
    [
        f"http://bob:{MARK}@shop.example.com/x?a=1",
        f"https://{MARK}@shop.example.com",
        f"/cart;jsessionid={MARK}?a=1",
        f"/cart;v=1;JSESSIONID={MARK}/items",
        f"/x%3Ftoken%3D{MARK}%26a%3D1",
        f"/x?a=1#access_token={MARK}",
        f"/x#b=1&access_token={MARK}",
    ],
)
def test_secrets_of_paths_are_not_shown(target: str) -> None:
    assert MARK not in Masking().target(target) + Masking(short=False).target(target)
    assert MARK not in without_secrets(target) + shown_sample(f"GET {target} HTTP/1.1")


@pytest.mark.parametrize(
    "target", ["/a;v=1/b", "/a:b@c/d", "http://shop.example.com/@x", "/a%3Fb%3D1", "/a?", "/a?b&&c=?#d"]
)
def test_other_paths_are_shown_whole(target: str) -> None:
    assert Masking().target(target) == without_secrets(target) == target


def test_no_secret_is_shown_or_kept(folder: Path, result: Result, tmp_path: Path) -> None:
    """Marks in every place of a log that may hold a secret are in no report and no file of witnesses."""
    comparison = of_controller(result, "ingress-nginx")
    targets = [f"/?token={MARK}", f"/api?access_token={MARK}&page=1", f"/x?code={MARK}", f"/?X-Amz-Signature={MARK}"]
    headers = (("cookie", f"session={MARK}"), ("user-agent", "curl"))
    targets += [f"/cart;jsessionid={MARK}", f"/x%3Ftoken%3D{MARK}", f"/a;x=1;PHPSESSID={MARK}/b"]
    requests = [Request("GET", "https", "shop.example.com", one, headers, "8.8.8.8") for one in targets]
    text = f'{DEFAULT} "$http_cookie" "$http_authorization" $scheme $http_host'
    log = [nginx(text)(one) for one in answered(comparison, requests)] * 2
    (tmp_path / "a.log").write_text("\n".join([*log, f"broken password={MARK} Authorization: Bearer {MARK}", *BROKEN]))
    reports = [word for name in FORMATS for word in ("--report", f"{name}:{tmp_path / f'report.{name}'}")]
    done = invoke(
        [
            "replay",
            "estate.yaml",
            "--log",
            tmp_path / "a.log",
            "--format",
            text,
            "--witnesses",
            tmp_path / "w.jsonl",
            "-v",
            *reports,
        ],
        folder,
    )
    assert done.code == 0, done.err
    texts = {path.name: path.read_text() for path in tmp_path.iterdir() if path.name != "a.log"}
    assert len(texts) == len(FORMATS) + 1 and all(text for name, text in texts.items() if name != "report.github")
    assert [name for name, shown in texts.items() if MARK in shown or "U0VDUkVU" in shown] == []
    assert MARK not in done.out + done.err


@pytest.mark.parametrize("name", sorted(CREDENTIALS))
def test_headers_of_credentials_are_not_shown(name: str) -> None:
    value = "session=0815-0815" if name == "cookie" else "Basic MDgxNQ=="
    shown = Masking().request({"path": "/", "headers": {name: value}})
    assert "0815" not in str(shown) and "MDgx" not in str(shown)


def test_redact_leaves_out_who_asked(folder: Path, result: Result, tmp_path: Path) -> None:
    comparison = of_controller(result, "ingress-nginx")
    target = "/api/v2/items/123456/jane.doe@example.com?q=4711&id=0123456789abcdef0123456789abcdef"
    requests = [Request("GET", "http", "shop.example.com", target, (), "10.77.1.9")]
    text = f"{DEFAULT} $scheme $http_host"
    (tmp_path / "a.log").write_text("\n".join(map(nginx(text), answered(comparison, requests))))
    done = invoke(
        ["replay", "estate.yaml", "--log", tmp_path / "a.log", "--format", text, "--redact", "--witnesses", "-", "-v"],
        folder,
    )
    assert "/api/v2/items/0/EMAIL?q=0&id=removed" in done.out, done.out
    assert not [one for one in ("123456", "jane", "4711", "0123456789abcdef", "10.77.1.9") if one in done.out]


def test_without_duckdb_the_message_has_the_command(folder: Path) -> None:
    code = "import sys; sys.modules['duckdb'] = None; from converter.cli import main; main(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", code, "replay", "estate.yaml", "--log", "estate.yaml"],
        check=False, cwd=folder, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)},
    )  # fmt: skip
    assert done.returncode != 0 and "pip install 'ing2gw[replay]'" in done.stderr


def test_traffic_ranks_findings_of_convert(folder: Path, result: Result, tmp_path: Path) -> None:
    comparison = of_controller(result, "ingress-nginx")
    requests = [Request("GET", "https", "app.example.com", "/", (("user-agent", "curl"),))] * 7
    requests += [Request("GET", "http", "shop.example.com", "/a/", ())] * 3
    text = f"{DEFAULT} $scheme $http_host"
    (tmp_path / "a.log").write_text("\n".join(map(nginx(text), answered(comparison, requests))))
    report = tmp_path / "traffic.json"
    done = invoke(
        ["replay", "estate.yaml", "--log", tmp_path / "a.log", "--format", text, "--report", f"json:{report}"], folder
    )
    assert done.code == 0, done.err
    found = {one["code"]: one["requests"] for one in json.loads(report.read_text())["findings"]}
    assert (found["hsts.server-response"], found["redirect.location"]) == (7, 3)
    done = invoke(["convert", "estate.yaml", "--traffic", report, "--report", "json:-", "--fail-on", "never"], folder)
    data = json.loads(done.out[done.out.index('{\n "version"') :])
    shown = {one["code"]: one["requests"] for one in data["findings"] if one.get("requests")}
    assert shown == found
    text_report = invoke(["convert", "estate.yaml", "--traffic", report], folder).err
    assert "requests of the log" in text_report
    assert "no JSON report" in invoke(["convert", "estate.yaml", "--traffic", "estate.yaml"], folder).err


def test_witnesses_are_read_by_trace_and_verify(folder: Path, result: Result, tmp_path: Path) -> None:
    comparison = of_controller(result, "ingress-nginx")
    requests = [Request("GET", "http", "shop.example.com", one, ()) for one in ("/a/", "/b", "/api")]
    text = f"{DEFAULT} $scheme $http_host"
    (tmp_path / "a.log").write_text("\n".join(map(nginx(text), answered(comparison, requests))))
    kept = tmp_path / "w.jsonl"
    invoke(["replay", "estate.yaml", "--log", tmp_path / "a.log", "--format", text, "--witnesses", kept, "-q"], folder)
    witnesses = [json.loads(line) for line in kept.read_text().splitlines()]
    assert witnesses
    traced = invoke(["trace", "estate.yaml", "--requests", kept, "--format", "json"], folder)
    for one, line in zip(witnesses, traced.out.splitlines(), strict=True):
        answer = json.loads(line)
        assert (answer["same"], answer["before"], answer["after"]) == (
            one["outcome"] == "same",
            one["before"],
            one["after"],
        )
    verified = invoke(["verify", "estate.yaml", "--requests", kept], folder)
    assert f"{len(witnesses)} requests compared" in verified.out, verified.out + verified.err
