"""Rules of a group that refuse for many hosts: the controller tries exact hosts first, whatever their order was."""

from __future__ import annotations

import pytest

from converter.routing.exchange import Request
from tests.targets_input import codes, ingress, run

DENIALS = {
    "path": ("/admin", ""),
    "header": ("/", '[{"field":"http-header","httpHeaderConfig":{"httpHeaderName":"User-Agent","values":["*evil*"]}}]'),
    "method": ("/", '[{"field":"http-request-method","httpRequestMethodConfig":{"values":["DELETE"]}}]'),
    "query": ("/", '[{"field":"query-string","queryStringConfig":{"values":[{"key":"debug","value":"*"}]}}]'),
}
ASKED = [
    Request("GET", "http", "shop.example.com", "/admin/x", (), "203.0.113.9"),
    Request("GET", "http", "shop.example.com", "/", (("user-agent", "an evil one"),), "203.0.113.9"),
    Request("DELETE", "http", "shop.example.com", "/", (), "203.0.113.9"),
    Request("GET", "http", "shop.example.com", "/?debug=1", (), "203.0.113.9"),
]


@pytest.mark.parametrize("host", ["", "*.example.com"])
@pytest.mark.parametrize("denial", sorted(DENIALS))
def test_rules_that_refuse_for_many_hosts_stand_before_those_of_each(denial, host):
    path, conditions = DENIALS[denial]
    deny = {
        "alb.ingress.kubernetes.io/group.name": "g",
        "alb.ingress.kubernetes.io/group.order": "1",
        "alb.ingress.kubernetes.io/actions.deny": '{"type":"fixed-response","fixedResponseConfig":{"contentType":"text/plain","statusCode":"403"}}',
        **({"alb.ingress.kubernetes.io/conditions.deny": conditions} if conditions else {}),
    }
    member = {
        "alb.ingress.kubernetes.io/group.name": "g",
        "alb.ingress.kubernetes.io/group.order": "2",
        "alb.ingress.kubernetes.io/target-type": "ip",
    }
    result = run(
        "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: alb}\nspec: {controller: ingress.k8s.aws/alb}\n",
        ingress("deny", [(path, "deny")], host=host, cls="alb", annotations=deny).replace(
            "{number: 80}", "{name: use-annotation}"
        ),
        ingress("web", [("/", "web")], cls="alb", annotations=member),
        target="aws",
    )
    [comparison] = result.comparisons
    answers = [comparison.answers(one) for one in ASKED]
    assert sum(before.status == 403 for before, _ in answers) == 1
    assert [before.status for before, _ in answers] == [after.status for _, after in answers]
    assert "order.precedence" not in codes(result)
