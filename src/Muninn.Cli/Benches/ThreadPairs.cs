using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Muninn.Kernels;

namespace Muninn.Cli.Benches;

/// <summary>What a second thread is worth: the same product by two and by one, in turns.</summary>
sealed class ThreadPairs(BenchDepth depth, CancellationToken stopping) : BenchGroup
{
    const int SmallRows = 8;
    const int SmallSize = 512;

    readonly WorkerPool _one = new(1);
    readonly WorkerPool _two = new(2);
    readonly Held<(WeightFormat Format, int Outputs, int Inputs), PanelWeights> _weights =
        new(static key =>
        {
            using var pool = new WorkerPool(1);
            return RepeatedRows.Pack(key.Format, key.Outputs, key.Inputs, pool);
        });

    /// <inheritdoc/>
    public override string Name => "threads";

    /// <inheritdoc/>
    public override IEnumerable<BenchCase> Cases
    {
        get
        {
            if (Environment.ProcessorCount < 2) yield break;
            foreach (var format in Enum.GetValues<WeightFormat>())
            {
                foreach (int rows in new[] { 16, 64, 512 }.Where(rows => rows <= depth.Rows.Max()))
                    yield return Of(format, rows, Products.Outputs, Products.Inputs, new(1.85));
            }

            // About 20 µs by one thread: the smallest that must not lose by a second one.
            yield return Of(WeightFormat.Float32, SmallRows, SmallSize, SmallSize, new(1));
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _weights.Dispose();
        _two.Dispose();
        _one.Dispose();
    }

    BenchCase Of(WeightFormat format, int rows, int outputs, int inputs, Goal goal)
    {
        var name = $"two threads, {Products.NameOf(format)}, {Products.RowsOf(rows)}, {outputs} x {inputs}";
        return new(name, () =>
        {
            var weights = _weights.Get((format, outputs, inputs));
            var x = RepeatedRows.Floats(rows * inputs);
            var y = new float[rows * outputs];
            double flops = 2.0 * rows * outputs * inputs;
            int repeats = Yardstick.RepeatsOf(() => Multiply(_one), depth.RoundSeconds);
            var limit = new Limit("of one thread", () =>
            {
                long start = System.Diagnostics.Stopwatch.GetTimestamp();
                for (int i = 0; i < repeats; i++) Multiply(_one);
                return repeats * flops / System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds;
            });
            var figure = new Yardstick(limit, stopping).Measure(() => Multiply(_two), flops, depth);
            return BenchRow.Of(Name, name, figure, "GFLOP/s", limit, goal);

            void Multiply(WorkerPool pool) => MatrixProduct.Multiply(x, rows, weights, y, pool);
        });
    }
}
