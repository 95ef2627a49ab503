// ---------------------------------------------------------------- data
const data = JSON.parse(document.getElementById("data").textContent);
const { rows, columns, labels, positions } = data;
const palette = Uint32Array.from({ length: 256 }, (_, i) => rgba(data.palette.slice(6 * i, 6 * i + 6)));
const belowColor = rgba(data.below), notFiniteColor = rgba(data.notFinite);
const Value = 0, Below = 1, NotFinite = 2, Missing = 3;
const positionOf = row => positions.length ? positions[row] : row;
// One measure over the same tokens and iterations; the picture shows one at a time, the first is the distance.
const layers = data.layers.map(given => ({ ...given, values: decodeFloats(given.values) }));
const distance = layers[0];
let layer = layers[0];

function rgba(hex) {
  const [r, g, b] = [0, 2, 4].map(at => parseInt(hex.slice(at, at + 2), 16));
  // ImageData is read as bytes; every browser runs on little-endian machines.
  return (255 << 24 | b << 16 | g << 8 | r) >>> 0;
}

// The colour of every cell is found once per layer and scale; scrolling and zooming only copy.
let scale = layer.scale, kinds, colors, anyBelow = false, anyNotFinite = false;
function color() {
  const { values, floor, gaps } = layer, { low, high } = layer.scales[scale], log = scale === "log";
  const bottom = log ? Math.log10(low) : low, span = (log ? Math.log10(high) : high) - bottom;
  kinds = new Uint8Array(values.length);
  colors = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (gaps && Number.isNaN(value)) { kinds[i] = Missing; continue; }
    if (!Number.isFinite(value) || log && value < 0) { kinds[i] = NotFinite; colors[i] = notFiniteColor; continue; }
    if (floor !== null && value < floor || log && value === 0) { kinds[i] = Below; colors[i] = belowColor; continue; }
    const fraction = ((log ? Math.log10(value) : value) - bottom) / span;
    colors[i] = palette[Math.round(255 * Math.min(1, Math.max(0, fraction)))];
  }
  anyBelow = kinds.includes(Below);
  anyNotFinite = kinds.includes(NotFinite);
}

function fractionOf(value) {
  const { low, high } = layer.scales[scale];
  const at = scale === "log" ? Math.log10(value / low) / Math.log10(high / low) : (value - low) / (high - low);
  return Math.min(1, Math.max(0, at));
}

// ---------------------------------------------------------------- the view
const $ = id => document.getElementById(id);
const scroller = $("scroller"), content = $("content"), canvas = $("cells"), bar = $("bar"), tip = $("tip"), live = $("live");
const context = canvas.getContext("2d"), barContext = bar.getContext("2d");
const strip = document.createElement("canvas"), stripContext = strip.getContext("2d");
const AxisHeight = 52, TopGap = 7, LabelGap = 9, RowHeightBest = 24, RowHeightLeast = 15, CellMax = 120, RowMax = 96, LabelLine = 13, LabelLineThinned = 17;
let style = {}, gutter = 0, numberWidth = 0, cellWidth = 10, rowHeight = RowHeightBest, fit = { cellWidth: 10, rowHeight: 10, least: 1 };
let cursor = null, pinned = null, drag = null, frame = 0;

// Pixels of the device for one of the page; a picture that is saved may be finer.
let fineness = null;
const pixels = () => fineness ?? (window.devicePixelRatio || 1);
function drawAt(fine, use) {
  const paint = () => { drawBarSize(); resize(); draw(); };
  fineness = fine; paint(); use(canvas, bar);
  fineness = null; paint();
}

const measuring = document.createElement("canvas").getContext("2d");
function measure(text, font) { measuring.font = font; return measuring.measureText(text).width; }
const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
function readStyle() {
  style = { ink: css("--ink"), faint: css("--faint"), frame: css("--frame"), paper: css("--paper"), accent: css("--accent") };
  style.label = `12.5px ${css("--mono")}`; style.strong = `600 12.5px ${css("--mono")}`;
  style.number = `10.5px ${css("--mono")}`; style.tick = `12px ${css("--sans")}`; style.title = `13px ${css("--sans")}`;
}

const zoomed = () => cellWidth > fit.cellWidth * 1.001 || Math.abs(rowHeight - fit.rowHeight) > .001;
const inner = () => ({ width: scroller.clientWidth - gutter - 1, height: scroller.clientHeight - AxisHeight - TopGap });

