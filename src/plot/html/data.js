// Points: read back from the page (codec.rs says how they are written), added up, and thinned to what a screen can show.

/** The bytes that base64 stands for. */
function bytesOf(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
}

/** One metric of one recording, from its place among the bytes: times in seconds, holes, and lines as stretches of values. */
function readSource(bytes, place) {
  const number = () => {
    let byte = bytes[place++];
    if (byte < 128) return byte;
    let value = byte & 127;
    let factor = 128;
    do {
      byte = bytes[place++];
      value += (byte & 127) * factor;
      factor *= 128;
    } while (byte >= 128);
    return value;
  };
  const step = () => {
    const value = number();
    return value % 2 ? -(value + 1) / 2 : value / 2;
  };
  const count = number();
  const times = new Float64Array(count);
  let last = 0;
  let pace = 0;
  for (let i = 0; i < count; i++) {
    pace += step();
    last += pace;
    times[i] = last / 1e6;
  }
  const hole = new Uint8Array(count);
  let tick = 0;
  for (let left = number(); left > 0; left--) {
    tick += number();
    hole[tick] = 1;
  }
  const unit = number();
  const lines = [];
  for (let left = number(); left > 0; left--) {
    const runs = [];
    let end = 0;
    let size = 0;
    for (let runsLeft = number(); runsLeft > 0; runsLeft--) {
      const start = end + number();
      const length = number();
      end = start + length;
      size += length;
      runs.push([start, length]);
    }
    const values = new Float64Array(size);
    let value = 0;
    for (let i = 0; i < size; i++) {
      value += step();
      values[i] = value * unit;
    }
    lines.push({ runs, values });
  }
  return { count, times, hole, lines, sums: new Map() };
}

/** Adds a line's values to `sum`, where NaN is nobody. */
function addLine(sum, line) {
  let at = 0;
  for (const [start, length] of line.runs) {
    for (let tick = start; tick < start + length; tick++, at++) {
      const before = sum[tick];
      sum[tick] = before === before ? before + line.values[at] : line.values[at];
    }
  }
}

/** The sum of these lines of a source at every tick; NaN where none of them is there. The latest ones are kept: most are asked for again. */
function sumOf(source, places) {
  const name = places.join(" ");
  const known = source.sums.get(name);
  if (known) return known;
  const sum = new Float64Array(source.count).fill(NaN);
  for (const place of places) if (source.lines[place]) addLine(sum, source.lines[place]);
  source.sums.set(name, sum);
  if (source.sums.size > 32) source.sums.delete(source.sums.keys().next().value);
  return sum;
}

/**
 * Upper edges of lines that stand upon each other, the first at the bottom. Who is absent has no edge, but for the ticks beside those at which they are
 * there: so an area rises from what it stands upon.
 */
function stack(count, lines) {
  const below = new Float64Array(count);
  return lines.map((line) => {
    const edge = new Float64Array(count).fill(NaN);
    let before = false;
    for (let i = 0; i < count; i++) {
      const value = line[i];
      const there = value === value;
      if (there) {
        if (!before && i > 0) edge[i - 1] = below[i - 1];
        below[i] += value;
        edge[i] = below[i];
      } else if (before) {
        edge[i] = below[i];
      }
      before = there;
    }
    return edge;
  });
}

/** The first tick that is not before `time`. */
function tickAt(times, time) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The tick nearest to `time`. */
function nearestTick(times, time) {
  const after = tickAt(times, time);
  if (after === 0) return 0;
  if (after === times.length) return after - 1;
  return time - times[after - 1] <= times[after] - time ? after - 1 : after;
}

/**
 * The ticks that matter in a picture of `from` to `to` with so many columns: of each column the first, last, lowest and highest of each line (M4).
 * One more at either side, so that lines go on to the edges.
 */
function pick(source, lines, from, to, columns) {
  const { times, hole } = source;
  const begin = Math.max(0, tickAt(times, from) - 1);
  let end = tickAt(times, to);
  while (end < times.length && times[end] <= to) end++;
  end = Math.min(times.length, end + 1);
  const picked = [];
  if (end - begin <= 4 * columns) {
    for (let i = begin; i < end; i++) picked.push(i);
    return picked;
  }
  const width = (to - from) / columns;
  for (let i = begin; i < end; ) {
    const border = from + (Math.floor((times[i] - from) / width) + 1) * width;
    let next = i + 1;
    while (next < end && times[next] < border && !hole[next]) next++;
    if (next - i <= 4) {
      for (; i < next; i++) picked.push(i);
      continue;
    }
    const wanted = [i, next - 1];
    for (const line of lines) {
      let first = -1, last = -1, low = -1, high = -1, least = Infinity, most = -Infinity;
      for (let tick = i; tick < next; tick++) {
        const value = line[tick];
        if (value !== value) continue;
        if (first < 0) first = tick;
        last = tick;
        if (value < least) { least = value; low = tick; }
        if (value > most) { most = value; high = tick; }
      }
      if (first >= 0) wanted.push(first, low, high, last);
    }
    wanted.sort((a, b) => a - b);
    let latest = -1;
    for (const tick of wanted) {
      if (tick !== latest) picked.push(tick);
      latest = tick;
    }
    i = next;
  }
  return picked;
}

/** Columns for uPlot: the picked ticks, and between two with a hole between them a place where there is nothing. */
function columnsOf(source, lines, picked) {
  const { times, hole } = source;
  const x = [];
  const columns = lines.map(() => []);
  picked.forEach((tick, place) => {
    if (hole[tick] && place > 0) {
      x.push((times[picked[place - 1]] + times[tick]) / 2);
      for (const column of columns) column.push(null);
    }
    x.push(times[tick]);
    lines.forEach((line, number) => columns[number].push(line[tick] === line[tick] ? line[tick] : null));
  });
  return [x, ...columns];
}

/** Points that have no neighbour to draw a line to. A moment of another recording alone is `undefined`, and no neighbour. */
function lonely(column) {
  const alone = [];
  let before = null;
  let place = -1;
  const end = (after) => {
    if (place >= 0 && before === null && after === null) alone.push(place);
  };
  for (let i = 0; i < column.length; i++) {
    const value = column[i];
    if (value === undefined) continue;
    end(value);
    before = place >= 0 ? column[place] : null;
    place = value === null ? -1 : i;
    if (value === null) before = null;
  }
  end(null);
  return alone;
}
