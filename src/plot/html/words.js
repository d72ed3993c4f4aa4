// Numbers and moments as people read them, and the round steps of axes: as in a picture (quantity.rs, axis.rs).

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
const LARGE = ["", "k", "M", "G", "T", "P", "E"];
const THIN = "\u202f";

function bytesText(bytes) {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit + 1 < UNITS.length) {
    value /= 1024;
    unit++;
  }
  const decimals = unit === 0 ? 0 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return `${value.toFixed(decimals)} ${UNITS[unit]}`;
}

function grouped(count) {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, THIN);
}

function countText(count) {
  if (count < 10000) return grouped(count);
  let value = count;
  let unit = 0;
  while (value >= 999.5) {
    value /= 1000;
    unit++;
  }
  const digits = value < 9.995 ? 100 : value < 99.95 ? 10 : 1;
  return `${Math.round(value * digits) / digits} ${LARGE[unit]}`;
}

/** A length of time at a glance. */
function spanText(seconds) {
  const whole = Math.round(seconds);
  const two = (number) => String(number).padStart(2, "0");
  if (seconds < 0.0005) return "0 s";
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1).replace(/\.0$/, "")} s`;
  if (seconds < 59.5) return `${whole} s`;
  if (seconds < 3599.5) return `${Math.floor(whole / 60)}:${two(whole % 60)} min`;
  const minutes = Math.floor((whole + 30) / 60);
  if (seconds < 86370) return `${Math.floor(minutes / 60)}:${two(minutes % 60)} h`;
  const hours = Math.floor((whole + 1800) / 3600);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A value of a metric with its unit. */
function valueText(metric, value) {
  if (metric.unit === "bytes") return bytesText(value);
  if (metric.unit === "ms") return spanText(value / 1000);
  return value === 1 ? `1 ${metric.nouns[0]}` : `${countText(value)} ${metric.nouns[1]}`;
}

/** A round value on an axis. */
function tickText(metric, value) {
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size === 0) return "0";
  if (metric.unit === "bytes") {
    let unit = 0;
    let shown = size;
    while (shown >= 1024 && unit + 1 < UNITS.length) {
      shown /= 1024;
      unit++;
    }
    return `${sign}${Math.round(shown * 100) / 100} ${UNITS[unit]}`;
  }
  return sign + valueText(metric, size);
}

/** A moment as a stopwatch shows it: as fine as `step`, the time between two ticks or points of the screen. */
function momentText(at, step) {
  const decimals = step >= 1 ? 0 : step >= 0.1 ? 1 : step >= 0.01 ? 2 : 3;
  const scale = 10 ** decimals;
  const rounded = Math.round(at * scale) / scale;
  const whole = Math.floor(rounded + 1e-9);
  const fraction = decimals ? (rounded - whole).toFixed(decimals).slice(1) : "";
  if (rounded < 60) return `${whole}${fraction} s`;
  const two = (number) => String(number).padStart(2, "0");
  const seconds = two(whole % 60) + fraction;
  if (whole < 3600) return `${Math.floor(whole / 60)}:${seconds}`;
  const hours = `${Math.floor(whole / 3600) % 24}:${two(Math.floor(whole / 60) % 60)}:${seconds}`;
  return whole < 86400 ? hours : `${Math.floor(whole / 86400)} d ${hours}`;
}

/** A moment of the reader's own clock. */
function clockText(started, at, step, withDate) {
  const date = new Date(started + at * 1000);
  const two = (number) => String(number).padStart(2, "0");
  let text = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (step < 60) text += `:${two(date.getSeconds())}`;
  if (step < 1) text += `.${String(date.getMilliseconds()).padStart(3, "0").slice(0, step < 0.01 ? 3 : step < 0.1 ? 2 : 1)}`;
  if (withDate) text = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${text}`;
  return text;
}

const BINARY_STEPS = [1, 2, 5, 10, 20, 50, 100, 128, 256, 512];
const TIME_STEPS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
  86400, 172800, 604800, 1209600, 2592000, 7776000, 31104000,
];