function layout(keep) {
  let widest = 0;
  for (const label of labels) widest = Math.max(widest, measure(label.length > 60 ? label.slice(0, 60) : label, style.label));
  numberWidth = measure("0".repeat(String(positionOf(rows - 1)).length), style.number) + 12;
  const room = scroller.parentElement.clientWidth - barWidth();
  gutter = Math.ceil(Math.min(Math.max(widest, 16) + 1, 230, Math.max(60, room * .3)) + numberWidth + LabelGap);
  const tallest = Math.max(300, window.innerHeight - 210);
  const best = Math.min(RowHeightBest, Math.max(RowHeightLeast, Math.floor((tallest - AxisHeight - TopGap) / rows)));
  // A picture of one or two rows is drawn with taller ones: a ribbon can be read, a thread cannot.
  fit.rowHeight = rows <= 3 ? 34 : best;
  const full = rows * fit.rowHeight + AxisHeight + TopGap;
  scroller.style.height = `${Math.min(full, tallest)}px`;
  // Few columns do not need the whole page, and the bar belongs beside them.
  scroller.style.maxWidth = `${Math.max(230, gutter + 1 + columns * CellMax)}px`;
  // A bar for scrolling takes its width before the columns share the rest; the canvas must not call one up itself.
  const { scrollLeft, scrollTop } = scroller;
  canvas.style.width = canvas.style.height = content.style.width = "0"; content.style.height = `${full}px`;
  drawBarSize();
  fit.cellWidth = Math.min(CellMax, Math.max(1, (scroller.clientWidth - gutter - 1) / columns));
  fit.least = Math.min(fit.rowHeight, Math.max(.0625, inner().height / rows));
  if (!keep) { cellWidth = fit.cellWidth; rowHeight = fit.rowHeight; }
  resize();
  scroller.scrollLeft = scrollLeft; scroller.scrollTop = scrollTop;
}

function resize() {
  cellWidth = Math.min(CellMax, Math.max(fit.cellWidth, cellWidth));
  rowHeight = Math.min(RowMax, Math.max(fit.least, rowHeight));
  canvas.style.width = canvas.style.height = "0";
  content.style.width = `${Math.floor(gutter + 1 + columns * cellWidth)}px`;
  content.style.height = `${Math.max(AxisHeight + TopGap + rows * rowHeight, 1)}px`;
  const ratio = pixels(), width = scroller.clientWidth, height = scroller.clientHeight;
  canvas.style.width = `${width}px`; canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio);
  request();
}

// Zooms so that the cell under (x, y), in pixels from the corner of the cells, stays there.
function zoom(factorX, factorY, x, y) {
  const column = (x + scroller.scrollLeft) / cellWidth, row = (y + scroller.scrollTop) / rowHeight;
  cellWidth *= factorX; rowHeight *= factorY;
  resize();
  scroller.scrollLeft = column * cellWidth - x;
  scroller.scrollTop = row * rowHeight - y;
  request();
}
function zoomStep(factor) {
  const { width, height } = inner(), box = cursor && boxOf(cursor);
  const x = box ? box.x + box.width / 2 - gutter : width / 2, y = box ? box.y + box.height / 2 - TopGap : height / 2;
  zoom(factor, factor, Math.min(width, Math.max(0, x)), Math.min(height, Math.max(0, y)));
}
function zoomReset() { cellWidth = fit.cellWidth; rowHeight = fit.rowHeight; resize(); if (cursor) reveal(); }

const boxOf = ({ row, column }) => ({
  x: gutter + column * cellWidth - scroller.scrollLeft, y: TopGap + row * rowHeight - scroller.scrollTop, width: cellWidth, height: rowHeight });
function cellAt(event) {
  const box = scroller.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
  if (x < gutter || y < TopGap || y >= TopGap + inner().height) return null;
  const column = Math.floor((x - gutter + scroller.scrollLeft) / cellWidth), row = Math.floor((y - TopGap + scroller.scrollTop) / rowHeight);
  return column >= 0 && column < columns && row >= 0 && row < rows ? { row, column } : null;
}

// ---------------------------------------------------------------- drawing
function request() { if (!frame) frame = requestAnimationFrame(draw); }

