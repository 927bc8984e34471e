"""Directives of snippets that do what annotations do: limits of requests, and what is logged."""

from __future__ import annotations

from typing import Any

import pytest

from converter.pipeline.result import Result
from converter.pipeline.trace import comparison_for
from converter.routing.decide import consult
from converter.routing.exchange import Request
from converter.routing.situation import Situation
from tests.targets_input import ingress, run
from tests.test_nginx_snippets import HEAD, estate, of_snippet

PER_ADDRESS = "limit_req_zone $binary_remote_addr zone=per-ip:10m rate=5r/s;"
EXEMPT = (
    'geo $office { default 1; 10.0.0.0/8 0; } map $office $key { 0 ""; 1 $binary_remote_addr; } '
    "limit_req_zone $key zone=per-ip:10m rate=30r/m;"
)

LOCATION_MISSING = f"\n    {HEAD}server-snippet: location @missing {{ return 404 absent; }}"


def limits(result: Result) -> list[dict[str, Any]]:
    found = [one.body["spec"]["rateLimit"] for one in result.resources if "rateLimit" in one.body.get("spec", {})]
    return [rule for one in found for rule in one["local"]["rules"]]


def requests_of(result: Result) -> set[tuple[int, str]]:
    return {(rule["limit"]["requests"], rule["limit"]["unit"]) for rule in limits(result)}


@pytest.mark.parametrize(
    ("directive", "wanted"),
    [
        ("limit_req zone=per-ip;", {(5, "Second")}),
        ("limit_req zone=per-ip burst=10 nodelay;", {(11, "Second"), (300, "Minute")}),
        ("limit_req zone=per-ip burst=10;", {(11, "Second"), (300, "Minute")}),
    ],
)
def test_limit_of_a_zone(directive: str, wanted: set[tuple[int, str]]) -> None:
    result = run(estate(directive, http=PER_ADDRESS))
    assert requests_of(result) == wanted
    assert set(of_snippet(result).values()) == {("rate-limit.local", "approximate")}


@pytest.mark.parametrize(
    ("http", "directive"),
    [
        (PER_ADDRESS, "limit_req zone=other burst=10;"),
        ("limit_req_zone $server_name zone=per-ip:10m rate=5r/s;", "limit_req zone=per-ip;"),
        (EXEMPT.replace("default 1", "default 0"), "limit_req zone=per-ip;"),
        (EXEMPT.replace('0 ""', "~0 x"), "limit_req zone=per-ip;"),
        (EXEMPT.replace("10.0.0.0/8", "office.example.com"), "limit_req zone=per-ip;"),
        (EXEMPT.replace("10.0.0.0/8", "office"), "limit_req zone=per-ip;"),
        (EXEMPT.replace("10.0.0.0/8 0;", "10.0.0.0/8 0; 10.1.0.0/16 1;"), "limit_req zone=per-ip;"),  # counts within
        (PER_ADDRESS, "limit_req zone=per-ip; limit_req zone=per-ip burst=2;"),
        ("limit_req_zone $binary_remote_addr zone=per-ip:10m rate=0r/s;", "limit_req zone=per-ip;"),
    ],
)
def test_other_limits_keep_the_route_closed(http: str, directive: str) -> None:
    result = run(estate(directive, http=http))
    assert not limits(result)
    assert {fidelity for _, fidelity in of_snippet(result).values()} == {"manual"}
    assert not any(rule.get("backendRefs") for one in result.resources for rule in one.body["spec"].get("rules", ()))


def test_exempt_networks_and_header_keys() -> None:
    [rule, _] = limits(run(estate("limit_req zone=per-ip burst=1;", http=EXEMPT)))
    assert rule["clientSelectors"][0]["sourceCIDR"] == {"value": "10.0.0.0/8", "invert": True}
    by_header = run(
        estate("limit_req zone=k;", "server-snippet", http="limit_req_zone $http_x_api_key zone=k:1m rate=2r/m;")
    )
    [rule] = limits(by_header)
    assert rule["clientSelectors"] == [{"headers": [{"name": "x-api-key", "type": "Distinct"}]}]


def test_a_location_with_a_limit_inherits_none() -> None:
    extra = "\n    nginx.ingress.kubernetes.io/server-snippet: limit_req zone=per-ip burst=100;"
    result = run(estate("limit_req zone=per-ip;", http=PER_ADDRESS, extra=extra))
    assert requests_of(result) == {(5, "Second")}


def test_status_of_the_block() -> None:
    text = "limit_req zone=per-ip;\nlimit_req_status 444;"
    [override] = [
        one.body["spec"]["responseOverride"]
        for one in run(estate(text, http=PER_ADDRESS)).resources
        if "responseOverride" in one.body.get("spec", {})
    ]
    assert override[0]["response"] == {"statusCode": 444}


