using System;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace Muninn.Kernels;

/// <summary>Work that every worker of a <see cref="WorkerPool"/> takes a share of.</summary>
/// <remarks>All workers see the same struct, so a field can hand out shares through <see cref="Interlocked"/>.</remarks>
public interface IWorkerJob
{
    /// <summary>Does the share of one worker.</summary>
    /// <param name="worker">Number of the worker, from 0; 0 is the caller.</param>
    void Run(int worker);
}

/// <summary>A fixed set of threads that run one job at a time; the calling thread is worker 0.</summary>
/// <remarks>
/// An idle worker spins for some microseconds, because the next product mostly follows at once, and then parks: a pool
/// without work uses no processor time. Nothing is allocated per job. The results of kernels do not depend on the pool.
/// </remarks>
public sealed unsafe class WorkerPool : IDisposable
{
    /// <summary>The most threads a pool may have.</summary>
    public const int ThreadsMax = 256;

    /// <summary>Scratch from this size on fills whole huge pages: in small ones its place in the caches is a matter of luck.</summary>
    const long LargeFloats = 1 << 15;

    static readonly long _spinTicks = Stopwatch.Frequency / 20_000;

    readonly Thread[] _threads;
    readonly AutoResetEvent[] _wake;
    readonly int[] _parked;
    readonly AlignedFloats?[] _scratch;
    readonly AutoResetEvent _done = new(initialState: false);
    AlignedFloats? _shared;
    AlignedFloats? _rowScales;
    AlignedFloats? _panels;
    delegate*<void*, int, void> _job;
    void* _context;
    ExceptionDispatchInfo? _failure;
    int _jobWorkers;
    int _generation;
    int _pending;
    int _callerParked;
    int _busy;
    volatile bool _stopping;

