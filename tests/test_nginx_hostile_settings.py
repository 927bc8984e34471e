"""Every key of the ConfigMap and every flag with values that no controller could use: each costs itself alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

import pytest
import yaml

from converter.acceptance.exit_status import lost_protection
from converter.packs.controllers import settings_of
from converter.pipeline.result import Result
from tests.complete import convert_text
from tests.test_nginx_hostile_values import INGRESS

KEYS, FLAGS = settings_of("ingress-nginx")
HOSTILE = (
    "http://[",
    "9" * 30,
    "-1",
    "nan",
    "a b",
    "::1/129",
    "../..",
    "$(x)/y",
    "\x1b[31m",
    "a/b/c",
    "~(",
    "x=(",
    " ",
)
NAMED = {"--ingress-class", "--watch-namespace", "--controller-class", "--annotations-prefix"}
"""With another value of these the Ingress is another controller's."""


def config_map(data: dict[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "ingress-nginx-controller", "namespace": "ingress-nginx"},
        "data": data,
    }


def workload(*args: str) -> dict[str, Any]:
    container = {
        "name": "controller",
        "image": "registry.k8s.io/ingress-nginx/controller:v1.15.1",
        "args": ["/nginx-ingress-controller", *args],
    }
    labels = {"app.kubernetes.io/name": "ingress-nginx"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "ingress-nginx-controller", "namespace": "ingress-nginx", "labels": labels},
        "spec": {"template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}},
    }


def converted(*documents: dict[str, Any]) -> Result:
    text = f"{INGRESS}---\n{yaml.safe_dump_all(documents)}"
    return convert_text(text)


def check(result: Result, about: object) -> None:
    """No invalid output; without routes only where what is not understood may protect."""
    assert not [one.message for one in result.findings if one.code.startswith("internal.")], about
    withheld = any(lost_protection(one) for one in result.findings)
    assert withheld or "HTTPRoute" in {one.kind for one in result.resources}, about


def rotated(names: Iterable[str], offset: int) -> dict[str, str]:
    """Each name with a value of its own."""
    return dict(zip(names, itertools.islice(itertools.cycle(HOSTILE), offset, None), strict=False))


@pytest.mark.parametrize("offset", range(len(HOSTILE)), ids=lambda offset: repr(HOSTILE[offset])[:9])
def test_all_keys_and_flags_at_once_with_each_value(offset: int) -> None:
    """Over all offsets each key and flag meets each value; those that switch checks or classes stay away."""
    quiet = ("annotation-value-word-blocklist", "annotations-risk-level")
    flags = [name for name in FLAGS if f"--{name}" not in NAMED]
    args = [f"--{name}={text}" for name, text in rotated(flags, offset).items()]
    for protects in (False, True):
        keys = [key for key, row in KEYS.items() if row.protects is protects and key not in quiet]
        check(converted(config_map(rotated(keys, offset)), workload(*args)), offset)


@pytest.mark.parametrize(
    ("flag", "code"),
    [
        ("--watch-namespace-selector=a in (b", "config.flag-unusable"),
        ("--watch-namespace=http://[", "config.flag-unusable"),
        ("--default-ssl-certificate=http://[", "config.flag-unusable"),
        ("--default-ssl-certificate=$(NAMESPACE)/tls", "config.flag-unusable"),
        ("--enable-ssl-passthrough=maybe", "config.flag-unusable"),
        ("--default-ssl-certificate=$(POD_NAMESPACE)/tls", ""),
        ("--watch-namespace-selector=team in (a, b),env!=dev", ""),
    ],
)
def test_a_flag_that_the_controller_cannot_read_is_named_and_left_out(flag: str, code: str) -> None:
    result = converted(workload(flag))
    check(result, flag)
    [found] = [one for one in result.findings if one.origin.key == flag.partition("=")[0]]
    assert (found.code == code) if code else found.code != "config.flag-unusable"
    assert (flag in found.message) == bool(code)


def test_a_default_backend_that_is_not_in_the_input_is_unknown() -> None:
    result = converted(workload("--default-backend-service=shop/errors"))
    [found] = [one for one in result.findings if one.origin.key == "--default-backend-service"]
    assert (found.code, found.fidelity.value) == ("config.reference-missing", "approximate")


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("proxy-connect-timeout", "-1", "timeouts.negative"),
        ("proxy-send-timeout", "-1", "timeouts.negative"),
        ("global-auth-url", "http://[", "config.no-effect"),
        ("global-auth-url", "auth.example.com", "config.no-effect"),
    ],
)
def test_a_key_that_the_controller_cannot_use_is_named(key: str, value: str, code: str) -> None:
    result = converted(config_map({key: value}))
    check(result, key)
    assert [one.code for one in result.findings if one.origin.key == key] == [code]
