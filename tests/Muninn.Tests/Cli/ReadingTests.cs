using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Engine.Caching;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Kernels;
using Muninn.Microscope.Measures;
using Xunit;

namespace Muninn.Tests.Cli;

/// <summary>What a reading holds, and that its bytes do not depend on it.</summary>
public sealed class ReadingTests
{
    static readonly string _model = Path.Combine(AppContext.BaseDirectory, "models", "seedling");

    static Shell Quiet() => new()
    {
        Output = TextWriter.Null,
        Error = TextWriter.Null,
        OpenInput = () => Stream.Null,
        Variable = _ => null,
        VariableNames = [],
        InputRedirected = true,
        OutputRedirected = true,
        ErrorRedirected = true,
        DivertInterrupt = static _ => Stream.Null,
        Unfinished = new UnfinishedFiles(),
        Stopping = CancellationToken.None,
    };

    static RunPlan Plan(int tokens, int iterations, int horizon, params int[] states) => new()
    {
        Prompt = new Prompt(null, [.. Enumerable.Range(0, tokens).Select(i => 5 + i * 37 % 700)], "the test", new PromptFrame.Bare()),
        Model = _model,
        Measure = new ConvergenceSettings { Iterations = iterations, Horizon = horizon },
        Start = StartChoice.Random,
        Rotary = RotarySource.Exact,
        Seed = 4,
        Threads = 1,
        StatesWanted = states,
    };

    static byte[] Trace(RunPlan plan, long heldBytes, TemporaryFolder folder)
    {
        using var reading = Reading.Of(plan, Quiet(), heldBytes);
        int[] states = [.. plan.StatesWanted];
        int[] logits = plan.LogitsWanted ? states[..1] : [];
        var path = folder.At($"{heldBytes}.safetensors");
        SafetensorsWriter.Write(
            path, TraceTensors.Of(reading, states, logits, CancellationToken.None), TraceTensors.Metadata(reading, states, logits));
        return File.ReadAllBytes(path);
    }

    [Theory]
    [InlineData(10, 20)]
    [InlineData(10, 10)]
    public void Once_or_twice_run_a_trace_has_the_same_bytes(int iterations, int horizon)
    {
        using var folder = new TemporaryFolder();
        // Asked for out of order, in the plot, at its end, and beyond the horizon.
        var plan = Plan(9, iterations, horizon, 4, 0, 10, 24) with { LogitsWanted = true };
        long state = sizeof(float) * 9 * 128;
        var once = Trace(plan, long.MaxValue, folder);
        Assert.Equal(once, Trace(plan, 0, folder));
        Assert.Equal(once, Trace(plan, state, folder));
        Assert.Equal(once, Trace(plan, 7 * state + 1, folder));
        Assert.NotEqual(once, Trace(plan with { Seed = 5 }, 0, folder));
    }

    [Fact]
    public void Only_the_states_asked_for_can_be_had()
    {
        using var reading = Reading.Of(Plan(4, 6, 9, 3, 7, 3), Quiet());
        Assert.Equal([3, 7], reading.Trajectory.Iterations);
        using var none = Reading.Of(Plan(4, 6, 9), Quiet());
        Assert.Empty(none.Trajectory.Iterations);
        Assert.Contains("holds none", Assert.Throws<ArgumentOutOfRangeException>(() => none.Trajectory.State(6).Length).Message);
    }

