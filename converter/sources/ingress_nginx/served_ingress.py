"""One Ingress as the controller takes it: its settings, or why it is refused or responds with nothing but errors.

nginx: internal/ingress/annotations/annotations.go:157-230 (Extract),
internal/ingress/controller/store/store.go:880-953, internal/ingress/inspector/.
"""

from __future__ import annotations

import re
from dataclasses import field, replace
from functools import lru_cache

from converter.model import Origin, Outcome
from converter.model.data import dataclass
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.packs.load import SourcePack, source_pack
from converter.packs.settings import SettingProblem, Settings, read_settings
from converter.reading.inventory import Ingress
from converter.routing.table import Feature
from converter.sources.ingress_nginx.annotation_values import LENIENT, has_http_scheme
from converter.sources.ingress_nginx.controller import RISKS, Controller
from converter.sources.ingress_nginx.snippets.snippet import Snippet
from converter.sources.ingress_nginx.tls_entries import TlsEntries

_FORBIDDEN = re.compile(
    r"alias\s*.*;|root\s*.*;|/etc/(?:passwd|shadow|group|nginx|ingress-controller)|/var/run/secrets|_by_lua", re.DOTALL
)


class IngressRefusedError(Exception):
    """The whole Ingress is not served; `origin` is the fact that causes it, where one does."""

    def __init__(self, reason: str, origin: Origin | None = None) -> None:
        super().__init__(reason)
        self.reason, self.origin = reason, origin


@dataclass(slots=True, eq=False)
class Served:
    """An Ingress that the controller serves."""

    ingress: Ingress
    settings: Settings
    canary: bool = False
    denied: str = ""
    """Why every path of it responds with 503; "" where none does."""
    denied_by: tuple[Origin, ...] = ()
    tls_error: str = ""
    """Why its hosts respond with 403 (client certificates that cannot be asked for)."""
    ignored: set[str] = field(default_factory=set)
    """Features that the controller drops for a reason that lies in several annotations."""
    features: tuple[Feature, ...] | None = None
    """Of its locations, made once (`features.py`)."""
    snippets: dict[str, Snippet] = field(default_factory=dict)
    """Raw configuration by the part of nginx.conf that holds it: configuration, server, auth, stream."""
    _tls: TlsEntries | None = None

    @property
    def tls_entries(self) -> TlsEntries:
        """The entries of its spec.tls by host."""
        if self._tls is None:
            self._tls = TlsEntries(self.ingress)
        return self._tls

    def flag(self, feature: str, key: str, default: bool = False) -> bool:
        """A boolean setting."""
        if not self.settings.by_name:
            return default
        value = self.settings.value(feature, key)
        return default if value is None else bool(value)


@lru_cache
def pack_for(prefix: str, validated: bool, mappings: tuple[str, ...] = ()) -> SourcePack:
    """The pack under another prefix, or with the codecs of a controller without validation."""
    pack = source_pack("ingress-nginx", mappings)
    if prefix:
        pack = replace(pack, prefixes=(prefix,))
    if not validated:
        features = {
            name: replace(
                block,
                fields={
                    key: replace(row, type=LENIENT + row.type) if row.type.startswith("nginx-") else row
                    for key, row in block.fields.items()
                },
            )
            for name, block in pack.features.items()
        }
        pack = replace(pack, features=features)
    return pack


def prefix_of(control: Controller, options: Options) -> str:
    """The annotations' prefix where it is not the usual one; the command line wins over the Deployment."""
    given = options.annotations_prefix
    return given.rstrip("/") + "/" if given else control.prefix


def read(ingress: Ingress, control: Controller, ledger: Ledger, options: Options) -> Served:
    """The Ingress as the controller takes it; IngressRefusedError where it refuses it."""
    pack = pack_for(prefix_of(control, options), control.flag("enable-annotation-validation", True))
    if control.flag("deep-inspect", True):
        _inspect(ingress)
    if not ingress.annotations:
        return Served(ingress, Settings())
    head = pack.prefixes[0]
    facts = {key: ingress.annotation(key) for key in ingress.annotations if key.startswith(head)}
    if not facts:
        return Served(ingress, Settings())
    _check_forbidden_values(facts, control)
    _risks(facts, pack, control)
    empty = {key for key, origin in facts.items() if not origin.value.strip()}
    full = {key: origin for key, origin in facts.items() if key not in empty} if empty else facts
    settings = read_settings(ingress, pack, ledger, None, full)
    out = Served(ingress, settings)
    _problems(out, ledger)
    for key in empty:
        _empty(out, key[len(head) :], facts[key], ledger)
    _push(facts, head)
    _redirect(out, ledger)
    if not control.switch("allow-snippet-annotations", False):
        _without_snippets(out, ledger)
    raw = settings.by_name.get("snippet")
    if raw is not None:
        out.snippets = {name: Snippet(text, raw.origins[name]) for name, text in raw.values.items()}
    return out


def _inspect(ingress: Ingress) -> None:
    texts = [text for block in ingress.tls for text in (block.secret, *block.hosts)]
    for rule in ingress.rules:
        texts.append(rule.host)
        texts += [path.path for path in rule.paths or ()]
    if _FORBIDDEN.search("\n".join(texts)) is None:  # (what one of them holds, all together hold)
        return
    for rule in ingress.rules:
        if rule.host and _FORBIDDEN.search(rule.host):
            raise IngressRefusedError(f"the controller's inspector refuses the host {rule.host!r}")
        for path in rule.paths or ():
            if _FORBIDDEN.search(path.path):
                raise IngressRefusedError(f"the controller's inspector refuses the path {path.path!r}")
    for block in ingress.tls:
        for text in (block.secret, *block.hosts):
            if text and _FORBIDDEN.search(text):
                raise IngressRefusedError(f"the controller's inspector refuses {text!r} in spec.tls")


