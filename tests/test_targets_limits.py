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


def _limits(result) -> list:
    return [
        (rule["clientSelectors"][0]["sourceCIDR"], rule["limit"])
        for rule in spec(result, "BackendTrafficPolicy", "web-traffic")["rateLimit"]["local"]["rules"]
    ]


def test_each_client_is_counted_for_itself():
    result = run(_web(limit_rps="10", limit_rpm="300"), gateway="infra/shared")

    assert _limits(result) == [
        ({"type": "Distinct", "value": cidr}, {"requests": number, "unit": unit})
        for number, unit in ((10, "Second"), (300, "Minute"))
        for cidr in ("0.0.0.0/0", "::/0")
    ]


def test_strict_style_divides_what_several_routes_would_admit_together():
    plain, strict = (run(_web(("/a", "/b"), limit_rps="10"), strict=strict) for strict in (False, True))
    [finding] = [one for one in plain.findings if one.code == "rate-limit.local"]

    assert _limits(plain)[0][1]["requests"] == 10
    assert _limits(strict)[0][1]["requests"] == 5
    assert "2 routes count apart" in finding.message


@pytest.mark.parametrize("notes", [{"limit_connections": "3"}, {"limit_rps": "5", "limit_rate": "100"}])
def test_other_limits_withhold_the_route(notes: dict):
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
    result = run(_web(auth_url="http://auth.sec.svc.cluster.local/check", limit_rpm="5"))
    with live.target([one.body for one in result.resources], tmp_path) as running:

        def ask(source: str, count: int) -> list[int]:
            request = {"host": "shop.example.com", "source": source, "given": {"sec/auth:80": {"status": 401}}}
            return [running.ask(dict(request))["status"] for _ in range(count)]

        assert ask("10.1.2.3", 11)[-1] == 429
        assert ask("10.1.2.4", 1) == [401]
        assert ask("2001:db8::1", 11)[-1] == 429
