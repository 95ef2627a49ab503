// A small byte-pair trainer: joins the most frequent pair, ties by text order, until the vocabulary is full.
export function train(words, symbolsOf, baseVocabulary, size) {
  const counts = new Map();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const rows = [...counts].map(([word, count]) => ({ symbols: symbolsOf(word), count }));
  const vocabulary = [...baseVocabulary];
  const known = new Set(vocabulary);
  for (const { symbols } of rows) for (const s of symbols) if (!known.has(s)) { known.add(s); vocabulary.push(s); }
  const merges = [];
  while (vocabulary.length < size) {
    const pairs = new Map();
    for (const { symbols, count } of rows)
      for (let i = 0; i + 1 < symbols.length; i++) {
        const key = symbols[i] + '\u0000' + symbols[i + 1];
        pairs.set(key, (pairs.get(key) ?? 0) + count);
      }
    let best = null, most = 1;
    for (const [key, count] of pairs) if (count > most || (count === most && best !== null && key < best)) { best = key; most = count; }
    if (best === null) break;
    const [left, right] = best.split('\u0000');
    merges.push([left, right]);
    if (!known.has(left + right)) { known.add(left + right); vocabulary.push(left + right); }
    for (const row of rows) {
      const joined = [];
      for (let i = 0; i < row.symbols.length; i++) {
        if (row.symbols[i] === left && row.symbols[i + 1] === right) { joined.push(left + right); i++; }
        else joined.push(row.symbols[i]);
      }
      row.symbols = joined;
    }
  }
  return { vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])), merges };
}

export const byteLetters = (() => {
  const letters = [];
  let next = 256;
  for (let b = 0; b < 256; b++)
    letters.push(String.fromCodePoint((b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174 ? b : next++));
  return letters;
})();

export const spell = text => [...Buffer.from(text, 'utf8')].map(b => byteLetters[b]);
