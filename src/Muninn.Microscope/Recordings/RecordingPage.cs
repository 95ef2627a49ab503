using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Measures.Geometry;
using Muninn.Microscope.Measures.Motion;

namespace Muninn.Microscope.Recordings;

/// <summary>All that a recording holds, as one page: distances, residuals, lens, paths, eigenvalues, attention, and what is known of each token.</summary>
public static class RecordingPage
{
    /// <summary>What is shown for a token whose logits were not finite.</summary>
    const string NoToken = "not a number";

    /// <summary>The page of some rows of a recording.</summary>
    /// <param name="recording">What was measured; where its states or its lens were not kept or not read, the page lacks their view.</param>
    /// <param name="heatmap">The distances of those rows.</param>
    /// <param name="positions">Positions of the rows, as in the heatmap.</param>
    public static MicroscopePage Of(Recording recording, Heatmap heatmap, IReadOnlyList<int> positions)
    {
        ArgumentNullException.ThrowIfNull(recording);
        ArgumentNullException.ThrowIfNull(heatmap);
        ArgumentNullException.ThrowIfNull(positions);
        int columns = heatmap.Columns;
        var layers = new List<PageLayer> { Residuals(recording, positions, columns) };
        if (recording.Lens is { } lens)
        {
            layers.Add(AtIterations("entropy", "Entropy", "Entropy, nats", lens, lens.Entropy, positions, columns, ColorScale.Linear));
            layers.Add(AtIterations("divergence", "Divergence", "Divergence from the end, nats", lens, lens.Divergence, positions, columns, ColorScale.Logarithmic));
        }

        return new MicroscopePage
        {
            Heatmap = heatmap,
            Findings = [.. recording.Findings.Select(finding => finding.Text), .. recording.SectionFindings],
            Layers = layers,
            Lens = recording.Lens is { } table ? LensOf(table, positions) : null,
            Paths = PathsOf(recording, positions),
            Spectrum = recording.Dynamics is { } dynamics ? SectionPage.SpectrumOf(dynamics, positions) : null,
            Patterns = recording.Patterns is { } patterns ? SectionPage.PatternsOf(patterns, recording, positions) : null,
            Facts = SectionPage.FactsOf(recording, positions),
        };
    }

    static PageLayer Residuals(Recording recording, IReadOnlyList<int> positions, int columns)
    {
        float[] values = Gaps(positions.Count * columns);
        int iterations = recording.Convergence.Settings.Iterations;
        for (int row = 0; row < positions.Count; row++)
            recording.Convergence.Residual.AsSpan(positions[row] * iterations, iterations).CopyTo(values.AsSpan(row * columns + 1));
        return new PageLayer { Name = "residual", Label = "Residual", ColorTitle = "Residual ‖s − s before‖ / ‖s‖", Values = values };
    }

    static PageLayer AtIterations(
        string name, string label, string title, RecordedLens lens, float[] measured, IReadOnlyList<int> positions, int columns, ColorScale scale)
    {
        float[] values = Gaps(positions.Count * columns);
        for (int m = 0; m < lens.Iterations.Length && lens.Iterations[m] < columns; m++)
        {
            for (int row = 0; row < positions.Count; row++)
                values[row * columns + lens.Iterations[m]] = measured[m * lens.Positions + positions[row]];
        }

        return new PageLayer { Name = name, Label = label, ColorTitle = title, Values = values, Scale = scale };
    }

    static float[] Gaps(int count)
    {
        var values = new float[count];
        Array.Fill(values, float.NaN);
        return values;
    }

    static PageLens LensOf(RecordedLens lens, IReadOnlyList<int> positions)
    {
        int[] ids = [.. lens.Labels.Keys.Order()];
        int top = lens.Top;
        int readings = lens.Iterations.Length;
        var tokens = new int[readings * positions.Count * top];
        var log = new float[tokens.Length];
        var entropy = new float[readings * positions.Count];
        var divergence = new float[entropy.Length];
        var rank = new int[entropy.Length];
        var commit = new int[positions.Count];
        for (int row = 0; row < positions.Count; row++)
        {
            int last = lens.Tokens[((readings - 1) * lens.Positions + positions[row]) * top];
            commit[row] = -1;
            for (int m = readings - 1; m >= 0; m--)
            {
                int from = m * lens.Positions + positions[row];
                int to = m * positions.Count + row;
                for (int k = 0; k < top; k++)
                    tokens[to * top + k] = lens.Tokens[from * top + k] is var id and >= 0 ? Array.BinarySearch(ids, id) : ids.Length;
                lens.LogProbabilities.AsSpan(from * top, top).CopyTo(log.AsSpan(to * top));
                (entropy[to], divergence[to], rank[to]) = (lens.Entropy[from], lens.Divergence[from], lens.Rank[from] - 1);
                bool stays = last >= 0 && lens.Tokens[from * top] == last && (m == readings - 1 || commit[row] == lens.Iterations[m + 1]);
                if (stays)
                    commit[row] = lens.Iterations[m];
            }
        }

        return new PageLens
        {
            Iterations = lens.Iterations,
            Top = top,
            Texts = [.. ids.Select(id => lens.Labels[id]), NoToken],
            Tokens = tokens,
            LogProbabilities = log,
            Entropy = entropy,
            Divergence = divergence,
            Rank = rank,
            Commit = commit,
        };
    }

    /// <summary>The rows in one basis; null where their states are not at hand, are not finite, or are too few for a plane.</summary>
    static PagePaths? PathsOf(Recording recording, IReadOnlyList<int> positions)
    {
        const int Directions = 2;
        if (recording.States is not { Trajectory: { } trajectory } states || states.Iterations.Count <= Directions || trajectory.Width < Directions
            || positions.Any(position => !states.Positions.Contains(position))
            || states.Positions.Any(position => recording.Convergence.Tokens[position].FirstNotFinite is not null))
            return null;
        var basis = SharedBasis.Of([trajectory], new BasisSettings { Axes = Directions });
        int[] rows = [.. states.Positions];
        return new PagePaths
        {
            Iterations = basis.Iterations,
            Variance = basis.Explained,
            Classes = recording.Classes is { } classes ? [.. positions.Select(position => MotionNames.Of(classes.Class[position]))] : null,
            Scores = [.. positions.SelectMany(position => basis.ScoresOf(Array.IndexOf(rows, position)).ToArray()).Select(score => (float)score)],
        };
    }
}
