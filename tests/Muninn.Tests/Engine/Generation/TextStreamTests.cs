using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Muninn.Engine.Generation;
using Muninn.Engine.Text;
using Muninn.Tests.Engine.Chat;
using Xunit;

namespace Muninn.Tests.Engine.Generation;

public sealed class TextStreamTests
{
    const int Timeout = 60_000;

    [Fact(Timeout = Timeout)]
    public async Task The_pieces_are_the_text_of_the_tokens()
    {
        using var bench = new SeedlingBench();
        var request = Story(bench);
        var tokens = bench.Alone(request).Tokens;
        var stream = bench.Generator.StartText(request, bench.Text.Tokenizer);
        var pieces = await Read(stream);
        Assert.Equal(tokens, pieces.Where(static piece => piece.Token is not null).Select(static piece => piece.Token!.Value));
        Assert.Equal(TextOf(bench, tokens), Concat(pieces));
        Assert.NotEmpty(Concat(pieces));
        Assert.Null(stream.StopString);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_stop_string_across_tokens_ends_the_text_before_it_and_the_generation_behind_it()
    {
        using var bench = new SeedlingBench();
        var request = Story(bench);
        var tokens = bench.Alone(request).Tokens;
        string whole = TextOf(bench, tokens);
        int tried = 0;
        for (int last = 1; last < tokens.Count; last++)
        {
            // The last character of one token and the first of the next.
            int border = TextOf(bench, tokens[..last]).Length;
            if (TextOf(bench, tokens[..(last + 1)]).Length == border || TextOf(bench, tokens[..(last - 1)]).Length == border)
                continue;
            string stop = whole[(border - 1)..(border + 1)];
            if (whole.IndexOf(stop, StringComparison.Ordinal) != border - 1)
                continue;
            tried++;
            var stream = bench.Generator.StartText(request, bench.Text.Tokenizer, new StopStrings(["none of it", stop]));
            var pieces = await Read(stream);
            Assert.Equal(whole[..(border - 1)], Concat(pieces));
            Assert.Equal((GenerationEnd.StopText, stop), (stream.Generation.End, stream.StopString));
            Assert.Equal(last + 1, stream.Generation.Generated);
            Assert.Equal(last + 1, pieces.Count(static piece => piece.Token is not null));
        }

        Assert.True(tried > 3);
    }

    [Fact(Timeout = Timeout)]
    public async Task What_looked_like_a_stop_string_comes_at_the_end()
    {
        using var bench = new SeedlingBench();
        var request = Story(bench);
        string whole = TextOf(bench, bench.Alone(request).Tokens);
        var stream = bench.Generator.StartText(request, bench.Text.Tokenizer, new StopStrings([whole[^3..] + "~"]));
        var pieces = await Read(stream);
        Assert.Equal(whole, Concat(pieces));
        Assert.Null(pieces[^1].Token);
        Assert.EndsWith(pieces[^1].Text, whole, StringComparison.Ordinal);
        Assert.Equal(GenerationEnd.TokensMax, stream.Generation.End);
        Assert.Null(stream.StopString);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_stop_token_is_not_shown()
    {
        using var bench = new SeedlingBench();
        var request = Story(bench);
        var tokens = bench.Alone(request).Tokens;
        int stop = tokens[6].Token;
        int first = tokens.FindIndex(token => token.Token == stop);
        var stream = bench.Generator.StartText(request with { StopTokens = [stop] }, bench.Text.Tokenizer);
        Assert.Equal(TextOf(bench, tokens[..first]), Concat(await Read(stream)));
        Assert.Equal((GenerationEnd.StopToken, first + 1), (stream.Generation.End, stream.Generation.Generated));
    }

    [Fact(Timeout = Timeout)]
    public async Task Leaving_the_text_cancels_the_request()
    {
        using var bench = new SeedlingBench();
        var stream = bench.Generator.StartText(Story(bench) with { TokensMax = 200 }, bench.Text.Tokenizer);
        await foreach (var _ in stream)
            break;
        Assert.Equal(GenerationEnd.Cancelled, await stream.Generation.Completion);
        Assert.Equal(0, bench.Generator.Load.StoreBytesInUse);
    }

    static GenerationRequest Story(SeedlingBench bench) =>
        SeedlingBench.Defaults with { Prompt = bench.Text.EncodePrompt("The raven flew over the"), TokensMax = 24 };

    static async Task<List<TextPiece>> Read(TextStream stream)
    {
        List<TextPiece> pieces = [];
        await foreach (var piece in stream)
            pieces.Add(piece);
        return pieces;
    }

    static string Concat(List<TextPiece> pieces) => string.Concat(pieces.Select(static piece => piece.Text));

    static string TextOf(SeedlingBench bench, List<GeneratedToken> tokens)
    {
        Tokenizer tokenizer = bench.Text.Tokenizer;
        return tokenizer.Decode([.. tokens.Select(static token => token.Token).Where(id => !tokenizer.IsSpecial(id))]);
    }
}