def logged(result: Result) -> list[str]:
    [proxy] = [one.body for one in result.resources if one.body["kind"] == "EnvoyProxy"]
    [setting] = proxy["spec"]["telemetry"]["accessLog"]["settings"]
    return list(setting["matches"])


QUIET = "!has(xds.route_name) || !xds.route_name.startsWith('{}')"


def test_paths_without_a_log() -> None:
    off = {"nginx.ingress.kubernetes.io/enable-access-log": "false"}
    quiet = ingress("quiet", [("/quiet", "web"), ("/still", "web")], host="a.example.com", annotations=off)
    result = run(f"{quiet}---\n{ingress('web', [('/', 'web')], host='a.example.com')}")
    assert logged(result) == [QUIET.format("httproute/shop/quiet/")]
    assert logged(run(estate("access_log off;"))) == [QUIET.format("httproute/shop/web/")]
    on = ingress("web", [("/", "web")], annotations={"nginx.ingress.kubernetes.io/enable-access-log": "true"})
    assert {one.code for one in run(on).findings if one.origin.key.endswith("access-log")} == {"access-log.kept"}


def test_one_path_of_a_route_without_a_log() -> None:
    """A location of a server-snippet stands in the route of the Ingress."""
    text = "location /ping { access_log off; return 200 ok; }\nlocation /u { access_log off; proxy_pass http://web.shop.svc; }"
    names = logged(run(estate(text, "server-snippet")))
    assert names == [QUIET.format(f"httproute/shop/web/rule/{number}/") for number in (0, 1)]


def test_more_routes_without_a_log_than_expressions() -> None:
    """A list of `matches` has ten items at most, which are joined by AND."""
    off = {"nginx.ingress.kubernetes.io/enable-access-log": "false"}
    names = [f"web-{number}" for number in range(25)]
    result = run(*(ingress(one, [("/", "web")], host=f"{one}.example.com", annotations=off) for one in names))
    text = " ".join(logged(result))
    assert len(logged(result)) <= 10
    assert all(f"!xds.route_name.startsWith('httproute/shop/{one}/')" in text for one in names)


def test_a_gateway_of_others_has_its_own_log() -> None:
    off = {"nginx.ingress.kubernetes.io/enable-access-log": "false"}
    result = run(ingress("web", [("/", "web")], annotations=off), gateway="infra/edge")
    [finding] = [one for one in result.findings if one.origin.key.endswith("access-log")]
    assert finding.fidelity.value == "manual"


def answered(text: str, key: str, given: int = 200, notes: dict[str, str] | None = None) -> tuple[int, str | None]:
    """Status and Location before and after, which must be the same."""
    extra = "".join(f"\n    nginx.ingress.kubernetes.io/{name}: {value}" for name, value in (notes or {}).items())
    result = run(estate(text, key, extra=extra))
    assert not [one for one in result.findings if one.code == "routing.difference"]
    request = Request(
        "GET", "http", "shop.example.com", "/x", situation=Situation({"given": {"shop/web:80": {"status": given}}})
    )
    comparison = comparison_for(result, request)
    before, after = (consult(one, request)[0] for one in (comparison.before, comparison.after))
    assert (before.status, before.location) == (after.status, after.location)
    return before.status, before.location


LATER = 'location @later { return 302 https://later.example.com/; }\nlocation = /page { return 200 "later"; }\n'


@pytest.mark.parametrize(
    ("text", "given", "wanted"),
    [
        ("error_page 404 https://e.example.com/;", 404, (404, None)),
        ("proxy_intercept_errors on;\nerror_page 404 https://e.example.com/;", 404, (302, "https://e.example.com/")),
        (
            "proxy_intercept_errors on;\nerror_page 404 =301 https://e.example.com/;",
            404,
            (301, "https://e.example.com/"),
        ),
        ("proxy_intercept_errors on;\nerror_page 502 503 = @later;", 503, (302, "https://later.example.com/")),
        ("proxy_intercept_errors on;\nerror_page 502 =307 @later;", 502, (307, "https://later.example.com/")),
        ("proxy_intercept_errors on;\nerror_page 502 /page;", 502, (502, None)),
        ("proxy_intercept_errors on;\nerror_page 502 = /page;", 502, (200, None)),
        ("proxy_intercept_errors on;\nerror_page 502 =503 /page;", 502, (503, None)),
        ("proxy_intercept_errors on;\nerror_page 502 = /page;", 500, (500, None)),
    ],
)
def test_error_pages(text: str, given: int, wanted: tuple[int, str | None]) -> None:
    assert answered(LATER + text, "server-snippet", given) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "error_page 502 @later;",  # a redirect with the status of the error
        "error_page 502 = /elsewhere;",
        "error_page 502 = @unknown;",
        "error_page 502 https://e.example.com/$upstream_addr;",
        "error_page 200 https://e.example.com/;",
        "error_page 404 https://e.example.com/;\nerror_page 502 = /elsewhere;",
    ],
)
def test_other_error_pages_stay_manual(text: str) -> None:
    result = run(estate(LATER + text, "server-snippet"))
    kept = [one for one in result.findings if "error_page" in one.origin.value and one.fidelity.value == "manual"]
    assert kept


