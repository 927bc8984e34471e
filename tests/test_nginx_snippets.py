"""Snippets of ingress-nginx, directive by directive."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from converter.packs.directives import known_directives
from converter.pipeline.result import Result
from converter.pipeline.trace import trace
from converter.routing.decide import decide
from converter.routing.exchange import Request
from converter.writing.yaml import dump_all
from tests.command import invoke
from tests.complete import broken_promises
from tests.targets_input import run
from tests.test_nginx_source import compiled

HEAD = "nginx.ingress.kubernetes.io/"


def estate(text: str, key: str = "configuration-snippet", path: str = "/", http: str = "", extra: str = "") -> str:
    body = "\n".join(f"      {line}" for line in text.splitlines())
    more = "".join(f"\n  http-snippet: |\n    {http}" if http else "")
    return f"""\
apiVersion: v1
kind: ConfigMap
metadata: {{name: ingress-nginx-controller, namespace: ingress-nginx}}
data:
  allow-snippet-annotations: "true"
  annotations-risk-level: Critical{more}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations:
    kubernetes.io/ingress.class: nginx{extra}
    {HEAD}{key}: |
{body}
spec:
  rules:
  - host: shop.example.com
    http: {{paths: [{{path: {path}, pathType: Prefix, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{ports: [{{port: 80}}], selector: {{app: web}}}}
"""


def of_snippet(result: Result, key: str = "configuration-snippet") -> dict[str, tuple[str, str]]:
    """Label of each directive -> its code and fidelity."""
    found = {}
    for one in result.findings:
        if one.origin.key == HEAD + key and one.code != "rule.rejects":
            label = re.match(r"`(.*?)`: ", one.message)
            found[label[1] if label else ""] = (one.code, one.fidelity.value)
    return found


DIRECTIVES = [
    ("more_set_headers 'X-A: b';", "more_set_headers X-A", "approximate"),
    ("more_clear_headers X-A;", "more_clear_headers X-A", "approximate"),
    ("more_clear_headers 'X-*';", "more_clear_headers X-*", "manual"),
    ("add_header X-A b always;", "add_header X-A", "approximate"),
    ("add_header X-A $host;", "add_header X-A", "approximate"),
    ("proxy_set_header X-A b;", "proxy_set_header X-A", "exact"),
    ("proxy_set_header X-Forwarded-Proto https;", "proxy_set_header X-Forwarded-Proto", "manual"),
    ("proxy_set_header Host a.example.com;", "proxy_set_header Host", "manual"),
    ("proxy_set_header X-Real-IP $remote_addr;", "proxy_set_header X-Real-IP", "approximate"),
    ("proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;", "proxy_set_header X-Forwarded-For", "manual"),
    ("more_set_input_headers 'X-A: b';", "more_set_input_headers X-A", "exact"),
    ("proxy_hide_header X-A;", "proxy_hide_header X-A", "approximate"),
    ("expires 30d;", "expires 30d", "approximate"),
    ("return 403;", "return 403", "approximate"),
    ("return 444;", "return 444", "approximate"),
    ("return 200 ok;", "return 200", "exact"),
    ("return 301 https://a.example.com/x;", "return 301", "exact"),
    ("return 301 https://$http_x/x;", "return 301", "manual"),
    ("rewrite ^/a$ /b permanent;", "rewrite ^/a$ permanent", "approximate"),
    ("rewrite ^/a/(.*)$ /b/$1 break;", "rewrite ^/a/(.*)$ break", "exact"),
    ("rewrite ^/a/(.*)$ /a/$1/x last;", "rewrite ^/a/(.*)$ last", "manual"),
    ("deny 10.0.0.0/8;", "deny 10.0.0.0/8", "exact"),
    ("if ($request_method = TRACE) { return 405; }", "if $request_method = { return 405 }", "approximate"),
    ("if ($host = shop.example.com) { return 403; }", "if $host = { return 403 }", "approximate"),
    ("if ($host = other.example.com) { return 403; }", "if $host = { return 403 }", "obsolete"),
    ("if (-f $request_filename) { return 403; }", "if -f $request_filename { return 403 }", "manual"),
    ("if ($http_x ~* b) { limit_rate 1k; }", "if $http_x ~* { limit_rate 1k }", "manual"),
    ("client_max_body_size 50m;", "client_max_body_size 50m", "manual"),
    ("proxy_read_timeout 5s;", "proxy_read_timeout 5s", "manual"),
    ("sub_filter a b;", "sub_filter a", "unsupported"),
    ("access_by_lua_block { ngx.exit(403) }", "access_by_lua_block  ngx.exit(403) ", "unsupported"),
    ("limit_req zone=a burst=5;", "limit_req zone=a", "manual"),
    ("auth_basic 'Restricted';", "auth_basic", "manual"),
    ("error_page 404 /x;", "error_page 404", "manual"),
    ("gzip on;", "gzip on", "approximate"),
    ("set_real_ip_from 10.0.0.0/8;", "set_real_ip_from 10.0.0.0/8", "manual"),
    ("made_up_directive x;", "made_up_directive x", "manual"),
]


@pytest.mark.parametrize(("text", "label", "fidelity"), DIRECTIVES, ids=[text for text, _, _ in DIRECTIVES])
def test_each_directive_has_a_finding_by_its_name(text: str, label: str, fidelity: str) -> None:
    tls = "spec:\n  tls: [{hosts: [shop.example.com], secretName: shop-tls}]\n  rules:"
    result = run(estate(text).replace("spec:\n  rules:", tls))

    assert {name: known[1] for name, known in of_snippet(result).items()} == {label: fidelity}


def test_each_directive_has_a_line_of_its_own() -> None:
    text = "# comment\nmore_set_headers 'X-A: b';\n\nif ($http_x = y) {\n  return 403;\n}\nproxy_set_header X-B c;"
    lines = [
        one.origin.location.line
        for one in run(estate(text)).findings
        if one.origin.key.endswith("configuration-snippet")
    ]
    source = estate(text).splitlines()

    assert [source[line - 1].strip() for line in lines] == [
        "more_set_headers 'X-A: b';",
        "if ($http_x = y) {",
        "proxy_set_header X-B c;",
    ]


def test_an_include_is_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret.conf"
    secret.write_text("return 200 topsecret;")
    opened: list[str] = []
    real = open

    def watched(file, *args, **more):
        opened.append(str(file))
        return real(file, *args, **more)

    monkeypatch.setattr("builtins.open", watched)

    result = run(estate(f"include {secret};"))

    assert str(secret) not in opened
    assert "topsecret" not in dump_all(resource.body for resource in result.resources)
    assert list(of_snippet(result).values()) == [("snippet.manual", "manual")]
    assert trace(result, Request("GET", "http", "shop.example.com", "/"))["after"]["status"] != 200


def test_credentials_are_not_repeated() -> None:
    result = run(
        estate("proxy_set_header Authorization 'Basic c2VjcmV0';\nmore_set_input_headers 'Cookie: a=c2VjcmV0';")
    )
    written = dump_all(resource.body for resource in result.resources)

    assert "c2VjcmV0" not in written + "".join(f"{one.message} {one.hint}" for one in result.findings)
    assert {known[1] for known in of_snippet(result).values()} == {"manual"}


def test_percent_signs_are_doubled() -> None:
    result = run(estate("more_set_headers 'X-A: 100%REQ(X)%';\nreturn 200 '%HOST%';"))
    written = dump_all(resource.body for resource in result.resources)

    assert "100%%REQ(X)%%" in written
    assert "%%HOST%%" in written


@pytest.mark.parametrize(
    "text",
    ["}", "return 403", "if ($a", '"', "a" + "{" * 5000, "return 403; }", "\\", "map x {", "location / { deny all;"],
)
def test_what_nginx_cannot_read_closes_the_route_or_is_harmless(text: str) -> None:
    result = run(estate(text))

    assert not any(one.code.startswith("internal") for one in result.findings)
    after = trace(result, Request("GET", "http", "shop.example.com", "/"))["after"]
    assert after["status"] != 200 or text == "\\"


@pytest.mark.parametrize(("agent", "status"), [("badbot", 403), ("Good", 200), ("", 200)])
def test_a_map_is_followed(agent: str, status: int) -> None:
    text = estate("if ($bad) { return 403; }", http="map $http_user_agent $bad { default 0; ~*bot 1; curl 1; }")
    answer = trace(
        run(text), Request("GET", "http", "shop.example.com", "/", (("User-Agent", agent),) if agent else ())
    )

    assert (answer["before"]["status"], answer["after"]["status"]) == (status, status)


HEADERS = {"x-a": ("", "1", "2"), "x-b": ("", "1")}
TESTS = [
    *(f"$http_x_{name} {op} {value}" for name in "ab" for op in ("=", "!=", "~", "!~") for value in ("1", "2")),
    "$http_x_a",
    "$request_method = POST",
    "$request_method !~ ^(GET|POST)$",
    "$uri ~ ^/p",
    '$v = "A"',
    '$v = "AB"',
    '$v != ""',
]
ENDS = [
    "return 403;",
    "return 404;",
    "return 301 https://n.example.com$request_uri;",
    'set $v "${v}A";',
    'set $v "${v}B";',
    "break;",
]
LINES = st.one_of(
    st.tuples(st.sampled_from(TESTS), st.sampled_from(ENDS)).map(lambda pair: f"if ({pair[0]}) {{ {pair[1]} }}"),
    st.sampled_from(['set $v "A";', 'set $v "";', "rewrite ^/p/(.*)$ /q/$1 permanent;", "rewrite ^/p$ /r redirect;"]),
)


def interpreted(lines: list[str], request: Request) -> tuple[int, str | None]:
    """What nginx does with the lines one by one: an interpreter that knows nothing of branches."""
    variables = {"v": "", "request_method": request.method, "uri": request.path}
    for name, value in request.headers:
        variables[f"http_{name.lower().replace('-', '_')}"] = value

    def fill(text: str) -> str:
        return re.sub(r"\$\{?(\w+)\}?", lambda found: variables.get(found[1], ""), text.strip().strip('"'))

    def holds(test: str) -> bool:
        name, _, rest = test.partition(" ")
        value = fill(name)
        if not rest:
            return value not in ("", "0")
        op, _, wanted = rest.partition(" ")
        if op in ("=", "!="):
            return (value == fill(wanted)) == (op == "=")
        return bool(re.search(wanted, value)) == (op == "~")

    for line in lines:
        found = re.fullmatch(r"if \((.*?)\) \{ (.*) \}", line)
        if found and not holds(found[1]):
            continue
        action = found[2] if found else line
        words = action.rstrip(";").split(" ", 2)
        if words[0] == "set":
            variables["v"] = fill(words[2])
        elif words[0] == "break":
            return 200, None
        elif words[0] == "return":
            url = f"https://n.example.com{request.path}" if len(words) > 2 else None
            return int(words[1]), url
        elif words[0] == "rewrite":
            place = re.search(words[1], request.path)
            if place:
                target, flag = words[2].rsplit(" ", 1)
                path = target.replace("$1", place[1]) if place.groups() else target
                return 301 if flag == "permanent" else 302, f"http://shop.example.com{path}"
    return 200, None


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(LINES, min_size=1, max_size=5), st.sampled_from(["configuration-snippet", "server-snippet"]))
def test_random_programs_do_what_an_interpreter_of_single_lines_does(lines: list[str], key: str) -> None:
    out = compiled(estate("\n".join(lines), key))
    table = out.tables[0]
    for method in ("GET", "POST", "DELETE"):
        for path in ("/", "/p", "/p/x", "/px"):
            for a in HEADERS["x-a"]:
                for b in HEADERS["x-b"]:
                    headers = tuple((name, value) for name, value in (("X-A", a), ("X-B", b)) if value)
                    request = Request(method, "http", "shop.example.com", path, headers)
                    answer = decide(table, request)
                    assert (answer.status, answer.location) == interpreted(lines, request), (lines, request)


def test_every_known_directive_is_explained(tmp_path: Path) -> None:
    names = [one.name for one in known_directives()]
    assert {"more_set_headers", "sub_filter", "access_by_lua_block", "worker_processes", "limit_req"} <= set(names)
    assert all(
        one.becomes or one.annotation or one.support[0].note or one.support[0].hint for one in known_directives()
    )
    shown = invoke(["explain", "add_header"], tmp_path).out
    assert "ResponseHeaderModifier" in shown
    assert "directive of nginx" in shown


def test_equal_snippets_of_two_ingresses_are_told_apart() -> None:
    text = "location = /x { return 404; }\nlocation /y/ { deny all; }\nif ($http_x = y) { return 403; }"
    first = estate(text, "server-snippet")
    second = "---\n" + first.split("---\n")[1].replace("name: web\n", "name: api\n").replace("shop.ex", "api.ex")
    result = run(first + second)

    for name in ("web", "api"):
        found = [
            (one.origin.value, one.code)
            for one in result.findings
            if one.origin.key.endswith("server-snippet")
            and one.origin.object.name == name
            and one.code != "rule.rejects"
        ]
        assert len(found) == 5
        assert not [code for _, code in found if code == "snippet.no-effect"]


def test_a_location_of_a_snippet_may_hand_on_to_a_service() -> None:
    text = """location /docs/ {
  proxy_pass http://docs.wiki.svc.cluster.local:8080/;
  proxy_set_header Host $host;
  proxy_set_header X-Real-IP $remote_addr;
}"""
    result = run(
        estate(text, "server-snippet")
        + """---
apiVersion: v1
kind: Service
metadata: {name: docs, namespace: wiki}
spec: {ports: [{port: 8080}], selector: {app: docs}}
"""
    )
    answer = trace(result, Request("GET", "http", "shop.example.com", "/docs/a?b=c"))

    for side in ("before", "after"):
        assert answer[side]["backends"] == {"wiki/docs:8080": 1.0}
        assert answer[side]["upstream"]["path"] == "/a?b=c"
        assert answer[side]["upstream"]["host"] == "shop.example.com"


LOCATIONS = [
    "location = /x { return 404; }",
    "location /y/ { deny all; }",
    "location ~ ^/p/secret { return 403; }",
    "location ^~ /st/ { return 204; }",
    "location ~* \\.(php|bak)$ { deny all; }",
    "location /z { return 301 https://n.example.com$request_uri; }",
    "location /r/ { root /srv; }",
]
SINGLE = [
    "more_set_headers 'X-A: b';",
    "add_header X-B c always;",
    "allow 192.0.2.0/24; deny all;",
    "rewrite ^/p/(.*)$ /q/$1 break;",
    "return 403;",
    "return 444;",
    "limit_rate 1k;",
    "auth_basic a;",
]
BESIDE = ["", "rewrite-target: /t", "use-regex: 'true'", "enable-cors: 'true'", "whitelist-source-range: 192.0.0.0/8"]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.one_of(LINES, st.sampled_from(LOCATIONS), st.sampled_from(SINGLE)), min_size=1, max_size=5, unique=True
    ),
    st.sampled_from(["configuration-snippet", "server-snippet"]),
    st.sampled_from(BESIDE),
    st.sampled_from(["/", "/p", "/p/"]),
)
def test_nothing_is_opened_lost_or_unannounced(lines: list[str], key: str, beside: str, path: str) -> None:
    extra = f"\n    {HEAD}{beside}" if beside else ""
    result = run(estate("\n".join(lines), key, path, extra=extra))

    assert broken_promises(result) == []
    for comparison in result.comparisons:
        for url in ("/", "/p", "/p/secret", "/x", "/y/a", "/st/a", "/a.php", "/z", "/r/f"):
            for source in ("", "10.1.1.1"):
                request = Request("GET", "http", "shop.example.com", url, (), source)
                before, after = decide(comparison.before, request), decide(comparison.after, request)
                refused = not before.backends and (before.status == 0 or before.status >= 400)
                assert not (refused and after.backends), (lines, request)


@pytest.mark.parametrize("inner", ["deny all;", "return 403;", "expires 1y;", "proxy_pass http://web.shop.svc;"])
@pytest.mark.parametrize("head", ["location ~ /\\.git", "location ^~ /private/", "location = /x"])
def test_a_location_inside_a_location_is_never_passed_over(head: str, inner: str) -> None:
    """nginx looks into the locations of a location: it takes its requests, and answers them in its own way."""
    nested = f"{head} {{ {inner} }}"
    for key, text in (
        ("configuration-snippet", nested),
        ("server-snippet", f"location /y/ {{ {nested} return 200; }}"),
    ):
        result = run(estate(text, key))
        found = [one for one in result.findings if one.origin.key == HEAD + key and "location" in one.message]

        assert any(one.protects and one.fidelity.value == "manual" for one in found), (key, text)
        assert not result.comparisons or not broken_promises(result)


@pytest.mark.parametrize(
    ("directive", "side", "verb", "value"),
    [
        ("proxy_set_header X-A $remote_addr;", "request", "set", "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"),
        ("proxy_set_header X-A 'c $host 100%';", "request", "set", "c %REQ(:AUTHORITY)% 100%%"),
        ("more_set_headers 'X-A: $request_method';", "response", "set", "%REQ(:METHOD)%"),
        ("add_header X-A $http_x_b always;", "response", "add", "%REQ(x-b)%"),
    ],
)
def test_variables_in_header_values_become_operators(directive: str, side: str, verb: str, value: str) -> None:
    result = run(estate(directive))
    filters = next(one for one in result.resources if one.kind == "HTTPRoute").body["spec"]["rules"][0]["filters"]
    modifier = next(one[f"{side}HeaderModifier"] for one in filters if f"{side}HeaderModifier" in one)
    assert modifier[verb] == [{"name": "X-A", "value": value}]
    assert modifier.get("remove", []) == (["X-A"] if side == "request" and value.startswith("%") else [])


@pytest.mark.parametrize(
    "directive",
    [
        "proxy_set_header X-A $upstream_addr;",
        "proxy_set_header X-A $cookie_a;",
        "proxy_set_header X-A $arg_a;",
        "proxy_set_header X-A $http_x_forwarded_for;",
        "proxy_set_header Authorization 'Bearer $http_x_token';",
        "more_set_headers -s 404 'X-A: $host';",
    ],
)
def test_variables_that_envoy_knows_nothing_of_are_manual(directive: str) -> None:
    result = run(estate(directive))
    assert {one.fidelity.value for one in result.ledger.findings() if one.code.startswith("header-")} >= {"manual"}
    assert "X-A" not in str([one.body for one in result.resources if one.kind == "HTTPRoute"])


SERVER = "server-snippet"
CLOSED = "location ~ ^/data/ { deny all; }"


def rewrites(text: str, key: str = SERVER) -> list[str]:
    """Fidelity of each `rewrite`."""
    return [fidelity for label, (_, fidelity) in of_snippet(run(estate(text, key)), key).items() if "rewrite" in label]


def test_the_first_rewrite_of_a_server_that_fits_is_taken() -> None:
    lines = [f"rewrite ^/.well-known/{name} /index.php/.well-known/{name} last;" for name in ("webfinger", "nodeinfo")]
    result = run(estate("\n".join([*lines, CLOSED]), SERVER))
    for path, expected in (("/.well-known/nodeinfo?a=b", "/index.php/.well-known/nodeinfo?a=b"), ("/a", "/a")):
        found = trace(result, Request("GET", "http", "shop.example.com", path))
        assert [found[side]["upstream"]["path"] for side in ("before", "after")] == [expected] * 2
    assert rewrites("\n".join([*lines, CLOSED])) == ["exact", "exact"]


@pytest.mark.parametrize("rewrite", ["^/x/(.*)$ /$1", "^/x /data/y"])
@pytest.mark.parametrize("flag", [" last", "", " break"])
def test_a_rewrite_that_may_lead_to_a_location_of_a_snippet_is_not_followed(rewrite: str, flag: str) -> None:
    text = f"rewrite {rewrite}{flag};\n{CLOSED}"
    assert rewrites(text) == ["manual"]
    found = trace(run(estate(text, SERVER)), Request("GET", "http", "shop.example.com", "/x/data/y"))
    assert not found["after"]["backends"]


def test_a_rewrite_without_flag_that_fits_again_is_not_followed() -> None:
    assert rewrites("rewrite ^/(.*)$ /app/$1;", "configuration-snippet") == ["manual"]
    assert rewrites("rewrite ^/(.*)$ /app/$1 break;", "configuration-snippet") != ["manual"]


def test_a_list_that_allows_alone_changes_nothing() -> None:
    text = "location = /robots.txt { allow all; log_not_found off; }\nlocation = /b { deny all; }"
    result = run(estate(text, SERVER))
    assert of_snippet(result, SERVER)["allow all"][1] == "exact"
    for path, status in (("/robots.txt", 404), ("/b", 403)):
        found = trace(result, Request("GET", "http", "shop.example.com", path))
        assert (found["before"]["status"], found["after"]["status"]) == (status, status)
