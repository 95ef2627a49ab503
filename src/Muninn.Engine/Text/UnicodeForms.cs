using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading;

namespace Muninn.Engine.Text;

/// <summary>The Unicode normalization forms NFC, NFD, NFKC and NFKD (Unicode Standard Annex 15).</summary>
/// <remarks>Own code, because <see cref="string.Normalize()"/> changes nothing when globalization is invariant. The
/// data is the resource <c>UnicodeForms.txt</c>; it is read when a text first needs it.</remarks>
static class UnicodeForms
{
    const int HangulFirst = 0xAC00;
    const int HangulCount = 11_172;
    const int LeadFirst = 0x1100;
    const int VowelFirst = 0x1161;
    const int TailBefore = 0x11A7;
    const int LeadCount = 19;
    const int VowelCount = 21;
    const int TailCount = 28;

    static readonly Lazy<Table> _table = new(Table.Read, LazyThreadSafetyMode.ExecutionAndPublication);

    /// <summary>The text in a form.</summary>
    public static string Normalize(string text, NormalizationForm form)
    {
        var composed = form is NormalizationForm.FormC or NormalizationForm.FormKC;
        // No character below these decomposes, combines or moves.
        var unchanged = form == NormalizationForm.FormC ? '\u0300' : form == NormalizationForm.FormD ? '\u00C0' : '\u00A0';
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', (char)(unchanged - 1)))
            return text;
        var compatible = form is NormalizationForm.FormKC or NormalizationForm.FormKD;
        var codes = Decompose(text, compatible);
        SortMarks(codes);
        if (composed)
            Compose(codes);
        var result = new StringBuilder(text.Length);
        Span<char> units = stackalloc char[2];
        foreach (var code in codes)
            result.Append(units[..new Rune(code).EncodeToUtf16(units)]);
        return result.ToString();
    }

    static List<int> Decompose(string text, bool compatible)
    {
        var table = _table.Value;
        var codes = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var hangul = rune.Value - HangulFirst;
            if (hangul is >= 0 and < HangulCount)
            {
                codes.Add(LeadFirst + hangul / (VowelCount * TailCount));
                codes.Add(VowelFirst + hangul / TailCount % VowelCount);
                if (hangul % TailCount > 0)
                    codes.Add(TailBefore + hangul % TailCount);
            }
            else if (table.Canonical.TryGetValue(rune.Value, out var parts)
                || (compatible && table.Compatible.TryGetValue(rune.Value, out parts)))
            {
                table.AddParts(parts, compatible, codes);
            }
            else
            {
                codes.Add(rune.Value);
            }
        }

        return codes;
    }

    /// <summary>Sorts each row of marks by class and keeps the order of equal ones.</summary>
    static void SortMarks(List<int> codes)
    {
        var classes = _table.Value.Classes;
        var start = 0;
        while (start < codes.Count)
        {
            var end = start;
            while (end < codes.Count && classes.ContainsKey(codes[end]))
                end++;
            if (end - start > 1)
            {
                // Rows of marks can be as long as the text: a merge sort by (class, place), not an insertion sort.
                var marks = new (byte Class, int Place, int Code)[end - start];
                for (var i = start; i < end; i++)
                    marks[i - start] = (classes[codes[i]], i, codes[i]);
                Array.Sort(marks);
                for (var i = start; i < end; i++)
                    codes[i] = marks[i - start].Code;
            }

            start = end + 1;
        }
    }

    static void Compose(List<int> codes)
    {
        var table = _table.Value;
        var starter = -1;
        var lastClass = 0;
        var count = 0;
        for (var i = 0; i < codes.Count; i++)
        {
            var code = codes[i];
            var ownClass = table.Classes.GetValueOrDefault(code);
            // Something of the same or a higher class in between blocks the way to the starter.
            if (starter >= 0 && (starter == count - 1 || lastClass < ownClass)
                && ComposePair(table, codes[starter], code) is { } composed)
            {
                codes[starter] = composed;
                continue;
            }

            if (ownClass == 0)
                starter = count;
            lastClass = ownClass;
            codes[count++] = code;
        }

        codes.RemoveRange(count, codes.Count - count);
    }

    static int? ComposePair(Table table, int first, int second)
    {
        var (lead, vowel, tail) = (first - LeadFirst, second - VowelFirst, second - TailBefore);
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount)
            return HangulFirst + (lead * VowelCount + vowel) * TailCount;
        var hangul = first - HangulFirst;
        if (hangul is >= 0 and < HangulCount && hangul % TailCount == 0 && tail is > 0 and < TailCount)
            return first + tail;
        return table.Pairs.TryGetValue((first, second), out var composed) ? composed : null;
    }

    sealed class Table
    {
        public Dictionary<int, int[]> Canonical { get; } = [];

        public Dictionary<int, int[]> Compatible { get; } = [];

        public Dictionary<int, byte> Classes { get; } = [];

        public Dictionary<(int First, int Second), int> Pairs { get; } = [];

        /// <summary>Lines: <c>class code…</c>, <c>= code parts</c>, <c>! code parts</c> (never composed),
        /// <c>~ code parts</c> (compatible).</summary>
        public static Table Read()
        {
            const string Name = "Muninn.Engine.Text.UnicodeForms.txt";
            using var stream = typeof(UnicodeForms).Assembly.GetManifestResourceStream(Name)
                ?? throw new InvalidOperationException($"the resource {Name} is missing from the assembly: build it again");
            using var reader = new StreamReader(stream, Encoding.ASCII);
            var table = new Table();
            while (reader.ReadLine() is { } line)
            {
                if (line.Length == 0 || line[0] == '#')
                    continue;
                var fields = line.Split(' ');
                var codes = Array.ConvertAll(fields[1..], static field => int.Parse(field, NumberStyles.HexNumber, null));
                table.Add(fields[0], codes);
            }

            return table;
        }

        public void AddParts(int[] parts, bool compatible, List<int> destination)
        {
            foreach (var part in parts)
            {
                if (Canonical.TryGetValue(part, out var finer) || (compatible && Compatible.TryGetValue(part, out finer)))
                    AddParts(finer, compatible, destination);
                else
                    destination.Add(part);
            }
        }

        void Add(string kind, int[] codes)
        {
            switch (kind)
            {
                case "=":
                    Canonical.Add(codes[0], codes[1..]);
                    Pairs.Add((codes[1], codes[2]), codes[0]);
                    break;
                case "!":
                    Canonical.Add(codes[0], codes[1..]);
                    break;
                case "~":
                    Compatible.Add(codes[0], codes[1..]);
                    break;
                default:
                    foreach (var code in codes)
                        Classes.Add(code, byte.Parse(kind, CultureInfo.InvariantCulture));
                    break;
            }
        }
    }
}