    [Fact]
    public void Memory_grows_by_the_states_asked_for_and_not_by_iterations()
    {
        const int Tokens = 60;
        const long State = sizeof(float) * Tokens * 128;
        const long Numbers = sizeof(float) * Tokens * 2 * 60;
        _ = Allocated(Plan(Tokens, 5, 10));
        long few = Allocated(Plan(Tokens, 20, 21));
        // 60 more distances and residuals a token are 60 · 60 · 8 bytes, and as much again to read each row; 60 states are 1.8 MB.
        Assert.InRange(Allocated(Plan(Tokens, 80, 81)) - few, 0, 4 * Numbers);
        Assert.True(4 * Numbers < 5 * State);
        Assert.InRange(Allocated(Plan(Tokens, 20, 21, [.. Enumerable.Range(3, 10)])) - few, 10 * State, 11 * State);

        // The least of three: a pool of arrays that other tests have emptied makes one larger.
        static long Allocated(RunPlan plan) => Enumerable.Range(0, 3).Min(_ =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            using var reading = Reading.Of(plan, Quiet(), heldBytes: 0);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
    }

    [Theory]
    [InlineData("seedling", 1)]
    [InlineData("seedling", 37)]
    [InlineData("seedling", 700)]
    [InlineData("tiny-f32", 50)]
    public void The_need_of_a_run_is_what_it_allocates(string model, int positions)
    {
        using var checkpoint = Checkpoint.Open(model == "seedling" ? _model : Path.Combine(AppContext.BaseDirectory, "reference", model));
        using var loaded = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var pool = new WorkerPool(1);
        int[] tokens = [.. Enumerable.Repeat(1, positions)];
        new PromptRun(loaded, pool, [1]).Dispose();
        long before = GC.GetAllocatedBytesForCurrentThread();
        using var run = new PromptRun(loaded, pool, tokens);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        // Keys and values lie outside the managed heap.
        allocated += StoreCapacity.For(CachePolicy.LatestOnly, 1, positions, checkpoint.Config.CoreBlocks).Bytes(checkpoint.Config);
        // Beside it a few headers and a few numbers for each position.
        Assert.InRange(allocated - PromptRun.BytesFor(checkpoint.Config, positions), 0, 4096 + 64 * positions);
    }

    static readonly ModelConfig _large = ModelConfig.Parse(
        """
        {"model_type":"huginn_raven","n_embd":5280,"n_heads":55,"intermediate_size":17920,"vocab_size":65536,"block_size":4096,
         "n_layers_in_prelude":2,"n_layers_in_recurrent_block":4,"n_layers_in_coda":2,"tie_embeddings":true,"qk_bias":true}
        """u8.ToArray(), "config.json");

    const long LargeWeights = 2L * 3_564_976_800;
    const double Gigabyte = 1L << 30;

    [Fact]
    public void Plotted_states_are_no_part_of_the_need()
    {
        var memory = ReadingMemory.Of(Plan(4096, 64, 128), _large, LargeWeights, 4096);
        Assert.Equal(0, memory.States);
        Assert.Equal(0, memory.Writing);
        Assert.Equal(4.0 * 4096 * (5280 + 129 + 128), memory.Measures);
        Assert.Equal(memory.Run, ReadingMemory.Of(Plan(4096, 10_000, 20_000), _large, LargeWeights, 4096).Run);
        memory.Require(Plan(4096, 64, 128), _large, 4096, 16 * Gigabyte);
        Assert.Equal(65 * 4.0 * 4096 * 5280, ReadingMemory.Of(
            Plan(4096, 64, 128, [.. Enumerable.Range(0, 65), 3]), _large, LargeWeights, 4096).States);
    }

    [Fact]
    public void A_reading_that_does_not_fit_is_refused_with_figures()
    {
        var plan = Plan(4096, 64, 128, [.. Enumerable.Range(0, 65)]) with { LogitsWanted = true };
        var memory = ReadingMemory.Of(plan, _large, LargeWeights, 4096);
        var error = Assert.Throws<IOException>(() => memory.Require(plan, _large, 4096, 12 * Gigabyte));
        Assert.Contains("4096 tokens of width 5280 need 5.24 GiB for the states of the 65 iterations asked for", error.Message);
        Assert.Contains("1.00 GiB to write them and their logits", error.Message);
        Assert.Contains("6.64 GiB for weights", error.Message);
        Assert.Contains("of the 12.0 GiB of memory here, 10.8 GiB may be taken. List fewer iterations in --states", error.Message);
        memory.Require(plan, _large, 4096, 20 * Gigabyte);
        var plain = Plan(4096, 64, 128);
        error = Assert.Throws<IOException>(() =>
            ReadingMemory.Of(plain, _large, LargeWeights, 4096).Require(plain, _large, 4096, 4 * Gigabyte));
        Assert.DoesNotContain("asked for", error.Message);
        Assert.EndsWith("Give a shorter text.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_held_besides_is_little_and_never_more_than_half_of_what_is_free()
    {
        var plan = Plan(100, 64, 128);
        var small = ReadingMemory.Of(plan, _large, 1000, 100);
        Assert.Equal(64 << 20, small.HeldBytes(64 * Gigabyte));
        var large = ReadingMemory.Of(plan, _large, LargeWeights, 100);
        Assert.Equal(LargeWeights / 16, large.HeldBytes(64 * Gigabyte));
        Assert.Equal(1e6, large.HeldBytes((large.Needed + 2e6) / 0.9), 2.0);
        Assert.Equal(0, large.HeldBytes(large.Needed));
    }

    /// <summary>200 tokens over 400 iterations would be 39 MiB of states, in a process that may have 32 MiB for everything.</summary>
    [Fact]
    public async Task A_process_runs_where_its_plotted_states_would_not_fit()
    {
        using var folder = new TemporaryFolder();
        var ids = string.Join(',', Enumerable.Range(0, 200).Select(i => 5 + i * 37 % 700));
        Call call = new()
        {
            Arguments = ["trace", "--tokens", ids, "--iterations", "400", "--horizon", "400", "--out", folder.At("t.safetensors")],
            Environment = new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "0x2000000" },
        };
        var answer = await MuninnProcess.Run(call);
        Assert.Equal("", answer.Error);
        Assert.Equal(0, answer.ExitCode);
        answer = await MuninnProcess.Run(call with { Arguments = [.. call.Arguments, "--states", "0-399"] });
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("200 tokens of width 128 need 39.1 MiB for the states of the 400 iterations asked for", answer.Error);
        Assert.Contains("of the 32.0 MiB of memory here, 28.8 MiB may be taken", answer.Error);
    }

    [Fact]
    public void Progress_counts_both_runs()
    {
        using var twice = new Progress(Quiet(), "iteration", 128, 50);
        Assert.Equal("iteration 0 of 178 (128, then the first 50 again)", twice.Line(0, 0));
        Assert.Equal("iteration 89 of 178 (128, then the first 50 again), about 10 s left", twice.Line(89, 10));
        using var once = new Progress(Quiet(), "iteration", 128, 0);
        Assert.Equal("iteration 32 of 128, about 30 s left", once.Line(32, 10));
    }
}
