"""What nginx does with a request before it looks for a location, and with what backends send back.

After rootfs/etc/nginx/template/nginx.tmpl: directives of a server run before those of its locations, so that they know
nothing of sizes of bodies; named locations send other headers than the location that a request came by.
"""

from __future__ import annotations

import pytest

from converter.routing.decide import decide
from converter.routing.exchange import Request
from converter.routing.situation import Situation
from tests.test_nginx_source import HEAD, compiled, config, ingress

LARGE = {"content_length": "99999999"}
TLS = "https://shop.example.com"
PLAIN = "http://shop.example.com"


CA = {"auth_tls_secret": "shop/ca"}


def annotated(annotations: dict[str, str], tls: bool = False) -> str:
    return ingress("a", "/: web, /why: help", "shop.example.com", tls, **annotations)


def certified(**annotations: str) -> str:
    return annotated({**CA, "ssl_redirect": "false", **annotations}, True)


@pytest.mark.parametrize(
    ("host", "path", "annotations", "expected"),
    [
        ("shop.example.com", "/", {"app_root": "/app"}, 302),
        ("shop.example.com", "/x", {"app_root": "/app"}, 413),
        ("www.shop.example.com", "/x", {"from_to_www_redirect": "true"}, 308),
        ("shop.example.com", "/x", {"from_to_www_redirect": "true"}, 413),
        ("shop.example.com", "/x", {"permanent_redirect": "https://new.example.com"}, 413),
        ("shop.example.com", "/x", {"auth_tls_secret": "shop/ca", "auth_tls_match_cn": "CN=x"}, 403),
        ("nobody.example.com", "/x", {}, 413),
    ],
)
def test_sizes_of_bodies_are_looked_at_once_a_location_is_found(
    host: str, path: str, annotations: dict[str, str], expected: int
) -> None:
    out = compiled(annotated(annotations))
    assert out.ask(f"http://{host}{path}", "POST", **LARGE).status == expected


def test_a_server_snippet_responds_before_sizes_are_looked_at() -> None:
    snippet = config(allow_snippet_annotations="true", annotations_risk_level="Critical")
    out = compiled(snippet + ingress("a", server_snippet="if ($request_method = DELETE) { return 405; }"))
    assert out.ask(f"{PLAIN}/x", "DELETE", **LARGE).status == 405
    assert out.ask(f"{PLAIN}/x", "PUT", **LARGE).status == 413


def test_app_root_responds_where_the_paths_are_denied() -> None:
    out = compiled(ingress("a", app_root="/app", auth_type="basic"))
    assert (out.ask(f"{PLAIN}/").status, out.ask(f"{PLAIN}/app").status) == (302, 503)


@pytest.mark.parametrize(
    ("annotations", "https", "http"),
    [
        ({}, 400, 200),
        ({"auth_tls_verify_client": "optional"}, 200, 200),
        ({"auth_tls_verify_client": "off"}, 200, 200),
        ({"auth_tls_match_cn": "CN=x"}, 400, 403),
        ({"auth_tls_match_cn": "CN=x", "auth_tls_verify_client": "optional"}, 403, 403),
        ({"auth_tls_match_cn": "CN=x", "auth_tls_verify_client": "off"}, 403, 403),
        ({"auth_tls_error_page": "https://errors.example.com/tls"}, 302, 200),
        ({"auth_tls_error_page": "@tls"}, 500, 200),
        ({"auth_tls_error_page": "/why"}, 200, 200),
        ({"auth_tls_error_page": "/why", "auth_tls_match_cn": "CN=x"}, 403, 403),
    ],
)
def test_a_request_without_a_client_certificate(annotations: dict[str, str], https: int, http: int) -> None:
    out = compiled(certified(**annotations))
    assert (out.ask(f"{TLS}/x").status, out.ask(f"{PLAIN}/x").status) == (https, http)


def test_the_error_page_of_client_certificates_is_a_url_or_a_path() -> None:
    url = "https://errors.example.com/tls"
    assert compiled(certified(auth_tls_error_page=url)).ask(f"{TLS}/x?a=1").location == url
    page = compiled(certified(auth_tls_error_page="/why")).ask(f"{TLS}/x?a=1", "POST")
    assert (page.backends, page.path) == ({"shop/help:80": 1.0}, "/why")


def test_the_subject_of_certificates_is_asked_for_before_app_root_and_https() -> None:
    out = compiled(annotated({**CA, "auth_tls_match_cn": "CN=x", "app_root": "/app"}, True))
    assert (out.ask(f"{PLAIN}/").status, out.ask(f"{PLAIN}/x").status) == (403, 403)


@pytest.mark.parametrize(
    ("value", "agent", "expected"),
    [
        ("Lax", "", "; SameSite=Lax"),
        ("lax", "", ""),
        ("STRICT", "", ""),
        ("None", "Mozilla/5.0 (X11) Chrome/120.0", "; SameSite=None"),
        ("None", "Mozilla/5.0 (X11) Chrome/51.0", ""),
        ("None", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14_1) Version/12.0 Safari/605.1", ""),
    ],
)
def test_same_site_of_affinity_cookies(value: str, agent: str, expected: str) -> None:
    more = {"session_cookie_conditional_samesite_none": "true", "session_cookie_max_age": "0900"}
    out = compiled(annotated({"affinity": "cookie", "session_cookie_samesite": value, **more}))
    cookie = out.ask(f"{PLAIN}/", user_agent=agent).response_headers["set-cookie"]
    assert cookie == f"INGRESSCOOKIE=*; Max-Age=900; Path=/; HttpOnly{expected}"


