"""What the controller builds and AWS does not take is said on the path."""

from __future__ import annotations

import pytest

from tests.alb_yaml import finding, host, ingress, run, service


def many(count: int, name: str = "web") -> str:
    return ingress(
        host(f"{name}.example.com", *(f"/p{number} Exact one" for number in range(count))), "group.name: g", name
    )


@pytest.mark.parametrize("target", ["aws", "envoy-gateway"])
def test_rules_of_all_members_count_towards_the_quota(target):
    result = run(many(60, "a"), many(41, "b"), service("one"), target=target)

    [told] = [one for one in result.findings if "AWS quota" in one.message]
    assert told.code == "aws.quota"
    assert "101 rules (AWS quota: 100)" in told.message
    assert (told.origin.object.name, told.origin.key) == ("b", "spec.rules[0].http.paths[40]")


def test_a_hundred_rules_are_fine():
    result = run(many(60, "a"), many(40, "b"), service("one"))

    assert not any("AWS quota" in one.message for one in result.findings)


@pytest.mark.parametrize("version", ["GRPC", "HTTP2"])
@pytest.mark.parametrize("target", ["aws", "envoy-gateway"])
def test_newer_protocols_want_a_listener_with_https(version, target):
    notes = f"backend-protocol-version: {version}"
    plain = run(ingress(host("a.example.com", "/x Prefix one"), notes), service("one"), target=target)
    told = finding(plain, "spec.rules[0].http.paths[0]")
    assert f"{version} towards shop/one:80 on port 80, which is HTTP (AWS: HTTPS only)" in told.message

    notes += "\ncertificate-arn: arn:aws:acm:eu-west-1:1:certificate/x"
    secure = run(ingress(host("a.example.com", "/x Prefix one"), notes), service("one"), target=target)
    assert "HTTPS only" not in finding(secure, "spec.rules[0].http.paths[0]").message


def test_a_redirect_to_https_leaves_no_plain_rule():
    notes = (
        "backend-protocol-version: GRPC\ncertificate-arn: arn:aws:acm:eu-west-1:1:certificate/x\nssl-redirect: '443'\n"
        'listen-ports: \'[{"HTTP":80},{"HTTPS":443}]\''
    )
    result = run(ingress(host("a.example.com", "/x Prefix one"), notes), service("one"))

    assert "HTTPS only" not in finding(result, "spec.rules[0].http.paths[0]").message


def test_an_action_has_five_target_groups():
    names = [f"s{number}" for number in range(6)]
    groups = ",".join(f'{{"serviceName":"{name}","servicePort":80,"weight":1}}' for name in names)
    notes = f'actions.split: \'{{"type":"forward","forwardConfig":{{"targetGroups":[{groups}]}}}}\''
    result = run(ingress(host("a.example.com", "/x Prefix split:use-annotation"), notes), *map(service, names))

    assert "6 target groups in one action (AWS quota: 5)" in finding(result, "spec.rules[0].http.paths[0]").message
