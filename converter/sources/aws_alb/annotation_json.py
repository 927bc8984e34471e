"""The JSON of annotations (lbc: pkg/ingress/config_types.go, model_build_listener.go:346-352)."""

from __future__ import annotations

from converter.sources.aws_alb.go_json import PORT, ListOf, MapOf, Pointer, Struct

_TEXT, _NUMBER, _FLAG = Pointer("string"), Pointer("int32"), Pointer("bool")

FIXED_RESPONSE = Struct(
    "FixedResponseActionConfig",
    {
        "contentType": _TEXT,
        "messageBody": _TEXT,
        "statusCode": "string",
    },
)
REDIRECT = Struct(
    "RedirectActionConfig",
    {
        "host": _TEXT,
        "path": _TEXT,
        "port": _TEXT,
        "protocol": _TEXT,
        "query": _TEXT,
        "statusCode": "string",
    },
)
TARGET = Struct(
    "TargetGroupTuple",
    {
        "targetGroupARN": _TEXT,
        "targetGroupName": _TEXT,
        "serviceName": _TEXT,
        "servicePort": Pointer(PORT),
        "weight": _NUMBER,
    },
)
FORWARD = Struct(
    "ForwardActionConfig",
    {
        "targetGroups": ListOf(TARGET),
        "targetGroupStickinessConfig": Pointer(
            Struct("TargetGroupStickinessConfig", {"enabled": _FLAG, "durationSeconds": _NUMBER})
        ),
    },
)
ACTION = Struct(
    "Action",
    {
        "type": "string",
        "targetGroupARN": _TEXT,
        "targetGroupName": _TEXT,
        "fixedResponseConfig": Pointer(FIXED_RESPONSE),
        "redirectConfig": Pointer(REDIRECT),
        "forwardConfig": Pointer(FORWARD),
    },
)

_STRINGS = ListOf("string")
_PATTERNS = {"regexValues": _STRINGS, "values": _STRINGS}
_VALUES = {"values": _STRINGS}
QUERY_PAIR = Struct("QueryStringKeyValuePair", {"key": _TEXT, "value": "string"})
CONDITIONS = ListOf(
    Struct(
        "RuleCondition",
        {
            "field": "string",
            "hostHeaderConfig": Pointer(Struct("HostHeaderConditionConfig", _PATTERNS)),
            "httpHeaderConfig": Pointer(Struct("HTTPHeaderConditionConfig", {"httpHeaderName": "string", **_PATTERNS})),
            "httpRequestMethodConfig": Pointer(Struct("HTTPRequestMethodConditionConfig", _VALUES)),
            "pathPatternConfig": Pointer(Struct("PathPatternConditionConfig", _PATTERNS)),
            "queryStringConfig": Pointer(Struct("QueryStringConditionConfig", {"values": ListOf(QUERY_PAIR)})),
            "sourceIPConfig": Pointer(Struct("SourceIPConditionConfig", _VALUES)),
        },
    )
)

_REWRITES = Pointer(
    Struct(
        "RewriteConfigObject",
        {
            "rewrites": ListOf(Struct("RewriteConfig", {"regex": "string", "replace": "string"})),
        },
    )
)
TRANSFORMS = ListOf(
    Struct(
        "Transform",
        {
            "type": "string",
            "hostHeaderRewriteConfig": _REWRITES,
            "urlRewriteConfig": _REWRITES,
        },
    )
)

COGNITO = Struct(
    "AuthIDPConfigCognito",
    {
        "userPoolARN": "string",
        "userPoolClientID": "string",
        "userPoolDomain": "string",
        "authenticationRequestExtraParams": MapOf("string"),
    },
)
OIDC = Struct(
    "AuthIDPConfigOIDC",
    {
        "issuer": "string",
        "authorizationEndpoint": "string",
        "tokenEndpoint": "string",
        "userInfoEndpoint": "string",
        "secretName": "string",
        "authenticationRequestExtraParams": MapOf("string"),
    },
)
JWT = Struct(
    "JwtValidationConfig",
    {
        "jwksEndpoint": "string",
        "issuer": "string",
        "additionalClaims": ListOf(
            Struct("JwtAdditionalClaim", {"format": "string", "name": "string", "values": _STRINGS})
        ),
    },
)

LISTEN_PORTS = ListOf(MapOf("int32"))
MUTUAL_AUTHENTICATION = ListOf(
    Struct(
        "MutualAuthenticationConfig",
        {
            "port": "int32",
            "mode": "string",
            "trustStore": _TEXT,
            "ignoreClientCertificateExpiry": _FLAG,
            "advertiseTrustStoreCaNames": _TEXT,
        },
    )
)
