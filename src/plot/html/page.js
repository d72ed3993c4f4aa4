// What is shown now, and drawing it. What a reader does about it is in controls.js.

const page = JSON.parse(document.getElementById("page").textContent);
const points = bytesOf(document.getElementById("points").textContent.trim());
const wide = page.to - page.from;
// A span of nothing, one tick, still needs a place to stand in.
const whole = wide > 0 ? [page.from, page.to] : [page.from, page.from + 1];
const overlay = page.view === "overlay";
const system = matchMedia("(prefers-color-scheme: dark)");

const state = {
  metric: 0,
  view: page.view,
  growth: page.growth,
  trend: page.trend,
  clock: page.clock && page.started !== null,
  dark: page.theme === "dark" || system.matches,
  window: page.window && page.window[1] > page.window[0] ? page.window : whole,
  /** Rows that are off, and "total". */
  hidden: new Set(),
  /** Rows that have a line though they are of the rest. */
  unfolded: [],
  sort: null,
  open: page.rows.filter((row) => row.kind === "folded").length <= 12,
  search: "",
};

const sources = new Map();
let panels = [];
let model = null;
let under = null;

const element = (id) => document.getElementById(id);
const metric = () => page.metrics[state.metric];
/** The control group's figure is nobody's: no process has a part of it. */
const viewNow = () => (metric().name === "cgroup" && !overlay ? "total" : state.view);
const colours = () => page.palette[state.dark ? 1 : 0];

