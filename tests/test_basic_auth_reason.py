"""Why basic authentication is not converted: the setting itself is wrong, or the input lacks the passwords."""

from __future__ import annotations

import pytest

from tests.targets_input import ingress, run

NGINX = "nginx.ingress.kubernetes.io/"


@pytest.mark.parametrize(
    ("kind", "secret", "reason"),
    [
        ("basic", "users", "the controller rejects every request, as auth-secret is not namespace/name"),
        ("digest", "shop/users", "the controller rejects every request, as auth-type 'digest' is not basic"),
        ("basic", "shop/users", "the passwords of the users are not in the input"),
    ],
)
def test_the_reason_is_that_of_the_controller(kind: str, secret: str, reason: str) -> None:
    notes = {f"{NGINX}auth-type": kind, f"{NGINX}auth-secret": secret, f"{NGINX}auth-secret-type": "auth-file"}
    result = run(ingress("web", [("/", "web")], cls="alb", annotations=notes), source="alauda-alb")
    messages = {one.message for one in result.findings if one.code == "basic-auth.secret-missing"}
    assert messages == {reason}
