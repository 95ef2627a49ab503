// ---------------------------------------------------------------- linked views
// Every view shows the cell that the reader looks at, and a cell pointed at in a view is pointed at everywhere.
const views = [];
const lens = data.lens && { ...data.lens, tokens: decodeInts(data.lens.tokens, data.lens.width), logProbabilities: decodeFloats(data.lens.logProbabilities),
  entropy: decodeFloats(data.lens.entropy), divergence: decodeFloats(data.lens.divergence), rank: decodeInts(data.lens.rank, data.lens.width) };
const paths = data.paths && { ...data.paths, scores: decodeFloats(data.paths.scores) };
const spectrum = data.spectrum;

function plot(id, title, note, height) {
  const figure = document.createElement("figure"), heading = document.createElement("h3"), canvas = document.createElement("canvas"), caption = document.createElement("figcaption");
  figure.className = "view"; figure.id = id; heading.textContent = title; caption.textContent = note;
  canvas.setAttribute("role", "img"); canvas.setAttribute("aria-label", `${title}. ${note}`);
  figure.append(heading, canvas, caption); $("views").append(figure);
  const context = canvas.getContext("2d");
  return { figure, heading, canvas, context, width: 0, height, open() {
    const ratio = pixels();
    this.width = figure.clientWidth;
    if (canvas.width !== Math.round(this.width * ratio)) { canvas.width = Math.round(this.width * ratio); canvas.height = Math.round(height * ratio); canvas.style.height = `${height}px`; }
    context.setTransform(ratio, 0, 0, ratio, 0, 0); context.clearRect(0, 0, this.width, height);
    return context;
  } };
}

// One frame, however many changes came before it.
function view(draw) {
  let due = 0;
  const redraw = () => { if (!due) due = requestAnimationFrame(() => { due = 0; draw(); }); };
  views.push(redraw); followers.push(redraw); redraw();
}

// Pointing at a view: `at` says which cell lies under (x, y), or null.
function answer(canvas, at) {
  const cell = event => { const box = canvas.getBoundingClientRect(); return at(event.clientX - box.left, event.clientY - box.top); };
  canvas.addEventListener("pointermove", event => { const found = cell(event); setCursor(found ?? pinned, found ? "pointer" : "pin"); if (found) moveTip(event.clientX, event.clientY); });
  canvas.addEventListener("pointerleave", () => { if (cursor?.source === "pointer") setCursor(pinned, "pin"); });
  canvas.addEventListener("click", event => { const found = cell(event); if (found) { pin(found); moveTip(event.clientX, event.clientY); } });
}

