"""No value of a Secret is in anything that a command prints or writes."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
import yaml

from converter.cluster.clean import cleaned
from converter.model.credentials import path_without_secrets, shown_setting, without_passwords, without_secrets
from converter.reporting import FORMATS
from tests.command import invoke
from tests.targets_input import ingress, services

FIXTURES = Path(__file__).parent.parent / "fixtures"
ESTATES = {
    "nginx": FIXTURES / "migration" / "ingress-nginx",
    "retail": FIXTURES / "acp" / "platform",
    "storefront": FIXTURES / "migration" / "aws-alb",
}
"""By an entry point of each."""
REPORTS = [part for name in FORMATS for part in ("--report", f"{name}:report.{name}")]
COMMANDS: dict[str, list[str]] = {
    "convert": ["convert", "in", "-o", "out", "-v", *REPORTS],
    "staging": ["convert", "in", "-o", "out", "--staging-domain", "test.example.net", "--kustomize"],
    "stdout": ["convert", "in", "-v"],
    "diff": ["diff", "in", "-v"],
    "check": ["check", "in"],
    "verify": ["verify", "in", "-v"],
    "trace": ["trace", "in", "--request", "GET https://shop.example.com/"],
    "plan": ["plan", "in", "-o", "plan"],
    "plan as a page": ["plan", "in", "-o", "page", "--format", "html"],
    "plan as data": ["plan", "in", "--format", "json"],
    "portability": ["portability", "out"],
    "replay": ["replay", "in", "--log", "in.log", "--report", "json:traffic.json"],
    "status": ["status", "in", "-v"],
    "status as data": ["status", "in", "--format", "json"],
    "probe": ["probe", "in", "--before", "192.0.2.1", "--after", "192.0.2.2", "--dry-run", "--entry", "ENTRY"],
}
LINE = '192.0.2.9 - - [28/Nov/2026:10:00:00 +0000] "GET /?token=MARK-of-the-log HTTP/1.1" 200 1 "-" "curl/8"\n'
DATA = (
    "tls.crt", "tls.key", "ca.crt", "auth", "client-secret", "password", "token", ".htpasswd", "users", "clientID",
    "clientSecret",
)  # fmt: skip


def _marks(ref: str) -> dict[str, str]:
    """A value for each key. Users of basic authentication keep their form."""
    return {key: f"MARK-{key}-of-{ref}" for key in DATA} | {"auth": f"MARK-user-{ref}:{{SHA}}MARK-hash-{ref}="}


def _planted(document: dict[str, Any]) -> dict[str, Any]:
    marks = _marks(document["metadata"]["name"])
    document["data"] = {key: base64.b64encode(text.encode()).decode() for key, text in marks.items()}
    document["stringData"] = {f"plain-{key}": text for key, text in marks.items()}
    return document


def _estate(source: Path, folder: Path) -> list[str]:
    """The manifests of an estate with a Secret for each name that they refer to; returns what must not be shown."""
    names: set[tuple[str, str]] = set()
    hidden: list[str] = []
    for file in sorted(source.glob("*.yaml")):
        documents = [one for one in yaml.safe_load_all(file.read_text()) if one]
        found = [item for one in documents for item in (one["items"] if one["kind"].endswith("List") else [one])]
        for one in found:
            space = one["metadata"].get("namespace", "default")
            if one["kind"] == "Secret":
                names.add((space, one["metadata"]["name"]))
            names |= {(space, tls.get("secretName", "x")) for tls in (one.get("spec") or {}).get("tls") or ()}
        rest = [one for one in found if one["kind"] != "Secret"]
        (folder / file.name).write_text(yaml.safe_dump_all(rest))
    names |= {("shop", name) for name in ("users", "ca")}
    secrets = [
        _planted({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": space}})
        for space, name in sorted(names)
    ]
    (folder / "secrets.yaml").write_text(yaml.safe_dump_all(secrets))
    for one in secrets:
        hidden += [*one["data"].values(), *one["stringData"].values()]
    return hidden


@pytest.mark.parametrize("entry", ESTATES)
def test_no_value_of_a_secret_is_shown_or_written(entry: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    hidden = _estate(ESTATES[entry], tmp_path / "in")
    assert len(hidden) > 20
    (tmp_path / "in.log").write_text(LINE)
    for name, args in COMMANDS.items():
        ran = invoke([part.replace("ENTRY", entry) for part in args], tmp_path)
        assert "Traceback" not in ran.err and "bug" not in ran.err, (name, ran.err)
        assert ran.code in (0, 1), (name, ran.err)
        shown = ran.out + ran.err
        assert not any(text in shown for text in ("MARK-", *hidden)), name
    for file in tmp_path.rglob("*"):
        if file.is_file() and file.parent.name != "in" and file.name != "in.log":
            written = file.read_text()
            assert not any(text in written for text in ("MARK-", *hidden)), file


WORKLOAD = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: oauth2-proxy, namespace: auth}
spec:
  template:
    spec:
      containers:
      - name: proxy
        image: quay.io/oauth2-proxy/oauth2-proxy:v7.6.0
        command: [sh, -c, "exec oauth2-proxy --cookie-secret MARK-cookie --email-domain=*"]
        args:
        - --client-secret=MARK-client
        - --redis-password
        - MARK-redis
        - --client-secret-file=/etc/oauth/secret
        - --upstream=static://200
        - --oidc-client=MARK-oidc
        - --redis=redis://user:MARK-url@redis.example.com/0
        - --salt=0123456789abcdef0123456789abcdef
        - --default-ssl-certificate=ingress-nginx/default
        env: [{name: TOKEN, value: MARK-token}]
"""