function draw() {
  frame = 0;
  const ratio = pixels(), width = scroller.clientWidth, height = scroller.clientHeight;
  const { width: innerWidth, height: innerHeight } = inner(), left = scroller.scrollLeft, top = scroller.scrollTop;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const first = { row: Math.max(0, Math.floor(top / rowHeight)), column: Math.max(0, Math.floor(left / cellWidth)) };
  const last = { row: Math.min(rows, Math.ceil((top + innerHeight) / rowHeight)), column: Math.min(columns, Math.ceil((left + innerWidth) / cellWidth)) };
  const area = { x: gutter, y: TopGap, width: Math.min(innerWidth, columns * cellWidth - left), height: Math.min(innerHeight, rows * rowHeight - top) };
  context.save();
  context.beginPath(); context.rect(area.x, area.y, area.width, area.height); context.clip();
  drawCells(first, last, left, top);
  drawFloor(first, last, left, top);
  if (cursor) drawCursor(area);
  if (drag && drag.moved) drawDrag();
  context.restore();
  context.strokeStyle = style.frame; context.lineWidth = 1;
  context.strokeRect(area.x - .5, area.y - .5, area.width + 1, area.height + 1);
  drawLabels(first, last, top, area);
  drawAxis(first, last, left, area);
  drawBar();
  Object.assign(scroller.dataset, { layer: layer.name, scale, cellWidth: cellWidth.toFixed(3), rowHeight: rowHeight.toFixed(3), firstRow: first.row, lastRow: last.row - 1, gutter, top: TopGap,
    row: cursor ? cursor.row : "", column: cursor ? cursor.column : "" });
}

function drawCells(first, last, left, top) {
  const width = last.column - first.column, height = last.row - first.row;
  if (width <= 0 || height <= 0) return;
  const image = new ImageData(width, height), pixels = new Uint32Array(image.data.buffer);
  for (let row = 0; row < height; row++) {
    const from = (first.row + row) * columns + first.column;
    pixels.set(colors.subarray(from, from + width), row * width);
  }
  strip.width = width; strip.height = height;
  stripContext.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = rowHeight < 1;
  context.drawImage(strip, gutter + first.column * cellWidth - left, TopGap + first.row * rowHeight - top, width * cellWidth, height * rowHeight);
}

// Cells under the floor are hatched, and a thin line parts them from the others.
function drawFloor(first, last, left, top) {
  const hatched = new Path2D(), edge = new Path2D();
  const x = column => gutter + column * cellWidth - left, y = row => TopGap + row * rowHeight - top;
  const below = (row, column) => kinds[row * columns + column] === Below;
  let any = false;
  for (let row = first.row; row < last.row; row++) {
    for (let column = first.column; column < last.column; column++) {
      if (!below(row, column)) continue;
      const start = column;
      while (column < last.column && below(row, column)) column++;
      hatched.rect(x(start), y(row), (column - start) * cellWidth, rowHeight);
      any = true;
    }
  }
  if (!any) return;
  context.save(); context.clip(hatched);
  context.strokeStyle = "rgb(255 255 255 / .2)"; context.lineWidth = 1; context.beginPath();
  const wide = scroller.clientWidth, high = scroller.clientHeight, phase = (left + top) % 7;
  for (let at = -phase; at < wide + high; at += 7) { context.moveTo(at, 0); context.lineTo(at - high, high); }
  context.stroke(); context.restore();
  if (rowHeight < 3) return;
  for (let row = first.row; row < last.row; row++) {
    for (let column = first.column; column < last.column; column++) {
      const here = below(row, column);
      if (column > 0 && here !== below(row, column - 1)) { edge.moveTo(x(column), y(row)); edge.lineTo(x(column), y(row + 1)); }
      if (row > 0 && here !== below(row - 1, column)) { edge.moveTo(x(column), y(row)); edge.lineTo(x(column + 1), y(row)); }
    }
  }
  context.strokeStyle = "rgb(255 255 255 / .7)"; context.lineWidth = 1.2; context.stroke(edge);
}

