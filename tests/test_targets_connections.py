"""TLS connections whose server name is not the Host: which listener takes them, and what it answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.complete import broken_promises
from tests.connections import SHAPES, questions, traced
from tests.targets_input import codes, ingress, of, run, spec

CA = {"nginx.ingress.kubernetes.io/auth-tls-secret": "shop/ca"}


def _listeners(result: Any) -> list[dict[str, Any]]:
    [gateway] = of(result, "Gateway")
    return [one for one in gateway.body["spec"]["listeners"] if one["protocol"] == "HTTPS"]


@pytest.mark.parametrize("choice", ["shared", "host", "namespace", "acp"])
@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_that_was_refused_is_served_by_another_connection(shape: str, choice: str) -> None:
    chosen = {"preset": choice, "source": "ingress-nginx"} if choice == "acp" else {"listeners": choice}
    result = run(*SHAPES[shape].documents, **chosen)
    assert broken_promises(result) == []
    for request in questions(SHAPES[shape]):
        answer = traced(result, request)
        refused = answer["before"]["status"] in (0, 400, 401, 403, 421)
        assert not (refused and answer["after"]["status"] == 200), (request, answer)
        assert answer["same"] or answer["findings"], (request, answer)


def test_hosts_of_one_certificate_are_served_on_one_connection() -> None:
    result = run(*SHAPES["one-secret"].documents)
    [https] = _listeners(result)
    assert "hostname" not in https
    assert [one["name"] for one in https["tls"]["certificateRefs"]] == ["w"]
    answer = traced(result, {"scheme": "https", "host": "b.example.com", "path": "/", "sni": "a.example.com"})
    assert answer["same"]
    assert "tls.unknown-names" not in codes(result)


def test_the_default_certificate_stands_first() -> None:
    [https] = _listeners(run(*SHAPES["default-certificate"].documents))
    assert [one["name"] for one in https["tls"]["certificateRefs"]] == ["fallback", "a"]


def test_a_host_with_client_certificates_has_a_listener_and_the_others_answer_421() -> None:
    result = run(*SHAPES["mtls-wildcard"].documents)
    assert [one.get("hostname") for one in _listeners(result)] == [None, "secure.example.com"]
    first = spec(result, "HTTPRoute", "w")["rules"][0]
    assert {repr(match["path"]) for match in first["matches"]} == {
        repr({"type": "PathPrefix", "value": value}) for value in ("/app", "/")
    }
    assert all(match["headers"][0]["name"] == "Host" for match in first["matches"])
    shared = spec(result, "ClientTrafficPolicy", "nginx-https")
    own = spec(result, "ClientTrafficPolicy", "nginx-https-secure-example-com")
    assert shared["tls"]["alpnProtocols"] == ["h2", "http/1.1"]
    assert "alpnProtocols" not in own["tls"]  # Envoy Gateway's guard against reuse stays in place there


def test_more_than_64_certificates_leave_the_hosts_before_where_they_are() -> None:
    few, many = (
        [
            ingress(f"i{n:03d}", [("/", "web")], host=f"h{n:03d}.example.com", tls=f"t{n:03d}")
            for n in reversed(range(count))
        ]
        for count in (64, 66)
    )
    before, after = run(*few), run(*many)
    assert len(_listeners(before)) == 1
    assert [one.get("hostname") for one in _listeners(after)] == [None, "h000.example.com", "h001.example.com"]
    assert "tls.certificate-limit" in codes(after)


def test_policies_of_client_certificates_stay_beside_the_gateway() -> None:
    result = run(*SHAPES["mtls-wildcard"].documents, listeners="namespace")
    assert [one.get("hostname") for one in _listeners(result)] == ["secure.example.com"]
    assert of(result, "ListenerSet")
    assert not any(one.status == "withheld" for one in result.objects)


def test_plain_gateway_api_keeps_a_listener_a_host_and_says_so() -> None:
    result = run(*SHAPES["one-secret"].documents, target="gateway-api")
    assert [one["hostname"] for one in _listeners(result)] == ["a.example.com", "b.example.com"]
    assert "tls.connection-reuse" in codes(result)
    answer = traced(result, {"scheme": "https", "host": "b.example.com", "path": "/", "sni": "a.example.com"})
    assert answer["after"]["status"] == 404
    assert "tls.connection-reuse" in answer["findings"]


def test_hosts_below_a_wildcard_with_a_listener_of_its_own_are_not_taken_by_it() -> None:
    result = run(*SHAPES["mtls-of-the-wildcard"].documents)
    assert {"*.example.com", "open.example.com"} <= {one.get("hostname") for one in _listeners(result)}
    answer = traced(result, {"scheme": "https", "host": "open.example.com", "path": "/"})
    assert answer["before"]["status"] == answer["after"]["status"] == 403


def test_a_catch_all_with_client_certificates_leaves_other_hosts_without() -> None:
    """Its listener has no hostname, and would ask the clients of every host that shares it."""
    result = run(*SHAPES["mtls-of-any-host"].documents)
    assert [one.get("hostname") for one in _listeners(result)] == [None, "*.example.com", "open.example.org"]
    asking = [one.body["spec"]["targetRefs"] for one in of(result, "ClientTrafficPolicy") if "caCert" in str(one.body)]
    assert [[one["sectionName"] for one in refs] for refs in asking] == [["https"]]
