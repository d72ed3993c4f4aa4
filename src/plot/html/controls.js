// What a reader can do: the tools, the legend, the table, and what is told where the pointer is.

/** For whoever looks from outside, tests above all: what is shown, and how often it was drawn. */
window.memrec = { state, panels: [], firstDraw: null, draws: 0, opened: performance.now() };

/** Everything anew. What stands above and beside the panels comes first: it decides how large they are. */
function refresh() {
  hideTip();
  model = buildModel();
  drawHeader();
  drawTools();
  drawLegend();
  draw();
  drawTable();
}

function drawHeader() {
  element("title").textContent = page.title;
  element("title").title = page.title;
  const parts = [...metric().subtitle];
  const limit = limitNow();
  const { peak } = metric().total;
  // So high above all that it is not drawn.
  if (limit !== null && peak && limit >= peak[0] * 4) parts.push(`limit ${bytesText(limit)}`);
  element("subtitle").textContent = parts.join("  ·  ");
  const [words, grows] = metric().headline || ["", false];
  element("headline").textContent = words && words[0].toUpperCase() + words.slice(1);
  element("headline").className = grows ? "grows" : "";
}

/** Buttons of which one is pressed. */
function choice(name, label, options, chosen, choose) {
  const buttons = options.map(([value, text, help]) =>
    make("button", { type: "button", "aria-pressed": String(value === chosen), title: help, "data-tool": `${name}-${value}`, onclick: () => choose(value) }, text));
  return make("div", { class: "choice", role: "group", "aria-label": label }, ...buttons);
}

function switchButton(name, text, pressed, help, press) {
  return make("button", { type: "button", class: "switch", "aria-pressed": String(pressed), title: help, "data-tool": name, onclick: press }, text);
}

function drawTools() {
  const tools = [];
  if (page.metrics.length > 1) {
    const options = page.metrics.map((metric, place) => make("option", { value: place, selected: place === state.metric }, metric.label));
    const select = make("select", { "aria-label": "Metric", "data-tool": "metric", title: metric().help, onchange: (event) => {
      state.metric = Number(event.target.value);
      refresh();
    } }, ...options);
    tools.push(select);
  }
  if (page.view !== "overlay" && page.view !== "single") {
    const views = page.rows.some((row) => row.kind === "process")
      ? [["stacked", "Stacked", "Processes upon each other: their upper edge is the total"], ["lines", "Lines", "A line for each process"], ["total", "Total", "The whole tree alone"]]
      : [];
    if (views.length) tools.push(choice("view", "View", views, viewNow(), (view) => {
      state.view = view;
      refresh();
    }));
  }
  tools.push(switchButton("growth", "Growth", state.growth, "A second panel: how much each has grown since start-up", () => {
    state.growth = !state.growth;
    refresh();
  }));
  if (!overlay && metric().trends.length) {
    tools.push(switchButton("trend", "Trend", state.trend, `The whole tree: ${metric().total.reason}`, () => {
      state.trend = !state.trend;
      refresh();
    }));
  }
  if (page.started !== null) {
    tools.push(switchButton("clock", "Clock", state.clock, "The time of day, in your time zone", () => {
      state.clock = !state.clock;
      refresh();
    }));
  }
  tools.push(make("button", { type: "button", class: "switch theme", "aria-label": state.dark ? "Light" : "Dark", title: state.dark ? "Light" : "Dark", "data-tool": "theme", onclick: () => {
    state.dark = !state.dark;
    drawTheme();
    refresh();
  } }, state.dark ? "☀" : "☾"));
  element("tools").replaceChildren(...tools);
  const zoomed = state.window[0] > whole[0] || state.window[1] < whole[1];
  const part = `${momentNow(state.window[0])} to ${momentNow(state.window[1])}`;
  element("hint").replaceChildren(...(zoomed
    ? [make("span", {}, part), make("button", { type: "button", "data-tool": "reset", onclick: () => on.reset() }, "Show all")]
    : [make("span", {}, "Drag over a part to see it larger; double-click shows all again.")]));
}

function drawTheme() {
  document.documentElement.dataset.theme = state.dark ? "dark" : "light";
  const now = colours();
  for (const name of ["background", "text", "quiet", "axis", "band", "boundary", "peak"]) document.documentElement.style.setProperty(`--${name}`, now[name]);
}

/** Puts a row, or the total, on or off; with a modifier key all others. */
function toggle(row, event) {
  const everybody = [...linedRows(), "total"];
  if (event && (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey)) {
    const alone = everybody.every((one) => one === row || state.hidden.has(one));
    state.hidden = new Set(alone ? [] : everybody.filter((one) => one !== row));
  } else if (state.hidden.has(row)) {
    state.hidden.delete(row);
  } else {
    state.hidden.add(row);
  }
  refresh();
}

