using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Microscope.Addresses;

namespace Muninn.Microscope.Recordings;

/// <summary>Keeps the mean over heads of one core block's attention at some iterations of one run. Hand <see cref="Sites"/> to the run.</summary>
public sealed class PatternRecorder
{
    readonly Selection _selection;
    readonly float[] _weights;
    readonly bool[] _seen;

    /// <summary>Room for the weights, allocated at once.</summary>
    /// <param name="shape">What the run has.</param>
    /// <param name="block">Number of the core block.</param>
    /// <param name="iterations">Iterations, in any order.</param>
    /// <exception cref="AddressException">The run has no such iteration or block.</exception>
    public PatternRecorder(RunShape shape, int block, IReadOnlyList<int> iterations)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(iterations);
        _selection = new BlockAddress
        {
            Part = ModelPart.Core,
            Blocks = IndexChoice.Of(block),
            Iterations = IndexChoice.Of([.. iterations.Distinct().Order()]),
            Site = BlockSite.Pattern,
        }.In(shape);
        _seen = new bool[_selection.Iterations.Length * shape.Positions];
        _weights = new float[checked(_seen.Length * shape.Positions)];
        Array.Fill(_weights, float.NaN);
        Sites = new SiteWatch(_selection.Wants, Keep);
    }

    /// <summary>For the run's sites.</summary>
    public SiteWatch Sites { get; }

    /// <summary>Memory of a recorder, in bytes.</summary>
    /// <param name="positions">Positions of the prompt.</param>
    /// <param name="iterations">How many iterations.</param>
    public static double BytesFor(int positions, int iterations) => sizeof(float) * (double)positions * positions * iterations;

    /// <summary>What was kept.</summary>
    /// <exception cref="InvalidOperationException">The run ended too early.</exception>
    public RecordedPatterns ToPatterns() => Array.TrueForAll(_seen, static seen => seen)
        ? new RecordedPatterns
        {
            Iterations = _selection.Iterations.ToArray(),
            Block = _selection.Blocks[0],
            Positions = _selection.Shape.Positions,
            Weights = _weights,
        }
        : throw new InvalidOperationException(
            $"{_seen.Count(static seen => !seen)} rows of {_selection.Address} were never computed; run all {_selection.Shape.Limit} iterations without exits.");

    void Keep(in SiteView view)
    {
        var (positions, heads) = (_selection.Shape.Positions, _selection.Shape.Heads);
        int own = view.Columns / heads;
        for (int row = 0; row < view.Rows.Count; row++)
        {
            int position = view.Rows.Positions[row];
            int group = _selection.GroupOf(SiteView.IterationOf(view.Place, view.Rows, row), view.Place.Block);
            if (group < 0)
                continue;
            int at = group * positions + position;
            if (_seen[at])
                throw new InvalidOperationException($"{_selection.GroupAddress(group)} came a second time at position {position}; make a recorder for each run.");
            _seen[at] = true;
            var weights = _weights.AsSpan(at * positions, position + 1);
            var values = view.Values.Slice(row * view.Columns, view.Columns);
            for (int place = 0; place < weights.Length; place++)
            {
                double sum = 0;
                for (int head = 0; head < heads; head++)
                    sum += values[head * own + place];
                weights[place] = (float)(sum / heads);
            }
        }
    }
}
