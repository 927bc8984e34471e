"""Status as one page to send to people: sums, and every check of every Ingress."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from converter.reporting.report import DEFAULT_LOOK, TOOL, Look
from converter.reporting.static_page import page, text
from converter.reporting.status.text import explanation_parts, summary, verdict
from converter.status.check import Check, IngressStatus


def render(statuses: Sequence[IngressStatus], look: Look = DEFAULT_LOOK) -> str:
    """Ingresses that are not ready come first, and are open."""
    ordered = sorted(statuses, key=lambda one: one.ready)
    body = [f"<h1>{TOOL} status <small>{verdict(statuses)}</small></h1>", f"<p>{text(summary(statuses))}.</p>"]
    body += [line for one in ordered for line in _ingress(one)]
    return page(f"{TOOL} status: {verdict(statuses)}", "\n".join(body))


def _ingress(one: IngressStatus) -> Iterator[str]:
    kind = "" if one.ready else ' class="failing" open'
    hosts = f" <small>{text(', '.join(one.hosts))}</small>" if one.hosts else ""
    yield f"<details{kind}><summary>{text(one.name)}{hosts}</summary><table>"
    yield "<tr><th>check</th><th>state</th><th>what</th></tr>"
    yield from (_row(check) for check in one.ordered(every=True))
    yield "</table></details>"


def _row(one: Check) -> str:
    kind = ' class="failing"' if one.blocks else ""
    words = [text(one.message)] + [f"{name}: {text(words)}" for name, words in explanation_parts(one)]
    return f"<tr{kind}><td>{one.aspect}</td><td>{one.state}</td><td>{'<br>'.join(words)}</td></tr>"
