"""Entry points of a kind share their questions, and are told the same as if each had been asked everything."""

from __future__ import annotations

import random

import pytest

from converter.comparison import entry_signature
from converter.reporting import Look, render, report_of
from tests.alb_yaml import CLASS, host, ingress, service
from tests.complete import convert_text

NOTES = [
    "target-type: ip",
    "certificate-arn: arn:aws:acm:eu-west-1:1:certificate/x",
    "certificate-arn: arn:aws:acm:eu-west-1:1:certificate/x\nlisten-ports: '[{\"HTTP\":80},{\"HTTPS\":443}]'\nssl-redirect: '443'",
    "target-group-attributes: stickiness.enabled=true,stickiness.type=lb_cookie",
    "inbound-cidrs: 10.0.0.0/8",
    "backend-protocol: HTTPS",
    'conditions.one: \'[{"field":"http-header","httpHeaderConfig":{"httpHeaderName":"X-A","values":["1"]}}]\'',
    'conditions.one: \'[{"field":"host-header","hostHeaderConfig":{"values":["h3.example.com"]}}]\'',
    'actions.away: \'{"type":"redirect","redirectConfig":{"host":"h5.example.com","statusCode":"HTTP_302"}}\'',
    'actions.away: \'{"type":"fixed-response","fixedResponseConfig":{"statusCode":"403","contentType":"text/plain"}}\'',
    'transforms.one: \'[{"type":"host-header-rewrite","hostHeaderRewriteConfig":{"rewrites":[{"regex":"^h4.example.com$","replace":"x.test"}]}}]\'',
    "",
]
LINES = [
    "/ Prefix one",
    "/x Prefix two",
    "/x Exact two",
    "/x* ImplementationSpecific one",
    "/go Prefix away:use-annotation",
]


def _input(seed: int, count: int) -> str:
    draw = random.Random(seed)  # noqa: S311
    kinds = [(draw.sample(LINES, draw.randint(1, 3)), draw.choice(NOTES)) for _ in range(count // 3)]
    out = [CLASS, service("one"), service("two")]
    for number in range(count):
        lines, notes = draw.choice(kinds)
        name = draw.choice([f"h{number}.example.com"] * 5 + ["", "'*.example.com'"])
        out.append(ingress(host(name, *lines), notes, f"i{number}"))
    return "---".join(out)


def _report(text: str, **options: object) -> str:
    return render("text", report_of(convert_text(text, **options)), Look(verbose=True))


@pytest.mark.parametrize("target", ["envoy-gateway", "aws"])
@pytest.mark.parametrize("seed", range(4))
def test_reports_are_the_same_without_sharing(seed, target, monkeypatch):
    text, told, known = _input(seed, 24), entry_signature.EntrySignatures.differing_requests, []

    def counted(self, kind):
        requests = told(self, kind)
        known.append(requests)
        return requests

    monkeypatch.setattr(entry_signature.EntrySignatures, "differing_requests", counted)
    shared = _report(text, target=target)
    assert any(one is not None for one in known)

    monkeypatch.setattr(entry_signature.EntrySignatures, "kind", lambda self, comparison: None)
    assert shared == _report(text, target=target)


def test_a_name_in_a_redirect_is_not_any_name():
    """Both redirect to h5: one to itself."""
    text = "---".join(
        (
            CLASS,
            service("one"),
            *(
                ingress(
                    host(f"h{number}.example.com", "/ Prefix one", "/go Exact away:use-annotation"),
                    NOTES[8].replace('"host"', '"path":"/to","host"'),
                    f"i{number}",
                )
                for number in (4, 5)
            ),
        )
    )
    result = convert_text(text, target="envoy-gateway")
    kinds = {entry_signature.EntrySignatures().kind(one)[1] for one in result.comparisons}

    assert len(result.comparisons) == len(kinds) == 2
