// The synthetic tokenizers: one for each way in which published tokenizer.json files differ.
import { train, byteLetters, spell } from './trainer.mjs';
import { trainingText } from './training-text.mjs';

const gpt2 = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
const llama3 = /(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+/gu;
const llama3Source = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const qwenSource = llama3Source.replace('\\p{N}{1,3}', '\\p{N}');
const o200kSource = "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

const added = (id, content, options = {}) => ({
  id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true, ...options,
});
const byteLevel = options => ({ type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true, ...options });
const bpe = (trained, options = {}) => ({
  type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null,
  fuse_unk: false, byte_fallback: false, ignore_merges: false, vocab: trained.vocab, merges: trained.merges, ...options,
});
const file = parts => ({
  version: '1.0', truncation: null, padding: null, added_tokens: [], normalizer: null, pre_tokenizer: null,
  post_processor: null, decoder: null, model: null, ...parts,
});
const split = (pattern, behavior = 'Isolated', invert = false) => ({ type: 'Split', pattern, behavior, invert });
const words = (pattern, text = trainingText) => text.match(pattern);
const trainBytes = (pattern, size, text) => train(words(pattern, text), spell, byteLetters, size);

function gpt2Style() {
  const trained = trainBytes(gpt2, 700);
  return file({
    added_tokens: [added(700, '<|endoftext|>'), added(701, '<|end_text|>')],
    pre_tokenizer: byteLevel(),
    decoder: byteLevel(),
    post_processor: byteLevel(),
    model: bpe(trained, { merges: trained.merges.map(pair => pair.join(' ')) }),
  });
}

function llama3Style() {
  const trained = trainBytes(llama3, 900);
  // Tokens that no merge makes: only ignore_merges finds them.
  for (const word of ['Ġlighthouse', 'thethe', 'ĠðŁĺĢ', 'HELLO']) trained.vocab[word] ??= Object.keys(trained.vocab).length;
  const first = Object.keys(trained.vocab).length;
  return file({
    added_tokens: ['<|begin_text|>', '<|end_text|>', '<|begin_header|>', '<|end_header|>', '<|end_turn|>'].map((t, i) => added(first + i, t)),
    pre_tokenizer: { type: 'Sequence', pretokenizers: [split({ Regex: llama3Source }), byteLevel({ use_regex: false })] },
    post_processor: { type: 'Sequence', processors: [byteLevel(), {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<|begin_text|>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [{ SpecialToken: { id: '<|begin_text|>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
      special_tokens: { '<|begin_text|>': { id: '<|begin_text|>', ids: [first], tokens: ['<|begin_text|>'] } },
    }] },
    decoder: byteLevel(),
    model: bpe(trained, { ignore_merges: true }),
  });
}

function qwenStyle() {
  return file({
    added_tokens: [added(800, '<|end_text|>'), added(801, '<|end_turn|>', { special: false })],
    normalizer: { type: 'NFC' },
    pre_tokenizer: { type: 'Sequence', pretokenizers: [split({ Regex: qwenSource }), byteLevel({ use_regex: false })] },
    decoder: byteLevel(),
    post_processor: byteLevel({ trim_offsets: false }),
    model: bpe(trainBytes(llama3, 800)),
  });
}

function o200kStyle() {
  return file({
    added_tokens: [added(600, '<|end_text|>')],
    normalizer: { type: 'Sequence', normalizers: [{ type: 'NFKC' }, { type: 'Replace', pattern: { Regex: ' {3,}' }, content: '  ' }] },
    pre_tokenizer: { type: 'Sequence', pretokenizers: [split({ Regex: o200kSource }), byteLevel({ use_regex: false })] },
    decoder: byteLevel(),
    model: bpe(trainBytes(llama3, 600)),
  });
}

function byteFallbackStyle() {
  const text = trainingText.replaceAll('\n', ' ').replaceAll(' ', '▁');
  const bytes = Array.from({ length: 256 }, (_, b) => `<0x${b.toString(16).toUpperCase().padStart(2, '0')}>`);
  const trained = train(text.match(/▁*[^▁]+/gu), word => [...word].filter(c => c.codePointAt(0) < 0x2600 || c === '▁'),
    ['<unk>', '<s>', '</s>', ...bytes], 700);
  return file({
    added_tokens: [added(0, '<unk>'), added(1, '<s>'), added(2, '</s>')],
    normalizer: { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: '▁' }, { type: 'Replace', pattern: { String: ' ' }, content: '▁' }] },
    post_processor: { type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }],
      pair: [], special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] }, '</s>': { id: '</s>', ids: [2], tokens: ['</s>'] } } },
    decoder: { type: 'Sequence', decoders: [{ type: 'Replace', pattern: { String: '▁' }, content: ' ' }, { type: 'ByteFallback' },
      { type: 'Fuse' }, { type: 'Strip', content: ' ', start: 1, stop: 0 }] },
    model: bpe(trained, { unk_token: '<unk>', fuse_unk: true, byte_fallback: true }),
  });
}

function addedTokens() {
  const trained = trainBytes(gpt2, 500);
  const list = ['[MASK]', '[WORD]', '[LEFT]', '[RIGHT]', '[NORM\u00c9]', 'long', 'longer', 'longest', '<|end_text|>', '  '];
  const options = { '[MASK]': { lstrip: true, rstrip: true }, '[WORD]': { single_word: true, special: false }, '[LEFT]': { lstrip: true },
    '[RIGHT]': { rstrip: true }, '[NORM\u00c9]': { normalized: true, special: false }, long: { special: false }, longer: { special: false, single_word: true },
    longest: { special: false }, '  ': { special: false } };
  return file({
    added_tokens: list.map((content, i) => added(500 + i, content, options[content])),
    normalizer: { type: 'NFC' },
    pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Digits', individual_digits: true }, byteLevel({ add_prefix_space: true })] },
    decoder: byteLevel(),
    model: bpe(trained),
  });
}

// One splitter each, over letters.
function splitters() {
  const trained = train(words(gpt2), word => [...word], ['<unk>', ...' \t\nabcdefghijklmnopqrstuvwxyz'], 300);
  const kinds = [];
  // The oracle knows no other behaviour, none of them inverted, and no removed strings: those are pinned by hand.
  for (const [behavior, invert] of [['Isolated', false], ['Removed', false], ['Removed', true]])
    kinds.push([`split-${behavior}${invert ? '-inverted' : ''}`, split({ Regex: '\\s|,' }, behavior, invert)]);
  kinds.push(['digits-rows', { type: 'Digits', individual_digits: false }]);
  return Object.fromEntries(kinds.map(([name, pre_tokenizer]) =>
    [name, file({ pre_tokenizer, decoder: { type: 'Fuse' }, model: bpe(trained, { unk_token: '<unk>' }) })]));
}

export const synthetic = {
  'gpt2-style': gpt2Style(), 'llama3-style': llama3Style(), 'qwen-style': qwenStyle(), 'o200k-style': o200kStyle(),
  'byte-fallback': byteFallbackStyle(), 'added-tokens': addedTokens(), ...splitters(),
};
