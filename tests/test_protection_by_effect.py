"""Protection is an effect: settings that refuse nobody withhold nothing, and those that do close all of their scope."""
# ruff: noqa: S106 (names of Secrets)

from __future__ import annotations

import pytest

from converter.acceptance.exit_status import lost_protection
from converter.packs.directive_rows import INERT
from converter.pipeline.result import Result
from converter.pipeline.trace import trace
from converter.routing.exchange import Request
from converter.sources.ingress_nginx.snippets.protecting import named
from tests.targets_input import ingress, of, run

HEAD = "nginx.ingress.kubernetes.io/"
ALLOWED = {"allow-snippet-annotations": "true", "annotations-risk-level": "Critical"}


def config(name: str = "ingress-nginx-controller", labels: str = "{}", **data: str) -> str:
    lines = [f"  {key.replace('_', '-')}: {value!r}" for key, value in (ALLOWED | data).items()]
    metadata = f"{{name: {name}, namespace: ingress-nginx, labels: {labels}}}"
    return "\n".join(["apiVersion: v1", "kind: ConfigMap", f"metadata: {metadata}", "data:", *lines])


def web(name: str = "web", path: str = "/", namespace: str = "shop", tls: str = "", **annotations: str) -> str:
    return ingress(
        name,
        [(path, "web")],
        namespace=namespace,
        tls=tls,
        annotations={HEAD + key.replace("_", "-"): value for key, value in annotations.items()},
    )


def status(result: Result, path: str = "/", scheme: str = "http") -> int:
    """What the Gateway answers."""
    answer = trace(result, Request("GET", scheme, "shop.example.com", path))["after"]
    return int(answer["status"]) if answer["backends"] or answer["status"] != 200 else 0


def lost(result: Result) -> set[str]:
    return {one.origin.key.removeprefix(HEAD) for one in result.findings if lost_protection(one)}


NOTHING = [
    {
        "proxy_ssl_verify": "on",
        "proxy_ssl_name": "a.internal",
        "proxy_ssl_ciphers": "HIGH",
        "backend_protocol": "HTTPS",
    },
    {"auth_tls_secret": "shop/ca", "auth_tls_verify_client": "off"},
    {"auth_tls_verify_client": "on", "auth_tls_verify_depth": "2"},
    {"satisfy": "any"},
    {"satisfy": "all"},
    {"satisfy": "any", "whitelist_source_range": "0.0.0.0/0,::/0"},
    {"enable_global_auth": "false"},
    {"enable_global_auth": "true"},
    {"auth_realm": "x", "auth_secret": "users"},
    {"auth_signin": "https://login.example.com", "auth_response_headers": "X-User"},
    {"enable_modsecurity": "false", "modsecurity_snippet": "SecRuleEngine On"},
    {"enable_owasp_core_rules": "true"},
    {"configuration_snippet": 'more_set_headers "X-Frame-Options: DENY"; proxy_set_header X-A "b;{c";'},
    {"server_snippet": "gzip on; add_header X-A b;"},
    {"configuration_snippet": "auth_basic off; allow all;"},
]


@pytest.mark.parametrize("annotations", NOTHING, ids="+".join)
def test_settings_that_refuse_nobody_withhold_nothing(annotations: dict[str, str]) -> None:
    result = run(config(), web(tls="t", ssl_redirect="false", **annotations))

    assert lost(result) == set()
    assert status(result) == status(result, scheme="https") == 200


REFUSING = [
    {"server_snippet": "auth_basic_user_file /users;"},
    {"server_snippet": "if ($bad) { return 403; }"},
    {"server_snippet": "access_by_lua_block { ngx.exit(403) }"},
]


@pytest.mark.parametrize("annotations", REFUSING, ids=lambda one: next(iter(one.values()))[:20])
def test_a_server_snippet_guards_the_host_for_all_namespaces(annotations: dict[str, str]) -> None:
    guard, other = web("guard", "/guarded", "platform", **annotations), web("web", "/x")
    result = run(config(), guard, other, web("api", "/").replace("shop.example.com", "api.example.com"))

    assert "server-snippet" in lost(result)
    assert status(result, "/x") != 200
    assert trace(result, Request("GET", "http", "api.example.com", "/"))["after"]["status"] == 200