/** A process of the rest gets a line of its own, or goes back. */
function unfold(row) {
  const place = state.unfolded.findIndex((one) => one.row === row);
  if (place >= 0) {
    state.unfolded.splice(place, 1);
    state.hidden.delete(row);
  } else {
    state.unfolded.push({ row, ink: freeInk() });
  }
  refresh();
}

/** `last 187 MiB · max 508 MiB`; what has no last value was gone by then. */
function figuresText(told) {
  if (!told || !told.peak) return "";
  const highest = `max ${valueText(metric(), told.peak[0])}`;
  const gone = !told.last || (told.last[1] < page.end - 1e-6 && !overlay);
  return gone ? highest : `last ${valueText(metric(), told.last[0])} · ${highest}`;
}

/** Those of a line as it is now: of the rest, which loses whoever gets a line of their own. */
function figuresOf(row) {
  const { values } = model.lines.find((line) => line.row === row);
  const { times } = model.all[0];
  let peak = null;
  let last = null;
  for (let tick = 0; tick < values.length; tick++) {
    const value = values[tick];
    if (value !== value) continue;
    last = [value, times[tick]];
    if (!peak || value > peak[0]) peak = last;
  }
  return { peak, last };
}

function swatch(colour, isLine) {
  const mark = make("span", { class: isLine ? "swatch line" : "swatch" });
  mark.style.background = colour;
  return mark;
}

function legendItem(row, name, id, colour, isLine, figures) {
  const off = state.hidden.has(row);
  return make("button", { type: "button", class: "item", "aria-pressed": String(!off), "data-row": row, title: "Click: on or off. With Alt or Shift: this one alone.", onclick: (event) => toggle(row, event) },
    swatch(colour, isLine),
    make("span", { class: "who" }, make("b", {}, name), id ? make("i", {}, id) : null),
    make("span", { class: "figures" }, figures));
}

function drawLegend() {
  const items = [];
  const stacked = viewNow() === "stacked";
  const isLine = !stacked;
  if (viewNow() !== "single" && !overlay) {
    items.push(legendItem("total", "total", "", colours().total[1], true, figuresText(metric().total)));
  }
  if (viewNow() !== "total") {
    const rows = linedRows();
    // In a stack the uppermost first; lines by their size.
    const size = (row) => (metric().figures[row] && metric().figures[row].peak ? metric().figures[row].peak[0] : 0);
    const ordered = stacked ? rows.reverse() : overlay ? rows : rows.sort((a, b) => size(b) - size(a));
    for (const row of ordered) {
      const { name, id, kind } = page.rows[row];
      const isRest = kind === "rest";
      const count = foldedRows().length + page.untold;
      const shown = isRest ? `${grouped(count)} ${count === 1 ? "other" : "others"}` : name;
      const own = metric().figures[row];
      if (own && !own.peak && !isRest) continue;
      items.push(legendItem(row, shown, id, inkOf(row)[isLine ? 1 : 0], isLine, figuresText(isRest ? figuresOf(row) : own)));
    }
  }
  if (state.hidden.size > 0) {
    items.push(make("button", { type: "button", class: "all", "data-tool": "all", onclick: () => {
      state.hidden.clear();
      refresh();
    } }, "Show all series"));
  }
  element("legend").replaceChildren(...items);
}

const COLUMNS = [
  ["name", overlay ? "Recording" : "Process", (row) => row.name.toLowerCase()],
  ["id", "PID", (row) => Number(row.id) || 0],
  ["command", "Command", (row) => row.command],
  ["first", "First seen", (row) => row.first],
  ["last", "Last seen", (row) => row.last],
  ["peak", "Peak", (_row, told) => (told && told.peak ? told.peak[0] : -1)],
  ["end", "Last", (_row, told) => (told && told.last ? told.last[0] : -1)],
  ["trend", "Trend", (_row, told) => (told && told.rate !== null ? told.rate : -Infinity)],
];

/** Rows of the table, as they are sorted and searched for. */
function tableRows() {
  const needle = state.search.trim().toLowerCase();
  const rows = page.rows.map((row, place) => ({ row, place, told: metric().figures[place] }));
  const wanted = rows.filter(({ row }) => {
    if (row.kind === "rest") return false;
    if (needle) return `${row.name} ${row.id} ${row.command}`.toLowerCase().includes(needle);
    return row.kind !== "folded" || state.open || state.unfolded.some((one) => page.rows[one.row] === row);
  });
  if (state.sort) {
    const value = COLUMNS.find((column) => column[0] === state.sort.by)[2];
    const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    wanted.sort((a, b) => state.sort.way * compare(value(a.row, a.told), value(b.row, b.told)));
  }
  return wanted;
}

