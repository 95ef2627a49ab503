using System;
using System.IO;
using System.Linq;
using System.Text;
using Muninn.Engine.Generation;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Text;
using Muninn.Engine.Training.Evaluation;
using Xunit;

namespace Muninn.Tests.Engine.Training.Evaluation;

public sealed class TextEvaluationTests(Seedling seedling) : IClassFixture<Seedling>
{
    const string Prose = "The old raven remembers the garden. Ann gives the key to Ben and Kim waits. The door is open — and shut.";

    static readonly ReadSettings _settings = new() { Iterations = [1, 4, 8], RestResidual = 0 };

    TextPrediction Read(string text, int? window) => TextEvaluation.Read(seedling.Model, seedling.Text, [text], window, _settings, seedling.Pool);

    /// <summary>−ln p of some last tokens of a window, one plain run for each limit.</summary>
    double Nats(int[] tokens, int targets, int limit)
    {
        using var run = new PromptRun(seedling.Model, seedling.Pool, tokens.AsSpan(..^1));
        int vocabulary = seedling.Model.Config.Vocabulary;
        var logits = new float[run.Positions * vocabulary];
        run.Logits(run.Run(new RunSettings { Limit = limit }), logits);
        return Enumerable.Range(tokens.Length - 1 - targets, targets).Sum(position =>
            -(double)LogProbabilities.Of(logits.AsSpan(position * vocabulary, vocabulary), tokens[position + 1]));
    }

    [Fact]
    public void A_text_within_one_window_is_one_plain_run_for_each_depth()
    {
        int[] tokens = seedling.Text.Tokenizer.Encode(Prose);
        int[] frame = [.. seedling.Text.Frame.Before];
        Assert.Single(frame);
        var prediction = Read(Prose, null);
        Assert.Equal((tokens.Length, tokens.Length, 1), (prediction.Tokens, prediction.Predicted, prediction.Windows));
        Assert.Equal(Encoding.UTF8.GetByteCount(Prose), prediction.Bytes);
        for (int reading = 0; reading < 3; reading++)
        {
            double nats = Nats([.. frame, .. tokens], tokens.Length, prediction.Iterations[reading]);
            Assert.Equal(nats, prediction.Nats[reading], 1e-9 * nats);
            Assert.Equal(Math.Exp(nats / tokens.Length), prediction.Perplexity(reading), 1e-6);
            Assert.Equal(prediction.BitsPerToken(reading) * prediction.TokensPerByte, prediction.BitsPerByte(reading), 1e-9);
        }
    }

    [Fact]
    public void Windows_overlap_by_half_and_predict_each_token_once()
    {
        int[] tokens = seedling.Text.Tokenizer.Encode(Prose);
        int[] frame = [.. seedling.Text.Frame.Before];
        const int Room = 10;
        double nats = Nats([.. frame, .. tokens[..Room]], Room, 4);
        int windows = 1;
        for (int done = Room; done < tokens.Length; done += Room / 2, windows++)
        {
            int end = Math.Min(tokens.Length, done + Room / 2);
            nats += Nats([.. frame, .. tokens[(end - Room)..end]], end - done, 4);
        }

        var prediction = Read(Prose, Room + 1);
        Assert.Equal((windows, tokens.Length), (prediction.Windows, prediction.Predicted));
        Assert.Equal(nats, prediction.Nats[1], 1e-9 * nats);
    }

    [Fact]
    public void Texts_and_windows_that_predict_nothing_are_refused()
    {
        Assert.Contains("give a longer text", Assert.Throws<InvalidDataException>(() => Read("", null)).Message, StringComparison.Ordinal);
        Assert.Equal(1, Read("a", null).Predicted);
        int context = seedling.Model.Config.Context;
        Assert.Contains($"give 5 to {context}", Assert.Throws<ArgumentException>(() => Read(Prose, 4)).Message, StringComparison.Ordinal);
        Assert.Contains($"give 5 to {context}", Assert.Throws<ArgumentException>(() => Read(Prose, context + 1)).Message, StringComparison.Ordinal);
        Assert.True(Read(Prose, 5).Windows > 10);
    }

    [Fact]
    public void Texts_are_read_apart_from_each_other()
    {
        string[] texts = ["The door is open.", "", "Ann waits."];
        var together = TextEvaluation.Read(seedling.Model, seedling.Text, texts, null, _settings, seedling.Pool);
        var first = Read(texts[0], null);
        var last = Read(texts[2], null);
        Assert.Equal((first.Tokens + last.Tokens, first.Predicted + last.Predicted, first.Bytes + last.Bytes, 2), (together.Tokens, together.Predicted, together.Bytes, together.Windows));
        Assert.Equal(first.Nats[2] + last.Nats[2], together.Nats[2], 1e-9);
    }

    [Fact]
    public void Special_tokens_spelled_out_are_text()
    {
        string name = seedling.Text.Config.EosToken!;
        Assert.Equal(seedling.Text.Tokenizer.Encode(name, SpecialTokens.AsText).Length, Read(name, null).Tokens);
    }
}
