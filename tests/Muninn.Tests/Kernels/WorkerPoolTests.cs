using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using Muninn.Kernels;
using Xunit;

namespace Muninn.Tests.Kernels;

public sealed class WorkerPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Runs_every_worker_once_per_job(int threads)
    {
        using var pool = new WorkerPool(threads);
        var counts = new int[threads];
        for (var i = 0; i < 2000; i++) pool.Run(new Counting(counts));
        Assert.All(counts, count => Assert.Equal(2000, count));
    }

    [Fact]
    public void Runs_the_caller_as_worker_zero()
    {
        using var pool = new WorkerPool(3);
        var threads = new int[3];
        pool.Run(new Naming(threads));
        Assert.Equal(Environment.CurrentManagedThreadId, threads[0]);
        Assert.Equal(3, threads.Distinct().Count());
        Assert.DoesNotContain(0, threads);
    }

    [Fact]
    public void Leaves_out_workers_that_a_small_job_does_not_want()
    {
        using var pool = new WorkerPool(4);
        var counts = new int[4];
        pool.Run(new Counting(counts), 2);
        pool.Run(new Counting(counts), 1);
        pool.Run(new Counting(counts), 99);
        Assert.Equal([3, 2, 1, 1], counts);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Surfaces_what_a_worker_throws_and_goes_on(int worker)
    {
        using var pool = new WorkerPool(3);
        var e = Assert.Throws<InvalidTimeZoneException>(() => pool.Run(new Throwing(worker)));
        Assert.Equal($"worker {worker}", e.Message);
        var counts = new int[3];
        pool.Run(new Counting(counts));
        Assert.Equal([1, 1, 1], counts);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 2)]
    public void Refuses_a_job_inside_a_job_and_goes_on(int threads, int worker)
    {
        using var pool = new WorkerPool(threads);
        var e = Assert.Throws<InvalidOperationException>(() => pool.Run(new Nesting(pool, worker)));
        Assert.Contains("already running", e.Message);
        var counts = new int[threads];
        pool.Run(new Counting(counts));
        Assert.All(counts, count => Assert.Equal(1, count));
    }

    [Fact]
    public unsafe void Refuses_a_product_inside_a_job_before_it_touches_the_memory_of_the_job()
    {
        using var pool = new WorkerPool(2);
        using var weights = AnyWeights.Noisy(WeightFormat.Float32, 8, 8);
        var (shared, scales) = ((nint)pool.Shared(100), (nint)pool.RowScales(2));
        var e = Assert.Throws<InvalidOperationException>(() => pool.Run(new Multiplying(pool, weights, Normalized: false)));
        Assert.Contains("already running", e.Message);
        e = Assert.Throws<InvalidOperationException>(() => pool.Run(new Multiplying(pool, weights, Normalized: true)));
        Assert.Contains("already running", e.Message);
        // The same places as before: nothing was given back meanwhile.
        Assert.Equal((shared, scales), ((nint)pool.Shared(100), (nint)pool.RowScales(2)));
    }

    [Fact]
    public unsafe void Goes_on_after_the_system_had_not_that_much_memory()
    {
        using var pool = new WorkerPool(1);
        pool.Shared(10)[9] = 1;
        Assert.Throws<OutOfMemoryException>(() => { pool.Shared(1L << 55); });
        pool.Shared(10)[9] = 1;
    }

    /// <summary>Clock ticks of 10 ms, as the system counts them for each thread: not the time of this process or this machine.</summary>
    [Fact]
    public void Takes_no_processor_time_while_idle()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "threads are looked at in /proc");
        using var pool = new WorkerPool(4);
        using var pause = new ManualResetEventSlim();
        var names = new string[4];
        for (var i = 0; i < 100; i++) pool.Run(new Finding(names));
        Assert.Equal(4, names.Distinct().Count());
        pause.Wait(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
        long[] before = [.. names.Skip(1).Select(TicksOf)];
        pause.Wait(TimeSpan.FromMilliseconds(400), TestContext.Current.CancellationToken);
        long[] after = [.. names.Skip(1).Select(TicksOf)];
        // A loop would take 10 of them at least, three on two busy cores.
        Assert.All(after.Zip(before), pair => Assert.InRange(pair.First - pair.Second, 0, 1));
    }

    [Fact]
    public void Wakes_workers_that_have_parked()
    {
        using var pool = new WorkerPool(2);
        using var pause = new ManualResetEventSlim();
        var counts = new int[2];
        for (var i = 0; i < 5; i++)
        {
            pool.Run(new Counting(counts));
            pause.Wait(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
        }

        Assert.Equal([5, 5], counts);
    }

    [Fact]
    public void Ends_its_threads_when_disposed_and_refuses_jobs_then()
    {
        var pool = new WorkerPool(4);
        pool.Dispose();
        pool.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pool.Run(new Counting(new int[4])));
    }

    [Fact]
    public void Refuses_thread_counts_out_of_range()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new WorkerPool(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new WorkerPool(WorkerPool.ThreadsMax + 1));
    }

    readonly struct Counting(int[] counts) : IWorkerJob
    {
        public void Run(int worker) => Interlocked.Increment(ref counts[worker]);
    }

    readonly struct Naming(int[] threads) : IWorkerJob
    {
        public void Run(int worker) => threads[worker] = Environment.CurrentManagedThreadId;
    }

    readonly struct Throwing(int thrower) : IWorkerJob
    {
        public void Run(int worker)
        {
            if (worker == thrower) throw new InvalidTimeZoneException($"worker {worker}");
        }
    }

    readonly struct Nesting(WorkerPool pool, int nester) : IWorkerJob
    {
        public void Run(int worker)
        {
            if (worker == nester) pool.Run(new Counting(new int[WorkerPool.ThreadsMax]));
        }
    }

    readonly record struct Multiplying(WorkerPool Pool, AnyWeights Weights, bool Normalized) : IWorkerJob
    {
        public void Run(int worker)
        {
            if (worker != 0) return;
            // Many rows, so that the memory would have to grow.
            var x = new float[1000 * Weights.Inputs];
            var y = new float[1000 * Weights.Outputs];
            if (Normalized) MatrixProduct.MultiplyNormalized(x, new float[Weights.Inputs], 1e-6f, 1000, Weights.Packed, y, Pool);
            else MatrixProduct.Multiply(x, 1000, Weights.Packed, y, Pool);
        }
    }

    /// <summary>Finds out under which name the system knows the thread of each worker.</summary>
    readonly struct Finding(string[] names) : IWorkerJob
    {
        public void Run(int worker) => names[worker] = File.ResolveLinkTarget("/proc/thread-self", returnFinalTarget: false)!.FullName;
    }

    /// <summary>Ticks that a thread has run, in its own code and for it in the system's.</summary>
    static long TicksOf(string thread)
    {
        // What follows the name, which stands in parentheses: fields 3 and so on.
        var fields = File.ReadAllText($"{thread}/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
    }
}
