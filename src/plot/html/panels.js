// The panels: uPlot with the looks of a picture, and what it does not draw by itself: phases, the peak, a limit, a trend.

const FONT = "12px system-ui, -apple-system, 'Segoe UI', Inter, Roboto, 'Helvetica Neue', Arial, sans-serif";
const BOLD = FONT.replace("12px", "600 12.5px");

/** `rgba()` of `#rrggbb`. */
function faint(colour, alpha) {
  const part = (place) => parseInt(colour.slice(place, place + 2), 16);
  return `rgba(${part(1)},${part(3)},${part(5)},${alpha})`;
}

/** Text as wide as `room` at most, or nothing where not even three letters of it are left. */
function fitted(context, text, room) {
  if (context.measureText(text).width <= room) return text;
  const letters = Array.from(text);
  let low = 0;
  let high = letters.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (context.measureText(letters.slice(0, middle).join("") + "…").width <= room) low = middle;
    else high = middle - 1;
  }
  return low < 3 ? "" : letters.slice(0, low).join("") + "…";
}

/**
 * A panel. `about` has: `host`, `height`, `colours`, `window`, `series` (uPlot's, beside `x`), `data`, `axis(u, min, max)` -> {from, to, splits},
 * `label(value)`, `time` ({started} or null), `phases` (with labels or without), `last` (whether it has the labels of time), `marks(u, pen)`, `log`.
 */
function makePanel(about, on) {
  const { host, colours } = about;
  const narrow = host.clientWidth < 560;
  const ratio = devicePixelRatio;
  let splits = [0];
  const xAxis = {
    stroke: colours.quiet,
    font: FONT,
    grid: { show: false },
    ticks: { show: true, stroke: colours.axis, width: 1, size: 5 },
    border: { show: true, stroke: colours.axis, width: 1 },
    gap: 4,
    size: about.last ? 34 : 12,
    splits: (u, _axis, from, to) => {
      u.timeStep = timeStep(from, to, u.bbox.width / ratio);
      return timeSplits(from, to, u.timeStep, about.time.started);
    },
    values: (u, at) => at.map((moment) => {
      if (!about.last) return "";
      if (about.time.started === null) return timeLabel(moment, u.timeStep, u.scales.x.max);
      return clockText(about.time.started, moment, u.timeStep, u.timeStep >= 86400);
    }),
  };
  const yAxis = {
    stroke: colours.quiet,
    font: FONT,
    grid: { show: true, stroke: faint(colours.text, 0.09), width: 1 },
    ticks: { show: false },
    gap: 8,
    size: narrow ? 62 : 74,
    splits: () => splits,
    values: (_u, at) => at.map(about.label),
  };
  const drawPhases = (u) => {
    const { ctx, bbox } = u;
    ctx.save();
    const [from, to] = [u.scales.x.min, u.scales.x.max];
    let labelled = -Infinity;
    about.phases.list.forEach((phase, place) => {
      if (phase.to < from || phase.from > to) return;
      const left = Math.max(bbox.left, u.valToPos(phase.from, "x", true));
      const right = Math.min(bbox.left + bbox.width, u.valToPos(phase.to, "x", true));
      if (place % 2 === 0) {
        ctx.fillStyle = colours.band;
        ctx.fillRect(left, bbox.top, Math.max(0, right - left), bbox.height);
      }
      if (phase.from >= from) {
        ctx.strokeStyle = colours.boundary;
        ctx.lineWidth = ratio;
        ctx.setLineDash([4 * ratio, 4 * ratio]);
        ctx.beginPath();
        ctx.moveTo(Math.round(left) + 0.5, bbox.top);
        ctx.lineTo(Math.round(left) + 0.5, bbox.top + bbox.height);
        ctx.stroke();
      }
      if (!about.phases.labels || left < labelled) return;
      ctx.font = scaled(FONT, ratio);
      const text = fitted(ctx, phase.label, right - left - 8 * ratio);
      if (!text) return;
      ctx.fillStyle = colours.quiet;
      ctx.textAlign = "left";
      ctx.textBaseline = "alphabetic";
      ctx.fillText(text, left + 4 * ratio, bbox.top - 7 * ratio);
      labelled = left + ctx.measureText(text).width + 8 * ratio;
    });
    ctx.restore();
  };
  const range = (u, min, max) => {
    const height = (u.bbox && u.bbox.height ? u.bbox.height / ratio : about.height - 60);
    const axis = about.axis(u, min === null ? 0 : min, max === null ? 0 : max, height);
    splits = axis.splits;
    return [axis.from, axis.to];
  };
  const u = new uPlot({
    width: Math.max(200, host.clientWidth),
    height: about.height,
    pxAlign: 0,
    padding: [about.phases.labels ? 26 : 12, narrow ? 14 : 22, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: false, auto: false, min: about.window[0], max: about.window[1] },
      y: about.log ? { distr: 3, log: 2, range } : { range },
    },
    axes: [xAxis, yAxis],
    drawOrder: about.gridAbove ? ["series", "axes"] : ["axes", "series"],
    series: [{}, ...about.series.map((series) => panelSeries(series, colours))],
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: true, y: false, setScale: false, dist: 4 },
      sync: { key: "memrec", setSeries: false, scales: ["x", null], filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } },
      bind: { dblclick: () => () => { on.reset(); return null; } },
    },
    hooks: {
      drawClear: [drawPhases],
      draw: [(u) => {
        if (about.marks) about.marks(u, ratio);
        on.drawn();
      }],
      setCursor: [(u) => on.cursor(u)],
      setSelect: [(u) => {
        const { left, width } = u.select;
        if (width < 4) return;
        const edges = [u.posToVal(left, "x"), u.posToVal(left + width, "x")];
        u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        on.zoom(edges);
      }],
    },
  }, about.data, host);
  // What a redraw in other colours needs, and whoever looks at the page from outside.
  u.over.addEventListener("mouseenter", () => on.enter(u));
  u.over.addEventListener("mouseleave", () => on.leave(u));
  dragByTouch(u, on);
  return u;
}

