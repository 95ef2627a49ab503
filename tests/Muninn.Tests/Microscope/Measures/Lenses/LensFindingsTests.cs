using System;
using System.Linq;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Measures.Lenses;
using Xunit;

namespace Muninn.Tests.Microscope.Measures.Lenses;

public sealed class LensFindingsTests
{
    const int Horizon = 20;

    /// <summary>Position p says token 1 until iteration last[p], and token 2 from there on, by a lead of its own.</summary>
    static LensTable Table(int[] last, float[] lead)
    {
        // The state holds the iteration and the position.
        CoreStep count = (rows, _, _, next) =>
        {
            for (int row = 0; row < rows.Count; row++)
                (next[2 * row], next[2 * row + 1]) = (rows.Iterations[row] + 1, rows.Positions[row]);
        };
        var readout = ToyReadouts.Of(2, 4, (state, logits) => logits[state[0] < last[(int)state[1]] ? 1 : 2] = lead[(int)state[1]]);
        var meter = new LensMeter(new int[last.Length], readout, new() { Horizon = Horizon, TopCount = 1 });
        float[] start = [.. Enumerable.Range(0, last.Length).SelectMany(position => (float[])[0, position])];
        new RecurrentRun(count, 2, last.Length).Run(
            RowBatch.ForPrompt(last.Length), new float[2 * last.Length], new RunSettings { Limit = Horizon, Start = InitialState.Given(start) },
            new float[2 * last.Length], new RowEnding[last.Length], null, meter.Observe);
        return meter.ToTable();
    }

    static string[] Texts(LensTable table) => [.. LensFindings.Describe(table, [.. Enumerable.Range(0, table.Positions).Select(p => $"t{p}")]).Select(f => f.Text)];

    [Fact]
    public void The_first_and_the_last_to_commit_are_named()
    {
        var table = Table([3, 1, 9], [5, 5, 5]);
        Assert.Equal([3, 1, 9], table.Commit);
        Assert.Equal([3, 1, 9], table.Settled);
        string[] texts = Texts(table);
        Assert.Equal(2, texts.Length);
        Assert.Equal(
            "The likeliest next token no longer changes from iteration 3 on (median of 3; read at 21 iterations up to 20). " +
            "The first is “t1” (position 1) at 1, the last “t2” (position 2) at 9.", texts[0]);
        Assert.Equal(
            "The whole distribution stays within 0.01 nats of the end from iteration 3 on (median), for “t2” (position 2) from 9; " +
            "0 of 3 tokens settle only after their answer stands.", texts[1]);
    }

    [Fact]
    public void Answers_that_change_late_and_toss_ups_are_told()
    {
        string[] texts = Texts(Table([20, 2, 11], [5, 0.05f, 5]));
        Assert.Contains(texts, text => text.StartsWith(
            "2 of 3 answers still changed in the second half of the run (“t0” (position 0), “t2” (position 2))", StringComparison.Ordinal));
        Assert.Contains(texts, text => text.StartsWith(
            "At the end the likeliest token leads the second by less than 0.1 nats at 1 of 3 tokens (“t1” (position 1))", StringComparison.Ordinal));
    }

    [Fact]
    public void Labels_must_fit() => Assert.Contains(
        "1 labels for 2 tokens", Assert.Throws<ArgumentException>(() => LensFindings.Describe(Table([1, 2], [1, 1]), ["a"])).Message);
}