@pytest.mark.parametrize(
    ("connections", "upgrade", "expected"), [("0", "", "close"), ("0", "websocket", "upgrade"), ("", "", None)]
)
def test_connection_towards_backends(connections: str, upgrade: str, expected: str | None) -> None:
    text = config(upstream_keepalive_connections=connections) if connections else ""
    headers = {"upgrade": upgrade} if upgrade else {}
    assert compiled(text + ingress("a")).ask(f"{PLAIN}/", **headers).implicit_headers["connection"] == expected


def test_the_www_redirect_believes_a_trusted_load_balancer() -> None:
    out = compiled(config(use_forwarded_headers="true") + ingress("a", from_to_www_redirect="true"))
    sent = {"x_forwarded_proto": "https", "x_forwarded_port": "8443"}
    assert out.ask("http://www.shop.example.com/a/", **sent).location == "https://shop.example.com:8443/a"
    assert out.ask("http://www.shop.example.com/a/").location == "http://shop.example.com:80/a"


def backend_sends(text: str, **headers: str) -> tuple[str | None, str | None]:
    """Location and Set-Cookie that a client of shop.example.com gets."""
    given = Situation({"given": {"shop/web:80": {"status": 302, "headers": headers}}})
    found = decide(compiled(text).tables[0], Request("GET", "http", "Shop.example.com:8080", "/", situation=given))
    return found.location, found.response_headers.get("set-cookie")


@pytest.mark.parametrize(
    ("start", "to", "sent", "expected"),
    [
        ("http://inner/", "https://shop.example.com/", "http://inner/a", "https://shop.example.com/a"),
        ("http://inner/", "/", "http://inner/a", "http://shop.example.com/a"),
        ("http://inner/", "/", "/a", "/a"),
        ("http://inner/", "/", "http://other/a", "http://other/a"),
        ("off", "/", "http://inner/a", "http://inner/a"),
        ("default", "/", "http://inner/a", "http://inner/a"),
        ("http://inner/", "off", "http://inner/a", "http://inner/a"),
    ],
)
def test_locations_of_backends(start: str, to: str, sent: str, expected: str) -> None:
    own = ingress("a", proxy_redirect_from=start, proxy_redirect_to=to)
    default = config(proxy_redirect_from=start, proxy_redirect_to=to) + ingress("a")
    assert backend_sends(own, Location=sent)[0] == backend_sends(default, Location=sent)[0] == expected


def test_relative_redirects_leave_rewritten_locations_relative() -> None:
    text = ingress("a", proxy_redirect_from="http://inner/", proxy_redirect_to="/", relative_redirects="true")
    assert backend_sends(text, Location="http://inner/a")[0] == "/a"


@pytest.mark.parametrize(
    ("annotations", "sent", "expected"),
    [
        ({"proxy_cookie_path": "/ /shop/"}, "a=1; Path=/; HttpOnly", "a=1; Path=/shop/; HttpOnly"),
        ({"proxy_cookie_path": "/app /"}, "a=1; path=/other", "a=1; path=/other"),
        ({"proxy_cookie_domain": "inner.local example.com"}, "a=1; Domain=.INNER.local", "a=1; Domain=example.com"),
        ({"proxy_cookie_domain": "inner.local example.com"}, "a=1; Domain=x.inner.local", "a=1; Domain=x.inner.local"),
        ({"proxy_cookie_path": "off"}, "a=1; Path=/", "a=1; Path=/"),
    ],
)
def test_cookies_of_backends(annotations: dict[str, str], sent: str, expected: str) -> None:
    assert backend_sends(annotated(annotations), **{"Set-Cookie": sent})[1] == expected


def test_rewrites_that_change_nothing_are_said_to_have_no_effect() -> None:
    codes = compiled(ingress("a", proxy_redirect_from="default", proxy_cookie_path="off")).codes()
    assert codes[f"{HEAD}/proxy-redirect-from"] == "location-rewrite.no-effect"
    assert codes[f"{HEAD}/proxy-cookie-path"] == "cookie-rewrite.no-effect"


@pytest.mark.parametrize(("target", "expected"), [("/x$10", "/xb0"), ("/x/$2", "/x/"), ("/$1$1", "/bb")])
def test_groups_have_one_digit(target: str, expected: str) -> None:
    out = compiled(ingress("a", "/a(.*): web", use_regex="true", rewrite_target=target))
    assert out.ask(f"{PLAIN}/ab").path == expected


@pytest.mark.parametrize(
    ("vhost", "expected"),
    [
        ("web.shop.svc:8080", "web.shop.svc:8080"),
        ("$service_name.$namespace.svc", "web.shop.svc"),
        ("$host-inner", "shop.example.com-inner"),
        ("$http_host", "Shop.example.com"),
    ],
)
def test_the_host_that_backends_see(vhost: str, expected: str) -> None:
    out = compiled(annotated({"upstream_vhost": vhost}))
    assert out.ask("http://Shop.example.com/").host == expected
