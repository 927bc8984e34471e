"""All modules with handlers: each registers its own when it is imported. Those of AWS come with its target."""

from __future__ import annotations

from converter.targets import write_fields
from converter.targets.cert_manager import write as certificates
from converter.targets.envoy_gateway import client_address, entry_headers, write_connections, write_header_templates
from converter.targets.envoy_gateway.backend_traffic_policy import write as backend_traffic
from converter.targets.envoy_gateway.backend_traffic_policy import (
    write_error_pages,
    write_health_check,
    write_load_balancing,
    write_login_redirect,
    write_rate_limit,
    write_retries,
    write_telemetry,
)
from converter.targets.envoy_gateway.client_traffic_policy import write_tls
from converter.targets.envoy_gateway.envoy_proxy import write_access_log
from converter.targets.envoy_gateway.security_policy import (
    write_authorization,
    write_basic_auth,
    write_client_subject,
    write_ext_auth,
    write_header_denial,
    write_oidc,
)
from converter.targets.gateway_api.backend_tls_policy import write as backend_tls
from converter.targets.gateway_api.http_route import (
    write_cors,
    write_headers,
    write_mirror,
    write_rewrites,
    write_tool_annotations,
)
from converter.targets.handlers import HANDLERS, Handler

MODULES = (
    backend_tls,
    backend_traffic,
    certificates,
    client_address,
    entry_headers,
    write_access_log,
    write_authorization,
    write_basic_auth,
    write_client_subject,
    write_connections,
    write_cors,
    write_error_pages,
    write_ext_auth,
    write_header_denial,
    write_header_templates,
    write_fields,
    write_headers,
    write_health_check,
    write_load_balancing,
    write_login_redirect,
    write_mirror,
    write_oidc,
    write_rate_limit,
    write_retries,
    write_rewrites,
    write_telemetry,
    write_tls,
    write_tool_annotations,
)


def load() -> dict[str, Handler]:
    """All handlers by the name that packs use, those of AWS included."""
    from converter.targets.aws.listener_rule_configuration import write  # noqa: F401  (registers them)

    return HANDLERS
