"""Log formats as people write them, and paths that expressions look deep into."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

pytest.importorskip("duckdb", reason="replay needs DuckDB")

from converter.model.options import Options
from converter.pipeline.run import convert
from converter.replay.path_alphabet import interchangeable
from converter.replay.run import ReplayOptions, replay

INGRESS = """
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations: {nginx.ingress.kubernetes.io/use-regex: "true"}
spec:
  ingressClassName: nginx
  tls: [{hosts: [shop.example.com], secretName: shop-tls}]
  rules:
  - host: shop.example.com
    http:
      paths:
      - {path: "/items/[0-9]+/reviews", pathType: ImplementationSpecific, backend: {service: {name: web, port: {number: 80}}}}
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
"""
FORMATS = {
    "json of a cloud": '{"time": "$time_iso8601", "x_forwarded_for": "$proxy_add_x_forwarded_for", "bytes_sent": $bytes_sent, '
    '"status": $status, "vhost": "$host", "path": "$uri", "request_query": "$args", "method": "$request_method", '
    '"http_user_agent": "$http_user_agent"}',
    "nested json": '{"http": {"method": "$request_method", "url": {"path": "$uri", "query": "$args", "host": "$host"}}, "s": $status}',
    "nested json with a request line": '{"request":{"line":"$request","host":"$http_host"},"response":{"status":$status}}',
    "json with escaped keys": '{"nginx.access.url":"$request_uri","nginx\\u002ehost":"$host","s":"$status"}',
    "json with a list": '{"r":["$request_method","$request_uri"],"h":"$host"}',
    "logfmt": 'time=$time_iso8601 method=$request_method host=$host uri="$request_uri" status=$status ua="$http_user_agent"',
    "pipes": "$remote_addr|$time_local|$host|$request|$status|$body_bytes_sent|$http_user_agent",
    "of old releases": '$the_real_ip - [$the_real_ip] - $remote_user [$time_local] $host "$request" $status $body_bytes_sent '
    '"$http_referer" "$http_user_agent" $request_length $request_time [$proxy_upstream_name] $upstream_addr $req_id',
    "one URL": "$scheme://$host$request_uri $request_method $status",
    "one URL with a port": "[$time_local] $remote_addr $request_method $scheme://$host:$server_port$uri$is_args$args $status",
    "tabs": "$time_local\\t$remote_addr\\t$host\\t$request\\t$status",
    "request without quotes": "$time_iso8601 $remote_addr $request $status $host",
    "brackets": "[$remote_addr] [$time_local] [$host] [$request] [$status] [$http_user_agent]",
    "escape": 'escape=json {"r":"$request","h":"$host","s":$status}',
    "semicolons": "ip=$remote_addr;host=$host;req=$request;st=$status;",
    "braces": '${remote_addr} ${host} "${request}" ${status}',
}
VALUES = {
    "host": "shop.example.com", "http_host": "shop.example.com", "scheme": "https", "server_port": "443",
    "request": "GET /cart?b=c HTTP/2.0", "request_method": "GET", "request_uri": "/cart?b=c", "uri": "/cart", "args": "b=c",
    "is_args": "?", "status": "200", "remote_addr": "198.51.100.7", "the_real_ip": "198.51.100.7", "bytes_sent": "7",
    "time_local": "28/Nov/2026:10:00:00 +0000", "time_iso8601": "2026-11-28T10:00:00+00:00",
    "http_user_agent": "curl (\\x22quoted\\x22)", "proxy_upstream_name": "shop-web-80",
    "upstream_addr": "10.0.0.5:8080, 10.0.0.6:8080",
}  # fmt: skip


def _line(form: str) -> str:
    text = re.sub(r"^escape=\w+ ", "", form).replace("\\t", "\t")
    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda found: VALUES.get(found[1] or found[2], "-"), text)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory):
    file = tmp_path_factory.mktemp("shop") / "shop.yaml"
    file.write_text(INGRESS)
    return convert([str(file)], Options())


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_formats_of_people(result, tmp_path: Path, form: str) -> None:
    (tmp_path / "access.log").write_text(f"{_line(form)}\n" * 3)
    traffic = replay(result, [str(tmp_path / "access.log")], ReplayOptions(format=form, scheme="https"))
    assert (traffic.requests.requests, traffic.requests.distinct, traffic.broken) == (3, 1, [])
    assert traffic.tallies["same"].requests == 3
    assert not traffic.unknown_backends


def _hostile() -> list[bytes]:
    good = b'198.51.100.7 - - [28/Nov/2026:10:00:00 +0000] "GET /cart HTTP/1.1" 200 5 "-" "curl"'
    return [
        good,
        bytes(range(256)).replace(b"\n", b"").replace(b"\r", b""),
        b"x" * 1_200_000,
        good.replace(b"/cart", b"/a" * 40_000),
        good.replace(b"curl", b'cu\\"rl \\x22'),
        good.replace(b"/cart", b"/c\x00art"),
        good.replace(b"GET /cart HTTP/1.1", b"\\x16\\x03\\x01"),
        b'""""""""',
        b"\xff\xfe\x00",
        good.replace(b"200", b"999999999999999999999"),
        good,
    ]


def test_hostile_lines_cost_themselves_only(result, tmp_path: Path) -> None:
    (tmp_path / "access.log").write_bytes(b"\n".join(_hostile() * 2) + b"\n")
    traffic = replay(result, [str(tmp_path / "access.log")], ReplayOptions(host="shop.example.com", scheme="https"))
    assert traffic.lines == 2 * len(_hostile())
    broken = sum(one.count for one in traffic.broken)
    assert traffic.requests.requests + broken + sum(traffic.no_request.values()) == traffic.lines
    assert traffic.requests.requests >= 6


def _counting(answers, asked: list):
    def count(request):
        asked.append(request)
        return answers(request)

    return count


def test_identifiers_in_paths_are_asked_a_few_times(result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule looks at digits in the middle of a path, and each of 3,000 requests has others."""
    pick = random.Random(7)  # noqa: S311
    line = '198.51.100.7 - - [28/Nov/2026:10:00:00 +0000] "GET /items/{}/reviews HTTP/1.1" 200 5 "-" "curl"\n'
    (tmp_path / "access.log").write_text("".join(line.format(pick.randrange(10**7, 10**8)) for _ in range(3000)))
    asked = []
    for one in result.comparisons:
        monkeypatch.setattr(one, "answers", _counting(one.answers, asked))
    traffic = replay(result, [str(tmp_path / "access.log")], ReplayOptions(host="shop.example.com", scheme="https"))
    assert traffic.requests.requests == 3000
    assert 0 < len(asked) < 1000


EXPRESSIONS = (
    "/items/[0-9]+/reviews", "^/v[12]/(users|groups)/[a-f0-9]{8}$", "/x/[^/]+\\.(png|jpe?g)", "/a/\\d{3}-\\w*/(.*)",
    "/[A-Za-z_][]x-]", "/(?i)Shop/[1-3]", "/plain/path", "/[[:alpha:]]+", "/bad[", "/\\x41",
)  # fmt: skip


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_characters_that_stand_for_others_match_the_same(expression: str) -> None:
    """Random paths along an expression; each matches before and after its characters are exchanged, or neither does."""
    given, shown = interchangeable([expression])
    table = str.maketrans(given, shown)
    pick = random.Random(expression)  # noqa: S311
    try:
        pattern = re.compile(expression.replace("[[:alpha:]]", "[a-zA-Z]"))
    except re.error:
        return
    letters = "0123456789abcdefxyzABXZ/-._"
    for _ in range(2000):
        path = list(expression[: pick.randrange(len(expression))]) + pick.choices(letters, k=pick.randrange(12))
        text = "".join(char for char in path if char in letters)
        assert (pattern.search(text) is None) == (pattern.search(text.translate(table)) is None), text
