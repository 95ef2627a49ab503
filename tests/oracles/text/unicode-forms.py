"""Writes src/Muninn.Engine/Text/UnicodeForms.txt from Python's Unicode database.

Run from the repository root: python3 tests/oracles/text/unicode-forms.py
"""
import sys
import unicodedata as u

classes, lines = {}, []
for code in range(sys.maxunicode + 1):
    if 0xAC00 <= code <= 0xD7A3 or 0xD800 <= code <= 0xDFFF:
        continue
    letter = chr(code)
    if u.combining(letter):
        classes.setdefault(u.combining(letter), []).append(f"{code:04X}")
    parts = u.decomposition(letter).split()
    if not parts:
        continue
    if parts[0].startswith("<"):
        kind, parts = "~", parts[1:]
    else:
        # What NFC leaves apart: singletons, starters with a class, and the listed exclusions.
        kind = "=" if u.normalize("NFC", letter) == letter else "!"
    lines.append(" ".join([kind, f"{code:04X}", *parts]))

with open("src/Muninn.Engine/Text/UnicodeForms.txt", "w", encoding="ascii", newline="\n") as out:
    out.write(f"# Unicode {u.unidata_version}: combining classes (class, codes), canonical decompositions that compose\n")
    out.write("# again (=) and that do not (!), compatible ones (~). Written by tests/oracles/text/unicode-forms.py.\n")
    for number in sorted(classes):
        codes = classes[number]
        for start in range(0, len(codes), 16):
            out.write(f"{number} {' '.join(codes[start:start + 16])}\n")
    out.write("\n".join(lines) + "\n")