// ---------------------------------------------------------------- curves: the rows of the picture as lines
function curves() {
  const panel = plot("curves", "The same numbers as curves", "One line a token. The picture above shows which lines are slow; this one shows whether they fall straight (a steady rate), bend or rise.", 300);
  const left = 58, right = 14, top = 8, bottom = 34, hidden = document.createElement("canvas");
  let drawn = "";
  const area = () => ({ width: panel.width - left - right, height: panel.height - top - bottom });
  const x = column => left + (columns > 1 ? column / (columns - 1) : .5) * area().width, y = value => top + (1 - fractionOf(value)) * area().height;
  function line(target, row) {
    target.beginPath();
    let pen = false;
    for (let column = 0; column < columns; column++) {
      const kind = kinds[row * columns + column];
      if (kind === Missing || kind === NotFinite) { pen = false; continue; }
      const at = kind === Below ? panel.height - bottom : y(layer.values[row * columns + column]);
      if (pen) target.lineTo(x(column), at); else target.moveTo(x(column), at);
      pen = true;
    }
    target.stroke();
  }
  function background() {
    const key = [layer.name, scale, panel.canvas.width, style.ink].join();
    if (drawn === key) return;
    drawn = key;
    hidden.width = panel.canvas.width; hidden.height = panel.canvas.height;
    const target = hidden.getContext("2d"), ratio = pixels();
    target.setTransform(ratio, 0, 0, ratio, 0, 0);
    target.strokeStyle = style.faint; target.lineWidth = 1; target.globalAlpha = Math.max(.08, Math.min(.5, 12 / rows));
    for (let row = 0; row < rows; row++) line(target, row);
    target.globalAlpha = 1; target.font = style.tick; target.fillStyle = style.ink; target.strokeStyle = style.frame;
    target.textAlign = "right"; target.textBaseline = "middle";
    let previous = Infinity;
    for (const [fraction, text] of layer.scales[scale].ticks) {
      const at = top + (1 - fraction) * area().height;
      target.fillRect(left - 5, at - .5, 4, 1);
      if (!text || previous - at < 14) continue;
      target.fillText(text, left - 8, at); previous = at;
    }
    target.textAlign = "center"; target.textBaseline = "alphabetic";
    const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].find(step => step * area().width / columns >= 34) || 1000;
    for (let column = 0; column < columns; column += step) { target.fillRect(x(column) - .5, panel.height - bottom, 1, 4); target.fillText(String(column), x(column), panel.height - bottom + 17); }
    target.strokeRect(left - .5, top - .5, area().width + 1, area().height + 1);
  }
  view(() => {
    const context = panel.open();
    background();
    context.save(); context.setTransform(1, 0, 0, 1, 0, 0); context.drawImage(hidden, 0, 0); context.restore();
    panel.heading.textContent = `${layer.label}, token by token`;
    if (!cursor) return;
    context.strokeStyle = style.accent; context.globalAlpha = .45; context.lineWidth = 1;
    context.beginPath(); context.moveTo(x(cursor.column), top); context.lineTo(x(cursor.column), panel.height - bottom); context.stroke();
    context.globalAlpha = 1; context.lineWidth = 2.2; line(context, cursor.row);
    const kind = kinds[cursor.row * columns + cursor.column];
    if (kind !== Value && kind !== Below) return;
    context.fillStyle = style.accent; context.beginPath();
    context.arc(x(cursor.column), kind === Below ? panel.height - bottom : y(layer.values[cursor.row * columns + cursor.column]), 4, 0, 2 * Math.PI); context.fill();
  });
  answer(panel.canvas, (px, py) => {
    const column = Math.round((px - left) / area().width * (columns - 1));
    if (!(column >= 0 && column < columns)) return null;
    let best = -1, least = Infinity;
    for (let row = 0; row < rows; row++) {
      const at = row * columns + column;
      if (kinds[at] !== Value) continue;
      const away = Math.abs(y(layer.values[at]) - py);
      if (away < least) { least = away; best = row; }
    }
    return best < 0 ? null : { row: best, column };
  });
}

// ---------------------------------------------------------------- lens: what would be said if the thinking stopped here
const lensColumn = column => { let at = -1; for (let i = 0; i < lens.iterations.length && lens.iterations[i] <= column; i++) at = i; return at; };
const lensText = (i, row, k) => lens.texts[lens.tokens[(i * rows + row) * lens.k + k]] ?? "";
function lensBars(i, row, most) {
  const list = document.createElement("ol");
  list.className = "bars";
  for (let k = 0; k < Math.min(most, lens.k); k++) {
    const probability = Math.exp(lens.logProbabilities[(i * rows + row) * lens.k + k]);
    const item = document.createElement("li"), text = document.createElement("span"), value = document.createElement("span"), bar = document.createElement("i");
    text.className = "word"; text.textContent = lensText(i, row, k);
    value.textContent = Number.isFinite(probability) ? share(probability) : "";
    bar.style.width = `${Math.max(1, 100 * Math.min(1, probability || 0))}%`;
    item.append(bar, text, value); list.append(item);
  }
  return list;
}
function lensTip(cell) {
  if (!lens) return null;
  const i = lensColumn(cell.column);
  return i < 0 ? null : lensBars(i, cell.row, 3);
}
function lensView() {
  const figure = document.createElement("figure"), heading = document.createElement("h3"), body = document.createElement("div"), caption = document.createElement("figcaption");
  figure.className = "view"; figure.id = "lens"; body.id = "lens-body";
  heading.textContent = "What would be said here";
  caption.textContent = "The coda and the head, applied to the state of this iteration: the likeliest next tokens. The model was trained to be read at the end; what it would say on the way shows what the coda makes of a state, not what the model “believes”.";
  figure.append(heading, body, caption); $("views").append(figure);
  view(() => {
    const cell = cursor ?? pinned;
    if (!cell) { body.textContent = "Point at a cell, or move to one with the arrow keys."; return; }
    const i = lensColumn(cell.column), runs = document.createElement("p"), line = document.createElement("p");
    if (i < 0) { body.textContent = "Not recorded at this iteration."; return; }
    line.className = "lens-numbers";
    const at = i * rows + cell.row, committed = lens.commit[cell.row];
    line.textContent = `after “${labels[cell.row]}”, iteration ${lens.iterations[i]}: entropy ${short(lens.entropy[at])} nats, ${short(lens.divergence[at])} nats from the end, the final choice ranks ${lens.rank[at] + 1}` +
      (committed === null || committed < 0 ? "" : `; settled from iteration ${committed} on`);
    runs.className = "runs";
    for (let from = 0; from < lens.iterations.length;) {
      let to = from;
      while (to + 1 < lens.iterations.length && lensText(to + 1, cell.row, 0) === lensText(from, cell.row, 0)) to++;
      const run = document.createElement("span"), word = document.createElement("b"), here = i >= from && i <= to;
      const first = lens.iterations[from], last = lens.iterations[to];
      word.textContent = lensText(from, cell.row, 0); run.className = here ? "run here" : "run";
      run.append(first === last ? `${first} ` : `${first}–${last} `, word); runs.append(run);
      from = to + 1;
    }
    body.replaceChildren(line, lensBars(i, cell.row, lens.k), runs);
  });
}

