"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const RANKS = ["exact", "obsolete", "approximate", "manual", "unsupported", "unknown"];
  const CHUNK = 200;
  const LARGEST = 12; // namespaces of the picture
  const $ = (id) => document.getElementById(id);

  // Findings travel as short lists of numbers; this gives their parts names again.
  const text = (number) => data.texts[number];
  const findings = data.findings.map((f, id) => ({
    id, code: text(f[0]), rank: f[1], message: text(f[2]), hint: text(f[3]), feature: text(f[4]), protects: !!f[5],
    key: text(f[6]), value: text(f[7]), path: text(f[8]), line: f[9], object: f[10], links: f[11],
    example: f[12] && f[12].map(text), accepted: text(f[13]), standard: text(f[14]) === "standard",
    decision: text(f[14]) === "decision",
  }));
  const NOWHERE = {kind: "Input", ns: "", name: "Files and settings", path: "", line: 0, status: "", by: "", entry: "", reason: "", yaml: "", made: [], findings: []};
  const objects = data.objects.map((o, id) => Object.assign(o, {id, findings: []}));
  for (const one of findings) (objects[one.object] || NOWHERE).findings.push(one);
  if (NOWHERE.findings.length) objects.unshift(NOWHERE);
  for (const one of objects) {
    one.worst = Math.max(-1, ...one.findings.filter((f) => !f.accepted && !f.standard).map((f) => f.rank));
    one.protects = one.findings.some((f) => f.protects && f.rank > 2 && !f.accepted);
    one.undecided = one.findings.some((f) => f.decision);
    one.words = [one.kind, one.ns + "/" + one.name, one.path, one.entry, one.reason].join(" ").toLowerCase();
  }

  // What is not served stands first, then what lost a protection, then the worst; names in natural order.
  const STATES = ["failed", "withheld"];
  const natural = new Intl.Collator("en", {numeric: true}).compare;
  const urgency = (one) => [STATES.includes(one.status) ? STATES.indexOf(one.status) - 2 : 0, one.protects ? -1 : 0, -Math.max(one.worst, 1)];
  objects.sort((a, b) => {
    const mine = urgency(a), theirs = urgency(b);
    for (let at = 0; at < mine.length; at++) if (mine[at] !== theirs[at]) return mine[at] - theirs[at];
    return natural(a.ns, b.ns) || natural(a.name, b.name);
  });

  const el = (name, attributes, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value);
    }
    for (const child of children.flat()) if (child !== null && child !== undefined && child !== "") node.append(child);
    return node;
  };

  const state = {ranks: new Set(), search: "", ns: "", feature: "", code: "", status: "", standard: false, current: null};

  const words = (f) => (f.words ??= [f.code, f.feature, f.message, f.key, f.value, f.accepted].join(" ").toLowerCase());
  const fits = (f) =>
    (state.standard || !f.standard || state.code === f.code) && (!state.ranks.size || state.ranks.has(f.rank)) && (!state.feature || f.feature === state.feature) &&
    (!state.code || f.code === state.code);
  const narrowed = () => state.ranks.size || state.feature || state.code;

  function visible() {
    const terms = state.search.toLowerCase().split(/\s+/).filter(Boolean);
    const out = [];
    for (const one of objects) {
      if (state.ns && one.ns !== state.ns) continue;
      if (state.status && one.status !== state.status) continue;
      if (!terms.every((term) => one.words.includes(term) || one.findings.some((f) => fits(f) && words(f).includes(term)))) continue;
      if (narrowed() && !one.findings.some(fits)) continue;
      out.push(one);
    }
    return out;
  }

  // -- the list, drawn in pieces as it is scrolled to
  let shown = [], drawn = 0;
  const watcher = new IntersectionObserver((seen) => { if (seen.some((one) => one.isIntersecting)) more(); }, {root: $("list"), rootMargin: "400px"});

  function list() {
    shown = visible();
    drawn = 0;
    watcher.disconnect();
    $("list").replaceChildren();
    more();
    const count = shown.reduce((sum, one) => sum + one.findings.filter(fits).length, 0);
    if (!shown.length) $("list").append(el("p", {class: "nothing"}, "No object matches. ", el("button", {type: "button", onclick: clear}, "Clear the filters")));
    totals();
    $("shown").value = `${shown.length.toLocaleString()} of ${objects.length.toLocaleString()} objects, ${count.toLocaleString()} findings`;
    if (state.current && !shown.includes(state.current)) overview();
  }

  // The numbers on the chips are those of the objects that the other filters leave.
  function totals() {
    const of = new Array(RANKS.length).fill(0);
    let standard = 0;
    const ranks = state.ranks;
    state.ranks = new Set();
    for (const one of shown) for (const f of one.findings) {
      if (f.standard && (!state.feature || f.feature === state.feature) && (!state.code || f.code === state.code)) standard++;
      if (fits(f)) of[f.rank]++;
    }
    state.ranks = ranks;
    RANKS.forEach((name, rank) => { document.querySelector(`.chip.${name} span`).textContent = `${of[rank].toLocaleString()} ${name}`; });
    document.querySelector(".chip.standard span").textContent = `${standard.toLocaleString()} standard differences`;
  }

  function more() {
    if (drawn >= shown.length) return;
    const piece = shown.slice(drawn, drawn + CHUNK).map(row);
    drawn += piece.length;
    $("list").append(...piece);
    watcher.disconnect();
    if (drawn < shown.length) watcher.observe(piece[piece.length - 1]);
  }

  function row(one) {
    const counts = RANKS.map((name, rank) => [name, one.findings.filter((f) => f.rank === rank && fits(f)).length]).filter(([name, n]) => n && name !== "exact" && name !== "obsolete");
    return one.row = el("button", {class: "row" + (one.worst > 1 ? " " + RANKS[one.worst] : ""), type: "button", "aria-current": one === state.current, onclick: () => open(one)},
      el("span", {class: "ns"}, one.ns ? one.ns + "/" : ""), el("b", {}, one.name), " ",
      one.status && one.status !== "converted" ? el("span", {class: "status " + one.status}, one.status) : null,
      el("span", {class: "tags"}, one.kind === "Ingress" ? null : el("i", {}, one.kind),
        counts.length ? counts.map(([name, n]) => el("i", {class: name, title: name}, n + " " + name)) : el("i", {class: "exact"}, "no loss")));
  }

  const address = (one) => "#" + encodeURIComponent([one.kind, one.ns, one.name].join("/"));

  function open(one, finding, visited) {
    if (state.current?.row) state.current.row.setAttribute("aria-current", "false");
    state.current = one;
    while (!one.row && drawn < shown.length) more();
    one.row?.setAttribute("aria-current", "true");
    one.row?.scrollIntoView({block: "nearest"});
    $("detail").replaceChildren(...detail(one));
    $("detail").scrollTop = 0;
    if (finding) select([finding], true);
    document.body.classList.add("reading");
    if (!visited && location.hash !== address(one)) history.pushState(null, "", address(one));
  }

  // -- one object: findings, then its YAML beside what it became
  let panes = {source: new Map(), made: new Map()};

  function detail(one) {
    panes = {source: new Map(), made: new Map()};
    const some = [...one.findings].filter(fits).sort((a, b) => b.rank - a.rank || a.line - b.line);
    const loud = some.filter((f) => f.rank > 1), quiet = some.filter((f) => f.rank <= 1);
    const made = one.made.map((number) => [number, data.resources[number]]).sort((a, b) => a[1].shared - b[1].shared); // its own first
    const out = one.findings.filter((f) => !fits(f));
    const what = out.every((f) => f.standard) ? "standard differences are hidden" : "findings are hidden by the filter";
    const hidden = out.length ? el("p", {class: "place"}, `${out.length} ${what}`) : null;
    return [
      el("h2", {}, el("span", {class: "kind"}, one.kind), ` ${one.ns ? one.ns + "/" : ""}${one.name}`),
      el("div", {class: "place"}, one.path ? `${one.path}:${one.line}` : "", one.by ? `  ·  ${one.by}${one.entry ? ", " + one.entry : ""}` : ""),
      one.status && one.status !== "converted" ? el("p", {class: "notice " + one.status}, el("b", {}, one.status), " ", one.reason) : null,
      made.length ? el("div", {class: "becomes"}, "becomes ", made.map(([number, r]) => el("button", {type: "button", onclick: () => show(panes.made.get(number)?.get(1)?.parentNode)}, `${r.kind} ${r.name}`))) : null,
      hidden,
      loud.length ? el("h3", {}, "What changes") : null, ...alike(loud).map(card),
      one.yaml || made.length ? el("h3", {}, "Before and after") : null,
      one.yaml || made.length ? el("p", {class: "place"}, "Click a marked line to see what it became, or what it came from.") : null,
      !one.yaml && !made.length ? null : el("div", {class: "panes"},
        el("div", {}, one.yaml ? yaml(one.path, one.yaml, one.line, panes.source, (line) => one.findings.filter((f) => f.line === line && f.path === one.path)) : el("p", {class: "place"}, "The source is not at hand.")),
        el("div", {}, made.length ? made.map(([number, resource]) => {
          const lines = new Map();
          panes.made.set(number, lines);
          const wrote = (line) => one.findings.filter((f) => f.links.some(([n, first, last]) => n === number && first <= line && line <= last));
          return yaml(`${resource.kind} ${resource.ns ? resource.ns + "/" : ""}${resource.name}${resource.shared ? " (shared)" : ""}  ${resource.file}`, resource.yaml, 1, lines, wrote);
        }) : el("p", {class: "place"}, "Nothing was made of it."))),
      quiet.length ? el("h3", {}, "What stays the same") : null, ...alike(quiet).map(card),
    ].filter(Boolean);
  }

  function show(pre) {
    const pane = pre?.parentNode;
    if (!pane) return;
    pane.parentNode.scrollIntoView({block: "nearest"});
    pane.scrollTop += pre.getBoundingClientRect().top - pane.getBoundingClientRect().top;
  }

  function yaml(title, body, start, lines, found) {
    const pre = el("pre", {}, el("span", {class: "title"}, title));
    body.split("\n").forEach((content, index) => {
      const number = start + index, about = found(number);
      const worst = about.length ? RANKS[Math.max(...about.map((f) => f.rank))] : "";
      const node = el("span", {class: "ln" + (about.length ? " linked " + worst : ""), "data-n": number, tabindex: about.length ? 0 : null, title: about.map((f) => f.code).join(", ") || null},
        el("span", {style: "color:var(--ink)"}, content || " "));
      if (about.length) {
        const go = () => select([innermost(about)], false);
        node.addEventListener("click", go);
        node.addEventListener("keydown", (event) => { if (event.key === "Enter") go(); });
      }
      lines.set(number, node);
      pre.append(node);
    });
    return pre;
  }

  const span = (f) => Math.min(...f.links.map(([, first, last]) => (first ? last - first : 1e9)), 1e9);
  const innermost = (some) => [...some].sort((a, b) => span(a) - span(b) || b.rank - a.rank)[0];

  function select(some, scroll) {
    document.querySelectorAll(".on").forEach((node) => node.classList.remove("on"));
    const marked = [];
    const mark = (node) => { if (node) { node.classList.add("on"); marked.push(node); } };
    for (const finding of some) {
      if (state.current && finding.path === state.current.path) mark(panes.source.get(finding.line));
      for (const [number, first, last] of finding.links)
        for (let line = first; first && line <= last; line++) mark(panes.made.get(number)?.get(line));
    }
    const box = document.querySelector(`[data-finding~="${some[0].id}"]`);
    box?.classList.add("on");
    // Both sides come into view, each within its own pane.
    for (const pane of document.querySelectorAll(".panes > div")) {
      const first = pane.querySelector(".on");
      if (first) pane.scrollTop += first.getBoundingClientRect().top - pane.getBoundingClientRect().top - pane.clientHeight / 3;
    }
    if (scroll) document.querySelector(".panes")?.scrollIntoView({block: "nearest"});
    else if (!marked.length) box?.scrollIntoView({block: "nearest"});
  }

  // Settings of one feature often say the same: one card for all of them.
  function alike(some) {
    const groups = new Map();
    for (const f of some) {
      const key = JSON.stringify([f.code, f.rank, f.message, f.hint, f.accepted]);
      groups.set(key, [...(groups.get(key) || []), f]);
    }
    return [...groups.values()];
  }

  function card(some) {
    const f = some.find((one) => one.example) || some[0], name = RANKS[f.rank];
    return el("div", {class: "finding " + name, "data-finding": some.map((one) => one.id).join(" ")},
      el("div", {class: "head"}, el("span", {class: "pill " + name}, name), el("button", {class: "code", type: "button", title: "Show the lines", onclick: () => select(some, true)}, f.code),
        f.protects ? el("span", {class: "shield"}, "protects") : null, el("span", {class: "place"}, f.path ? `${f.path}:${f.line}` : "default")),
      some.filter((one) => one.key).map((one) => el("div", {class: "fact"}, one.value ? `${one.key}: ${one.value}` : one.key)),
      el("p", {}, f.message),
      f.example ? el("div", {class: "example"}, el("span", {}, "request"), el("span", {}, f.example[0]), el("span", {}, "before"), el("span", {}, f.example[1]), el("span", {}, "after"), el("span", {}, f.example[2])) : null,
      f.hint && f.rank > 1 ? el("p", {}, el("b", {}, "What to do: "), f.hint) : null,
      f.accepted ? el("p", {}, el("b", {}, "Accepted: "), f.accepted) : null);
  }

  // -- the first page: what to do first, and findings by code
  function overview() {
    document.body.classList.remove("reading");
    if (state.current?.row) state.current.row.setAttribute("aria-current", "false");
    state.current = null;
    const groups = new Map();
    for (const one of objects) for (const f of one.findings) if (f.rank > 1 && !f.accepted && (state.standard || !f.standard)) {
      const group = groups.get(f.code) || {code: f.code, rank: 0, count: 0, objects: new Set(), protects: false, hint: f.hint || f.message};
      group.rank = Math.max(group.rank, f.rank);
      group.count++;
      group.objects.add(f.object);
      group.protects ||= f.protects;
      groups.set(f.code, group);
    }
    const sorted = [...groups.values()].sort((a, b) => (b.protects && b.rank > 2) - (a.protects && a.rank > 2) || b.rank - a.rank || b.count - a.count);
    const count = data.objects.filter((one) => one.status).length;
    const states = Object.entries(data.statuses).filter(([, n]) => n).map(([name, n]) => `${n.toLocaleString()} ${name}`).join(", ");
    $("detail").replaceChildren(
      el("h2", {}, `${count.toLocaleString()} ${count === 1 ? "object" : "objects"}`), el("div", {class: "place"}, states), bar(),
      el("h3", {}, "Decisions"), data.first.length ? el("div", {class: "first"}, el("ol", {}, data.first.map((thing) => el("li", {}, thing)))) : el("p", {}, "Nothing to decide."),
      ...(data.failed.length ? [el("h3", {}, "Not readable"), el("details", {class: "first", open: data.failed.length < 4 ? "" : null}, el("summary", {}, `${data.failed.length.toLocaleString()} files`), data.failed.map(([path, message]) => el("p", {class: "failed"}, `${path}: ${message}`)))] : []),
      ...picture(),
      el("h3", {}, "Findings by code"),
      sorted.length ? el("table", { class: "codes" }, el("thead", {}, el("tr", {}, ["", "code", "findings", "objects", "what to do"].map((head) => el("th", {}, head)))),
        el("tbody", {}, sorted.map((g) => el("tr", {}, el("td", {}, el("span", {class: "pill " + RANKS[g.rank]}, RANKS[g.rank])),
          el("td", {}, el("button", {type: "button", onclick: () => { set("code", g.code); }}, g.code), g.protects ? el("span", {class: "shield"}, "protects") : null),
          el("td", {class: "n"}, g.count.toLocaleString()), el("td", {class: "n"}, g.objects.size.toLocaleString()), el("td", {}, g.hint))))) : el("p", {}, "Nothing is lost."),
      ...portability());
  }

  // What not every implementation of Gateway API has.
  function portability() {
    if (!data.portability.length) return [];
    return [el("h3", {}, "Portability"), el("p", {class: "place"}, "Features beyond the core of Gateway API, and kinds of one implementation. Source: conformance reports."),
      el("table", { class: "features" }, el("thead", {}, el("tr", {}, ["feature", "objects", "implementations", "instead"].map((head) => el("th", {}, head)))),
        el("tbody", {}, data.portability.map(([name, level, count, meaning, who, instead]) => el("tr", {}, el("td", {}, el("b", {}, name), el("div", {class: "place"}, `${level}: ${meaning}`)),
          el("td", {class: "n"}, count.toLocaleString()), el("td", {}, who), el("td", {}, instead)))))];
  }

  // How far each namespace is: a bar of its objects that are ready, to be decided, and not served.
  function picture() {
    const spaces = new Map();
    for (const one of objects) if (one.status && one.status !== "skipped") {
      const space = spaces.get(one.ns) || {ready: 0, decide: 0, withheld: 0};
      space[STATES.includes(one.status) ? "withheld" : one.undecided ? "decide" : "ready"]++;
      spaces.set(one.ns, space);
    }
    const sum = (space) => space.ready + space.decide + space.withheld;
    const rows = [...spaces].sort(([a, one], [b, other]) => other.withheld - one.withheld || other.decide - one.decide || natural(a, b));
    const most = Math.max(1, ...rows.map(([, space]) => sum(space)));
    const part = (name, n, label) => {
      const node = n ? el("i", {class: name, title: `${n.toLocaleString()} ${label}`}) : null;
      if (node) node.style.width = `${Math.max(100 * n / most, 0.5)}%`;
      return node;
    };
    const line = ([name, space]) => el("button", {type: "button", class: "space", onclick: () => set("ns", name)},
      el("span", {class: "name"}, name || "(none)"),
      el("span", {class: "stack"}, part("exact", space.ready, "ready"), part("manual", space.decide, "to decide"), part("unsupported", space.withheld, "not served")),
      el("span", {class: "n"}, [`${space.ready.toLocaleString()} ready`, space.decide ? `${space.decide.toLocaleString()} to decide` : "", space.withheld ? `${space.withheld.toLocaleString()} not served` : ""].filter(Boolean).join(", ")));
    if (!rows.length) return [];
    const hidden = rows.slice(LARGEST);
    return [el("h3", {}, "By namespace"), el("div", {class: "picture"}, rows.slice(0, LARGEST).map(line),
      hidden.length ? el("p", {class: "place"}, `and ${hidden.length.toLocaleString()} more namespaces`) : null)];
  }

  function bar() {
    const sum = Object.values(data.counts).reduce((a, b) => a + b, 0) || 1;
    return el("div", {class: "bar", role: "img", "aria-label": RANKS.map((name) => `${data.counts[name]} ${name}`).join(", ")},
      RANKS.filter((name) => data.counts[name]).map((name) => {
        const part = el("i", {class: name, title: `${data.counts[name].toLocaleString()} ${name}`});
        part.style.flexGrow = Math.max(data.counts[name] / sum, 0.012);
        return part;
      }));
  }

  function printed() {
    const some = visible().flatMap((one) => one.findings.filter((f) => fits(f) && f.rank > 1).map((f) => [one, f])).slice(0, 3000);
    let last = null;
    const decided = data.first.length ? el("ol", {}, data.first.map((thing) => el("li", {}, thing))) : el("p", {}, "Nothing to decide.");
    $("print").replaceChildren(el("h3", {}, "Decisions"), decided, ...some.flatMap(([one, f]) => {
      const head = one === last ? [] : [el("h3", {}, `${one.kind} ${one.ns ? one.ns + "/" : ""}${one.name}`)];
      last = one;
      return [...head, card([f])];
    }));
  }

  // -- filters
  function set(name, value) {
    state[name] = value;
    if ($(name)) $(name).value = value;
    list();
    if (state.current) open(state.current, null, true);
    else if (name === "code" && value && shown.length) open(shown[0]);
    else overview();
  }

  function choices(id, label, values) {
    $(id).append(el("option", {value: ""}, label), ...[...new Set(values)].filter(Boolean).sort(natural).map((value) => el("option", {value}, value)));
    $(id).addEventListener("change", () => set(id, $(id).value));
  }

  function chip(name, rank) {
    const node = el("button", {class: "chip " + name, type: "button", "aria-pressed": "false", onclick: () => {
      state.ranks.has(rank) ? state.ranks.delete(rank) : state.ranks.add(rank);
      node.setAttribute("aria-pressed", state.ranks.has(rank));
      list();
      if (state.current) open(state.current, null, true);
    }}, el("span", {}));
    return node;
  }

  function standardChip() {
    const node = el("button", {class: "chip standard", type: "button", "aria-pressed": "false", title: "Differences that everybody meets who leaves the controller; hidden at first", onclick: () => {
      state.standard = !state.standard;
      node.setAttribute("aria-pressed", state.standard);
      list();
      state.current ? open(state.current, null, true) : overview();
    }}, el("span", {}));
    return node;
  }

  function clear() {
    Object.assign(state, {search: "", ns: "", feature: "", code: "", status: "", standard: false});
    state.ranks.clear();
    document.querySelectorAll(".chip").forEach((node) => node.setAttribute("aria-pressed", "false"));
    for (const id of ["search", "ns", "feature", "code", "status"]) $(id).value = "";
    if (location.hash.length > 1) history.pushState(null, "", "#");
    list();
    overview();
  }

  function visit() {
    const wanted = decodeURIComponent(location.hash.slice(1));
    const linked = objects.find((one) => [one.kind, one.ns, one.name].join("/") === wanted);
    if (linked) open(linked, null, true);
    else overview();
  }

  function move(step) {
    if (!shown.length) return;
    const at = shown.indexOf(state.current);
    open(shown[Math.min(Math.max(at + step, 0), shown.length - 1)]);
  }

  let timer = 0;
  $("search").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => set("search", $("search").value), 80); });
  $("clear").addEventListener("click", clear);
  $("search").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    clearTimeout(timer);
    set("search", $("search").value);
    if (shown.length) open(shown[0]);
  });
  $("help").addEventListener("click", () => $("keys").showModal());
  $("back").addEventListener("click", () => { if (location.hash.length > 1) history.pushState(null, "", "#"); overview(); });
  addEventListener("popstate", visit);
  document.addEventListener("keydown", (event) => {
    if ($("keys").open) return;
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "Escape") { clear(); event.target.blur(); }
    else if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    else if (event.key === "?") { event.preventDefault(); $("keys").showModal(); }
    else if (event.key === "/") { event.preventDefault(); $("search").focus(); }
    else if (event.key === "j" || event.key === "ArrowDown") { event.preventDefault(); move(1); }
    else if (event.key === "k" || event.key === "ArrowUp") { event.preventDefault(); move(-1); }
  });
  addEventListener("beforeprint", printed);

  $("version").textContent = data.version;
  $("chips").append(...RANKS.map(chip), standardChip());
  choices("ns", "all namespaces", objects.map((one) => one.ns));
  choices("feature", "all features", findings.map((f) => f.feature));
  choices("code", "all codes", findings.map((f) => f.code));
  choices("status", "every status", objects.map((one) => one.status));
  list();
  visit();
  document.documentElement.dataset.ready = "yes";
})();