@pytest.mark.parametrize(
    "text",
    ["deny all;", "return 403;", "location /x/ { return 404; } location = /y { deny all; } if ($host) { return 403; }"],
)
@pytest.mark.parametrize("key", ["server_snippet", "location_snippet", "configuration_snippet"])
def test_refusals_that_a_route_can_say_are_kept(key: str, text: str) -> None:
    if "location" in text and key != "server_snippet":
        return
    annotated = {key: text} if key == "configuration_snippet" else {}
    result = run(config(**({} if annotated else {key: text})), web("web", "/x", **annotated))

    assert lost(result) == set()
    assert 400 < status(result, "/x") < 500
    assert 400 < status(result, "/x/y") < 500


@pytest.mark.parametrize(
    "data",
    [
        {"http_snippet": "auth_basic a;"},
        {"server_snippet": "auth_request /check;"},
        {"location_snippet": "limit_conn a 1;"},
        {"plugins": "waf"},
        {"enable_modsecurity": "true"},
        {"global_auth_url": "http://$host/verify"},
    ],
    ids=lambda one: next(iter(one)),
)
@pytest.mark.parametrize("options", [{}, {"parity": False}, {"target": "gateway-api"}, {"target": "aws"}], ids=str)
def test_what_the_configmap_says_guards_every_route(data: dict[str, str], options: dict[str, str]) -> None:
    result = run(config(**data), web(), web("other", "/other", "other"), **options)

    assert next(iter(data)).replace("_", "-") in lost(result)
    assert status(result) != 200
    assert status(result, "/other") != 200


@pytest.mark.parametrize(
    "data",
    [
        {"main_snippet": "load_module waf.so;"},
        {"stream_snippet": "deny all;"},
    ],
    ids=lambda one: next(iter(one)),
)
def test_configuration_outside_of_http_is_named_and_closes_no_route(data: dict[str, str]) -> None:
    result = run(config(**data), web())

    assert lost(result) == {next(iter(data)).replace("_", "-")}
    assert status(result) == 200


def test_a_configmap_is_known_by_the_labels_of_the_chart() -> None:
    labels = "{app.kubernetes.io/name: ingress-nginx, app.kubernetes.io/component: controller}"
    for name, of_chart in (("prod-ingress-nginx-controller", "{}"), ("edge", labels)):
        assert status(run(config(name, of_chart, server_snippet="deny all;"), web())) != 200
    assert status(run(config("edge", server_snippet="deny all;"), web())) == 200


def test_an_ingress_that_is_exempt_stays_open() -> None:
    result = run(
        config(global_auth_url="http://$host/verify", enable_modsecurity="true"),
        web(),
        web("open", "/open", enable_global_auth="false", enable_modsecurity="false"),
    )

    assert (status(result) != 200, status(result, "/open")) == (True, 200)


def test_client_certificates_close_the_tls_port_alone() -> None:
    result = run(web(tls="t", ssl_redirect="false", auth_tls_secret="shop/ca", auth_tls_match_cn="CN=x|.*"))

    assert lost(result) == {"auth-tls-match-cn"}
    assert (status(result), status(result, scheme="https")) == (200, 0)


def test_a_subject_of_certificates_closes_both_ports() -> None:
    result = run(web(tls="t", ssl_redirect="false", auth_tls_secret="shop/ca", auth_tls_match_cn="CN=x"))

    assert lost(result) == set()
    assert (status(result), status(result, scheme="https")) == (403, 0)


def test_headers_of_certificates_are_taken_from_what_clients_send() -> None:
    result = run(web(tls="t", ssl_redirect="false", auth_tls_secret="shop/ca", auth_tls_verify_client="optional"))
    for scheme in ("http", "https"):
        request = Request("GET", scheme, "shop.example.com", "/", (("ssl-client-verify", "SUCCESS"),))
        assert trace(result, request)["after"]["upstream"]["headers"]["ssl-client-verify"] is None


def test_nothing_that_serves_is_left_beside_a_withheld_route() -> None:
    result = run(web(backend_protocol="HTTPS", proxy_ssl_secret="shop/ca", proxy_ssl_verify="on"))

    assert "proxy-ssl-verify" in lost(result)
    assert of(result, "Backend") == []
    assert not any("as today" in one.message for one in result.findings if one.code.startswith("backend."))


def test_a_password_is_asked_for_today_though_its_secret_is_unknown() -> None:
    result = run(web(auth_type="basic", auth_secret="users"), allow_unprotected=True)
    answer = trace(result, Request("GET", "http", "shop.example.com", "/"))

    assert (answer["before"]["status"], answer["after"]["status"], answer["same"]) == (401, 200, False)