function make(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** The sources of the metric that is shown; read when they are first wanted. */
function currentSources() {
  if (!sources.has(state.metric)) {
    const read = metric().places.map((place) => readSource(points, place));
    for (const source of read) source.total = sumOf(source, source.lines.map((_line, place) => place));
    sources.set(state.metric, read);
  }
  return sources.get(state.metric);
}

/** The first colour that nobody has who is shown. */
function freeInk() {
  const taken = new Set([...page.rows.filter((row) => row.kind === "process").map((row) => row.ink), ...state.unfolded.map((one) => one.ink)]);
  for (let ink = 0; ink < colours().ranks.length; ink++) if (!taken.has(ink)) return ink;
  return state.unfolded.length % colours().ranks.length;
}

function inkOf(row) {
  const unfolded = state.unfolded.find((one) => one.row === row);
  const ink = unfolded ? unfolded.ink : page.rows[row].ink;
  return ink === null || ink === undefined ? colours().rest : colours().ranks[ink % colours().ranks.length];
}

/** Rows that have a line of their own now, from the bottom of a stack to its top. */
function linedRows() {
  const rows = [];
  page.rows.forEach((row, place) => {
    if (row.kind === "process" || row.kind === "recording") rows.push(place);
  });
  rows.push(...state.unfolded.map((one) => one.row));
  const rest = page.rows.findIndex((row) => row.kind === "rest");
  if (rest >= 0 && foldedRows(rest).length + page.untold > 0) rows.push(rest);
  return rows;
}

function foldedRows() {
  const rows = [];
  page.rows.forEach((row, place) => {
    if (row.kind === "folded" && !state.unfolded.some((one) => one.row === place)) rows.push(place);
  });
  return rows;
}

/** Everything that is drawn, at every tick: made anew when who is shown changes, and not when a part is zoomed into. */
function buildModel() {
  const all = currentSources();
  if (overlay) {
    const lines = all.map((source, row) => ({ row, source: row, values: source.total }));
    return { all, lines, stacked: false };
  }
  const [source] = all;
  const lines = linedRows().map((row) => {
    const parts = page.rows[row].kind === "rest" ? [row, ...foldedRows()] : [row];
    return { row, source: 0, values: sumOf(source, parts) };
  });
  const stacked = viewNow() === "stacked";
  if (stacked) {
    const shown = lines.filter((line) => !state.hidden.has(line.row));
    stack(source.count, shown.map((line) => line.values)).forEach((edge, place) => {
      shown[place].edge = edge;
    });
  }
  return { all, lines, stacked };
}

/** The series of the memory panel, the first drawn first: [{row, values, source, series}]. */
function memorySeries() {
  const { lines, stacked } = model;
  const now = colours();
  const nothing = (line) => new Float64Array(line.values.length).fill(NaN);
  const label = (row) => page.rows[row].name;
  const show = (row) => !state.hidden.has(row);
  const list = [];
  if (overlay) {
    for (const line of lines) list.push({ ...line, series: { label: label(line.row), show: show(line.row), stroke: inkOf(line.row)[1], width: 2 } });
    return list;
  }
  if (stacked) {
    for (const line of [...lines].reverse()) {
      const edge = line.edge || nothing(line);
      const paint = { label: label(line.row), show: show(line.row), stroke: faint(now.background, 0.6), width: 0.75, fill: inkOf(line.row)[0], point: inkOf(line.row)[1] };
      list.push({ ...line, values: edge, series: paint });
    }
  } else if (viewNow() === "lines") {
    for (const line of lines) list.push({ ...line, series: { label: label(line.row), show: show(line.row), stroke: inkOf(line.row)[1], width: 1.75 } });
  }
  const single = viewNow() === "single";
  const ink = single ? inkOf(0) : now.total;
  const soft = single || viewNow() === "total";
  const paint = { label: single ? label(0) : "total", show: show(single ? 0 : "total"), stroke: ink[1], width: 2, fill: soft ? faint(ink[0], 0.3) : undefined };
  list.push({ row: single ? 0 : "total", source: 0, values: model.all[0].total, series: paint });
  return list;
}

/** Data for uPlot of these series, thinned to what the window's pixels can show. */
function dataOf(list, width) {
  const tables = model.all.map((source, place) => {
    const own = list.filter((one) => one.source === place);
    const shown = own.filter((one) => one.series.show).map((one) => one.values);
    const picked = pick(source, shown, state.window[0], state.window[1], Math.max(100, Math.round(width * devicePixelRatio)));
    return columnsOf(source, own.map((one) => one.values), picked);
  });
  return tables.length === 1 ? tables[0] : uPlot.join(tables);
}

/** Growth of each line that is shown, and of the total, since it had come up. */
function growthSeries() {
  const grown = (values, figures, source) => {
    const since = figures && figures.growth;
    if (!since) return new Float64Array(values.length).fill(NaN);
    const begin = tickAt(source.times, since[1] - 1e-7);
    return values.map((value, tick) => (tick < begin ? NaN : value - since[0]));
  };
  const list = [];
  for (const line of viewNow() === "total" ? [] : model.lines) {
    const { kind, first, last } = page.rows[line.row];
    // Who lives for less than a tenth of the time comes and goes, and does not grow.
    if (kind === "rest" || (kind !== "recording" && (last - first) * 10 < page.end - page.from)) continue;
    const source = model.all[line.source];
    const paint = { label: page.rows[line.row].name, show: !state.hidden.has(line.row), stroke: inkOf(line.row)[1], width: 1.75 };
    list.push({ ...line, values: grown(line.values, metric().figures[line.row], source), series: paint });
  }
  // Below its processes: where one of them is all that grows, the total is the same line.
  if (!overlay && viewNow() !== "single") {
    const paint = { label: "total", show: !state.hidden.has("total"), stroke: colours().total[1], width: 2 };
    list.unshift({ row: "total", source: 0, values: grown(model.all[0].total, metric().total, model.all[0]), series: paint });
  }
  return list;
}

/** Counts a second, over stretches of a few pixels: one kind upon the other, the last kind uppermost and first. */
function rateData(width) {
  const { stretch, counted } = page.rates;
  const [from, to] = state.window;
  const several = Math.max(1, Math.round(((to - from) / Math.max(100, width)) * 3 / stretch));
  const count = Math.max(0, ...counted.map((one) => one.numbers.length));
  const begin = Math.max(0, Math.floor(from / stretch / several) - 1) * several;
  const end = Math.min(count, Math.ceil(to / stretch / several + 1) * several);
  const x = [];
  const columns = counted.map(() => []);
  const uppermost = counted.length - 1;
  for (let place = begin; place < end; place += several) {
    x.push(place * stretch);
    let sum = 0;
    counted.forEach((one, number) => {
      for (let i = place; i < Math.min(place + several, one.numbers.length); i++) sum += one.numbers[i];
      // Nobody counted where nothing was measured.
      const measured = sum > 0 || !inHole(model.all[0], (place + several / 2) * stretch);
      columns[uppermost - number].push(measured ? sum / (several * stretch) : null);
    });
  }
  // The last step has an end too.
  x.push(end * stretch);
  columns.forEach((column) => column.push(column.length ? column[column.length - 1] : 0));
  return [x, ...columns];
}

function countColour(place) {
  return colours().counts[place % colours().counts.length];
}

/** The highest total within the window. */
function windowPeak(source, values) {
  const { times } = source;
  let best = -1;
  for (let tick = tickAt(times, state.window[0]); tick < times.length && times[tick] <= state.window[1]; tick++) {
    const value = values[tick];
    if (value === value && (best < 0 || value > values[best])) best = tick;
  }
  return best;
}

/** How fine a moment is told: a pixel's time, but not finer than ticks are apart. */
function fineness() {
  const { times } = model.all[0];
  const apart = times.length > 1 ? (times[times.length - 1] - times[0]) / (times.length - 1) : 1;
  return Math.max(apart / 2, (state.window[1] - state.window[0]) / 2000);
}

function momentNow(at) {
  return state.clock ? clockText(page.started, at, fineness(), false) : momentText(at, fineness());
}

function memoryMarks(u, ratio) {
  const now = colours();
  if (!overlay) drawPhaseRates(u, ratio);
  const limit = limitNow();
  if (limit !== null && limit <= u.scales.y.max) {
    drawDashed(u, ratio, [state.window[0], limit], [state.window[1], limit], now.quiet, `limit ${valueText(metric(), limit)}`, now);
  }
  if (state.trend && !overlay && !state.hidden.has("total")) drawTrends(u, ratio);
  const marked = overlay ? model.lines.filter((line) => !state.hidden.has(line.row)) : [{ row: viewNow() === "single" ? 0 : "total", values: model.all[0].total, source: 0 }];
  for (const line of marked) {
    if (state.hidden.has(line.row)) continue;
    const source = model.all[line.source];
    const tick = windowPeak(source, line.values);
    if (tick < 0 || line.values[tick] === 0) continue;
    const value = line.values[tick];
    const text = overlay ? valueText(metric(), value) : `peak ${valueText(metric(), value)} at ${momentNow(source.times[tick])}`;
    drawPeak(u, ratio, source.times[tick], value, text, now, overlay ? inkOf(line.row)[1] : now.peak);
  }
}

/** The trend, of each phase or of the whole, through the lows that it was judged by. */
function drawTrends(u, ratio) {
  for (const [from, to] of metric().trends) drawDashed(u, ratio, from, to, colours().peak, "", colours());
}

/** The limit, of metrics in bytes where it is not so far above all that it would flatten it. */
function limitNow() {
  if (page.limit === null || metric().unit !== "bytes") return null;
  return page.limit;
}

const on = {
  zoom(edges) {
    const from = Math.max(whole[0], Math.min(...edges));
    const to = Math.min(whole[1], Math.max(...edges));
    // A microsecond is as fine as moments are told.
    if (to - from > 1e-5) setWindow([from, to]);
  },
  reset() {
    setWindow(whole);
  },
  enter(u) {
    under = u;
  },
  leave(u) {
    if (under === u) under = null;
    hideTip();
  },
  cursor(u) {
    if (u === under) showTip(u);
  },
  drawn() {
    if (window.memrec.firstDraw === null) window.memrec.firstDraw = performance.now();
    window.memrec.draws++;
  },
};

function setWindow(edges) {
  state.window = edges;
  hideTip();
  for (const panel of panels) {
    const data = panel.data(panel.plot.bbox.width / devicePixelRatio);
    panel.plot.batch(() => {
      panel.plot.setData(data, false);
      panel.plot.setScale("x", { min: edges[0], max: edges[1] });
    });
  }
  drawTools();
}

/** Draws everything anew. */
function draw() {
  for (const panel of panels) panel.plot.destroy();
  panels = [];
  const now = colours();
  const memory = memorySeries();
  const hasRates = page.rates.counted.length > 0;
  const room = Math.max(420, innerHeight - element("memory").getBoundingClientRect().top - scrollY - 110);
  const heights = { growth: state.growth ? Math.max(170, Math.round(room * 0.3)) : 0, rates: hasRates ? Math.max(120, Math.round(room * 0.2)) : 0 };
  heights.memory = Math.max(280, room - heights.growth - heights.rates);
  const time = { started: state.clock ? page.started : null };
  const common = { colours: now, window: state.window, time };
  const log = page.log && (viewNow() === "lines" || viewNow() === "total" || viewNow() === "single" || overlay);
  const add = (host, list, about, data) => {
    host.hidden = false;
    const width = host.clientWidth - 90;
    panels.push({ name: host.id, list, data, plot: makePanel({ ...common, host, height: heights[host.id], data: data(width), series: list.map((one) => one.series), ...about }, on) });
  };
  for (const id of ["memory", "growth", "rates"]) element(id).hidden = true;
  element("memory").hidden = false;
  add(element("memory"), memory, {
    last: !state.growth && !hasRates,
    phases: { list: page.phases, labels: page.phases.length > 0 },
    label: (value) => tickText(metric(), value),
    log,
    axis: (_u, min, max, height) => {
      const limit = limitNow();
      const top = limit !== null && limit < max * 4 ? Math.max(max, limit) : max;
      return log ? logAxis(min, top, height) : valueAxis(metric().unit, 0, top, height, Math.min(0.2, (page.phases.length ? 44 : 26) / height));
    },
    gridAbove: model.stacked,
    marks: memoryMarks,
  }, (width) => dataOf(memory, width));
  if (state.growth) {
    const growth = growthSeries();
    add(element("growth"), growth, {
      last: !hasRates,
      phases: { list: page.phases, labels: false },
      label: (value) => (value === 0 ? "0" : (value > 0 ? "+" : "") + tickText(metric(), value)),
      axis: (_u, min, max, height) => valueAxis(metric().unit, min, max, height, 0.08),
      marks: (u, ratio) => caption(u, ratio, ["growth since start-up"]),
    }, (width) => dataOf(growth, width));
  }
  if (hasRates) {
    const rates = page.rates.counted.map((one, place) => ({ row: one.name, series: { label: one.name, show: true, width: 0, fill: countColour(place), point: countColour(place), stepped: true } })).reverse();
    add(element("rates"), rates, {
      last: true,
      phases: { list: page.phases, labels: false },
      label: (value) => (value === 0 ? "0" : `${countOf(value)}/s`),
      axis: (_u, _min, max, height) => rateAxis(max, height),
      marks: (u, ratio) => caption(u, ratio, ["per second"], ...page.rates.counted.map((one, place) => [one.name, countColour(place)])),
    }, rateData);
  }
  window.memrec.panels = panels;
}

/** A rate may be less than one a second. */
function countOf(value) {
  return value >= 10 ? countText(value) : String(Math.round(value * 1000) / 1000);
}

function rateAxis(max, height) {
  const scale = max > 0 && max < 10 ? 1000 : 1;
  const axis = valueAxis("count", 0, max * scale, height * 0.8, 0.1);
  return { from: 0, to: axis.to / scale, splits: axis.splits.map((at) => at / scale) };
}

/** Words in the upper left corner of a panel, some with the colour that they are about. */
function caption(u, ratio, ...words) {
  const { ctx, bbox } = u;
  let x = bbox.left + 8 * ratio;
  ctx.save();
  for (const [text, swatch] of words) {
    if (swatch) {
      ctx.fillStyle = swatch;
      ctx.fillRect(x, bbox.top + 5 * ratio, 10 * ratio, 10 * ratio);
      x += 15 * ratio;
    }
    writeUpon(ctx, text, x, bbox.top + 14 * ratio, colours().quiet, faint(colours().background, 0.85), ratio, BOLD, "left");
    x += ctx.measureText(text).width + 16 * ratio;
  }
  ctx.restore();
}

/** How fast the tree grew in each phase, where there is room for it. */
function drawPhaseRates(u, ratio) {
  const { ctx, bbox } = u;
  ctx.save();
  page.phases.forEach((phase, place) => {
    const [words, grew] = metric().phases[place] || [[], false];
    if (phase.to <= state.window[0] || phase.from >= state.window[1]) return;
    const left = Math.max(bbox.left, u.valToPos(phase.from, "x", true));
    const right = Math.min(bbox.left + bbox.width, u.valToPos(phase.to, "x", true));
    ctx.font = scaled(FONT, ratio);
    const text = words.find((text) => ctx.measureText(text).width < right - left - 10 * ratio);
    if (text) writeUpon(ctx, text, left + 4 * ratio, bbox.top + 14 * ratio, grew ? colours().peak : colours().quiet, faint(colours().background, 0.85), ratio, FONT, "left");
  });
  ctx.restore();
}
