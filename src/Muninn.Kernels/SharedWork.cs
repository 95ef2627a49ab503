using System;
using System.Threading;

namespace Muninn.Kernels;

/// <summary>Pieces of work that no other piece depends on, handed out to whoever is free.</summary>
/// <param name="count">Pieces.</param>
/// <param name="work">Does one; must not write what another reads.</param>
/// <param name="cancellation">Checked before every piece.</param>
public struct SharedWork(int count, Action<int> work, CancellationToken cancellation) : IWorkerJob
{
    int _next;

    /// <summary>Does pieces 0 … <paramref name="count"/> − 1.</summary>
    /// <param name="count">Pieces.</param>
    /// <param name="work">Does one; must not write what another reads.</param>
    /// <param name="pool">Threads; null: the calling one.</param>
    /// <param name="cancellation">Checked before every piece.</param>
    public static void Run(int count, Action<int> work, WorkerPool? pool, CancellationToken cancellation)
    {
        var job = new SharedWork(count, work, cancellation);
        if (pool is null)
            job.Run(0);
        else
            pool.Run(job);
    }

    /// <inheritdoc/>
    public void Run(int worker)
    {
        for (int i = Interlocked.Increment(ref _next) - 1; i < count; i = Interlocked.Increment(ref _next) - 1)
        {
            cancellation.ThrowIfCancellationRequested();
            work(i);
        }
    }
}