@pytest.mark.parametrize(
    ("text", "inert"),
    [
        ("", True),
        ("# deny all;\ngzip on;", True),
        ("# gzip on;\ndeny all;", False),
        ("add_header X 'deny all;';", True),
        ("map $a $b { default 0; deny 1; }", True),
        ("add_header X y", True),
        ("deny all", False),
        ("gzip on; return 403;", False),
        ("}", False),
        ("location / { add_header X y; }", False),
        ("modsecurity off;", True),
        ("modsecurity on;", False),
        ("auth_basic off;", True),
        ('auth_basic "Login";', False),
        ("{ deny all; }", False),
    ],
)
def test_directives_that_refuse_no_request(text: str, inert: bool) -> None:
    assert (named([text]) == INERT) == inert


BLOCKED = "BadBot,~*scrapy,~^Evil/[0-9]+$"


@pytest.mark.parametrize(
    ("agent", "status"),
    [
        ("BadBot", 403),
        ("badbot", 403),
        ("BadBot/2", 200),
        ("Scrapy/2", 403),
        ("Evil/7", 403),
        ("evil/7", 200),
        ("", 200),
    ],
)
@pytest.mark.parametrize(
    "annotations",
    [
        {},
        {"whitelist_source_range": "0.0.0.0/0,::/0"},
        {"auth_url": "http://login.shop.svc.cluster.local/x"},
    ],
    ids="+".join,
)
def test_blocked_user_agents_stay_refused(agent: str, status: int, annotations: dict[str, str]) -> None:
    result = run(config(block_user_agents=BLOCKED, block_referers="~*casino"), web(**annotations))
    headers = (("User-Agent", agent),) if agent else ()
    answer = trace(result, Request("GET", "http", "shop.example.com", "/", headers))

    assert lost(result) == set()
    assert (answer["before"]["status"], answer["after"]["status"]) == (status, status)
    spam = Request("GET", "http", "shop.example.com", "/", (("Referer", "https://best-casino.example"),))
    assert trace(result, spam)["after"]["status"] == 403


@pytest.mark.parametrize(
    "options",
    [
        {"target": "gateway-api"},
        {"target": "aws"},
        {"target": "envoy-gateway@1.7"},
        {"gateway": "infra/shared"},
    ],
    ids=str,
)
def test_blocked_user_agents_close_the_routes_where_nothing_can_refuse_them(options: dict[str, str]) -> None:
    result = run(config(block_user_agents=BLOCKED), web(), **options)

    assert "block-user-agents" in lost(result)
    assert status(result) != 200


def test_an_expression_that_envoy_cannot_do_closes_the_routes() -> None:
    assert status(run(config(block_user_agents="~(?!good)"), web())) != 200


def test_a_withheld_rule_answers_an_error_on_an_alb_too() -> None:
    open_host = web("open", "/").replace("shop.example.com", "*.example.com")
    closed = web("closed", "/", whitelist_source_range="10.0.0.0/8")

    assert status(run(config(), open_host, closed, target="aws")) == 503


def test_entry_points_on_one_gateway_are_a_loss_of_protection() -> None:
    one = web("one")
    two = web("two").replace("ingressClassName: nginx", "ingressClassName: internal").replace("shop.ex", "admin.ex")
    classes = "\n---\n".join(
        f"apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {{name: {name}}}\n"
        f"spec: {{controller: {controller}}}"
        for name, controller in (("nginx", "k8s.io/ingress-nginx"), ("internal", "ingress.k8s.aws/alb"))
    )

    assert lost(run(config(), classes, one, two)) == set()
    assert "entry point" in lost(run(config(), classes, one, two, gateway="infra/shared"))


def test_a_subject_that_cannot_be_searched_for_withholds_the_routes() -> None:
    result = run(web(tls="t", ssl_redirect="false", auth_tls_secret="shop/ca", auth_tls_match_cn="CN=x|.*"))
    assert not any(one.body["kind"] == "SecurityPolicy" for one in result.resources)
    routes = [one.body["spec"] for one in result.resources if one.body["kind"] == "HTTPRoute"]
    secure = [one for one in routes if one["parentRefs"][0]["sectionName"].startswith("https")]
    assert not any(rule.get("backendRefs") for one in secure for rule in one["rules"])
