"""Comments in written manifests name the settings behind a field, and change nothing else."""

from __future__ import annotations

import json

import pytest
import yaml

from converter.api import convert
from converter.model.options import Options
from tests.command import invoke
from tests.targets_input import ingress

NGINX = "nginx.ingress.kubernetes.io/"
SETTINGS = {
    "proxy-read-timeout": "120",
    "proxy-send-timeout": "120",
    "enable-cors": "true",
    "cors-allow-origin": "https://shop.example.com",
    "whitelist-source-range": "10.0.0.0/8",
}


def manifest(annotations: dict[str, str]) -> str:
    """One Ingress; JSON quotes whatever YAML may be given."""
    made = ingress("web", [("/", "web"), ("/b", "b")], tls="a", annotations={NGINX + key: key for key in annotations})
    for key, value in annotations.items():
        made = made.replace(f"{key!r}", json.dumps(value))
    return made


def text(annotations: dict[str, str], comments: bool = True) -> str:
    return convert(text=manifest(annotations), options=Options(comments=comments)).yaml()


def comments(manifests: str) -> list[tuple[str, str]]:
    """Each comment with the key below it."""
    lines = manifests.split("\n")
    return [
        (line.strip(), lines[number + 1].strip().lstrip("- ").partition(":")[0])
        for number, line in enumerate(lines)
        if line.lstrip().startswith("#")
    ]


def test_settings_stand_above_what_was_written_for_them():
    found = comments(text(SETTINGS))
    timeouts = ("# ingress-nginx: proxy-read-timeout 120, proxy-send-timeout 120", "http")
    cors = ("# ingress-nginx: enable-cors true, cors-allow-origin https://shop.example.com", "cors")
    addresses = ("# ingress-nginx: whitelist-source-range 10.0.0.0/8", "authorization")
    assert [found.count(one) for one in (timeouts, cors, addresses)] == [1, 2, 1]
    assert ("# ingress-nginx default: proxy-next-upstream error timeout", "retry") in found


def test_nothing_else_changes():
    with_comments, without = text(SETTINGS), text(SETTINGS, comments=False)
    assert comments(without) == []
    assert "\n".join(line for line in with_comments.split("\n") if not line.lstrip().startswith("#")) == without


@pytest.mark.parametrize(
    "value",
    ["^/a\nkind: Secret", "x ##vso[task.setvariable variable=a]b", "::error::x", "\u202eabc", "a" * 80, "日本"],
)
def test_what_may_steer_a_log_or_a_parser_is_left_out(value):
    settings = SETTINGS | {"affinity": "cookie", "session-cookie-name": value, "cors-allow-headers": value}
    made = text(settings)
    assert list(yaml.safe_load_all(made)) == list(yaml.safe_load_all(text(settings, comments=False)))
    assert all(value not in comment for comment, _ in comments(made))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in.yaml").write_text(manifest({"proxy-read-timeout": "120"}))
    return tmp_path


def test_the_option_and_its_key(folder):
    (folder / "ing2gw.yaml").write_text("comments: false\n")
    shown, off = (invoke(["convert", "in.yaml", "-q", *more], folder).out for more in (["--comments"], []))
    assert comments(shown)
    assert comments(off) == []
    assert invoke(["convert", "in.yaml", "-q", "--no-comments"], folder).out == off


def test_a_comment_has_the_causes_of_its_field(folder):
    invoke(["convert", "in.yaml", "-q", "-o", "out"], folder)
    file = "out/routes/shop/web.yaml"
    lines = (folder / file).read_text().split("\n")
    number = next(number for number, line in enumerate(lines, 1) if line.lstrip().startswith("# ingress-nginx: proxy"))
    above, below = (invoke(["explain", f"{file}:{line}", "in.yaml"], folder).out for line in (number, number + 1))
    assert above == below
    assert "proxy-read-timeout" in above


CANARY = {"canary": "true", "canary-weight": "20"}
AWS = "alb.ingress.kubernetes.io/"
WEIGHTED = (
    '{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"blue","servicePort":"80","weight":8},'
    '{"serviceName":"green","servicePort":"80","weight":2}]}}'
)


def test_weights_name_the_setting_behind_them():
    settings = {NGINX + key: value for key, value in CANARY.items()}
    made = convert(text=f"{manifest({})}\n---\n{ingress('next', [('/', 'next')], annotations=settings)}").yaml()
    assert ("# ingress-nginx: canary true, canary-weight 20", "backendRefs") in comments(made)


@pytest.mark.parametrize("target", ["envoy-gateway", "aws"])
def test_settings_of_an_alb_are_named(target):
    given = {
        "scheme": "internal",
        "inbound-cidrs": "10.0.0.0/8",
        "load-balancer-attributes": "idle_timeout.timeout_seconds=120",
        "actions.web": WEIGHTED,
    }
    made = ingress("web", [("/", "web")], cls="alb", annotations={AWS + key: value for key, value in given.items()})
    made = made.replace("port: {number: 80}", "port: {name: use-annotation}").replace(
        "number: 80", "name: use-annotation"
    )
    found = comments(convert(text=made, options=Options(target=target)).yaml())
    fields = {
        "envoy-gateway": {"inbound-cidrs": "authorization", "idle_timeout.timeout_seconds": "http"},
        "aws": {
            "scheme": "scheme",
            "inbound-cidrs": "sourceRanges",
            "idle_timeout.timeout_seconds": "loadBalancerAttributes",
        },
    }[target] | {"actions.web": "backendRefs"}
    for key, field in fields.items():
        assert any(comment.startswith(f"# aws-alb: {key}") and below == field for comment, below in found), key
