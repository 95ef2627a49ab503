using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Engine.Text;
using Xunit;

namespace Muninn.Tests.Engine.Text;

public sealed class BytePairTokenizerGoldenTests
{
    public static IEnumerable<TheoryDataRow<string>> Names => Directory
        .EnumerateFiles(TextGoldens.PathOf("tokenizers"), "*.cases.json")
        .Select(static path => Path.GetFileName(path).Replace(".cases.json", "", System.StringComparison.Ordinal))
        .Order()
        .Select(static name => new TheoryDataRow<string>(name));

    [Theory]
    [MemberData(nameof(Names))]
    public void Agrees_with_the_oracle_on_every_hard_string(string name)
    {
        var tokenizer = TextGoldens.Tokenizer(name);
        var wrong = new List<string>();
        foreach (var expected in TextGoldens.Read<TokenizerCase[]>("tokenizers", name + ".cases.json"))
        {
            var text = TextGoldens.Strings[expected.Text];
            var ids = tokenizer.Encode(text);
            var framed = tokenizer.Frame?.Around(ids) ?? ids;
            if (!ids.SequenceEqual(expected.Ids))
                wrong.Add($"{expected.Text} {Show(text)}: ids {Join(ids)}, expected {Join(expected.Ids)}");
            else if (!ids.Select(tokenizer.NameOf).SequenceEqual(expected.Tokens))
                wrong.Add($"{expected.Text} {Show(text)}: names");
            else if (tokenizer.Decode(ids) != expected.Decoded)
                wrong.Add($"{expected.Text} {Show(text)}: decoded {Show(tokenizer.Decode(ids))}, expected {Show(expected.Decoded)}");
            else if (!framed.SequenceEqual(expected.Framed ?? expected.Ids))
                wrong.Add($"{expected.Text} {Show(text)}: framed {Join(framed)}");
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n{string.Join('\n', wrong.Take(40))}");
    }

    static string Show(string text) => VisibleText.Of(text.Length > 60 ? text[..60] : text);

    static string Join(IReadOnlyCollection<int> ids) => string.Join(' ', ids.Take(24));
}
