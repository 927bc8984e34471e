"""Estates in which every Ingress has one setting with a value of its own: each kind of setting that rules carry."""

from __future__ import annotations

from collections.abc import Iterable

from tools.estates import Shape, ingress_of_aws, own_value

_SETTINGS: dict[str, dict[str, str]] = {
    "affinity": {
        "affinity": "cookie",
        "session-cookie-name": "c{n}",
        "session-cookie-max-age": "{positive}",
    },
    "app root": {"app-root": "/a{n}"},
    "passwords": {"auth-type": "basic", "auth-secret": "s{n}", "auth-realm": "r{n}"},
    "client certificates": {"auth-tls-secret": "{namespace}/ca{n}", "auth-tls-verify-client": "on"},
    "sign-in": {
        "auth-url": "http://auth.a{n}.svc.cluster.local/check",
        "auth-signin": "https://login{n}.example.org/start",
        "auth-response-headers": "X-User",
    },
    "TLS to backends": {
        "backend-protocol": "HTTPS",
        "proxy-ssl-secret": "{namespace}/p{n}",
        "proxy-ssl-name": "n{n}.internal",
    },
    "body limits": {"client-body-buffer-size": "{positive}k", "proxy-body-size": "{positive}m"},
    "header snippets": {"configuration-snippet": 'more_set_headers "X-App: a{n}";'},
    "error pages": {"custom-http-errors": "404,503", "default-backend": "err{n}"},
    "www": {"from-to-www-redirect": "true"},
    "limits": {"limit-connections": "{positive}", "limit-rpm": "{positive}", "limit-whitelist": "10.{high}.{low}.0/24"},
    "hash": {"upstream-hash-by": "$request_uri"},
    "mirrors": {"mirror-target": "https://m{n}.example.org$request_uri"},
    "redirects": {"temporal-redirect": "https://t{n}.example.org/a", "temporal-redirect-code": "307"},
    "retries": {"proxy-next-upstream": "error timeout http_502", "proxy-next-upstream-tries": "{small}"},
    "cookie paths": {"proxy-cookie-path": "/a{n} /b{n}", "proxy-cookie-domain": "a{n} b{n}"},
    "aliases": {"server-alias": "alias{n}.example.net,alias{n}.example.com"},
    "deny lists": {"denylist-source-range": "10.{high}.{low}.0/24"},
    "prefix headers": {"x-forwarded-prefix": "/p{n}", "rewrite-target": "/x{n}"},
    "several": {
        "enable-cors": "true",
        "cors-allow-origin": "https://app-{n}.example.org",
        "proxy-read-timeout": "{positive}",
        "proxy-body-size": "{positive}m",
        "whitelist-source-range": "10.{high}.{low}.0/24",
        "limit-rps": "{positive}",
    },
}
_AWS_SETTINGS: dict[str, dict[str, str]] = {
    "AWS groups": {"group.name": "g{n}"},
    "AWS sign-in": {
        "auth-type": "oidc",
        "auth-idp-oidc": '{{"issuer":"https://id{n}.example.org","authorizationEndpoint":"https://id{n}.example.org/a",'
        '"tokenEndpoint":"https://id{n}.example.org/t","userInfoEndpoint":"https://id{n}.example.org/u",'
        '"secretName":"oidc{n}"}}',
    },
    "AWS health checks": {"healthcheck-path": "/health{n}", "healthcheck-interval-seconds": "{positive}"},
    "AWS addresses": {"inbound-cidrs": "10.{high}.{low}.0/24"},
}


def _filled(settings: dict[str, str], number: int) -> list[tuple[str, str]]:
    values = {
        "n": number,
        "namespace": f"team-{number % 40}",
        "positive": number + 20,
        "high": number // 250 % 250,
        "low": number % 250,
        "small": number % 4 + 1,
    }
    return [(key.format(**values), value.format(**values)) for key, value in settings.items()]


def _nginx(settings: dict[str, str]) -> Shape:
    return own_value(lambda number: _filled(settings, number))


def _aws(settings: dict[str, str]) -> Shape:
    return lambda count: (ingress_of_aws(number, _filled(settings, number)) for number in range(count))


KINDS = tuple(_SETTINGS)
"""Of settings of ingress-nginx."""


def combined(kinds: Iterable[str]) -> Shape:
    """Settings of several kinds on each Ingress, all with values of its own."""
    settings: dict[str, str] = {}
    for kind in kinds:
        settings |= _SETTINGS[kind]
    return _nginx(settings)


OWN_SETTINGS: dict[str, Shape] = {
    **{f"own {name}": _nginx(settings) for name, settings in _SETTINGS.items()},
    **{f"own {name}": _aws(settings) for name, settings in _AWS_SETTINGS.items()},
}
"""By the kind of setting."""