// ---------------------------------------------------------------- facts: what else is known of a token
function factsView() {
  const figure = document.createElement("figure"), heading = document.createElement("h3"), list = document.createElement("dl"), caption = document.createElement("figcaption");
  figure.className = "view"; figure.id = "facts"; list.className = "facts";
  caption.textContent = "Rates and classes are read from the trajectory, the rest from the exact Jacobian of one iteration at s*. What was tested, and what it does not prove, stands in the findings.";
  figure.append(heading, list, caption); $("views").append(figure);
  view(() => {
    const row = (cursor ?? pinned)?.row;
    heading.textContent = row === undefined ? "What is known of a token" : `What is known of “${labels[row]}”`;
    list.replaceChildren();
    if (row === undefined) { list.textContent = "Point at a cell, or move to one with the arrow keys."; return; }
    for (const fact of data.facts) {
      if (!fact.values[row]) continue;
      const term = document.createElement("dt"), detail = document.createElement("dd");
      term.textContent = fact.name; detail.textContent = fact.values[row]; list.append(term, detail);
    }
  });
}

// ---------------------------------------------------------------- paths: states in the plane that holds most of their motion
function pathsView() {
  const percent = value => `${Math.round(100 * value)} %`;
  const panel = plot("paths", "Paths of the states", `Two directions shared by all tokens, which hold ${percent(paths.variance[0])} and ${percent(paths.variance[1])} of the variance. A path outside this plane looks shorter than it is; loops in a plane are seen in random walks, too: see the tests in the findings.`, 330);
  const { iterations, scores, axes } = paths, count = iterations.length, margin = 16;
  let low = [Infinity, Infinity], high = [-Infinity, -Infinity];
  for (let i = 0; i < scores.length; i += axes) for (const d of [0, 1]) if (Number.isFinite(scores[i + d])) { low[d] = Math.min(low[d], scores[i + d]); high[d] = Math.max(high[d], scores[i + d]); }
  const place = (row, i) => {
    const at = (row * count + i) * axes, size = Math.min((panel.width - 2 * margin) / (high[0] - low[0] || 1), (panel.height - 2 * margin) / (high[1] - low[1] || 1));
    return [panel.width / 2 + (scores[at] - (low[0] + high[0]) / 2) * size, panel.height / 2 - (scores[at + 1] - (low[1] + high[1]) / 2) * size];
  };
  const nearest = column => { let best = 0; for (let i = 0; i < count; i++) if (Math.abs(iterations[i] - column) < Math.abs(iterations[best] - column)) best = i; return best; };
  view(() => {
    const context = panel.open(), chosen = (cursor ?? pinned)?.row;
    context.strokeStyle = style.faint; context.globalAlpha = Math.max(.1, Math.min(.5, 10 / rows)); context.lineWidth = 1;
    for (let row = 0; row < rows; row++) {
      context.beginPath();
      for (let i = 0; i < count; i++) { const [x, y] = place(row, i); if (i) context.lineTo(x, y); else context.moveTo(x, y); }
      context.stroke();
    }
    context.globalAlpha = 1;
    if (chosen === undefined) return;
    // A pale seam and a ring: the first colours are nearly those of a dark page.
    context.lineCap = "round"; context.lineWidth = 4.2; context.strokeStyle = style.faint; context.globalAlpha = .6;
    context.beginPath(); for (let i = 0; i < count; i++) context.lineTo(...place(chosen, i)); context.stroke();
    context.globalAlpha = 1; context.lineWidth = 1.5; context.strokeStyle = style.ink;
    context.beginPath(); context.arc(...place(chosen, 0), 4.5, 0, 2 * Math.PI); context.stroke();
    context.lineWidth = 2.2;
    for (let i = 1; i < count; i++) {
      const hue = Math.round(255 * (i - 1) / Math.max(1, count - 2));
      context.strokeStyle = "#" + data.palette.slice(6 * hue, 6 * hue + 6);
      context.beginPath(); context.moveTo(...place(chosen, i - 1)); context.lineTo(...place(chosen, i)); context.stroke();
    }
    const i = nearest((cursor ?? pinned).column);
    context.fillStyle = style.accent; context.strokeStyle = style.paper; context.lineWidth = 1.5;
    context.beginPath(); context.arc(...place(chosen, i), 5, 0, 2 * Math.PI); context.fill(); context.stroke();
    panel.heading.textContent = `Paths of the states: “${labels[chosen]}”${paths.classes ? `, ${paths.classes[chosen]}` : ""}`;
  });
  answer(panel.canvas, (px, py) => {
    let best = null, least = 20 * 20;
    for (let row = 0; row < rows; row++) for (let i = 0; i < count; i++) {
      const [x, y] = place(row, i), away = (x - px) ** 2 + (y - py) ** 2;
      if (away < least && iterations[i] < columns) { least = away; best = { row, column: iterations[i] }; }
    }
    return best;
  });
}

