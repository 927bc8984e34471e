"""Objects between each other: what points nowhere, is not let in, or stands twice."""

import pytest
import yaml

from converter.model import ObjectRef, Resource
from converter.model.options import Options
from converter.reading.inventory import Inventory, Service
from converter.validation import KnownObjects, known_objects
from converter.validation.dependents import dependents
from tests.validated import validate

SOUND = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gw, namespace: infra}
spec:
  gatewayClassName: eg
  listeners:
    - {name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
    - name: shop
      port: 443
      protocol: HTTPS
      hostname: shop.example.com
      tls: {certificateRefs: [{name: cert, namespace: shop}]}
      allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: shop}}}}
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: certs, namespace: shop}
spec:
  from: [{group: gateway.networking.k8s.io, kind: Gateway, namespace: infra}]
  to: [{group: "", kind: Secret}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop, namespace: shop}
spec:
  parentRefs: [{name: gw, namespace: infra, sectionName: shop}]
  hostnames: [shop.example.com]
  rules:
    - name: all
      matches: [{path: {type: PathPrefix, value: /}}]
      filters: [{type: ExtensionRef, extensionRef: {group: gateway.envoyproxy.io, kind: HTTPRouteFilter, name: rw}}]
      backendRefs: [{name: far, kind: Backend, group: gateway.envoyproxy.io}]
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: {name: far, namespace: shop}
spec: {endpoints: [{fqdn: {hostname: far.example.org, port: 80}}]}
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: HTTPRouteFilter
metadata: {name: rw, namespace: shop}
spec: {urlRewrite: {path: {type: ReplaceRegexMatch, replaceRegexMatch: {pattern: ^/, substitution: /x/}}}}
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: SecurityPolicy
metadata: {name: guard, namespace: shop}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: shop, sectionName: all}]
  authorization: {rules: [{action: Allow, principal: {clientCIDRs: [10.0.0.0/8]}}]}
"""


def resources(text):
    return [
        Resource(
            body["apiVersion"], body["kind"], body["metadata"].get("namespace", ""), body["metadata"]["name"], body
        )
        for body in yaml.safe_load_all(text)
        if body
    ]


def problems(text, around=KnownObjects()):  # noqa: B008
    return [str(problem) for problem in validate(resources(text), "envoy-gateway", around)]


def test_a_sound_set_has_no_problem():
    assert problems(SOUND) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("sectionName: shop}", "sectionName: blog}", "has no listener blog"),
        ("parentRefs: [{name: gw,", "parentRefs: [{name: other,", "neither among the objects written nor known"),
        ("hostnames: [shop.example.com]", "hostnames: [blog.example.com]", "serves blog.example.com"),
        ("metadata.name: shop}", "metadata.name: blog}", "takes a HTTPRoute from namespace shop"),
        ("from: Selector, selector", "from: Same, selector", "takes a HTTPRoute from namespace shop"),
        ("kind: Gateway, namespace: infra}", "kind: Gateway, namespace: else}", "no ReferenceGrant in shop"),
        ("kind: Secret}]", "kind: Secret, name: another}]", "no ReferenceGrant in shop"),
        ("name: rw}}]", "name: gone}}]", "HTTPRouteFilter shop/gone"),
        ("backendRefs: [{name: far", "backendRefs: [{name: gone", "Backend shop/gone"),
        ("kind: HTTPRoute, name: shop", "kind: HTTPRoute, name: gone", "HTTPRoute shop/gone"),
        ("sectionName: all}", "sectionName: some}", "has no rule some"),
        ("port: 443", "port: 80", "cannot share port 80"),
    ],
)
def test_broken_references(old, new, words):
    assert old in SOUND
    found = problems(SOUND.replace(old, new, 1))
    assert any(words in one for one in found), found


def test_two_plain_listeners_for_one_name():
    text = SOUND.replace(
        "listeners:\n",
        """listeners:
    - {name: wide, port: 80, protocol: HTTP, hostname: "*.example.com", allowedRoutes: {namespaces: {from: All}}}
