"""One page to send to people: sums, filters by outcome, every request; needs no network and no script."""

from __future__ import annotations

from collections.abc import Iterator

from converter.probe.connections import Connection
from converter.probe.observation import Response
from converter.probe.verdicts import ProbeResult, ProbeVerdict
from converter.reporting.probe.report import DISAGREES, TITLES, ProbeReport, details, request_text
from converter.reporting.report import TOOL
from converter.reporting.static_page import page, text


def render(report: ProbeReport) -> str:
    """The page with its style inside."""
    return page(f"{TOOL} probe: {report.summary()}", "\n".join(_body(report)))


def _body(report: ProbeReport) -> Iterator[str]:
    failed = report.objections()
    yield f"<h1>{TOOL} probe <small>{'failed' if failed else 'passed'}</small></h1>"
    yield f"<p>{text(report.summary())}.</p>"
    addresses = (f"{name} <code>{text(getattr(report, name))}</code>" for name in ("before", "after", "entry"))
    yield f"<p>{', '.join(addresses)}</p>"
    yield from (f'<p class="failing">{text(one)}</p>' for one in failed)
    for outcome, title in (*TITLES.items(), (ProbeVerdict.SAME, "Same responses")):
        yield from _section(title, outcome.value, report.of(outcome))
    yield from _section(DISAGREES, "model", report.disagreeing())
    yield from _connections(report.run.connections)
    if report.run.left_out:
        items = (f"<li>{count:,}: {text(reason)}</li>" for reason, count in sorted(report.run.left_out.items()))
        yield f"<h2>Requests that were not sent</h2><ul>{''.join(items)}</ul>"


def _section(title: str, kind: str, results: list[ProbeResult]) -> Iterator[str]:
    if not results:
        return
    is_open = " open" if kind in (ProbeVerdict.FAILING, ProbeVerdict.UNANNOUNCED) else ""
    yield f'<details class="{kind}"{is_open}><summary>{text(title)} ({len(results):,})</summary>'
    for one in results:
        rows = "".join(f"<tr><th>{text(name)}</th><td>{text(words)}</td></tr>" for name, words in details(one))
        yield f"<h3><code>{text(request_text(one))}</code></h3><table>{rows}</table>"
    yield "</details>"


def _connections(found: list[Connection]) -> Iterator[str]:
    if not found:
        return
    yield "<details><summary>Certificates and protocols</summary><table>"
    yield "<tr><th>host</th><th>before</th><th>after</th><th>differs</th><th>findings</th></tr>"
    for one in found:
        sides = (_tls(response) for response in (one.before, one.after))
        verdict = "; ".join((*one.differences, *one.notes)) + ("" if one.announced else " (not announced)")
        cells = (f"{one.host}:{one.port}", *sides, verdict, ", ".join(one.codes))
        row = '<tr class="failing">' if one.fails_run else "<tr>"
        yield row + "".join(f"<td>{text(words)}</td>" for words in cells) + "</tr>"
    yield "</table></details>"


def _tls(response: Response) -> str:
    found = response.certificate
    if found is None:
        return response.protocol
    return f"{response.protocol}; {', '.join(found.names)}; issuer {found.issuer}; ends {found.expires}"
