"""Labels and annotations of Alauda, which are all below the base domain of the platform (alb: config/config.go)."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

API_GROUP = "crd.alauda.io/"


class LabelNames(NamedTuple):
    """The keys of one base domain."""

    domain: str

    @property
    def alb(self) -> str:
        """Label that binds a Frontend or Rule to an ALB2."""
        return f"alb2.{self.domain}/name"

    @property
    def frontend(self) -> str:
        """Label that binds a Rule to a Frontend."""
        return f"alb2.{self.domain}/frontend"

    @property
    def role(self) -> str:
        return f"{self.domain}/role"

    @property
    def project(self) -> str:
        """Label of a Namespace."""
        return f"{self.domain}/project"

    @property
    def projects(self) -> str:
        """Start of the labels that name the projects of a Frontend."""
        return f"project.{self.domain}/"

    @property
    def rewrite_request(self) -> str:
        return f"alb.rule.{self.domain}/rewrite-request"

    @property
    def rewrite_response(self) -> str:
        return f"alb.rule.{self.domain}/rewrite-response"


NGINX_ENV = "alb.cpaas.io/nginx-env"
"""Not below the base domain (alb: pkg/config/albrun.go:246)."""


TOLERATE_ALL = "tolerate-all"
"""Without a domain (alb: pkg/operator/controllers/depl/resources/workload/deploy.go:210)."""
TOLERATIONS = "alb.cpaas.io/toleration"
"""acp: docs/en/networking/how_to/alb/tasks_for_alb.mdx."""
POD_ANNOTATIONS = "alb.cpaas.io/pod-annotations"
"""acp: docs/en/networking/how_to/configure_endpoint_health_checker.mdx."""


@lru_cache
def names(domain: str) -> LabelNames:
    """The keys of this base domain."""
    return LabelNames(domain)
