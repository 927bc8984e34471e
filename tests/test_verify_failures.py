"""What `verify` counts, and when it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from converter.cli.verify import unannounced
from converter.comparison.difference import Difference
from converter.model import ASPECTS, Fidelity, Finding, Location, Origin
from converter.model.options import Options
from converter.pipeline.run import convert
from converter.pipeline.verify import verify
from converter.routing.decision import Decision
from converter.routing.exchange import Request
from converter.routing.situation import Situation
from tests.command import invoke

INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations: {ANNOTATIONS}
spec:
  ingressClassName: nginx
  tls: [{hosts: [shop.example.com], secretName: shop-tls}]
  rules:
  - host: shop.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
"""


def _write(folder: Path, annotations: str = "", more: str = "") -> None:
    (folder / "input.yaml").write_text(INGRESS.replace("ANNOTATIONS", annotations) + more)


def test_it_counts_the_requests(tmp_path: Path) -> None:
    _write(tmp_path)
    done = invoke(["verify", "input.yaml"], tmp_path)
    assert done.code == 0
    assert "requests compared: " in done.out
    assert " with the same response, " in done.out
    assert "(0 of them served before and failing after), 0 unannounced" in done.out


def test_a_request_that_is_served_and_then_fails_fails_the_run_until_it_is_accepted(tmp_path: Path) -> None:
    _write(tmp_path, 'nginx.ingress.kubernetes.io/enable-modsecurity: "true"')
    done = invoke(["verify", "input.yaml"], tmp_path)
    assert done.code == 1
    assert "SERVED BEFORE, FAILS AFTER" in done.out
    assert "    by:     route.withheld, waf.unsupported" in done.out
    assert "served before and failing after" in done.err
    (tmp_path / "ing2gw.yaml").write_text(
        "waivers: [{code: waf.unsupported, reason: moved}, {code: route.withheld, reason: moved}]\n"
    )
    accepted = invoke(["verify", "input.yaml"], tmp_path)
    assert "SERVED BEFORE" not in accepted.out, accepted.out + accepted.err
    assert accepted.code == 0


CORS = 'nginx.ingress.kubernetes.io/enable-cors: "true"'


def test_a_preflight_for_a_path_that_nobody_serves_is_no_failure(tmp_path: Path) -> None:
    """ingress-nginx answers it by its implicit location /, which rejects the request that the preflight asks for."""
    _write(tmp_path, CORS)
    path = tmp_path / "input.yaml"
    path.write_text(path.read_text().replace("path: /,", "path: /v1,"))
    done = invoke(["verify", "input.yaml", "-v"], tmp_path)
    assert "OPTIONS https://shop.example.com/ (Origin" in done.out
    assert "SERVED BEFORE" not in done.out
    assert done.code == 0


def test_a_preflight_for_a_path_that_is_served_and_then_withheld_is_a_failure(tmp_path: Path) -> None:
    _write(tmp_path, f'{CORS}, nginx.ingress.kubernetes.io/enable-modsecurity: "true"')
    failing = invoke(["verify", "input.yaml", "-v"], tmp_path).out.partition("SERVED BEFORE, FAILS AFTER")[2]
    assert "OPTIONS https://shop.example.com/ (Origin" in failing


def test_an_object_that_is_not_converted_proves_nothing(tmp_path: Path) -> None:
    _write(tmp_path, "nginx.ingress.kubernetes.io/auth-snippet: 'proxy_set_header A b;'")
    done = invoke(["verify", "input.yaml"], tmp_path)
    assert done.code == 1
    assert "could not be converted or compared" in done.err


@pytest.mark.parametrize(("edit", "code"), [(("", ""), 0), (("name: web\n", "name: other\n"), 1)])
def test_our_own_findings_excuse_only_what_answers_like_our_output(
    edit: tuple[str, str], code: int, tmp_path: Path
) -> None:
    _write(tmp_path)
    written = invoke(["convert", "input.yaml", "-q"], tmp_path).out
    (tmp_path / "edited.yaml").write_text(
        written.replace(f"    - {edit[0]}", f"    - {edit[1]}") if edit[0] else written
    )
    done = invoke(["verify", "input.yaml", "--against", "edited.yaml"], tmp_path)
    assert done.code == code, done.out[-600:] + done.err


def _difference(path: str, announced: bool) -> Difference:
    request = Request("GET", "http", "shop.example.com", path, situation=Situation({"given": {}}))
    by = (Finding("routing.difference", Fidelity.MANUAL, "", Origin("object", "", "", Location("")), affects=ASPECTS),)
    return Difference(
        "web", request, Decision(200), Decision(404), frozenset({"status"}), by if announced else (), None, None
    )


def test_a_request_is_announced_or_not_and_never_both() -> None:
    """A finding that a difference has brought about announces it from then on; the list has it once, as unannounced."""
    first, again, other, lost = (
        _difference("/a", False),
        _difference("/a", True),
        _difference("/b", True),
        _difference("/c", False),
    )
    assert unannounced([again, other, lost], [first]) == [again, lost]
    assert unannounced([other], [first]) == [first]
    assert unannounced([other, lost], []) == [lost]


def test_unusual_clients_are_among_the_requests() -> None:
    """Copies of headers that proxies write, absolute-form targets, and TRACE."""
    fixtures = Path(__file__).parent.parent / "fixtures"
    for case in ("ingress-nginx/auth-url", "alauda-alb/redirect-permanent-temporal", "aws-alb/mix-shop"):
        result = convert([str(fixtures / case / "input.yaml")], Options())
        asked: set[Request] = set()
        assert all(one.announced for one in verify(result, asked)), case
        names = {name for request in asked for name, _ in request.headers}
        assert {"X-Forwarded-For", "X-Real-IP", "X-Forwarded-Proto", "X-Original-URL"} <= names
        assert "TRACE" in {request.method for request in asked}
        assert any("://" in request.path for request in asked)