function drawCursor(area) {
  const box = boxOf(cursor), middleX = box.x + box.width / 2, middleY = box.y + box.height / 2;
  // White over a dark line shows on every colour of the map.
  for (const [line, width] of [["rgb(0 0 0 / .35)", 3], ["rgb(255 255 255 / .85)", 1]]) {
    context.strokeStyle = line; context.lineWidth = width; context.beginPath();
    context.moveTo(area.x, middleY); context.lineTo(box.x - 1, middleY); context.moveTo(box.x + box.width + 1, middleY); context.lineTo(area.x + area.width, middleY);
    context.moveTo(middleX, area.y); context.lineTo(middleX, box.y - 1); context.moveTo(middleX, box.y + box.height + 1); context.lineTo(middleX, area.y + area.height);
    context.stroke();
  }
  for (const [line, width] of [["rgb(0 0 0 / .75)", 4], ["#fff", 2]]) {
    context.strokeStyle = line; context.lineWidth = width;
    context.strokeRect(box.x, box.y, box.width, box.height);
  }
}

function drawDrag() {
  const x = Math.min(drag.x, drag.endX), y = Math.min(drag.y, drag.endY), width = Math.abs(drag.endX - drag.x), height = Math.abs(drag.endY - drag.y);
  context.fillStyle = "rgb(255 255 255 / .22)"; context.fillRect(x, y, width, height);
  context.strokeStyle = "#fff"; context.lineWidth = 1.5; context.strokeRect(x, y, width, height);
}

// Every 1st, 2nd, 5th, 10th … row is labelled, so that labels never touch.
function thinning() {
  let every = 1;
  for (let i = 0; every * rowHeight < (i ? LabelLineThinned : LabelLine); i++) every = 10 ** Math.floor(i / 3) * [1, 2, 5][i % 3];
  return every;
}

function ellipsis(text, font, width) {
  if (measure(text, font) <= width) return text;
  const parts = [...text.slice(0, 200)];
  let low = 0, high = parts.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measure(parts.slice(0, middle).join("") + "…", font) <= width) low = middle; else high = middle - 1;
  }
  return parts.slice(0, low).join("") + "…";
}

function drawLabels(first, last, top, area) {
  const every = thinning(), width = gutter - LabelGap - numberWidth, chosen = cursor ? cursor.row : -1;
  context.textBaseline = "middle"; context.direction = "ltr";
  const write = (row, strong) => {
    const y = TopGap + (row + .5) * rowHeight - top;
    if (y < area.y - 1 || y > area.y + area.height + 1) return;
    const font = strong ? style.strong : style.label;
    context.textAlign = "right"; context.font = font; context.fillStyle = strong ? style.accent : style.ink;
    context.fillText(ellipsis(labels[row], font, width), gutter - LabelGap, y);
    context.font = style.number; context.fillStyle = strong ? style.accent : style.faint;
    context.fillText(String(positionOf(row)), numberWidth - 12, y);
    if (every > 1) { context.fillStyle = style.frame; context.fillRect(gutter - 5, y - .5, 4, 1); }
  };
  const chosenY = TopGap + (chosen + .5) * rowHeight - top;
  for (let row = Math.ceil(first.row / every) * every; row < last.row; row += every) {
    // The chosen row's label may stand between two others; they make room.
    if (row !== chosen && (chosen < 0 || every === 1 || Math.abs(TopGap + (row + .5) * rowHeight - top - chosenY) >= LabelLine)) write(row, false);
  }
  if (chosen >= 0) write(chosen, true);
}

