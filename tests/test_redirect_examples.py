"""Requests that findings on Locations name are requests that the rule takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import invoke
from tests.targets_input import ingress

NGINX = "nginx.ingress.kubernetes.io/"
REDIRECT = {f"{NGINX}app-root": "/start"}
FORCED = {f"{NGINX}force-ssl-redirect": "true"}


@pytest.mark.parametrize(
    ("annotations", "path", "kind", "shown"),
    [
        (REDIRECT, "/shop", "Prefix", "http://HOST/?x=1 redirects to http://HOST/start?x=1 (was: http://HOST/start)"),
        (FORCED, "/", "Exact", "http://HOST/ redirects to https://HOST/ (was: https://HOST)"),
    ],
)
def test_an_exact_path_is_the_one_that_is_shown(
    annotations: dict[str, str], path: str, kind: str, shown: str, tmp_path: Path
) -> None:
    text = ingress("web", [(path, "web")], path_type=kind, annotations=annotations)
    (tmp_path / "web.yaml").write_text(text)
    found = invoke(["convert", "web.yaml", "-v", "--show", "standard", "--config", ""], tmp_path)
    assert shown in found.err, found.err
    assert "sample.example.com" not in found.err
