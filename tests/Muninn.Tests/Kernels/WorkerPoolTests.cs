using System;
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

    [Fact]
    public void Refuses_a_job_inside_a_job()
    {
        using var pool = new WorkerPool(2);
        var e = Assert.Throws<InvalidOperationException>(() => pool.Run(new Nesting(pool)));
        Assert.Contains("already running", e.Message);
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

    readonly struct Nesting(WorkerPool pool) : IWorkerJob
    {
        public void Run(int worker) => pool.Run(new Counting(new int[2]));
    }
}