@pytest.mark.parametrize(("age", "fidelity"), [("2020", "manual"), ("2022", "approximate")])
def test_error_pages_lead_to_locations_of_the_server_snippet_in_force(age: str, fidelity: str) -> None:
    """The oldest Ingress of a host with a server-snippet gives the host its own."""
    text = "proxy_intercept_errors on;\nerror_page 404 @missing;"
    web = estate(text, path="/shop", extra=LOCATION_MISSING)
    made = '  namespace: shop\n  creationTimestamp: "{}-01-01T00:00:00Z"\n'
    web = web.replace("  namespace: shop\n", made.format(2021), 1)
    other = ingress("other", [("/other", "web")], annotations={HEAD + "server-snippet": "add_header X-Other yes;"})
    other = other.replace("  namespace: shop\n", made.format(age), 1)
    result = run(web, other)
    assert {one.fidelity.value for one in result.findings if "error_page" in one.origin.value} == {fidelity}


def test_a_location_with_error_pages_inherits_none() -> None:
    own = {
        "configuration-snippet": "error_page 403 =302 https://vpn.example.com/;",
        "whitelist-source-range": "192.0.2.9",
    }
    text = "error_page 403 =302 https://other.example.com/;"
    assert answered(text, "server-snippet", notes=own) == (302, "https://vpn.example.com/")


@pytest.mark.parametrize(("source", "status"), [("10.1.2.3", 404), ("192.0.2.7", 403)])
def test_addresses_of_a_location_without_backend(source: str, status: int) -> None:
    result = run(estate("location /internal { allow 10.0.0.0/8; deny all; }", "server-snippet"))
    comparison = comparison_for(
        result, request := Request("GET", "http", "shop.example.com", "/internal/x", source=source)
    )
    assert [consult(one, request)[0].status for one in (comparison.before, comparison.after)] == [status, status]


@pytest.mark.parametrize(
    ("text", "code"), [("gzip on;\ngzip_types text/css;", "compression.policy"), ("gzip off;", "header-snippet.manual")]
)
def test_compression(text: str, code: str) -> None:
    assert {found for found, _ in of_snippet(run(estate(text))).values()} == {code}


@pytest.mark.parametrize("key", ["configuration-snippet", "server-snippet"])
@pytest.mark.parametrize("number", ["", " ²", " ٣", " 1k", " -1", " 1 2", " " + "9" * 20, " " + "9" * 5000])
def test_numbers_that_nginx_does_not_read(number: str, key: str) -> None:
    """A directive without arguments, or with digits that no program of C reads, costs itself alone."""
    lines = ["gzip on;", f"gzip_min_length{number};", f"error_page{number} /x;"]
    lines += ["limit_req zone=per-ip;", f"limit_req_status{number};"]
    for text in ("\n".join(lines), f"limit_req zone=per-ip burst={number.strip()};"):
        result = run(estate(text, key, http=PER_ADDRESS))
        assert any(one.origin.key.endswith(key) for one in result.findings)
        assert not any(one.code.startswith("internal.") for one in result.findings)


def test_routes_that_share_a_zone_count_apart() -> None:
    """Before, one counter holds for all of them."""
    note = {"nginx.ingress.kubernetes.io/configuration-snippet": "limit_req zone=per-ip;"}
    more = ingress("more", [("/more", "web")], annotations=note)
    result = run(f"{estate('limit_req zone=per-ip;', http=PER_ADDRESS)}---\n{more}")
    texts = [one.message for one in result.findings if one.code == "rate-limit.local"]
    assert len(texts) == 2
    assert all("2 routes count apart: all of them together admit 2 times as many." in one for one in texts)


@pytest.mark.parametrize(
    ("above", "own"), [("gzip on;", "gzip off;"), ("access_log off;", "access_log /var/log/a.log;")]
)
def test_a_location_does_not_inherit_what_it_sets_by_itself(above: str, own: str) -> None:
    extra = f"\n    nginx.ingress.kubernetes.io/server-snippet: {above}"
    result = run(estate(own, extra=extra))
    specs = [one.body["spec"] for one in result.resources]
    assert not [one for one in specs if "compressor" in one or "accessLog" in one.get("telemetry", {})]
