// Numbers: as they come in the file, and as text.
const bytesOf = base64 => Uint8Array.from(atob(base64), c => c.charCodeAt(0));
function decodeFloats(base64) {
  const bytes = bytesOf(base64), view = new DataView(bytes.buffer), floats = new Float32Array(bytes.length / 4);
  for (let i = 0; i < floats.length; i++) floats[i] = view.getFloat32(4 * i, true);
  return floats;
}
function decodeInts(base64, width) {
  const bytes = bytesOf(base64), view = new DataView(bytes.buffer), ints = new Int32Array(bytes.length / width);
  for (let i = 0; i < ints.length; i++) ints[i] = width === 2 ? view.getUint16(2 * i, true) : view.getInt32(4 * i, true);
  return ints;
}

const superscript = n => String(n).replace(/[-\d]/g, c => c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]);
function short(value) {
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "infinite" : "minus infinite";
  if (value === 0) return "0";
  let [digits, power] = value.toExponential(2).split("e").map(Number);
  if (power >= -3 && power < 4) return String(Number(value.toPrecision(3))).replace("-", "−");
  return (digits === 1 ? "10" : `${digits} × 10`.replace("-", "−")) + superscript(power);
}
// The shortest decimal that names this 32-bit float and no other.
function exact(value) {
  for (let digits = 1; digits <= 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(value);
}
const share = ratio => ratio >= .001 ? `${Number((100 * ratio).toPrecision(3))} %` : short(ratio);
