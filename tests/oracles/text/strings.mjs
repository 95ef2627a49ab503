// Hard strings: each one has broken some tokenizer once.
const cp = (...codes) => String.fromCodePoint(...codes);
const spaces = [0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20, 0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005,
  0x2006, 0x2007, 0x2008, 0x2009, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000];
const invisible = [0x00, 0x01, 0x07, 0x08, 0x1b, 0x1f, 0x7f, 0x80, 0x9f, 0xad, 0x034f, 0x061c, 0x180e, 0x200b, 0x200c,
  0x200d, 0x200e, 0x200f, 0x202a, 0x202e, 0x2060, 0x2066, 0x2069, 0xfff9, 0xfffc, 0xfffd, 0xfffe, 0xffff, 0xe000,
  0xe0001, 0xf0000, 0x10ffff];

const plain = [
  '', 'a', ' ', '  ', '   ', '\n', '\n\n', '\r\n', '\r\n\r\n', '\t', '\t\t', ' \n', '\n ', ' \n ', '  \n\n  x', 'a ', ' a',
  'a  b', 'a   b', 'a\nb', 'a\n b', 'a \nb', 'a\r\nb', 'a\rb', 'a\n\n\nb', 'a \n \n b', '\n\n\n   x', 'x   \n\n',
  'Hello, world!', 'hello world', 'Hello\tWorld', 'HELLO', "I'm you're he's we'll they've I'd don't",
  "I'M YOU'RE HE'S WE'LL THEY'VE I'D DON'T", "'s 't 're 've 'm 'll 'd", "' s ' t", "'S'T'RE'VE'M'LL'D", "''s", "o'clock", "rock'n'roll",
  "l'été d'où", 'It’s “quoted” — really…', "x's\n'll", "'", "''", "'x", "can't've", "'sa 'lla", "\u017f '\u017f a'\u017fb", '\u212a\u212b',
  '0', '1', '12', '123', '1234', '12345', '1234567890', '3.14159', '1,000,000', '-1', '+1e-10', '0x1F', '1st 2nd', 'a1b2c3', '1a', 'a1',
  '2024-01-31T23:59:60Z', '192.168.0.1', '½ ¼ ⅓', '²³¹', '①②③', 'Ⅷ ⅷ', '٠١٢٣٤٥٦٧٨٩', '०१२३', '０１２３４５', '〇一二三', '𝟘𝟙𝟚𝟛', '𝟎1𝟏2', '🄀🄁', '᠐᠑', '𑄶𑄷',
  'naïve café', 'cafe\u0301', 'e\u0301\u0323', 'e\u0323\u0301', '\u0301', ' \u0301', 'a\u0301\u0301\u0301\u0301', 'Z\u0351\u036b\u0343\u032f\u032d\u0356a\u0310lgo',
  'ﬁ ﬂ ﬀ', 'Å Å Å', 'Ω Ω', 'ǆ ǅ Ǆ', 'İstanbul ıI', 'ß ẞ SS', 'Ææ Øø', 'ŒŸ',
  'Привет, мир!', 'Ελληνικά', 'ἀρχὴ ἦν', 'עברית', 'שָׁלוֹם', 'العربية', 'مرحبا ١٢٣', 'a العربية b', '\u200fab\u200e', '\u202eevil\u202c',
  'हिन्दी नमस्ते', 'বাংলা', 'தமிழ்', 'ไทยไม่มีช่องว่าง', 'ລາວ', 'မြန်မာ', 'ខ្មែរ', 'བོད་ཡིག', 'አማርኛ', 'ქართული', 'Հայերեն', 'ᏣᎳᎩ', 'ᠮᠣᠩᠭᠣᠯ',
  '你好，世界！', '漢字かなカナ', 'カタカナ', 'ｶﾀｶﾅ', 'が', 'か\u3099', '한국어', '한국어', '각 각', '\u1100\u1161\u11a8', '𠀀𠮷𪚥', '𠮷野家', '𰻝麺',
  '𝒳', '𝒳𝒴𝒵', 'a𝒳b', ' 𝒳', '𐍈', '𐍈𐌰𐌹', '𐐀𐐨', '𓀀𓁐', '𒀀', '𞤀𞤢', '𖼐', '𝕳𝖊𝖑𝖑𝖔 𝖂𝖔𝖗𝖑𝖉', '𐒠𐒡', '𞹡', '\u{1d165}\u{1d15f}',
  '😀', '😀😀', 'a😀b', ' 😀', '😀 ', '👍🏽', '👨‍👩‍👧‍👦', '🏳️‍🌈', '🇩🇪🇫🇷', '🇩', '❤️', '☺︎☺️', '1️⃣', '🧑🏿‍🚀', '🫠🪿', '©®™', '♠♥♦♣', '☃',
  '→⇒↦∀∃∑∫√∞', 'x²+y²=z²', '‖s − s*‖', 'αβγ∂ε', '€£¥₿', '№ ℃ ™', '▀▄█', '─│┌┐', '⠓⠑⠇⠇⠕', '…‥', '«»‹›„“”', '¿¡', '§¶†‡',
  '!', '!!!', '...', '?!?!', '#@$%^&*()', '(a)', '[b]', '{c}', '<d>', '"e"', '`f`', '~', '_', '__init__', 'snake_case', 'camelCaseHTML', 'SCREAMING_SNAKE',
  'kebab-case', 'a.b.c', 'a/b/c', 'a\\b\\c', 'C:\\Windows\\System32', '/usr/local/bin', 'https://example.com/a?b=c&d=%20#e', 'user.name+tag@example.co.uk',
  'def f(x):\n    return x ** 2\n', 'for (int i = 0; i < n; i++) {\n\tsum += a[i];\n}', 'if(x){y;}else{z;}', '#include <stdio.h>', 'SELECT * FROM t WHERE a <> 1;',
  '{"key": [1, 2.5, null, true], "ü": "\\u00fc"}', '<html><body class="x">&amp;</body></html>', '| a | b |\n|---|---|\n| 1 | 2 |', '```python\nprint("hi")\n```', '$\\frac{a}{b}$', '```\n\n```',
  '    four', '\tone tab', '\t    mixed', '  two\n    four\n      six', 'trail   ', '   \n   \n', 'a\u00a0b', 'a\u3000b', 'a\u2028b\u2029c', '\u00a0\u00a0a', ' \u00a0 a', 'a \u00a0', '\u2003\u2003x', 'x\u2003', '\n\u00a0\n',
  'antidisestablishmentarianism', 'Donaudampfschifffahrtsgesellschaftskapitän', 'pneumonoultramicroscopicsilicovolcanoconiosis', 'AAAAAAAAAAAAAAAAAAAAAAAA', 'aaaaaaaaaaaaaaaaaaaaaaaaa', 'abababababababababab', 'the the the the', 'thethethethe', 'zzzzzzzz',
  'The quick brown fox jumps over the lazy dog.', 'Your responses demonstrate: Methodical reasoning, breaking complex problems into clear steps.', 'Ann gives the key to Bob. Bob gives the key to Cid. Who has it last?',
  'Q: 3 + 4 = ?\nA: 7', 'Line one\nLine two\r\nLine three\rLine four', 'tab\there\tand\tthere', 'ending newline\n', '\nleading newline', 'Ġ', 'ĠĊ', 'Ġthe', 'âĢĻ', '▁', '▁the', '\u2581\u2581', '<0x0A>', '<0xE2>', '##ing', '</w>', 'Ā',
  '<|begin_text|>', '<|end_text|>', 'a<|end_text|>b', ' <|end_text|> ', '<|end_text|><|end_text|>', '<|begin_header|>user<|end_header|>\n\nHi<|end_turn|>', '<|end_text', '|end_text|>', '<|end_text|', '<<|end_text|>>', '<|END_TEXT|>', '<| end_text |>', '<|pad|>x', '<|begin_text|>The <|end_turn|>\n',
  '[MASK]', 'a [MASK] b', 'a[MASK]b', '  [MASK]  ', 'x \n[MASK]\t y', '[MASK][MASK]', '[MASK', 'MASK]', '[WORD]', 'a [WORD] b', 'a[WORD]', '[WORD]b', '_[WORD]', '![WORD]!', '1[WORD]', 'é[WORD]', '𝒳[WORD]', '[WORD]𝒳',
  '[LEFT]', 'a   [LEFT]   b', '[RIGHT]', 'a   [RIGHT]   b', 'a \u00a0[LEFT]\u3000b', '[RIGHT]\n\n\nb', '[LEFT][RIGHT]', '[RIGHT] [LEFT]', '[RIGHT]  [LEFT]  [RIGHT]', 'café[NORM]', 'x[NORM]y', '[NORM\u00c9]', '[NORME\u0301]', 'a[NORME\u0301]b', 'longlonger', 'long', 'longer', 'a longest b', 'longlong', '<s>', '</s>', '<s>a</s>', '<unk>', 'a<unk>b',
];

export const strings = [...new Set([
  ...plain,
  ...spaces.map(code => `a${cp(code)}b${cp(code, code)}c ${cp(code)}`),
  ...invisible.map(code => `x${cp(code)}y ${cp(code)}`),
  ...Array.from({ length: 16 }, (_, i) => cp(...Array.from({ length: 16 }, (_, j) => 16 * i + j))),
  'word '.repeat(200), 'x'.repeat(1000), ' '.repeat(300), '\n'.repeat(101), '😀'.repeat(70), '1'.repeat(100), 'é'.repeat(90), '𝒳'.repeat(64), '!?'.repeat(80),
])];