def _check_forbidden_values(facts: dict[str, Origin], control: Controller) -> None:
    """nginx: store.go checkBadAnnotationValue."""
    for word in control.comma_list("annotation-value-word-blocklist"):
        for origin in facts.values():
            if word in origin.value:
                raise IngressRefusedError(f"its value has the word {word!r} of annotation-value-word-blocklist", origin)


def _risks(facts: dict[str, Origin], pack: SourcePack, control: Controller) -> None:
    level, table = control.risk, _risk_table(pack)
    for key, origin in facts.items():
        if table.get(key, 0) > level:
            raise IngressRefusedError(
                f"the annotation is riskier than annotations-risk-level "
                f"{control.text('annotations-risk-level', 'High')} of the controller's ConfigMap allows",
                origin,
            )


_RISK_TABLES: dict[int, dict[str, int]] = {}


def _risk_table(pack: SourcePack) -> dict[str, int]:
    if id(pack) not in _RISK_TABLES:
        _RISK_TABLES[id(pack)] = {
            pack.prefixes[0] + row.annotation: RISKS[row.risk.lower()]
            for block in pack.features.values()
            for row in block.fields.values()
            if row.risk
        }
    return _RISK_TABLES[id(pack)]


def _problems(out: Served, ledger: Ledger) -> None:
    for problem in out.settings.problems:
        if problem.policy == "drop":
            continue
        if not _is_read(problem, out.settings):
            words = f"{problem.message}; the controller does not read it here"
            ledger.settle(problem.origin, Outcome.obsolete("value.unread", words), problem.field.feature)
        elif problem.policy == "ingress":
            raise IngressRefusedError(problem.message, problem.origin)
        else:
            deny(out, problem.message, problem.origin)


def _is_read(problem: SettingProblem, settings: Settings) -> bool:
    """Some annotations are only looked at where another one is there."""
    feature, name = problem.field.feature, problem.field.name
    if feature == "redirect":
        temporal = bool(settings.value("redirect", "temporal"))
        return name == "relative" or temporal == name.startswith("temporal") or name == "temporal"
    if feature == "telemetry":
        return bool(settings.value("telemetry", "enabled"))
    needs = {"basic-auth": "type", "external-auth": "url", "client-certificate": "secret", "backend-tls": "secret"}
    needed = needs.get(feature)
    return needed in (None, name) or settings.value(feature, str(needed)) is not None


def deny(out: Served, reason: str, *origins: Origin) -> None:
    """All paths respond with 503: the first reason stays (nginx: annotations.go:208-216)."""
    out.denied = out.denied or reason
    out.denied_by += origins


def _empty(out: Served, name: str, origin: Origin, ledger: Ledger) -> None:
    """An empty value is not validated, and then is no value (nginx: parser/main.go parseString)."""
    if name in ("allowlist-source-range", "denylist-source-range", "whitelist-source-range"):
        deny(out, "the address list is empty", origin)
        return
    if name in ("from-to-www-redirect", "relative-redirects", "temporal-redirect"):
        out.ignored |= {"redirect", "www-redirect"}
    words = "is empty, which the controller takes as if it were not there"
    ledger.settle(origin, Outcome.obsolete("value.empty", words))


def _redirect(out: Served, ledger: Ledger) -> None:
    """nginx: annotations/redirect/redirect.go:122-133: a URL of no http scheme costs all redirects of an Ingress."""
    temporal = out.settings.value("redirect", "temporal")
    if not temporal or has_http_scheme(temporal):
        return
    out.ignored |= {"redirect", "www-redirect"}
    words = (
        "has no effect: it is not a URL of scheme http or https, and the controller then reads none of the redirects"
    )
    for origin in out.settings.get("redirect").facts():
        ledger.settle(origin, Outcome.obsolete("redirect.no-url", words), "redirect")
    for origin in out.settings.get("www-redirect").facts():
        ledger.settle(origin, Outcome.obsolete("www-redirect.no-url", words), "www-redirect")


def _without_snippets(out: Served, ledger: Ledger) -> None:
    """Snippets that pass the risk level are still taken away (nginx: controller.go:697-723)."""
    words = "has no effect: allow-snippet-annotations is false in the controller's ConfigMap"
    removed = dict(out.settings.by_name.pop("snippet").origins) if "snippet" in out.settings else {}
    waf = out.settings.by_name.get("waf")
    if waf is not None and waf.values.pop("rules", None) is not None:
        removed["rules"] = waf.origins.pop("rules")
    for origin in removed.values():
        ledger.settle(origin, Outcome.obsolete("snippet.removed", words), "snippet")


def _push(facts: dict[str, Origin], head: str) -> None:
    """An obsolete annotation whose value still applies (nginx: annotations/http2pushpreload/main.go)."""
    origin = facts.get(head + "http2-push-preload")
    if origin is not None and origin.value not in (
        "1",
        "t",
        "T",
        "true",
        "True",
        "TRUE",
        "0",
        "f",
        "F",
        "false",
        "False",
        "FALSE",
        "",
    ):
        raise IngressRefusedError(f"{origin.value!r} is not a boolean", origin)
