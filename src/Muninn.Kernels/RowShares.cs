using System.Threading;

namespace Muninn.Kernels;

/// <summary>Work on rows that do not need each other.</summary>
interface IRowWork
{
    /// <summary>Does some rows.</summary>
    /// <param name="first">First row.</param>
    /// <param name="last">One past the last row.</param>
    /// <param name="worker">Who does it.</param>
    void Run(int first, int last, int worker);
}

/// <summary>Hands rows out in chunks that do not depend on the number of workers, so that sums over a chunk do not either.</summary>
/// <param name="work">What is done.</param>
/// <param name="rows">How many rows.</param>
struct RowShares<TWork>(TWork work, int rows) : IWorkerJob where TWork : struct, IRowWork
{
    /// <summary>Rows of a chunk: some microseconds of work, and few enough chunks that their sums are soon added up.</summary>
    internal const int ChunkRows = 64;

    /// <summary>Below this many floats the caller works alone.</summary>
    const long SharedWorkMin = 1 << 14;

    int _taken;

    /// <summary>Does all rows; returns when the last is done.</summary>
    /// <param name="work">What is done.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="width">Floats of a row that are visited.</param>
    /// <param name="pool">Who works.</param>
    internal static void Run(TWork work, int rows, long width, WorkerPool pool)
    {
        if (rows > 0) pool.Run(new RowShares<TWork>(work, rows), rows * width < SharedWorkMin ? 1 : pool.Threads);
    }

    /// <summary>How many chunks some rows make.</summary>
    internal static int Chunks(int rows) => (rows + ChunkRows - 1) / ChunkRows;

    /// <inheritdoc/>
    public void Run(int worker)
    {
        while (true)
        {
            var first = (Interlocked.Increment(ref _taken) - 1) * ChunkRows;
            if (first >= rows) return;
            work.Run(first, int.Min(first + ChunkRows, rows), worker);
        }
    }
}