    /// <summary>Starts <paramref name="threads"/> − 1 threads.</summary>
    /// <param name="threads">How many workers there are, the caller included; 1 … <see cref="ThreadsMax"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of range.</exception>
    /// <exception cref="PlatformNotSupportedException">The kernels cannot run here; see <see cref="ProcessorFloor"/>.</exception>
    public WorkerPool(int threads)
    {
        ProcessorFloor.Require();
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, ThreadsMax);
        Threads = threads;
        _scratch = new AlignedFloats?[threads];
        _threads = new Thread[threads - 1];
        _wake = new AutoResetEvent[threads - 1];
        _parked = new int[threads - 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            var worker = i + 1;
            _wake[i] = new AutoResetEvent(initialState: false);
            _threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"muninn worker {worker}" };
        }

        foreach (var thread in _threads) thread.Start();
    }

    /// <summary>How many workers there are, the caller included.</summary>
    public int Threads { get; }

    /// <summary>Memory that kernels keep here from call to call: operands on their way, packed weights, scratch of the workers.</summary>
    public long Bytes
    {
        get
        {
            long floats = LengthOf(_shared) + LengthOf(_rowScales) + LengthOf(_panels);
            foreach (var scratch in _scratch) floats += LengthOf(scratch);
            return floats * sizeof(float);
        }
    }

    static long LengthOf(AlignedFloats? memory) => memory?.Length ?? 0;

    /// <summary>Runs a job on all workers and returns when the last one is done.</summary>
    /// <param name="job">The job; copied once, the copy is shared by all workers.</param>
    /// <exception cref="InvalidOperationException">The pool is already running a job.</exception>
    /// <remarks>What a worker throws surfaces here, after all workers have ended; of several, the first.</remarks>
    public void Run<TJob>(TJob job) where TJob : struct, IWorkerJob => Run(job, Threads);

    /// <summary>Runs a job on the first <paramref name="workers"/> workers.</summary>
    /// <param name="job">The job; copied once, the copy is shared by all workers.</param>
    /// <param name="workers">How many workers take part, at least 1; more than there are means all.</param>
    /// <exception cref="InvalidOperationException">The pool is already running a job.</exception>
    public void Run<TJob>(TJob job, int workers) where TJob : struct, IWorkerJob
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        ObjectDisposedException.ThrowIf(_stopping, this);
        if (Interlocked.Exchange(ref _busy, 1) != 0) throw Busy();
        try
        {
            if (workers == 1 || Threads == 1) job.Run(0);
            else Share(&Invoke<TJob>, Unsafe.AsPointer(ref job), Math.Min(workers, Threads));
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    /// <summary>Ends and joins the threads; must not be called while a job runs.</summary>
    public void Dispose()
    {
        if (_stopping) return;
        _stopping = true;
        Interlocked.Increment(ref _generation);
        for (var i = 0; i < _threads.Length; i++) _wake[i].Set();
        foreach (var thread in _threads) thread.Join();
        foreach (var wake in _wake) wake.Dispose();
        foreach (var scratch in _scratch) scratch?.Dispose();
        _shared?.Dispose();
        _rowScales?.Dispose();
        _panels?.Dispose();
        _done.Dispose();
    }

    /// <summary>Memory that all workers of one job share; contents undefined, kept for the next call.</summary>
    /// <exception cref="InvalidOperationException">A job is running, which may still read it.</exception>
    internal float* Shared(long floats) => Volatile.Read(ref _busy) == 0 ? Grown(ref _shared, floats) : throw Busy();

    /// <summary>One float for each row of a product, apart from the rest; contents undefined, kept for the next call.</summary>
    /// <exception cref="InvalidOperationException">A job is running, which may still read it.</exception>
    internal float* RowScales(int rows) => Volatile.Read(ref _busy) == 0 ? Grown(ref _rowScales, rows) : throw Busy();

    /// <summary>Panels of an operand that takes the place of weights; contents undefined, kept for the next call.</summary>
    /// <exception cref="InvalidOperationException">A job is running, which may still read it.</exception>
    internal float* Panels(long floats) => Volatile.Read(ref _busy) == 0 ? Grown(ref _panels, floats) : throw Busy();

    /// <summary>Memory of one worker; contents undefined, kept for the next call.</summary>
    internal float* Scratch(int worker, long floats) => Grown(ref _scratch[worker], floats);

    static float* Grown(ref AlignedFloats? memory, long floats)
    {
        if (memory is null || memory.Length < floats)
        {
            memory?.Dispose();
            // Forgotten first: where the system has not that much, the next call must not find what was given back.
            memory = null;
            memory = AlignedFloats.Undefined(floats < LargeFloats ? floats : AlignedFloats.WholeHugePages(floats));
        }

        return memory.Start;
    }

    static InvalidOperationException Busy() => new(
        "The pool is already running a job; give each calling thread a pool of its own and start no job inside a job.");

    static void Invoke<TJob>(void* context, int worker) where TJob : struct, IWorkerJob =>
        Unsafe.AsRef<TJob>(context).Run(worker);

    void Share(delegate*<void*, int, void> job, void* context, int workers)
    {
        _job = job;
        _context = context;
        _jobWorkers = workers;
        _failure = null;
        Volatile.Write(ref _pending, _threads.Length);
        Interlocked.Increment(ref _generation);
        for (var i = 0; i < _threads.Length; i++)
        {
            if (Interlocked.Exchange(ref _parked[i], 0) != 0) _wake[i].Set();
        }

        RunShare(0);
        Join();
        var failure = _failure;
        _failure = null;
        failure?.Throw();
    }

    void RunShare(int worker)
    {
        try
        {
            if (worker < _jobWorkers) _job(_context, worker);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
        }
    }

    void Join()
    {
        var start = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref _pending) != 0)
        {
            if (Stopwatch.GetTimestamp() - start < _spinTicks)
            {
                Thread.SpinWait(8);
                continue;
            }

            Interlocked.Exchange(ref _callerParked, 1);
            if (Volatile.Read(ref _pending) != 0) _done.WaitOne();
            else if (Interlocked.Exchange(ref _callerParked, 0) == 0) _done.WaitOne();
        }
    }

    void Work(int worker)
    {
        var seen = 0;
        while (true)
        {
            Await(worker - 1, seen);
            seen++;
            if (_stopping) return;
            RunShare(worker);
            if (Interlocked.Decrement(ref _pending) == 0 && Interlocked.Exchange(ref _callerParked, 0) != 0) _done.Set();
        }
    }

    void Await(int slot, int seen)
    {
        var start = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref _generation) == seen)
        {
            if (Stopwatch.GetTimestamp() - start < _spinTicks)
            {
                Thread.SpinWait(8);
                continue;
            }

            Interlocked.Exchange(ref _parked[slot], 1);
            if (Volatile.Read(ref _generation) == seen) _wake[slot].WaitOne();
            Interlocked.Exchange(ref _parked[slot], 0);
        }
    }
}
