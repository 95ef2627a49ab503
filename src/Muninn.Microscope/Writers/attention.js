// ---------------------------------------------------------------- attention: where tokens look, iteration by iteration
// A byte a weight, equal steps of its square root; of each row the places up to its own.
const patterns = data.patterns && { ...data.patterns, weights: bytesOf(data.patterns.weights) };
// How it is shown: the whole map or one row, minus which reading, and the place that the pointer is at in which row.
const attention = { mode: "map", against: null, place: null, row: undefined };
if (patterns) {
  patterns.starts = [];
  patterns.each = 0;
  for (const position of patterns.positions) { patterns.starts.push(patterns.each); patterns.each += position + 1; }
  patterns.values = Float32Array.from({ length: 256 }, (_, code) => code === patterns.notFinite ? NaN : (code / patterns.steps) ** 2);
}
const weightCode = (reading, row, place) => patterns.weights[reading * patterns.each + patterns.starts[row] + place];
const weightOf = (reading, row, place) => patterns.values[weightCode(reading, row, place)];

// The last iteration recorded up to the one that is looked at; before the first of them, the first.
function attentionReading(column) {
  let at = 0;
  for (let i = 1; i < patterns.iterations.length && patterns.iterations[i] <= column; i++) at = i;
  return at;
}

function attentionLink() {
  const parts = [];
  if (!patterns) return parts;
  if (attention.mode === "row") parts.push("attention=row");
  if (attention.against !== null) parts.push(`minus=${patterns.iterations[attention.against]}`);
  return parts;
}
function followAttention(mode, minus) {
  if (!patterns) return;
  const reading = patterns.iterations.indexOf(minus);
  setAttention({ mode: mode === "row" ? "row" : "map", against: reading < 0 ? null : reading });
}
function setAttention(change) {
  Object.assign(attention, change);
  $("attention-map").setAttribute("aria-pressed", String(attention.mode === "map"));
  $("attention-row").setAttribute("aria-pressed", String(attention.mode === "row"));
  $("attention-against").value = attention.against === null ? "" : String(attention.against);
  for (const follow of followers) follow(cursor);
}

function attentionControls() {
  const group = document.createElement("div"), against = document.createElement("select");
  group.className = "group"; group.setAttribute("role", "group"); group.setAttribute("aria-label", "Attention of");
  for (const [mode, text] of [["map", "All tokens"], ["row", "This token"]]) {
    const button = document.createElement("button");
    button.type = "button"; button.id = `attention-${mode}`; button.textContent = text; button.setAttribute("aria-keyshortcuts", "A");
    button.addEventListener("click", () => setAttention({ mode }));
    group.append(button);
  }
  against.id = "attention-against"; against.setAttribute("aria-label", "Minus another iteration"); against.setAttribute("aria-keyshortcuts", "D");
  against.append(new Option("as it is", ""), ...patterns.iterations.map((iteration, i) => new Option(`minus iteration ${iteration}`, String(i))));
  against.addEventListener("change", () => setAttention({ against: against.value === "" ? null : Number(against.value) }));
  return [group, against];
}

