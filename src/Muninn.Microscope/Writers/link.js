// ---------------------------------------------------------------- deep links and exports
// #position=5&iteration=12&layer=distance&scale=log&attention=row&minus=8&rows=3-20&columns=0-31: the whole view is in the address.
let linking = 0, followed = "";
function linkOf() {
  const parts = [];
  if (pinned) parts.push(`position=${positionOf(pinned.row)}`, `iteration=${pinned.column}`);
  if (layer !== layers[0]) parts.push(`layer=${layer.name}`);
  if (scale !== layer.scale) parts.push(`scale=${scale}`);
  parts.push(...attentionLink());
  if (zoomed()) {
    const { width, height } = inner(), span = (from, size, step, count) => `${Math.round(from / step)}-${Math.min(count, Math.round((from + size) / step)) - 1}`;
    parts.push(`rows=${span(scroller.scrollTop, height, rowHeight, rows)}`, `columns=${span(scroller.scrollLeft, width, cellWidth, columns)}`);
  }
  return parts.length ? "#" + parts.join("&") : "";
}
function writeLink() {
  clearTimeout(linking);
  linking = setTimeout(() => {
    const link = linkOf();
    if (link === followed) return;
    followed = link;
    history.replaceState(null, "", link || location.pathname + location.search);
  }, 150);
}
function followLink() {
  const asked = new URLSearchParams(location.hash.slice(1)), whole = name => /^\d+$/.test(asked.get(name) ?? "") ? Number(asked.get(name)) : null;
  followed = location.hash;
  const named = layers.find(one => one.name === asked.get("layer"));
  setLayer(named ?? layers[0]);
  if (asked.get("scale") === "log" || asked.get("scale") === "linear") setScale(asked.get("scale"));
  followAttention(asked.get("attention"), whole("minus"));
  const range = (name, count) => {
    const [, first, last] = /^(\d+)-(\d+)$/.exec(asked.get(name) ?? "") ?? [];
    return first === undefined || +first > +last || +last >= count ? null : { first: +first, count: last - first + 1 };
  };
  const shownRows = range("rows", rows), shownColumns = range("columns", columns);
  if (shownRows && shownColumns) {
    cellWidth = inner().width / shownColumns.count; rowHeight = inner().height / shownRows.count;
    resize();
    scroller.scrollLeft = shownColumns.first * cellWidth; scroller.scrollTop = shownRows.first * rowHeight;
  }
  const position = whole("position"), iteration = whole("iteration");
  const row = positions.length ? positions.indexOf(position) : position;
  if (position === null || iteration === null || row < 0 || row >= rows || iteration >= columns) return;
  pinned = { row, column: iteration };
  setCursor(pinned, "pin");
  if (!shownRows) reveal();
}
window.addEventListener("hashchange", () => { if (location.hash !== followed) followLink(); });
followers.push(writeLink);
scroller.addEventListener("scroll", writeLink, { passive: true });

function save(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob); link.download = name; link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
const fileName = ending => `${document.title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "muninn"}-${layer.name}.${ending}`;

// The part that is seen, twice as fine as on the screen.
function savePicture() {
  const fine = 2, head = 58, barSize = { width: parseFloat(bar.style.width), height: parseFloat(bar.style.height) };
  const width = scroller.clientWidth + barSize.width + 24, height = head + Math.max(scroller.clientHeight, barSize.height) + 12;
  const sheet = document.createElement("canvas"), target = sheet.getContext("2d");
  sheet.width = Math.round(width * fine); sheet.height = Math.round(height * fine);
  target.scale(fine, fine); target.fillStyle = style.paper; target.fillRect(0, 0, width, height);
  target.fillStyle = style.ink; target.font = `600 20px ${css("--serif")}`; target.fillText(ellipsis(document.querySelector("h1").textContent, target.font, width - 24), 12, 26);
  target.fillStyle = style.faint; target.font = style.title; target.fillText(ellipsis(document.querySelector(".subtitle").textContent, style.title, width - 24), 12, 46);
  drawAt(fine, (cells, scaleBar) => {
    target.drawImage(cells, 12, head, scroller.clientWidth, scroller.clientHeight);
    target.drawImage(scaleBar, 12 + scroller.clientWidth, head, barSize.width, barSize.height);
  });
  sheet.toBlob(blob => save(fileName("png"), blob), "image/png");
}

// All rows of the layer that is shown, exactly.
function saveTable() {
  const quoted = text => /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const lines = [["position", "token", ...Array.from({ length: columns }, (_, i) => `iteration_${i}`)].join(",")];
  for (let row = 0; row < rows; row++) {
    const values = Array.from(layer.values.subarray(row * columns, (row + 1) * columns), value => Number.isFinite(value) ? exact(value) : "");
    lines.push([positionOf(row), quoted(labels[row]), ...values].join(","));
  }
  save(fileName("csv"), new Blob([lines.join("\n") + "\n"], { type: "text/csv" }));
}

async function copyLink() {
  const button = $("link"), before = button.textContent;
  clearTimeout(linking); history.replaceState(null, "", linkOf() || location.pathname + location.search);
  let done = true;
  try { await navigator.clipboard.writeText(location.href); } catch { done = false; }
  button.textContent = done ? "Copied" : "In the address";
  setTimeout(() => { button.textContent = before; }, 1500);
}
$("picture").addEventListener("click", savePicture);
$("table").addEventListener("click", saveTable);
$("link").addEventListener("click", copyLink);
