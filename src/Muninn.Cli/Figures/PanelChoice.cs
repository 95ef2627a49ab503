using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Results;
using Muninn.Microscope.Measures.Motion;

namespace Muninn.Cli.Figures;

/// <summary>Which tokens of a long text get a panel: what is not at rest, starts that part, and the slowest of the others.</summary>
/// <param name="Positions">The tokens, ascending.</param>
/// <param name="Words">How they were chosen; null where all are shown.</param>
sealed record PanelChoice(int[] Positions, string? Words)
{
    /// <summary>Panels kept for tokens at rest, that there be something to compare with.</summary>
    const int RestLeast = 4;

    /// <summary>So few more are shown rather than left out.</summary>
    const int Tolerance = 4;

    static readonly MotionClass[] _classes =
    [
        MotionClass.Orbit, MotionClass.Slider, MotionClass.Drift, MotionClass.Unsettled, MotionClass.NotToldApart, MotionClass.TooShort,
        MotionClass.Constant, MotionClass.NotFinite,
    ];

    /// <summary>Chooses at most so many tokens, or a few more where that is all.</summary>
    /// <param name="tokens">How each token moves.</param>
    /// <param name="split">Tokens that end in one of several basins, by start.</param>
    /// <param name="most">Panels.</param>
    public static PanelChoice Of(TokenMotion[] tokens, int[] split, int most)
    {
        if (tokens.Length <= most + Tolerance) return new PanelChoice([.. Enumerable.Range(0, tokens.Length)], null);
        var resting = SlowestFirst(tokens, MotionClass.FixedPoint);
        var chosen = new SortedSet<int>();
        var words = new List<string>();
        int room = most - Math.Min(RestLeast, resting.Length);
        // In turns, so that a frequent class does not hide a rare one.
        var queues = _classes.Select(kind => SlowestFirst(tokens, kind)).Where(static queue => queue.Length > 0).ToArray();
        for (int turn = 0; chosen.Count < room && queues.Any(queue => turn < queue.Length); turn++)
        {
            foreach (int[] queue in queues)
            {
                if (turn < queue.Length && chosen.Count < room) chosen.Add(queue[turn]);
            }
        }

        foreach (int[] queue in queues)
            words.Add($"{queue.Count(chosen.Contains)} of {queue.Length} {TrajectoriesReport.NameOf(tokens[queue[0]].Class)}");
        int[] others = [.. split.Where(t => !chosen.Contains(t))];
        int[] taken = [.. others.Take(room - chosen.Count)];
        chosen.UnionWith(taken);
        if (others.Length > 0) words.Add($"{taken.Length} of {others.Length} more with several basins");

        int before = chosen.Count;
        foreach (int t in resting)
        {
            if (chosen.Count < most) chosen.Add(t);
        }

        if (chosen.Count > before) words.Add($"the {chosen.Count - before} slowest of {resting.Length} in a fixed point");
        return new PanelChoice([.. chosen], $"Shown of {tokens.Length} tokens: {string.Join(", ", words)}.");
    }

    /// <summary>Tokens of a class, those first whose late steps shrink least.</summary>
    static int[] SlowestFirst(TokenMotion[] tokens, MotionClass kind) =>
    [
        .. Enumerable.Range(0, tokens.Length).Where(t => tokens[t].Class == kind)
            .OrderByDescending(t => double.IsNaN(tokens[t].Ratio) ? double.NegativeInfinity : tokens[t].Ratio),
    ];
}
