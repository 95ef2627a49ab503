using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Kernels;

namespace Muninn.Cli.Benches;

/// <summary>What the machine can do at most, with the threads that the bench uses; the memory it takes to learn that.</summary>
sealed class Limits : IDisposable
{
    readonly BenchDepth _depth;
    readonly WorkerPool _pool;
    ReadProbe? _memory;

    /// <summary>Takes no memory yet.</summary>
    public Limits(BenchDepth depth, WorkerPool pool)
    {
        (_depth, _pool) = (depth, pool);
        Arithmetic = new("of FMA peak", () => MachineProbe.FusedMultiplyAddsPerSecond(_pool, _depth.ProbeSeconds));
        Reading = new("of read bandwidth", () => Memory.BytesPerSecond(_pool, _depth.ProbeSeconds));
    }

    /// <summary>Fused multiply-adds, in operations per second.</summary>
    public Limit Arithmetic { get; }

    /// <summary>Reading memory that no cache holds, in bytes per second.</summary>
    public Limit Reading { get; }

    /// <summary>Memory that no cache holds.</summary>
    public ReadProbe Memory => _memory ??= new ReadProbe(_depth.MemoryBytes);

    /// <inheritdoc/>
    public void Dispose() => _memory?.Dispose();
}

/// <summary>The limits themselves, with one thread, with two, and with all.</summary>
sealed class LimitCases(BenchDepth depth, Limits limits) : BenchGroup
{
    const int SecondLevelBytes = 512 << 10;
    const int ThirdLevelBytes = 12 << 20;

    /// <inheritdoc/>
    public override string Name => "limits";

    /// <inheritdoc/>
    public override IEnumerable<BenchCase> Cases =>
        new[] { 1, 2, Environment.ProcessorCount }.Where(static n => n <= int.Min(Environment.ProcessorCount, WorkerPool.ThreadsMax)).Distinct()
            .SelectMany(CasesOf);

    /// <inheritdoc/>
    public override void Dispose()
    {
    }

    IEnumerable<BenchCase> CasesOf(int threads)
    {
        var by = threads == 1 ? "one thread" : $"{threads} threads";
        yield return Of($"FMA peak, {by}", "GFLOP/s", pool => MachineProbe.FusedMultiplyAddsPerSecond(pool, depth.ProbeSeconds));
        yield return Of($"read L2, 512 KiB, {by}", "GB/s", pool => ReadCache(SecondLevelBytes, pool));
        yield return Of($"read L3, 12 MiB, {by}", "GB/s", pool => ReadCache(ThirdLevelBytes, pool));
        yield return Of(
            $"read memory, {depth.MemoryBytes >> 20} MiB, {by}", "GB/s", pool => limits.Memory.BytesPerSecond(pool, depth.RoundSeconds));

        BenchCase Of(string name, string unit, Func<WorkerPool, double> perSecond) => new(name, () =>
        {
            using var pool = new WorkerPool(threads);
            _ = perSecond(pool);
            return new(Name, name, Figure.Median(Enumerable.Range(0, depth.Rounds).Select(_ => perSecond(pool))) / 1e9, unit);
        });
    }

    double ReadCache(int bytes, WorkerPool pool)
    {
        using var probe = new ReadProbe(bytes);
        // The first reading fills the cache.
        _ = probe.SharedBytesPerSecond(pool, 0.001);
        return probe.SharedBytesPerSecond(pool, depth.ProbeSeconds);
    }
}
