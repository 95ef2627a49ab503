using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Microscope.Addresses;

namespace Muninn.Cli.Figures;

/// <summary>Iterations and positions that several captured addresses have in common, so that their maps can stand side by side.</summary>
/// <param name="Captured">Those that can.</param>
/// <param name="Iterations">Ascending.</param>
/// <param name="Positions">Ascending.</param>
/// <param name="IsIterated">Whether the iterations are any: prelude and coda have none.</param>
/// <param name="LeftOut">A sentence that names the others, with a space before it; empty for none.</param>
sealed record SharedAxes(IReadOnlyList<CapturedValues> Captured, int[] Iterations, int[] Positions, bool IsIterated, string LeftOut)
{
    /// <summary>What an address must leave of the rows and columns that those before it have.</summary>
    const double ShareLeast = 0.5;

    /// <summary>Takes one address after the other, from the largest on, as long as at least half of the common rows and columns is left.</summary>
    public static SharedAxes Of(IReadOnlyList<CapturedValues> captured)
    {
        // The largest sets the measure.
        CapturedValues[] ordered = [.. captured.OrderByDescending(static values => values.Selection.Iterations.Length * values.Selection.Positions.Length)];
        var first = ordered[0].Selection;
        var taken = new List<CapturedValues>();
        var left = new List<string>();
        int[] iterations = first.Iterations.ToArray();
        int[] positions = first.Positions.ToArray();
        foreach (var values in ordered)
        {
            var selection = values.Selection;
            int[] common = [.. iterations.Intersect(selection.Iterations.ToArray())];
            int[] places = [.. positions.Intersect(selection.Positions.ToArray())];
            if (IsIteratedIn(selection) == IsIteratedIn(first) && common.Length >= ShareLeast * iterations.Length && places.Length >= ShareLeast * positions.Length)
            {
                (iterations, positions) = (common, places);
                taken.Add(values);
            }
            else left.Add(selection.Address.ToString());
        }

        string words = left.Count == 0 ? "" : $" Not shown, for iterations or positions of their own: {string.Join(", ", left)}.";
        return new SharedAxes([.. captured.Where(taken.Contains)], iterations, positions, IsIteratedIn(first), words);
    }

    static bool IsIteratedIn(Selection selection) => selection.Address is StateAddress or BlockAddress { Part: ModelPart.Core };
}
