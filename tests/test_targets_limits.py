"""Limits of how often a client may ask: never more often over time than today."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests import live
from tests.targets_input import codes, ingress, of, run, spec

PREFIX = "nginx.ingress.kubernetes.io/"


def _web(paths: tuple[str, ...] = ("/",), **notes: str) -> str:
    return ingress(
        "web",
        [(path, "web") for path in paths],
        annotations={PREFIX + key.replace("_", "-"): value for key, value in notes.items()},
    )


def _rules(result) -> list:
    found: list = spec(result, "BackendTrafficPolicy", "web-traffic")["rateLimit"]["local"]["rules"]
    return found


def _limits(result) -> list:
    return [(rule["limit"]["requests"], rule["limit"]["unit"]) for rule in _rules(result)]


def _both(*limits: tuple[int, str]) -> list:
    """IPv4 and IPv6 are ranges, and so rules, of their own."""
    return [limit for limit in limits for _ in range(2)]


def test_each_client_is_counted_for_itself():
    result = run(_web(limit_rps="10"), gateway="infra/shared")

    assert [rule["clientSelectors"] for rule in _rules(result)] == [
        [{"sourceCIDR": {"type": "Distinct", "value": cidr}}] for _ in range(2) for cidr in ("0.0.0.0/0", "::/0")
    ]


@pytest.mark.parametrize(
    ("notes", "limits"),
    [
        ({"limit_rps": "10"}, [(51, "Second"), (600, "Minute")]),
        ({"limit_rpm": "30"}, [(151, "Minute"), (1800, "Hour")]),
        ({"limit_rps": "10", "limit_burst_multiplier": "3"}, [(31, "Second"), (600, "Minute")]),
        ({"limit_rps": "10", "limit_burst_multiplier": "0"}, [(10, "Second")]),
        ({"limit_rps": "10", "limit_burst_multiplier": "100"}, [(600, "Second"), (600, "Minute")]),
        ({"limit_rps": "5", "limit_rpm": "60"}, [(26, "Second"), (300, "Minute"), (301, "Minute"), (3600, "Hour")]),
    ],
)
def test_the_burst_and_the_rate_are_a_limit_each(notes: dict, limits: list):
    """The rate holds over the longer unit, the burst within the shorter one: never more over time than nginx admits."""
    assert _limits(run(_web(**notes))) == _both(*limits)


@pytest.mark.parametrize(
    ("exempt", "left_out", "counted"),
    [
        ("10.0.0.0/8", "10.0.0.0/8", ""),
        ("10.0.0.0/9,10.128.0.0/9", "10.0.0.0/8", ""),
        ("192.168.1.1,10.0.0.0/8", "10.0.0.0/8", "192.168.1.1/32 is counted too"),
        ("2001:db8::/32", "2001:db8::/32", ""),
    ],
)
def test_addresses_that_are_exempt_are_not_counted(exempt: str, left_out: str, counted: str):
    """A rule has one sourceCIDR, so one range is left out; the client is known by a header that listeners write."""
    result = run(_web(limit_rps="10", limit_whitelist=exempt))
    [finding] = [one for one in result.findings if one.origin.key.endswith("limit-rps")]

    assert {repr(rule["clientSelectors"]) for rule in _rules(result)} == {
        repr(
            [
                {
                    "headers": [{"name": "X-Real-IP", "type": "Distinct"}],
                    "sourceCIDR": {"value": left_out, "invert": True},
                }
            ]
        )
    }
    assert f"{left_out} is not counted" in finding.message and counted in finding.message


def test_nobody_is_exempt_where_clients_could_write_the_header():
    """A Gateway of others has no policy of ours that overwrites X-Real-IP."""
    result = run(_web(limit_rps="10", limit_whitelist="10.0.0.0/8"), gateway="infra/shared")

    assert all("headers" not in rule["clientSelectors"][0] for rule in _rules(result))
    assert any("10.0.0.0/8 is counted too" in one.message for one in result.findings)


@pytest.mark.parametrize(("config", "status"), [("", 503), ('limit-req-status-code: "429"', 429)])
def test_the_status_of_a_refusal_is_kept(config: str, status: int):
    settings = f"""apiVersion: v1
kind: ConfigMap
metadata: {{name: ingress-nginx-controller, namespace: ingress-nginx}}
data: {{{config}}}
"""
    body = spec(run(_web(limit_rps="10"), settings), "BackendTrafficPolicy", "web-traffic")
    override = {
        "match": {"statusCodes": [{"type": "Value", "value": 429}]},
        "source": "Local",
        "response": {"statusCode": status},
    }
    assert body.get("responseOverride", []) == ([] if status == 429 else [override])


def test_strict_style_divides_what_several_routes_would_admit_together():
    plain, strict = (run(_web(("/a", "/b"), limit_rps="10"), strict=strict) for strict in (False, True))
    [finding] = [one for one in plain.findings if one.code == "rate-limit.local"]

    assert _limits(plain) == _both((51, "Second"), (600, "Minute"))
    assert _limits(strict) == _both((5, "Second"))
    assert "2 routes count apart" in finding.message


def test_a_slower_response_is_no_protection():
    result = run(_web(limit_rps="5", limit_rate="100"))

    assert _rules(result)
    assert "response-rate.unsupported" in codes(result)


@pytest.mark.parametrize("notes", [{"limit_connections": "3"}, {"limit_connections": "3", "limit_rps": "5"}])
def test_limits_of_connections_withhold_the_route(notes: dict):
    assert of(run(_web(**notes)), "HTTPRoute") == []


def test_no_limit_is_none():
    assert "rate-limit.none" in codes(run(_web(limit_rps="0")))


def test_refused_logins_count():
    url: dict[str, Any] = {"auth_url": "http://auth.sec.svc.cluster.local/check", "limit_rpm": "30"}
    own, shared = run(_web(**url)), run(_web(**url), gateway="infra/shared")
    [proxy] = of(own, "EnvoyProxy")

    assert proxy.body["spec"]["filterOrder"] == [
        {"name": "envoy.filters.http.local_ratelimit", "before": "envoy.filters.http.ext_authz"}
    ]
    assert of(shared, "HTTPRoute") == []


@pytest.mark.e2e
@pytest.mark.skipif(bool(live.absent()), reason=live.absent() or "all there")
@pytest.mark.filterwarnings("ignore")
def test_the_real_target_counts_clients_and_refused_logins(tmp_path: Path):
    auth = "http://auth.sec.svc.cluster.local/check"
    notes: dict[str, Any] = {"limit_rpm": "5", "limit_burst_multiplier": "1", "limit_whitelist": "10.9.0.0/16"}
    result = run(_web(auth_url=auth, **notes))
    with live.target([one.body for one in result.resources], tmp_path) as running:

        def ask(source: str, count: int) -> list[int]:
            request = {"host": "shop.example.com", "source": source, "given": {"sec/auth:80": {"status": 401}}}
            return [running.ask(dict(request))["status"] for _ in range(count)]

        assert ask("10.1.2.3", 7) == [401] * 6 + [503]
        assert ask("10.1.2.4", 1) == [401]
        assert ask("10.9.0.1", 9) == [401] * 9
        assert ask("2001:db8::1", 7)[-1] == 503