/** The step of an axis of `unit` that divides `span` into `wanted` parts at most. */
function valueStep(unit, span, wanted) {
  const fits = (step) => Math.ceil(span / step) <= wanted;
  if (unit === "ms") {
    const step = TIME_STEPS.find((seconds) => fits(seconds * 1000));
    return step ? step * 1000 : Math.ceil(span / wanted);
  }
  for (let power = 0; power < 19; power++) {
    const steps = unit === "bytes" ? BINARY_STEPS : [1, 2, 5];
    const factor = unit === "bytes" ? 1024 ** power : 10 ** power;
    // 1000 MiB is no round number of GiB: where an axis goes into the next unit, its steps are quarters of that at least.
    const round = (step) => unit !== "bytes" || Math.ceil(span / (step * factor)) * step < 1000 || step >= 256;
    const step = steps.find((step) => fits(step * factor) && round(step));
    if (step) return step * factor;
  }
  return span / wanted;
}

/** An axis from 0, or from below it, to somewhat above `max`: where it ends, and where its lines are. */
function valueAxis(unit, min, max, height, headroom) {
  // A low panel has its lines closer together.
  const wanted = Math.max(2, Math.floor(height / (height < 250 ? 36 : 62)));
  const little = { bytes: 1 << 20, count: 1, ms: 1000 }[unit];
  const low = Math.min(0, min);
  const high = max > 0 || low < 0 ? Math.max(0, max) : little;
  const step = valueStep(unit, high - low, wanted);
  const close = (edge) => {
    const least = edge * (1 + headroom);
    const next = Math.ceil(edge / step) * step;
    // A line at the very top closes the figure, where that costs little room.
    return next >= least && next <= least * 1.12 ? next : least;
  };
  const to = Math.max(close(high), low < 0 ? step / 4 : step);
  const from = low < 0 ? -close(-low) : 0;
  const splits = [];
  for (let at = Math.ceil(from / step) * step; at <= to * (1 + 1e-9); at += step) splits.push(at === 0 ? 0 : at);
  return { from, to, splits };
}

/** Powers of two from below `min` to above `max`. */
function logAxis(min, max, height) {
  const low = Math.floor(Math.log2(Math.max(1, min)));
  const high = Math.max(low + 1, Math.ceil(Math.log2(Math.max(2, max * 1.05))));
  const stride = Math.max(1, Math.ceil((high - low) / Math.max(1, height / 40)));
  const splits = [];
  for (let power = low; power <= high; power += stride) splits.push(2 ** power);
  return { from: 2 ** low, to: 2 ** high, splits };
}

function timeStep(from, to, width) {
  const wanted = Math.max(2, Math.floor(width / 95));
  return TIME_STEPS.find((step) => (to - from) / step <= wanted) || Math.ceil((to - from) / wanted / 86400) * 86400;
}

/** Where the lines of the axis of time are; round by the reader's clock where that is shown. */
function timeSplits(from, to, step, started) {
  let offset = 0;
  if (started !== null) {
    offset = (started / 1000 - new Date(started).getTimezoneOffset() * 60) % step;
  }
  const splits = [];
  for (let place = Math.ceil((from + offset) / step - 1e-9); place * step - offset <= to + step * 1e-9; place++) splits.push(place * step - offset);
  return splits;
}

/** Seconds in a short recording, then `m:ss`, hours, days: as coarse as the steps allow. */
function timeLabel(at, step, to) {
  const whole = Math.round(at);
  const two = (number) => String(number).padStart(2, "0");
  const [days, hours, minutes] = [Math.floor(whole / 86400), Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const decimals = step >= 1 ? 0 : Math.ceil(-Math.log10(step) - 1e-9);
  if (to <= 90) return `${at.toFixed(decimals)} s`;
  if (step < 1) {
    const full = Math.floor(at / 60 + 1e-9);
    return `${full}:${Math.abs(at - full * 60).toFixed(decimals).padStart(decimals + 3, "0")}`;
  }
  if (to < 3600) return `${Math.floor(whole / 60)}:${two(whole % 60)}`;
  if (step < 60) return `${hours}:${two(minutes)}:${two(whole % 60)}`;
  if (whole === 0) return "0";
  if (step < 3600) return `${hours}:${two(minutes)} h`;
  if (to < 2 * 86400) return `${hours} h`;
  if (hours % 24 === 0) return `${days} d`;
  return days === 0 ? `${hours} h` : `${days} d ${hours % 24} h`;
}
