"""Passwords: Envoy Gateway reads {SHA} hashes from a Secret that a command makes; none is ever written."""

from __future__ import annotations

import base64
import re
import subprocess
from pathlib import Path

import pytest

from converter.pipeline.result import Result
from converter.pipeline.trace import trace
from converter.routing.exchange import Request
from tests.targets_input import ingress, of, run, spec

PREFIX = "nginx.ingress.kubernetes.io/"
ANN = "{SHA}NWoZK3kTsExUV00Ywo1G5jlUKKs="
"""Of the password 1."""
BOB = "{SHA}2kuSN7rMzfGcB2DKt67EqDWQELA="


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def secret(**data: str) -> str:
    keys = "".join(f"  {key}: {encoded(text)}\n" for key, text in data.items())
    return f"apiVersion: v1\nkind: Secret\nmetadata: {{name: users, namespace: shop}}\ndata:\n{keys}"


def converted(*documents: str, **notes: str) -> Result:
    named = {"auth-type": "basic", "auth-secret": "users"} | {key.replace("_", "-"): one for key, one in notes.items()}
    annotations = {PREFIX + key: value for key, value in named.items()}
    return run(ingress("web", [("/", "web")], annotations=annotations), *documents)


def outcome(result: Result) -> tuple[str, str, str]:
    found = next(one for one in result.findings if one.origin.key == PREFIX + "auth-secret")
    return found.code, found.message, found.hint


def test_a_secret_of_another_name_is_referred_to() -> None:
    result = converted(secret(auth=f"ann:{ANN}\n"))

    assert spec(result, "SecurityPolicy", "web-security")["basicAuth"] == {"users": {"name": "users-htpasswd"}}
    assert not of(result, "Secret")
    assert outcome(result)[0] == "basic-auth.security-policy"


@pytest.mark.parametrize(
    ("documents", "notes", "code"),
    [
        ([], {}, "basic-auth.secret-missing"),
        ([secret(auth="ann:$apr1$x$y\n")], {}, "basic-auth.hash"),
        ([secret(auth=f"ann:{ANN}\nbob:$2y$05$abc\n")], {}, "basic-auth.hash"),
        ([secret(auth="ann:letmein\n")], {}, "basic-auth.hash"),
        ([secret(auth=f"ann:{ANN}\n")], {"auth_type": "digest"}, "basic-auth.digest"),
    ],
)
def test_other_passwords_disable_the_route_and_are_not_shown(
    documents: list[str], notes: dict[str, str], code: str
) -> None:
    result = converted(*documents, **notes)

    found = outcome(result)
    assert found[0] == code
    assert not of(result, "SecurityPolicy")
    assert not any(word in text for text in found for word in ("apr1", "$2y", "letmein", ANN[5:]))


def made(hint: str, users: dict[str, str], folder: Path) -> str:
    """What the command of a hint makes of a Secret: run with a kubectl that shows it, and that prints what it is given."""
    command = hint[hint.index("kubectl") :]
    template = "".join(f"{user}:{hashed}\n" for user, hashed in users.items())
    kubectl = folder / "kubectl"
    kubectl.write_text(
        "#!/bin/sh\n"
        f"case \"$*\" in *jsonpath*) printf %s '{encoded(users.get('auth', ''))}';;"
        f" *go-template*) cat <<'END'\n{template}END\n;; *create*) cat;; esac\n"
    )
    kubectl.chmod(0o755)
    ran = subprocess.run(
        ["/bin/sh", "-c", command],
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": f"{folder}:/usr/bin:/bin"},
    )
    return ran.stdout


@pytest.mark.parametrize(
    "text",
    [
        f"ann:{ANN}\nbob:{BOB}\n",
        f"  ann:{ANN}  \r\n# a comment\n\nbob:{BOB}",
        f"ann:{ANN}\nbob:{BOB}\nann:{BOB}\n",
    ],
)
def test_the_command_makes_what_envoy_accepts(text: str, tmp_path: Path) -> None:
    """Blanks around a line and a user twice would cost the whole listener."""
    _, _, hint = outcome(converted(secret(auth=f"ann:{ANN}\nbob:{BOB}\n")))

    assert made(hint, {"auth": text}, tmp_path) == f"ann:{ANN}\nbob:{BOB}\n"
    assert re.search(r"create secret generic users-htpasswd -n shop --from-file=\.htpasswd=", hint)


def test_a_secret_with_a_key_for_each_user(tmp_path: Path) -> None:
    layout = "auth-map"
    _, _, hint = outcome(converted(secret(ann=ANN, bob=BOB), auth_secret_type=layout))

    assert made(hint, {"ann": ANN, "bob": BOB}, tmp_path) == f"ann:{ANN}\nbob:{BOB}\n"


def test_the_new_secret_is_taken_to_hold_the_old_users() -> None:
    """Both sides admit the same passwords, although nothing of them is written."""
    result = converted(secret(auth=f"ann:{ANN}\nann:{BOB}\n"))

    def statuses(password: str) -> tuple[int, int]:
        headers = (("Authorization", f"Basic {encoded('ann:' + password)}"),)
        shown = trace(result, Request("GET", "http", "shop.example.com", "/", headers))
        return shown["before"]["status"], shown["after"]["status"]

    assert statuses("1") == (200, 200)
    assert statuses("2") == (401, 401)