function attentionView() {
  const error = patterns.rounding, panel = plot("attention", "Attention",
    `${patterns.title}. Rows look, columns are looked at; the colour of a weight goes by its square root, and so do steps of a difference (blue less, orange more). ` +
    `In this page weights are rounded to a byte: one of 1 by up to ${error}, one of 0.01 by ${short(error / 10)}; differences by twice that. ` +
    "A weight says where values are read from, not what they change in the end. Keys: A all tokens or this one, D minus another iteration.", 330);
  const line = document.createElement("p"), tokens = patterns.labels.length, hidden = document.createElement("canvas");
  line.className = "attention-line"; line.id = "attention-line";
  panel.heading.after(...attentionControls(), line);
  let drawn = "";
  const shades = patterns.diverging.length / 6, shade = value => patterns.diverging.slice(6 * Math.round((value + 1) / 2 * (shades - 1))).slice(0, 6);
  const changes = Uint32Array.from({ length: 511 }, (_, i) => rgba(shade(Math.sign(i - 255) * Math.sqrt(Math.abs(i - 255) / 255))));
  const valueOf = (reading, row, place) => weightOf(reading, row, place) - (attention.against === null ? 0 : weightOf(attention.against, row, place));
  const chosen = () => cursor ?? pinned;
  const readingNow = () => attentionReading(chosen()?.column ?? columns - 1);
  const geometry = () => {
    const cell = Math.min((panel.width - 2 * MapSide) / tokens, (panel.height - 4) / rows, 40);
    return { cell, x: (panel.width - tokens * cell) / 2, y: (panel.height - rows * cell) / 2 };
  };
  const MapSide = 88, BarMax = 64, barArea = { left: 64, top: 8, bottom: 24 };
  const barStep = count => Math.min(BarMax, (panel.width - barArea.left) / count);

  function paint(reading) {
    const key = [reading, attention.against].join();
    if (drawn === key) return;
    drawn = key;
    hidden.width = tokens; hidden.height = rows;
    const image = new ImageData(tokens, rows), cells = new Uint32Array(image.data.buffer);
    for (let row = 0; row < rows; row++) for (let place = 0; place <= patterns.positions[row]; place++) {
      const code = weightCode(reading, row, place), change = attention.against === null ? 0 : valueOf(reading, row, place);
      cells[row * tokens + place] = code === patterns.notFinite || Number.isNaN(change) ? notFiniteColor
        : attention.against === null ? palette[code] : changes[255 + Math.round(255 * Math.min(1, Math.max(-1, change)))];
    }
    hidden.getContext("2d").putImageData(image, 0, 0);
  }
  function drawMap(context, reading, row) {
    const { cell, x, y } = geometry();
    paint(reading);
    context.imageSmoothingEnabled = cell < 1;
    context.drawImage(hidden, x, y, tokens * cell, rows * cell);
    context.strokeStyle = style.frame; context.lineWidth = 1; context.strokeRect(x - .5, y - .5, tokens * cell + 1, rows * cell + 1);
    drawScale(context, x + tokens * cell + 18, Math.max(8, y), Math.max(120, Math.min(240, rows * cell - 8)));
    context.textAlign = "right"; context.textBaseline = "middle";
    for (let other = 0; other < rows; other++) {
      if (cell < 13 && other !== row) continue;
      context.font = other === row ? style.strong : style.label; context.fillStyle = other === row ? style.accent : style.ink;
      context.fillText(ellipsis(labels[other], context.font, x - 10), x - 7, y + (other + .5) * cell);
    }
    if (row === undefined) return;
    // A frame around a thin row would cover it.
    const grow = cell < 6 ? 3 : 0, frames = [[0, patterns.positions[row] + 1]];
    if (attention.place !== null) frames.push([attention.place, 1]);
    // White over a dark line shows on every colour of the map.
    for (const [color, width] of [["rgb(0 0 0 / .75)", 4], ["#fff", 2]]) for (const [place, count] of frames) {
      context.strokeStyle = color; context.lineWidth = width; context.strokeRect(x + place * cell - grow, y + row * cell - grow, count * cell + 2 * grow, cell + 2 * grow);
    }
  }
  function drawScale(context, x, y, height) {
    const signed = attention.against !== null, ticks = signed ? [-1, -.25, -.01, 0, .01, .25, 1] : [0, .01, .1, .25, .5, 1];
    const at = value => y + height * (signed ? .5 - Math.sign(value) * Math.sqrt(Math.abs(value)) / 2 : 1 - Math.sqrt(value));
    for (let i = 0; i < height; i++) {
      const part = 1 - i / (height - 1), tone = Math.round(255 * part);
      context.fillStyle = "#" + (signed ? shade(2 * part - 1) : data.palette.slice(6 * tone, 6 * tone + 6));
      context.fillRect(x, y + i, 10, 1.5);
    }
    context.font = style.number; context.textAlign = "left"; context.textBaseline = "middle"; context.fillStyle = style.ink;
    for (const value of ticks) { context.fillRect(x + 10, at(value) - .5, 3, 1); context.fillText(String(value).replace("-", "−"), x + 16, at(value)); }
  }
  function drawRow(context, reading, row) {
    const count = patterns.positions[row] + 1, { left, top, bottom } = barArea, width = barStep(count), height = panel.height - top - bottom;
    let most = 0;
    for (let place = 0; place < count; place++) { const size = Math.abs(valueOf(reading, row, place)); if (size > most) most = size; }
    most ||= 1;
    const signed = attention.against !== null, zero = signed ? top + height / 2 : top + height, unit = (signed ? height / 2 : height) / most;
    for (let place = 0; place < count; place++) {
      const value = valueOf(reading, row, place);
      if (Number.isNaN(value)) continue;
      context.fillStyle = place === attention.place ? style.accent : signed ? "#" + shade(.75 * Math.sign(value)) : style.faint;
      context.fillRect(left + place * width, Math.min(zero, zero - value * unit), Math.max(1, width - 1), Math.max(.5, Math.abs(value) * unit));
    }
    context.fillStyle = style.frame; context.fillRect(left, zero - .5, count * width, 1);
    context.font = style.number; context.textAlign = "center"; context.textBaseline = "bottom";
    for (let place = 0; place < count; place++) {
      // Where bars are thin only the one pointed at is named.
      if (width < 30 && place !== attention.place) continue;
      context.fillStyle = place === attention.place ? style.accent : style.faint;
      context.fillText(ellipsis(patterns.labels[place], style.number, width < 30 ? 60 : width - 4), left + (place + .5) * width, panel.height - 6);
    }
    context.fillStyle = style.ink; context.font = style.tick; context.textAlign = "right"; context.textBaseline = "top";
    context.fillText(short(Number(most.toPrecision(2))), left - 6, top);
    if (signed) { context.textBaseline = "bottom"; context.fillText(short(Number((-most).toPrecision(2))), left - 6, top + height); }
  }
  function tell(reading, row) {
    const name = place => `“${patterns.labels[place]}” (${place})`, number = value => Number.isNaN(value) ? "not a number" : short(Number(value.toPrecision(2)));
    if (row === undefined) { line.textContent = "Point at a token, here or above, or move to one with the arrow keys."; return; }
    const count = patterns.positions[row] + 1, order = Array.from({ length: count }, (_, place) => place)
      .sort((a, b) => Math.abs(valueOf(reading, row, b)) - Math.abs(valueOf(reading, row, a)) || a - b);
    const shown = attention.place !== null && attention.place < count ? [attention.place] : order.slice(0, 3);
    line.textContent = `“${labels[row]}” → ` + shown.map(place => `${name(place)} ${number(valueOf(reading, row, place))}`).join(", ");
  }
  view(() => {
    const context = panel.open(), cell = chosen(), reading = readingNow(), iteration = patterns.iterations[reading];
    if (attention.row !== cell?.row) attention.place = null;
    panel.heading.textContent = `Attention in iteration ${iteration}${attention.against === null ? "" : ` minus iteration ${patterns.iterations[attention.against]}`}` +
      (cell && cell.column !== iteration ? `, the nearest recorded before ${cell.column}` : "");
    if (cell && cell.column < patterns.iterations[0]) panel.heading.textContent = `Attention in iteration ${iteration}, the first that was recorded`;
    tell(reading, cell?.row);
    if (attention.mode === "row" && cell) drawRow(context, reading, cell.row); else drawMap(context, reading, cell?.row);
    Object.assign(panel.canvas.dataset, { mode: attention.mode, iteration, against: attention.against === null ? "" : patterns.iterations[attention.against] });
  });
  answer(panel.canvas, (px, py) => {
    const now = chosen(), column = now?.column ?? Math.min(columns - 1, patterns.iterations[readingNow()]);
    let row, place;
    if (attention.mode === "row" && now) {
      row = now.row;
      place = Math.floor((px - barArea.left) / barStep(patterns.positions[row] + 1));
    } else {
      const { cell, x, y } = geometry();
      row = Math.floor((py - y) / cell); place = Math.floor((px - x) / cell);
    }
    if (!(row >= 0 && row < rows && place >= 0 && place <= patterns.positions[row])) return null;
    attention.place = place; attention.row = row;
    return { row, column };
  });
  panel.canvas.addEventListener("pointerleave", () => { attention.place = null; });
  const turn = () => setAttention({ mode: attention.mode === "map" ? "row" : "map" });
  const next = () => setAttention({ against: attention.against === null ? 0 : attention.against + 1 < patterns.iterations.length ? attention.against + 1 : null });
  Object.assign(keys, { a: turn, A: turn, d: next, D: next });
  for (const key of "aAdD") everywhere.add(key);
  setAttention({});
}