function trendCell(told) {
  if (!told || !told.verdict) return make("td", {});
  return make("td", { class: `trend ${told.verdict}`, title: told.reason }, make("b", {}, told.verdict), told.told ? ` ${told.told}` : "");
}

function tableRow({ row, place, told }) {
  const folded = row.kind === "folded";
  const unfolded = state.unfolded.some((one) => one.row === place);
  const fixed = folded && !row.alone;
  const on = folded ? unfolded && !state.hidden.has(place) : !state.hidden.has(place);
  const mark = folded && !unfolded ? swatch(colours().rest[0], false) : swatch(inkOf(place)[viewNow() === "stacked" ? 0 : 1], viewNow() !== "stacked");
  const press = (event) => (folded ? unfold(place) : toggle(place, event));
  const step = fineness();
  const value = (pair) => (pair ? valueText(metric(), pair[0]) : "");
  const help = fixed ? "One of the others; it has no line of its own here" : folded ? "Click: a line of its own, or one of the others" : "Click: on or off. With Alt or Shift: this one alone.";
  return make("tr", { class: `${on ? "on" : "off"}${folded && !unfolded ? " folded" : ""}${fixed ? " fixed" : ""}`, "data-row": place, title: help, onclick: fixed ? () => {} : press },
    make("td", { class: "name" }, fixed ? mark : make("button", { type: "button", "aria-pressed": String(on) }, mark), make("span", {}, row.name)),
    overlay ? null : make("td", { class: "number" }, row.id),
    make("td", { class: "command", title: row.command || help }, row.command),
    make("td", { class: "number seen" }, momentText(row.first, step)),
    make("td", { class: "number seen" }, momentText(row.last, step)),
    make("td", { class: "number", title: told && told.peak ? `at ${momentText(told.peak[1], step)}` : help }, value(told && told.peak)),
    make("td", { class: "number" }, value(told && told.last)),
    trendCell(told));
}

function drawTable() {
  const host = element("processes");
  const rows = tableRows();
  const heads = COLUMNS.filter((column) => !(overlay && column[0] === "id")).map(([by, text]) => {
    const sorted = state.sort && state.sort.by === by;
    const numeric = ["id", "first", "last", "peak", "end"].includes(by);
    return make("th", { class: `${numeric ? "number" : by}${by === "first" || by === "last" ? " seen" : ""}`, "aria-sort": sorted ? (state.sort.way > 0 ? "ascending" : "descending") : null },
      make("button", { type: "button", "data-sort": by, onclick: () => {
        const first = ["name", "command", "first", "id"].includes(by) ? 1 : -1;
        state.sort = !sorted ? { by, way: first } : state.sort.way === first ? { by, way: -first } : null;
        drawTable();
      } }, text, make("span", { class: "arrow" }, sorted ? (state.sort.way > 0 ? "▲" : "▼") : "")));
  });
  const folded = page.rows.filter((row) => row.kind === "folded").length;
  const above = [];
  if (page.rows.length > 13) {
    const old = host.querySelector("input");
    const field = old || make("input", { type: "search", placeholder: "Name, PID or command", "aria-label": "Search processes", oninput: (event) => {
      state.search = event.target.value;
      drawTable();
    } });
    above.push(field);
  }
  const focused = document.activeElement === host.querySelector("input");
  const below = [];
  if (folded > 12 && !state.search) {
    below.push(make("button", { type: "button", class: "more", "data-tool": "folded", onclick: () => {
      state.open = !state.open;
      drawTable();
    } }, state.open ? "Show fewer" : `Show ${grouped(folded)} others`));
  }
  if (page.untold > 0) below.push(make("span", { class: "quiet" }, `${grouped(page.untold)} smaller ones are not listed; memrec report has them.`));
  host.replaceChildren(
    make("div", { class: "above" }, make("h2", {}, overlay ? "Recordings" : "Processes"), ...above),
    make("div", { class: "scroll" }, make("table", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows.map(tableRow)))),
    make("div", { class: "below" }, ...below));
  if (focused) host.querySelector("input").focus();
}

function hideTip() {
  element("tip").hidden = true;
  for (const dot of document.querySelectorAll(".dot")) dot.remove();
}

function tipLine(colour, name, text, className) {
  const line = make("div", { class: `line ${className || ""}` });
  if (colour) line.append(swatch(colour, className === "total"));
  line.append(make("span", { class: "who" }, name), make("span", { class: "value" }, text));
  return line;
}