// ---------------------------------------------------------------- spectrum: how small deviations from s* shrink and turn
function spectrumView() {
  const panel = plot("spectrum", "Eigenvalues at s*", `Each dot is an eigenvalue of one iteration's Jacobian at s*, taken for one token: its distance from the centre is the factor by which a small deviation shrinks in an iteration, its angle how far it turns. Inside the circle: attracting. It says nothing of what happens far from s*.${spectrum.points.some(point => point.uncertain) ? " Crosses: residuals too large, not certified." : ""}`, 330);
  const size = () => Math.min(panel.width, panel.height) / 2 - 14, most = Math.max(1, ...spectrum.points.map(point => point.modulus));
  const place = ({ modulus, angle }) => [panel.width / 2 + size() * modulus / most * Math.cos(angle), panel.height / 2 - size() * modulus / most * Math.sin(angle)];
  view(() => {
    const context = panel.open(), chosen = (cursor ?? pinned)?.row, ring = (radius, color, dash) => {
      context.strokeStyle = color; context.lineWidth = 1; context.setLineDash(dash);
      context.beginPath(); context.arc(panel.width / 2, panel.height / 2, size() * radius / most, 0, 2 * Math.PI); context.stroke(); context.setLineDash([]);
    };
    ring(1, style.frame, []); ring(.5, style.faint, [2, 4]);
    for (const strong of [false, true]) for (const point of spectrum.points) {
      if ((point.row === chosen) !== strong) continue;
      context.fillStyle = strong ? style.accent : style.faint; context.globalAlpha = strong ? 1 : .45;
      const [x, y] = place(point), radius = strong ? 5 : 3;
      context.beginPath();
      if (point.uncertain) {
        context.strokeStyle = context.fillStyle; context.lineWidth = 1.5;
        for (const side of [-1, 1]) { context.moveTo(x - radius, y - side * radius); context.lineTo(x + radius, y + side * radius); }
        context.stroke();
      } else { context.arc(x, y, radius, 0, 2 * Math.PI); context.fill(); }
    }
    context.globalAlpha = 1;
    const largest = spectrum.points.filter(point => point.row === chosen).sort((a, b) => b.modulus - a.modulus)[0];
    panel.heading.textContent = largest ? `Eigenvalues at s*: “${labels[chosen]}”, largest ${short(largest.modulus)}${largest.uncertain ? ", not certified" : ""}` : "Eigenvalues at s*";
  });
  answer(panel.canvas, (px, py) => {
    let best = null, least = 15 * 15;
    for (const point of spectrum.points) {
      const [x, y] = place(point), away = (x - px) ** 2 + (y - py) ** 2;
      if (away < least) { least = away; best = { row: point.row, column: cursor?.column ?? columns - 1 }; }
    }
    return best;
  });
}

function openViews() {
  curves();
  if (lens) lensView();
  if (paths) pathsView();
  if (spectrum) spectrumView();
  if (patterns) attentionView();
  if (data.facts) factsView();
}