/** A font for the canvas, whose pixels are the screen's. */
function scaled(font, ratio) {
  return font.replace(/([\d.]+)px/, (_all, size) => `${size * ratio}px`);
}

function panelSeries(series, colours) {
  return {
    label: series.label,
    show: series.show,
    stroke: series.stroke,
    width: series.width,
    fill: series.fill,
    dash: series.dash,
    spanGaps: false,
    pxAlign: 0,
    paths: series.stepped ? uPlot.paths.stepped({ align: 1 }) : undefined,
    points: {
      show: (u, place) => lonely(u.data[place]).length > 0,
      filter: (u, place) => lonely(u.data[place]),
      size: 5,
      width: 0,
      fill: series.point || series.stroke || colours.text,
      stroke: series.point || series.stroke || colours.text,
    },
  };
}

/** A finger draws a selection from side to side, and scrolls the page up and down. */
function dragByTouch(u, on) {
  let start = null;
  const place = (touch) => Math.min(Math.max(0, touch.clientX - u.over.getBoundingClientRect().left), u.over.clientWidth);
  u.over.addEventListener("touchstart", (event) => {
    start = event.touches.length === 1 ? place(event.touches[0]) : null;
    if (start !== null) {
      on.enter(u);
      u.setCursor({ left: start, top: 10 });
    }
  }, { passive: true });
  u.over.addEventListener("touchmove", (event) => {
    if (start === null) return;
    const now = place(event.touches[0]);
    u.setCursor({ left: now, top: 10 });
    u.setSelect({ left: Math.min(start, now), top: 0, width: Math.abs(now - start), height: u.over.clientHeight }, false);
  }, { passive: true });
  u.over.addEventListener("touchend", () => {
    if (start === null) return;
    start = null;
    const { left, width } = u.select;
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (width > 12) on.zoom([u.posToVal(left, "x"), u.posToVal(left + width, "x")]);
  });
}

/** Text in the figure that is readable upon whatever is below it. */
function writeUpon(context, text, x, y, colour, halo, ratio, font, align) {
  context.font = scaled(font, ratio);
  context.textAlign = align;
  context.textBaseline = "alphabetic";
  context.lineJoin = "round";
  context.lineWidth = 4 * ratio;
  context.strokeStyle = halo;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

/** The highest point: a ring, and its words above it. */
function drawPeak(u, ratio, at, value, text, colours, colour) {
  const { ctx, bbox } = u;
  const x = u.valToPos(at, "x", true);
  const y = u.valToPos(value, "y", true);
  ctx.save();
  ctx.beginPath();
  ctx.arc(x, y, 4 * ratio, 0, 2 * Math.PI);
  ctx.fillStyle = colours.background;
  ctx.fill();
  ctx.lineWidth = 2 * ratio;
  ctx.strokeStyle = colour;
  ctx.stroke();
  ctx.font = scaled(BOLD, ratio);
  const half = ctx.measureText(text).width / 2;
  const middle = Math.min(Math.max(x, bbox.left + half + 4 * ratio), bbox.left + bbox.width - half - 4 * ratio);
  writeUpon(ctx, text, middle, Math.max(y - 10 * ratio, bbox.top + 11 * ratio), colour, faint(colours.background, 0.85), ratio, BOLD, "center");
  ctx.restore();
}

/** A straight line between two points, with words above its right end. */
function drawDashed(u, ratio, [x0, y0], [x1, y1], colour, text, colours) {
  const { ctx, bbox } = u;
  const place = (x, y) => [u.valToPos(x, "x", true), u.valToPos(y, "y", true)];
  const [from, to] = [place(x0, y0), place(x1, y1)];
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top - 2 * ratio, bbox.width, bbox.height + 4 * ratio);
  ctx.clip();
  ctx.beginPath();
  ctx.setLineDash([7 * ratio, 5 * ratio]);
  ctx.lineWidth = 1.5 * ratio;
  ctx.strokeStyle = colour;
  ctx.moveTo(...from);
  ctx.lineTo(...to);
  ctx.stroke();
  if (text) {
    const right = Math.min(to[0], bbox.left + bbox.width) - 6 * ratio;
    writeUpon(ctx, text, right, to[1] - 6 * ratio, colour, faint(colours.background, 0.85), ratio, BOLD, "right");
  }
  ctx.restore();
}
