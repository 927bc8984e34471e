"""Access logs as controllers write them, of requests whose answers are known."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from converter.comparison.equivalence import Comparison
from converter.replay.log_format import complete_format
from converter.routing.decide import decide
from converter.routing.decision import Decision
from converter.routing.exchange import Request

DEFAULT = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" '
    "$request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr "
    "$upstream_response_length $upstream_response_time $upstream_status $req_id"
)
ALAUDA = (
    '[$time_local] $remote_addr "$host" "$request" $status $upstream_status $upstream_addr "$http_user_agent" '
    '"$http_x_forwarded_for" $request_time $upstream_response_time'
)
COMBINED = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
)
JSON_TEXT = (
    '{"time": "$time_iso8601", "client": "$remote_addr", "method": "$request_method", "uri": "$request_uri", '
    '"status": $status, "host": "$host", "scheme": "$scheme", "agent": "$http_user_agent", '
    '"upstream": "$proxy_upstream_name", "address": "$upstream_addr"}'
)


class Seen(NamedTuple):
    """A request, and what its controller answered."""

    request: Request
    answer: Decision

    @property
    def backend(self) -> str:
        return next(iter(self.answer.backends), "")


Writer = Callable[[Seen], str]


def answered(comparison: Comparison, requests: Iterable[Request]) -> list[Seen]:
    """Requests that get an answer, with it."""
    found = (Seen(one, decide(comparison.before, one)) for one in requests)
    return [one for one in found if one.answer.status]


def nginx(text: str, escape: str = "default") -> Writer:
    """Lines of a log_format of nginx."""

    def line(seen: Seen) -> str:
        request = seen.request
        headers = {name.lower(): value for name, value in request.headers}
        name = seen.backend.replace("/", "-").replace(":", "-")
        values = {
            "remote_addr": request.source or "192.0.2.1",
            "time_local": "28/Nov/2026:10:00:00 +0000",
            "time_iso8601": "2026-11-28T10:00:00+00:00",
            "request": f"{request.method} {request.path} HTTP/1.1",
            "request_method": request.method,
            "request_uri": request.path,
            "status": str(seen.answer.status),
            "upstream_status": f"502, {seen.answer.status}" if name else "-",
            "upstream_addr": "10.1.2.3:8080, 10.1.2.4:8080" if name else "-",
            "proxy_upstream_name": name or "upstream-default-backend",
            "host": request.host,
            "http_host": request.host,
            "scheme": request.scheme,
            "server_port": str(request.listener_port),
            "http_user_agent": headers.get("user-agent", "-"),
            "http_cookie": headers.get("cookie", "-"),
            "http_authorization": "Basic U0VDUkVUTUFSSw==",
        }
        known = {key: _escaped(value, escape) for key, value in values.items()}
        return re.sub(r"\$(\w+)", lambda found: known.get(found[1], "-"), text)

    return line


def _escaped(text: str, escape: str) -> str:
    if escape == "json":
        return json.dumps(text, ensure_ascii=False)[1:-1]
    return "".join(chr(one) if 31 < one < 127 and chr(one) not in '"\\' else f"\\x{one:02X}" for one in text.encode())


def aws(seen: Seen) -> str:
    """A line of an AWS ALB, with three fields that came later."""
    request, backend = seen.request, seen.backend
    port = request.listener_port
    namespace, _, service = backend.partition(":")[0].partition("/")
    arn = f"arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/k8s-{namespace[:8]}-{service[:8]}-0a1b2c3d4e/7"
    agent = next((value for name, value in request.headers if name.lower() == "user-agent"), "-")
    return (
        f"{'h2' if request.scheme == 'https' else 'http'} 2026-11-28T10:00:00.000000Z app/k8s-x/1 "
        f"{request.source or '192.0.2.1'}:40000 {'10.1.2.3:8080' if backend else '-'} 0.0 0.1 0.0 {seen.answer.status} "
        f"{seen.answer.status if backend else '-'} 10 20 "
        f'"{request.method} {request.scheme}://{request.host}:{port}{request.path} HTTP/1.1" "{agent}" - - '
        f'{arn if backend else "-"} "Root=1-2-3" "-" "-" 1 2026-11-28T10:00:00.000000Z "forward" "-" "-" "-" "-" "-" "-" '
        f'TID_1 "-" "-" "-"'
    )


def envoy(seen: Seen) -> str:
    """A line of Envoy Gateway; `seen` holds what the Gateway answered."""
    request = seen.request
    local = request.listener_port + 10_000 if request.listener_port < 1024 else request.listener_port
    return json.dumps(
        {
            "start_time": "2026-11-28T10:00:00.000Z",
            "method": request.method,
            "x-envoy-origin-path": request.path,
            "protocol": "HTTP/1.1",
            "response_code": seen.answer.status,
            ":authority": request.host,
            "user-agent": None,
            "downstream_remote_address": f"[{request.source}]:4"
            if ":" in request.source
            else f"{request.source or '1.1.1.1'}:4",
            "downstream_local_address": f"10.9.9.9:{local}",
            "requested_server_name": request.host if request.scheme == "https" else None,
            "upstream_host": "10.1.2.3:8080" if seen.backend else None,
        }
    )


FULL: dict[str, Writer] = {"complete": nginx(complete_format()), "json": nginx(JSON_TEXT, "json")}


def write(path: Path, lines: Iterable[str]) -> Path:
    """A log, compressed by its name."""
    data = "".join(f"{line}\n" for line in lines).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def random_requests(comparison: Comparison, count: int, seed: int) -> list[Request]:
    """Requests around the rules of a table, as browsers, scanners and clients of APIs send them."""
    chance = random.Random(seed)  # noqa: S311
    hosts, paths = ["unlisted.invalid"], ["/", "/favicon.ico", "/.well-known/x"]
    for port in comparison.before.ports:
        for vhost in port.hosts:
            for rule in vhost.rules:
                hosts += [test.value for test in (*vhost.hosts, *rule.hosts) if test.op == "exact"]
                paths += [rule.text] if rule.text.startswith("/") else []
    paths = [re.sub(r"[\^$?*]|\([^)]*\)|\[[^]]*\]\+?", "", path) or "/" for path in paths]
    ends = [
        "",
        "/",
        "x",
        "/7",
        "/1234",
        "/a/b",
        "/a//b",
        "%2Fx",
        "/./x",
        "/caf%C3%A9",
        "/red-shoes",
        "/B",
        "/x.php",
        '/"q',
    ]
    queries = ["", "", "", "?", "?a=1", "?a=1&b=2/", "?debug=1", "?token=SECRETMARK&a=2"]
    clients = ["", "10.1.2.3", "10.200.0.1", "8.8.8.8", "192.168.10.7", "2001:db8::1"]
    agents = ["curl/8.0", "Mozilla/5.0 (X11)", "GoogleBot/2.1"]
    ports = [port for port in comparison.before.ports if port.protocol in ("HTTP", "HTTPS")]
    out = []
    for _ in range(count):
        port = chance.choice(ports)
        path = "/" + f"{chance.choice(paths).rstrip(chr(47))}{chance.choice(ends)}".lstrip("/")
        scheme = "https" if port.protocol == "HTTPS" else "http"
        default = {"http": 80, "https": 443}[scheme] == port.number
        out.append(
            Request(
                chance.choice(["GET", "GET", "GET", "POST", "OPTIONS"]),
                scheme,
                chance.choice(hosts),
                path.replace("//x", "/x") + chance.choice(queries),
                (("user-agent", chance.choice(agents)),),
                chance.choice(clients),
                0 if default else port.number,
            )
        )
    return out