""",
        1,
    )
    assert problems(text) == []
    both = text.replace("infra, sectionName: shop}", "infra, port: 80}", 1)
    found = problems(both)
    assert any("listeners wide and http would both serve shop.example.com on port 80" in one for one in found), found
    assert problems(text.replace("infra, sectionName: shop}", "infra, sectionName: wide}", 1)) == []


def test_names_that_stand_twice():
    parts = SOUND.split("---")
    assert any("written twice" in one for one in problems(SOUND + "---" + parts[3]))


def test_second_policy_for_one_target():
    second = SOUND.split("---")[5].replace("name: guard", "name: zzz")
    assert problems(SOUND + "---" + second) == [
        "SecurityPolicy shop/zzz: spec.targetRefs[0]: SecurityPolicy shop/guard has the same target; "
        "Envoy Gateway ignores the second policy of a kind"
    ]


def test_services_are_assumed_and_external_names_refused():
    text = SOUND.replace("name: far, kind: Backend, group: gateway.envoyproxy.io", "name: web, port: 80")
    assert problems(text) == []
    inventory = Inventory(
        services={("shop", "web"): Service("shop", "web", type="ExternalName", external_name="x.org")}
    )
    found = problems(text, known_objects(inventory, Options()))
    assert len(found) == 1
    assert "ExternalName" in found[0]


def test_an_existing_gateway_may_be_the_parent():
    text = "---".join(SOUND.split("---")[2:])
    assert any("neither among" in one for one in problems(text))
    assert problems(text, known_objects(Inventory(), Options(gateway="infra/gw"))) == []


def test_listener_sets_need_an_invitation():
    gateway, *_ = SOUND.split("---")
    listener_set = """
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: more, namespace: infra}
spec:
  parentRef: {name: gw}
  listeners: [{name: again, port: 80, protocol: HTTP}]
"""
    grant = SOUND.split("---")[1]
    found = problems("---".join([gateway, grant, listener_set]))
    assert any("allows no ListenerSet" in one for one in found)
    assert any("are those of listener http" in one for one in found)
    opened = gateway.replace(
        "gatewayClassName: eg", "gatewayClassName: eg\n  allowedListeners: {namespaces: {from: Same}}"
    )
    assert problems("---".join([opened, grant, listener_set.replace("port: 80", "port: 8080")])) == []


def test_a_plaintext_listener_on_a_shared_port_takes_no_policy_of_its_own():
    more = "    - {name: two, port: 80, protocol: HTTP, hostname: two.example.com}\n    - {name: http"
    policy = """
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: ClientTrafficPolicy
metadata: {name: client, namespace: infra}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: gw, sectionName: http}]
  http1: {}
"""
    assert problems(SOUND + policy) == []
    assert any("shares port 80" in one for one in problems(SOUND.replace("    - {name: http", more, 1) + policy))


def test_a_host_belongs_to_the_listener_of_its_name():
    text = SOUND.replace(
        "    - {name: http, port: 80,",
        "    - {name: own, port: 80, protocol: HTTP, hostname: shop.example.com}\n    - {name: http, port: 80,",
    ).replace("sectionName: shop}", "sectionName: http}")
    assert any("no such listener of Gateway infra/gw serves shop.example.com" in one for one in problems(text))


def test_what_goes_with_a_withheld_object():
    objects = resources(SOUND)
    route, guard = ObjectRef("HTTPRoute", "shop", "shop"), ObjectRef("SecurityPolicy", "shop", "guard")
    assert dependents([guard], objects) == {route: guard}
    assert dependents([ObjectRef("Backend", "shop", "far")], objects) == {
        route: ObjectRef("Backend", "shop", "far"),
        guard: route,
    }
    assert set(dependents([ObjectRef("Gateway", "infra", "gw")], objects)) == {route, guard}
