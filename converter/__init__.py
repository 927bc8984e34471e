"""ing2gw: Kubernetes Ingress to Gateway API and Envoy Gateway, with every difference announced.

What is named here is the library; everything else may change with any release (`docs/library.md`):

    from converter import Options, convert, trace, verify

    conversion = convert(["manifests/"], Options(target="envoy-gateway"))
    print(conversion.yaml())
    print(conversion.verdict().reasons)
    print(trace(conversion, "GET https://shop.example.com/api"))
    print(verify(conversion))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from converter.api import AnswerDifference, Conversion, Options, RequestError, Verdict, convert, trace, verify
    from converter.pipeline.check_options import OptionsError

__all__ = [
    "AnswerDifference",
    "Conversion",
    "Options",
    "OptionsError",
    "RequestError",
    "Verdict",
    "convert",
    "trace",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Load the library when it is first asked for: the command line imports this module before anything else."""
    if name == "__version__":
        from converter.model import version

        return version.__version__
    if name in __all__:
        from converter import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
