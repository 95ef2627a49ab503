// A small text in many scripts, from which the synthetic vocabularies are trained.
export const trainingText = [
  'The old lighthouse keeper walked down to the harbour every morning, before the boats came in, and counted the gulls.',
  "It's said that he couldn't sleep; they'd ask him why, and he'll tell you: \"I'm waiting for the mail, we've had none.\"",
  'In 1987 there were 1234 ships; in 2024 only 56 remained, about 4.5 per cent of them. Numbers: 100, 200, 3000, 42.',
  'def measure(state, target):\n    distance = norm(state - target)\n    return distance\n\nfor (int i = 0; i < 10; i++) {\n\tprint(i);\n}\n',
  'Der alte Wärter ging jeden Morgen zum Hafen hinunter und zählte die Möwen. Ça va très bien, le café est prêt à midi.',
  'Старый смотритель каждое утро спускался в гавань и считал чаек. Привет, мир! Ελληνικά γράμματα και λέξεις.',
  '你好，世界！今天天气很好。漢字かなカナまじり文。한국어 문장입니다. नमस्ते दुनिया। مرحبا بالعالم. שלום עולם.',
  'Emoji 😀😀 👍🏽 👨‍👩‍👧‍👦 🇩🇪 and signs → ∀∃ ‖s − s*‖ … — “quotes”. 𝒳𝒴𝒵 𝟘𝟙 𠮷野家 𐍈.',
  'the there then these thesis other mother another brother weather whether together   spaced    out\n\n\nlines\n \n',
  'https://example.com/path?query=1&other=2 user@example.org C:\\path\\to\\file snake_case camelCase HTTPServer',
].join('\n').repeat(2);