function columnStep() {
  if (zoomed() && cellWidth > fit.cellWidth * 1.001) return [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find(step => step * cellWidth >= 46) || 1000;
  // Tens, as in print; each one on a very short axis, fewer on a very long one.
  let step = columns <= 10 ? 1 : columns <= 20 ? 5 : 10;
  for (const next of [20, 50, 100, 200, 500, 1000]) { if (step * cellWidth >= 30) break; step = next; }
  return step;
}

function drawAxis(first, last, left, area) {
  const bottom = area.y + area.height, step = columnStep(), minor = step >= 10 ? step / 2 : 0;
  const x = column => gutter + (column + .5) * cellWidth - left;
  context.textBaseline = "alphabetic"; context.textAlign = "center"; context.font = style.tick;
  const chosen = cursor ? x(cursor.column) : -1e9;
  for (let column = first.column; column < last.column; column++) {
    const at = x(column), major = column % step === 0;
    if (at < gutter || at > area.x + area.width + 1 || !major && !(minor && column % minor === 0)) continue;
    context.fillStyle = style.frame; context.fillRect(at - .5, bottom + 1, 1, major ? 5 : 3);
    if (!major || Math.abs(at - chosen) < 24) continue;
    context.fillStyle = style.ink; context.fillText(String(column), at, bottom + 20);
  }
  if (cursor && chosen >= gutter && chosen <= area.x + area.width) {
    context.font = "600 " + style.tick; context.fillStyle = style.accent; context.fillText(String(cursor.column), chosen, bottom + 20);
  }
  context.font = style.title; context.fillStyle = style.ink;
  // A picture of few columns may be narrower than its title.
  const half = measure(data.columnTitle, style.title) / 2;
  context.fillText(data.columnTitle, Math.max(half + 2, Math.min(area.x + area.width / 2, scroller.clientWidth - half - 2)), bottom + 43);
}

// ---------------------------------------------------------------- colour bar
const BarThick = 15, BarLeft = 22, FloorStub = 16;
// As wide as any layer needs, so that nothing moves when another is shown.
const barLabels = () => layers.flatMap(one => ["log", "linear"].flatMap(name => one.scales[name].ticks.map(tick => tick[1])).concat(`< ${short(one.floor ?? 0)}`));
const floorText = () => layer.floor === null ? "0" : `< ${short(layer.floor)}`;
function barWidth() {
  const widest = Math.max(...barLabels().map(text => measure(text, style.tick)));
  return Math.ceil(BarLeft + BarThick + 9 + widest + 28);
}
function drawBarSize() {
  const ratio = pixels(), width = barWidth(), height = Math.max(170, parseFloat(scroller.style.height) - AxisHeight + 10);
  bar.style.width = `${width}px`; bar.style.height = `${height}px`;
  bar.width = Math.round(width * ratio); bar.height = Math.round(height * ratio);
}
function hatch(target, x, y, width, height) {
  target.save(); target.beginPath(); target.rect(x, y, width, height); target.clip();
  target.fillStyle = "#" + data.below; target.fillRect(x, y, width, height);
  target.strokeStyle = "rgb(255 255 255 / .4)"; target.lineWidth = 1; target.beginPath();
  for (let at = x; at < x + width + height; at += 5) { target.moveTo(at, y); target.lineTo(at - height, y + height); }
  target.stroke(); target.restore();
}
function drawBar() {
  const ratio = pixels(), width = bar.width / ratio, below = anyBelow;
  const top = TopGap, bottom = bar.height / ratio - 10 - (below ? FloorStub : 0), height = bottom - top, right = BarLeft + BarThick;
  const target = barContext;
  target.setTransform(ratio, 0, 0, ratio, 0, 0); target.clearRect(0, 0, width, bar.height);
  for (let i = 0; i < height; i++) {
    target.fillStyle = "#" + data.palette.slice(6 * Math.round(255 * (1 - i / (height - 1))), 6 * Math.round(255 * (1 - i / (height - 1))) + 6);
    target.fillRect(BarLeft, top + i, BarThick, Math.min(1.5, height - i));
  }
  target.font = style.tick; target.textAlign = "left"; target.textBaseline = "middle";
  let previous = Infinity;
  for (const [fraction, text] of layer.scales[scale].ticks) {
    const y = bottom - fraction * height;
    target.fillStyle = style.frame; target.fillRect(right + 1, y - .5, text ? 5 : 3, 1);
    if (!text || previous - y < 15 || below && bottom - y < 10) continue;
    target.fillStyle = style.ink; target.fillText(text, right + 9, y); previous = y;
  }
  if (below) {
    hatch(target, BarLeft, bottom, BarThick, FloorStub);
    target.fillStyle = style.ink; target.fillText(floorText(), right + 9, bottom + FloorStub / 2 + 1);
  }
  target.strokeStyle = style.frame; target.lineWidth = 1;
  target.strokeRect(BarLeft - .5, top - .5, BarThick + 1, height + (below ? FloorStub : 0) + 1);
  target.save(); target.translate(width - 9, top + height / 2); target.rotate(-Math.PI / 2);
  target.font = style.title; target.textAlign = "center"; target.fillStyle = style.ink;
  target.fillText(layer.scales[scale].title, 0, 0); target.restore();
  if (!cursor) return;
  const at = cursor.row * columns + cursor.column;
  if (kinds[at] === NotFinite || kinds[at] === Missing) return;
  const y = kinds[at] === Below ? bottom + FloorStub / 2 : bottom - fractionOf(layer.values[at]) * height;
  target.fillStyle = style.accent; target.beginPath();
  target.moveTo(BarLeft - 2, y); target.lineTo(BarLeft - 10, y - 5); target.lineTo(BarLeft - 10, y + 5); target.fill();
}

function drawLegend() {
  const legend = $("legend");
  legend.replaceChildren();
  const entry = (paint, text) => {
    const item = document.createElement("li"), swatch = document.createElement("canvas");
    const ratio = pixels(), target = swatch.getContext("2d");
    swatch.className = "swatch"; swatch.width = Math.round(22 * ratio); swatch.height = Math.round(13 * ratio);
    target.setTransform(ratio, 0, 0, ratio, 0, 0); paint(target);
    item.append(swatch, text); legend.append(item);
  };
  if (anyBelow) entry(target => hatch(target, 0, 0, 22, 13), layer.floor === null ? layer.zero : `below the rounding floor ${short(layer.floor)}: not to be told from s*`);
  if (anyNotFinite) entry(target => { target.fillStyle = "#" + data.notFinite; target.fillRect(0, 0, 22, 13); }, "not a finite number: the state diverged");
}

// ---------------------------------------------------------------- cursor, tooltip, announcement
function noteOf(kind) {
  return kind === Below ? (layer.floor === null ? layer.zero : "below the rounding floor")
    : kind === NotFinite ? "the state diverged" : kind === Missing ? "not recorded" : "";
}

// Who wants to know which cell the reader looks at: called with it, or null, after every change.
const followers = [];
function setCursor(cell, source) {
  cursor = cell && { ...cell, source };
  if (source === "keys") pinned = cell;
  if (cursor && source === "keys") { reveal(); announce(); }
  fillTip();
  if (cursor && source === "keys") placeTip();
  for (const follow of followers) follow(cursor);
  request();
}
// A click holds a cell; the pointer may leave, and every view still shows it.
function pin(cell) { pinned = cell; setCursor(cell, "pointer"); }

function fillTip() {
  tip.hidden = !cursor || cursor.source === "pin";
  if (tip.hidden) return;
  const { values } = layer, at = cursor.row * columns + cursor.column, value = values[at], start = values[cursor.row * columns];
  const token = document.createElement("div"), list = document.createElement("dl");
  token.className = "token"; token.textContent = labels[cursor.row];
  const line = (name, text, id) => {
    const term = document.createElement("dt"), detail = document.createElement("dd");
    term.textContent = name; detail.textContent = text; detail.id = id; list.append(term, detail);
  };
  line("position", String(positionOf(cursor.row)), "tip-position");
  line("iteration", String(cursor.column), "tip-iteration");
  if (kinds[at] !== Missing) line(layer.noun, short(value), "tip-distance");
  if (Number.isFinite(value)) line("exactly", exact(value), "tip-exact");
  if (layer === distance && cursor.column > 0 && Number.isFinite(value) && start > 0 && Number.isFinite(start)) line("of the start", share(value / start), "tip-share");
  for (const fact of data.facts ?? []) if (fact.brief && fact.values[cursor.row]) line(fact.name, fact.values[cursor.row], `tip-${fact.name.replace(/\W+/g, "-")}`);
  tip.replaceChildren(token, list);
  const text = noteOf(kinds[at]);
  if (text) { const note = document.createElement("p"); note.className = "note"; note.textContent = text; tip.append(note); }
  const read = lensTip(cursor);
  if (read) tip.append(read);
}

function moveTip(x, y) {
  const gap = 16, { width, height } = tip.getBoundingClientRect();
  const left = x + gap + width > window.innerWidth - 6 ? x - gap - width : x + gap;
  const top = y + gap + height > window.innerHeight - 6 ? y - gap - height : y + gap;
  tip.style.transform = `translate(${Math.round(Math.max(6, left))}px, ${Math.round(Math.max(6, top))}px)`;
}
function placeTip() {
  const box = boxOf(cursor), outer = scroller.getBoundingClientRect();
  moveTip(outer.left + box.x + box.width, outer.top + box.y + box.height - 8);
}

function announce() {
  const at = cursor.row * columns + cursor.column, note = noteOf(kinds[at]);
  live.textContent = `${labels[cursor.row]}, position ${positionOf(cursor.row)}, iteration ${cursor.column}: ${layer.noun} ${short(layer.values[at])}${note ? ", " + note : ""}`;
}

// Scrolls no further than needed to show the cursor's cell.
function reveal() {
  const { width, height } = inner(), x = cursor.column * cellWidth, y = cursor.row * rowHeight;
  if (x < scroller.scrollLeft) scroller.scrollLeft = x;
  else if (x + cellWidth > scroller.scrollLeft + width) scroller.scrollLeft = x + cellWidth - width;
  if (y < scroller.scrollTop) scroller.scrollTop = y;
  else if (y + rowHeight > scroller.scrollTop + height) scroller.scrollTop = y + rowHeight - height;
}

// ---------------------------------------------------------------- what the reader does
function setLayer(next) {
  layer = next;
  for (const button of document.querySelectorAll("#layers button")) button.setAttribute("aria-pressed", String(button.value === layer.name));
  setScale(layer.scale);
}
const nextLayer = () => setLayer(layers[(layers.indexOf(layer) + 1) % layers.length]);
function layerButtons() {
  $("layers").hidden = layers.length < 2;
  for (const one of layers) {
    const button = document.createElement("button");
    button.type = "button"; button.value = one.name; button.textContent = one.label; button.setAttribute("aria-keyshortcuts", "M");
    button.addEventListener("click", () => setLayer(one));
    $("layers").append(button);
  }
}

function setScale(next) {
  scale = next;
  $("log").setAttribute("aria-pressed", String(scale === "log"));
  $("linear").setAttribute("aria-pressed", String(scale === "linear"));
  color(); drawLegend(); fillTip(); request();
  for (const follow of followers) follow(cursor);
}

function step(rowStep, columnStep) {
  const middle = { row: Math.floor((scroller.scrollTop + 1) / rowHeight), column: Math.floor((scroller.scrollLeft + 1) / cellWidth) };
  const from = cursor ?? { row: Math.min(rows - 1, middle.row), column: Math.min(columns - 1, middle.column) };
  const to = cursor ? { row: from.row + rowStep, column: from.column + columnStep } : from;
  setCursor({ row: Math.min(rows - 1, Math.max(0, to.row)), column: Math.min(columns - 1, Math.max(0, to.column)) }, "keys");
}
const page = () => Math.max(1, Math.floor(inner().height / rowHeight) - 1);
const go = (row, column) => setCursor({ row: row ?? cursor?.row ?? 0, column: column ?? cursor?.column ?? 0 }, "keys");

const keys = {
  ArrowLeft: () => step(0, -1), ArrowRight: () => step(0, 1), ArrowUp: () => step(-1, 0), ArrowDown: () => step(1, 0),
  PageUp: () => { if (cursor) step(-page(), 0); else scroller.scrollTop -= page() * rowHeight; },
  PageDown: () => { if (cursor) step(page(), 0); else scroller.scrollTop += page() * rowHeight; },
  Home: event => event.ctrlKey || event.metaKey ? go(0, null) : go(null, 0),
  End: event => event.ctrlKey || event.metaKey ? go(rows - 1, null) : go(null, columns - 1),
  "+": () => zoomStep(1.25), "=": () => zoomStep(1.25), "-": () => zoomStep(1 / 1.25), "−": () => zoomStep(1 / 1.25), "0": zoomReset,
  l: () => setScale(scale === "log" ? "linear" : "log"), L: () => setScale(scale === "log" ? "linear" : "log"),
  Escape: () => setCursor(null, "keys"),
  m: () => nextLayer(), M: () => nextLayer(),
};
// L, + and 0 work anywhere on the page; the keys that also scroll a page only inside the picture.
const everywhere = new Set(["+", "=", "-", "−", "0", "l", "L", "m", "M", "Escape"]);
window.addEventListener("keydown", event => {
  const inside = document.activeElement === scroller, jump = event.key === "Home" || event.key === "End";
  if (event.altKey || (event.ctrlKey || event.metaKey) && !(inside && jump) || !inside && !everywhere.has(event.key)) return;
  const action = Object.hasOwn(keys, event.key) ? keys[event.key] : null;
  if (!action) return;
  event.preventDefault();
  action(event);
});

scroller.addEventListener("scroll", () => { if (cursor?.source === "keys") placeTip(); request(); }, { passive: true });
scroller.addEventListener("wheel", event => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  const box = scroller.getBoundingClientRect(), factor = Math.exp(-event.deltaY * (event.deltaMode ? .05 : .002));
  zoom(factor, factor, Math.max(0, event.clientX - box.left - gutter), Math.max(0, event.clientY - box.top - TopGap));
}, { passive: false });