/** What there was at the tick nearest to the pointer: all points are asked, not those that are drawn. */
function showTip(u) {
  if (u.cursor.left < 0 || model.all.every((source) => source.count === 0)) return hideTip();
  const at = u.posToVal(u.cursor.left, "x");
  const tip = element("tip");
  const lines = [];
  const rows = [];
  if (overlay) {
    lines.push(make("div", { class: "when" }, momentText(at, fineness())));
    model.lines.forEach((line) => {
      const source = model.all[line.source];
      const tick = nearestTick(source.times, at);
      const inside = at <= source.times[source.count - 1] + fineness() && at >= source.times[0] - fineness();
      if (inside && !state.hidden.has(line.row)) rows.push([line.values[tick], tipLine(inkOf(line.row)[1], page.rows[line.row].name, valueText(metric(), line.values[tick]))]);
    });
    lines.push(...rows.map((row) => row[1]));
  } else {
    const [source] = model.all;
    const tick = nearestTick(source.times, at);
    const moment = source.times[tick];
    lines.push(make("div", { class: "when" }, momentText(moment, fineness()), page.started !== null ? make("span", { class: "quiet" }, clockText(page.started, moment, fineness(), true)) : null));
    const phases = page.phases.filter((phase) => phase.from <= at && at < phase.to).slice(-3);
    if (phases.length) lines.push(make("div", { class: "phase" }, phases.map((phase) => phase.label).join(" · ")));
    const nothing = inHole(source, at);
    if (nothing) {
      lines.push(make("div", { class: "quiet" }, "nothing was measured here"));
    } else {
      if (viewNow() !== "single") lines.push(tipLine(colours().total[1], "total", valueText(metric(), source.total[tick]), "total"));
      if (viewNow() !== "total") {
        for (const line of model.lines) {
          const value = line.values[tick];
          if (value !== value || state.hidden.has(line.row)) continue;
          const { name, id, kind } = page.rows[line.row];
          const who = kind === "rest" ? "others" : id ? `${name} ${id}` : name;
          rows.push([value, tipLine(inkOf(line.row)[viewNow() === "stacked" ? 0 : 1], who, valueText(metric(), value))]);
        }
        if (viewNow() === "stacked") rows.reverse();
        else rows.sort((a, b) => b[0] - a[0]);
        lines.push(...rows.map((row) => row[1]));
      }
    }
    const width = Math.max(page.rates.stretch, (state.window[1] - state.window[0]) / 300);
    page.rates.counted.forEach((one, place) => {
      const from = Math.floor((at - width / 2) / page.rates.stretch);
      const to = Math.max(from + 1, Math.ceil((at + width / 2) / page.rates.stretch));
      let sum = 0;
      for (let i = Math.max(0, from); i < Math.min(to, one.numbers.length); i++) sum += one.numbers[i];
      lines.push(tipLine(countColour(place), one.name, `${countOf(sum / ((to - from) * page.rates.stretch))}/s`));
    });
    if (!nothing) dotAt(moment, source.total[tick]);
  }
  tip.replaceChildren(...lines);
  tip.hidden = false;
  const box = u.over.getBoundingClientRect();
  const [x, y] = [box.left + u.cursor.left, box.top + Math.max(0, u.cursor.top)];
  const right = x + 18 + tip.offsetWidth < innerWidth - 8;
  const left = right ? x + 18 : Math.max(8, x - 18 - tip.offsetWidth);
  tip.style.left = `${left}px`;
  tip.style.top = `${Math.min(Math.max(8, y - tip.offsetHeight / 2), Math.max(8, innerHeight - tip.offsetHeight - 8))}px`;
}

/** Whether `at` lies in a hole: not within half of it, so that its edges tell of themselves. */
function inHole(source, at) {
  const after = tickAt(source.times, at);
  if (after === 0 || after === source.count || !source.hole[after]) return false;
  const [from, to] = [source.times[after - 1], source.times[after]];
  return at > from + (to - from) * 0.05 && at < to - (to - from) * 0.05;
}

/** A dot upon the total, at the tick that is told of. */
function dotAt(moment, value) {
  for (const dot of document.querySelectorAll(".dot")) dot.remove();
  const row = viewNow() === "single" ? 0 : "total";
  const panel = panels[0];
  if (state.hidden.has(row)) return;
  const dot = make("div", { class: "dot" });
  dot.style.left = `${panel.plot.valToPos(moment, "x")}px`;
  dot.style.top = `${panel.plot.valToPos(value, "y")}px`;
  panel.plot.over.append(dot);
}

system.addEventListener("change", () => {
  if (page.theme !== "auto") return;
  state.dark = system.matches;
  drawTheme();
  refresh();
});
addEventListener("keydown", (event) => {
  if (event.key === "Escape") on.reset();
});
let sized = [innerWidth, innerHeight];
new ResizeObserver(() => {
  // A telephone's bars come and go with every scroll: only a new width is a new size there.
  if (innerWidth === sized[0] && Math.abs(innerHeight - sized[1]) < 160) return;
  sized = [innerWidth, innerHeight];
  draw();
}).observe(document.documentElement);

drawTheme();
refresh();
