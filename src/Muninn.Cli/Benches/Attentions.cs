using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Muninn.Kernels;

namespace Muninn.Cli.Benches;

/// <summary>Attention of a whole prompt to itself.</summary>
sealed class Attentions(BenchDepth depth, Limits limits, WorkerPool pool, CancellationToken stopping) : BenchGroup
{
    static readonly KeyValueLayout _layout = new(Heads: 16, HeadWidth: 64);

    /// <inheritdoc/>
    public override string Name => "attention";

    /// <inheritdoc/>
    public override IEnumerable<BenchCase> Cases => depth.AttentionPositions.Select(Of);

    /// <inheritdoc/>
    public override void Dispose()
    {
    }

    BenchCase Of(int positions)
    {
        var name = $"attention, {positions} tokens, {_layout.Heads} heads of {_layout.HeadWidth}";
        return new(name, () =>
        {
            int places = (positions + KeyValueLayout.PanelPlaces - 1) / KeyValueLayout.PanelPlaces * KeyValueLayout.PanelPlaces;
            var x = RepeatedRows.Floats(positions * 3 * _layout.Width);
            var y = new float[positions * _layout.Width];
            var keys = new float[_layout.KeyLength(places)];
            var values = new float[_layout.ValueLength(places)];
            var starts = new int[positions];
            int[] panels = [.. Enumerable.Range(0, places / KeyValueLayout.PanelPlaces)];
            int[] lengths = [.. Enumerable.Range(1, positions)];
            int[] order = [.. Enumerable.Range(0, positions)];
            Attention.Write(_layout, x, positions, order, keys, values);
            // A score and a share of the sum, a multiply-add each.
            double flops = 4.0 * _layout.Width * lengths.Sum();
            var figure = new Yardstick(limits.Arithmetic, stopping).Measure(
                () => Attention.Read(
                    _layout, x, positions, new() { Starts = starts, Lengths = lengths, Panels = panels }, keys, values, y, pool),
                flops,
                depth);
            return BenchRow.Of(Name, name, figure, "GFLOP/s", limits.Arithmetic);
        });
    }
}
