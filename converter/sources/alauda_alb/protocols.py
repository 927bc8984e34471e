"""Protocols of Frontends: those of the public source, and the one that newer documents add.

Source: alb: pkg/controller/cli/alb.go:126-129 (any other word is tcp);
acp: docs/en/networking/functions/configure_alb.mdx, "Frontend" (http, https, grpc, grpcs, tcp, udp).
"""

from __future__ import annotations

from converter.model import Outcome
from converter.model.ledger import Ledger
from converter.sources.alauda_alb.fields import Facts

GRPCS = "grpcs"
INTERNAL = {"http": "http", "https": "https", "grpc": "grpc", GRPCS: "grpc", "udp": "udp", "tcp": "tcp"}
"""Word of a Frontend -> what its port serves."""


def settle(protocol: str, facts: Facts, ledger: Ledger) -> None:
    """What is unsure about the word."""
    outcome = None if protocol in INTERNAL else _unknown(protocol)
    if protocol == GRPCS:
        outcome = Outcome.approximate(
            "listener.grpcs",
            "Only the documents of newer versions name the protocol grpcs; the public source serves such a port as "
            "tcp. Converted as documented: TLS with the certificate of the port, and gRPC to the backend",
            "check with a gRPC client over TLS that the port works, before the switch",
            affects=(),
        )
    if outcome is not None:
        for origin in facts.take("spec.protocol"):
            ledger.settle(origin, outcome, "listener")


def _unknown(protocol: str) -> Outcome:
    return Outcome.manual(
        "listener.protocol",
        f"{protocol or 'An empty protocol'} is not a protocol of a Frontend; Alauda ALB serves the port as tcp",
        "set the intended protocol: http, https, grpc, grpcs, tcp or udp",
        affects=(),
    )