CLASS = """apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
"""
CREDENTIALS = "---\n".join(
    (
        CLASS,
        ingress(
            "web",
            [("/", "web")],
            annotations={
                "nginx.ingress.kubernetes.io/auth-url": "https://checker:MARK-auth@auth.example.com/check",
                "ci.example.com/api-token": "MARK-token",
                "ci.example.com/webhook": "https://hook:MARK-hook@ci.example.com/x?token=MARK-query",
                "deploy.example.com/password": "MARK-password",
            },
        ),
        ingress(
            "old",
            [("/", "web")],
            host="old.example.com",
            annotations={
                "ci.example.com/access-key": "MARK-flow",
                "ci.example.com/repository": "https://a:MARK-flow@git.example.com/x",
            },
        ),
        services("web"),
    )
)


def test_credentials_in_annotations_are_not_shown(tmp_path: Path) -> None:
    """Passwords in URLs, and annotations whose names say that they hold one."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "web.yaml").write_text(CREDENTIALS)
    (tmp_path / "in.log").write_text(LINE)
    traffic = [part for name in FORMATS for part in ("--report", f"{name}:traffic.{name}")]
    for args in (*COMMANDS.values(), ["replay", "in", "--log", "in.log", "--witnesses", "seen.jsonl", *traffic]):
        ran = invoke([part.replace("ENTRY", "nginx") for part in args], tmp_path)
        assert ran.code in (0, 1), ran.err
        assert "MARK" not in ran.out + ran.err, args
    for file in tmp_path.rglob("*"):
        if file.is_file() and file.parent.name != "in" and file.name != "in.log":
            assert "MARK" not in file.read_text(), file
    for one in yaml.safe_load_all(CREDENTIALS):
        assert "MARK" not in repr(cleaned(one))


def test_lines_of_snippets_are_shown_without_credentials() -> None:
    text = 'proxy_set_header Authorization "Basic MARK";\nmore_set_headers "X-Api-Key: MARK";\nset $auth_user $remote_user;'
    shown = shown_setting("nginx.ingress.kubernetes.io/configuration-snippet", text)
    assert "MARK" not in shown
    assert shown.endswith("set $auth_user $remote_user;")
    for key, value in (
        ("nginx.ingress.kubernetes.io/auth-secret", "shop/users"),
        (
            "alb.ingress.kubernetes.io/certificate-arn",
            "arn:aws:acm:eu-west-1:1:certificate/0a1b2c3d-0000-4000-8000-000000000001",
        ),
        (
            "nginx.ingress.kubernetes.io/auth-signin",
            "https://sso.example.com/oauth2/start?rd=$scheme://$host$request_uri",
        ),
        ("nginx.ingress.kubernetes.io/session-cookie-name", "route"),
    ):
        assert shown_setting(key, value) == value


def test_flags_for_secrets_are_not_exported() -> None:
    """Flags that the conversion reads stay."""
    [container] = cleaned(yaml.safe_load(WORKLOAD))["spec"]["template"]["spec"]["containers"]
    assert "MARK" not in repr(container)
    assert container["command"][-1] == "exec oauth2-proxy --cookie-secret removed --email-domain=*"
    assert container["args"] == [
        "--client-secret=removed",
        "--redis-password",
        "removed",
        "--client-secret-file=/etc/oauth/secret",
        "--upstream=static://200",
        "--oidc-client=removed",
        "--redis=redis://removed@redis.example.com/0",
        "--salt=removed",
        "--default-ssl-certificate=ingress-nginx/default",
    ]
    assert container["env"] == [{"name": "TOKEN"}]


def test_containers_of_every_kind_are_exported_without_secrets() -> None:
    """Rollouts have containers too, and containers more than arguments."""
    document = yaml.safe_load(WORKLOAD)
    [container] = document["spec"]["template"]["spec"]["containers"]
    headers = [{"name": "Authorization", "value": "Basic MARK"}]
    container["livenessProbe"] = {"httpGet": {"path": "/live", "port": 80, "httpHeaders": headers}}
    container["lifecycle"] = {"preStop": {"exec": {"command": ["curl", "-u", "a:MARK", "http://x"]}}}
    for kind in ("Rollout", "StatefulSet", "Canary", "Job"):
        out = cleaned(document | {"kind": kind})
        assert "MARK" not in repr(out), kind
        assert out["spec"]["template"]["spec"]["containers"][0]["livenessProbe"] == {
            "httpGet": {"path": "/live", "port": 80}
        }


def test_no_expected_output_holds_a_secret() -> None:
    """Secrets are referred to, and made by commands: whatever controller and target."""
    outputs = [text for file in FIXTURES.glob("*/*/expected/*.yaml") for text in file.read_text().split("\n---\n")]
    assert outputs
    assert not [text for text in outputs if "\nkind: Secret\n" in f"\n{text}"]


@pytest.mark.parametrize("part", [":", "%3b", "?a", "&", ";a", "://"])
def test_texts_of_marks_without_a_value_stay_as_they_are(part: str) -> None:
    text = f"https://{part * 200_000} @;="  # (minutes, where cost is the square of the length)
    assert without_passwords(text) == text
    assert shown_setting("note", text) == text
    assert path_without_secrets(f"/{part * 200_000}").startswith("/")


def test_a_second_question_mark_begins_a_parameter() -> None:
    assert without_secrets("https://a.example.com/?x?token=abc&b=1") == "https://a.example.com/?x?token=removed&b=1"
    assert path_without_secrets("/a%3bb%3bjsessionid%3dabc") == "/a%3bb%3bjsessionid%3dremoved"