scroller.addEventListener("pointermove", event => {
  if (drag) {
    const box = scroller.getBoundingClientRect();
    drag.endX = event.clientX - box.left; drag.endY = event.clientY - box.top;
    drag.moved ||= Math.hypot(drag.endX - drag.x, drag.endY - drag.y) > 6;
    if (drag.moved) { setCursor(null, "pointer"); return; }
  }
  const cell = cellAt(event);
  if (!cell && (cursor?.source === "keys" || cursor?.source === "pin")) return;
  if (!cell || !cursor || cell.row !== cursor.row || cell.column !== cursor.column || cursor.source !== "pointer") setCursor(cell, "pointer");
  if (cell) moveTip(event.clientX, event.clientY);
});
scroller.addEventListener("pointerleave", () => { if (cursor?.source === "pointer" && !drag) setCursor(pinned, "pin"); });
scroller.addEventListener("pointerdown", event => {
  scroller.focus({ preventScroll: true });
  const cell = cellAt(event);
  if (event.pointerType !== "mouse" || event.button !== 0 || !cell) { if (cell) { setCursor(cell, "pointer"); moveTip(event.clientX, event.clientY); } return; }
  const box = scroller.getBoundingClientRect();
  drag = { x: event.clientX - box.left, y: event.clientY - box.top, moved: false, id: event.pointerId };
  scroller.setPointerCapture(event.pointerId);
});
function endDrag(event) {
  if (!drag || event.pointerId !== drag.id) return;
  const { x, y, endX, endY, moved } = drag;
  drag = null;
  if (!moved && event.type === "pointerup") { pin(cellAt(event)); return; }
  if (!moved || event.type === "pointercancel") { request(); return; }
  const { width, height } = inner(), left = Math.max(0, Math.min(x, endX) - gutter), top = Math.max(0, Math.min(y, endY) - TopGap);
  const boxWidth = Math.max(Math.abs(endX - x), cellWidth), boxHeight = Math.max(Math.abs(endY - y), rowHeight);
  const column = (left + scroller.scrollLeft) / cellWidth, row = (top + scroller.scrollTop) / rowHeight;
  cellWidth *= width / boxWidth; rowHeight *= height / boxHeight;
  resize();
  scroller.scrollLeft = column * cellWidth; scroller.scrollTop = row * rowHeight;
  request();
}
scroller.addEventListener("pointerup", endDrag);
scroller.addEventListener("pointercancel", endDrag);
scroller.addEventListener("dblclick", zoomReset);
$("log").addEventListener("click", () => setScale("log"));
$("linear").addEventListener("click", () => setScale("linear"));
$("in").addEventListener("click", () => zoomStep(1.25));
$("out").addEventListener("click", () => zoomStep(1 / 1.25));
$("reset").addEventListener("click", zoomReset);

// ---------------------------------------------------------------- the numbers, for readers who want or need them as text
$("numbers").addEventListener("toggle", event => {
  const place = event.target.querySelector(".table");
  if (!event.target.open || place.firstChild) return;
  const stops = [];
  for (let column = 0; column < columns; column += columns > 20 ? 10 : 1) stops.push(column);
  if (stops.at(-1) !== columns - 1) stops.push(columns - 1);
  const table = document.createElement("table"), caption = table.createCaption(), head = table.createTHead().insertRow(), body = table.createTBody();
  caption.textContent = "Distance of each token at these iterations";
  const heading = (row, text, scope) => { const cell = document.createElement("th"); cell.textContent = text; cell.scope = scope; row.append(cell); };
  heading(head, "position", "col"); heading(head, "token", "col");
  for (const column of stops) heading(head, String(column), "col");
  for (let row = 0; row < rows; row++) {
    const line = body.insertRow();
    line.insertCell().textContent = String(positionOf(row));
    heading(line, labels[row], "row");
    for (const column of stops) line.insertCell().textContent = short(distance.values[row * columns + column]);
  }
  place.append(table);
});

