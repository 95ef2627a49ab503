using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Muninn.Engine.Caching;
using Muninn.Engine.Generation;
using Muninn.Engine.Recurrence;
using Xunit;

namespace Muninn.Tests.Engine.Generation;

/// <summary>Streams of many callers: the same tokens as alone, and everything is given back however they end.</summary>
public sealed class GeneratorTests
{
    const int Timeout = 60_000;

    [Fact(Timeout = Timeout)]
    public async Task Eight_streams_at_a_time_have_the_tokens_of_each_request_alone()
    {
        using var bench = new GeneratorBench();
        GenerationRequest[] requests =
        [
            bench.Request(0),
            bench.Request(1) with { Exit = new ResidualExit(0.05) },
            bench.Request(2) with { Sampler = new FilteredSampler { Temperature = 1.5f, TopK = 20, Seed = 7 } },
            bench.Request(3) with { Cache = CachePolicy.Shared(2), PromptChunk = 3 },
            bench.Request(4) with { Mode = new SpeculativeMode { DraftIterations = 2, DraftTokens = 3 } },
            bench.Request(5) with { Exit = new StableTokenExit(2), CarriesState = true },
            bench.Request(6) with { Cache = CachePolicy.LatestOnly, Mode = new WavefrontMode { Inner = 2, WaveMax = 4 } },
            bench.Request(7) with { Start = InitialState.Random(3) },
        ];
        List<GeneratedToken>[] expected = [.. requests.Select(bench.Alone)];
        var streams = await Task.WhenAll(requests.Select(request => Task.Run(() => bench.Generator.Start(request))));
        var tokens = await Task.WhenAll(streams.Select(GeneratorBench.Read));
        for (int i = 0; i < requests.Length; i++)
        {
            Assert.Equal(expected[i], tokens[i]);
            Assert.Equal(GenerationEnd.TokensMax, await streams[i].Completion);
            Assert.Equal(GenerationEnd.TokensMax, streams[i].End);
            Assert.Equal(24, streams[i].Generated);
            Assert.True(streams[i].BlockPasses > 24);
        }

        Assert.NotEmpty(streams[4].Rounds);
        RequireIdle(bench.Generator);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_cancelled_token_ends_its_request_and_no_other()
    {
        using var bench = new GeneratorBench();
        using var source = new CancellationTokenSource();
        var other = bench.Generator.Start(bench.Request(1, 100));
        var stream = bench.Generator.Start(bench.Request(0, 100), source.Token);
        int read = 0;
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in stream)
            {
                if (++read == 2)
                    await source.CancelAsync();
            }
        });
        Assert.Equal(source.Token, error.CancellationToken);
        Assert.Equal(GenerationEnd.Cancelled, await stream.Completion);
        Assert.InRange(stream.Generated, 2, 99);
        Assert.Equal(bench.Alone(bench.Request(1, 100)), await GeneratorBench.Read(other));
        RequireIdle(bench.Generator);
    }

    [Fact(Timeout = Timeout)]
    public async Task The_token_of_an_enumeration_ends_it_and_cancels_the_request()
    {
        using var bench = new GeneratorBench();
        using var source = new CancellationTokenSource();
        var stream = bench.Generator.Start(bench.Request(0, 100));
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in stream.WithCancellation(source.Token))
                await source.CancelAsync();
        });
        Assert.Equal(source.Token, error.CancellationToken);
        Assert.Equal(GenerationEnd.Cancelled, await stream.Completion);
        RequireIdle(bench.Generator);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_token_cancelled_before_starts_nothing()
    {
        using var bench = new GeneratorBench();
        var stream = bench.Generator.Start(bench.Request(0), new CancellationToken(canceled: true));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => GeneratorBench.Read(stream));
        Assert.Equal((GenerationEnd.Cancelled, 0), (stream.End, stream.Generated));
        Assert.Equal(0, bench.Generator.Load.Counts.PreludePasses);
    }

    [Fact(Timeout = Timeout)]
    public async Task Cancelling_by_hand_ends_the_stream_without_an_exception()
    {
        using var bench = new GeneratorBench();
        var stream = await bench.Hold();
        stream.Cancel();
        bench.Gate.Set();
        await GeneratorBench.Read(stream);
        Assert.Equal(GenerationEnd.Cancelled, stream.End);
        RequireIdle(bench.Generator);
    }

    [Fact(Timeout = Timeout)]
    public async Task Leaving_the_enumeration_cancels_the_request()
    {
        using var bench = new GeneratorBench();
        var other = bench.Generator.Start(bench.Request(1, 100));
        var stream = bench.Generator.Start(bench.Request(0, 100));
        await foreach (var token in stream)
        {
            if (token.Position > 6)
                break;
        }

        Assert.Equal(GenerationEnd.Cancelled, await stream.Completion);
        Assert.Equal(bench.Alone(bench.Request(1, 100)), await GeneratorBench.Read(other));
        RequireIdle(bench.Generator);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_cancelled_request_is_gone_one_pass_later()
    {
        using var bench = new GeneratorBench();
        GenerationStream? victim = null;
        GenerationEnd? before = null;
        GenerationEnd? after = null;
        var observer = bench.StartObserved((in WaveSweep _) =>
        {
            if (Volatile.Read(ref victim) is not { Generated: > 0 } other)
                return;
            if (before is null)
            {
                before = other.End;
                other.Cancel();
            }
            else
            {
                after ??= other.End;
            }
        });
        Volatile.Write(ref victim, bench.StartObserved((in WaveSweep _) => { }));
        Assert.Equal(GenerationEnd.Cancelled, await victim.Completion);
        Assert.Equal(GenerationEnd.ContextFull, await observer.Completion);
        Assert.Equal((GenerationEnd.None, GenerationEnd.Cancelled), (before, after));
        RequireIdle(bench.Generator);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_slow_reader_holds_nobody_up_and_loses_nothing()
    {
        using var bench = new GeneratorBench();
        var slow = bench.Generator.Start(bench.Request(0, 100));
        var quick = bench.Generator.Start(bench.Request(1, 100));
        Assert.Equal(100, (await GeneratorBench.Read(quick)).Count);
        Assert.Equal(GenerationEnd.TokensMax, await slow.Completion);
        RequireIdle(bench.Generator);
        Assert.Equal(bench.Alone(bench.Request(0, 100)), await GeneratorBench.Read(slow));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_stream_is_read_once()
    {
        using var bench = new GeneratorBench();
        var stream = bench.Generator.Start(bench.Request(0));
        await GeneratorBench.Read(stream);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => GeneratorBench.Read(stream));
        Assert.Contains("start another request", error.Message, StringComparison.Ordinal);
        Assert.Equal(GenerationEnd.TokensMax, stream.End);
    }

    [Fact(Timeout = Timeout)]
    public async Task Changes_to_a_prompt_after_the_start_change_nothing()
    {
        using var bench = new GeneratorBench();
        await bench.Hold();
        var request = bench.Request(0);
        int[] prompt = request.Prompt.ToArray();
        List<int> stops = [];
        var stream = bench.Generator.Start(request with { Prompt = prompt, StopTokens = stops });
        prompt.AsSpan().Clear();
        stops.AddRange(Enumerable.Range(0, 512));
        bench.Gate.Set();
        Assert.Equal(bench.Alone(request), await GeneratorBench.Read(stream));
    }

    [Fact(Timeout = Timeout)]
    public async Task Refuses_what_cannot_run_and_goes_on()
    {
        using var bench = new GeneratorBench();
        await Refused(bench.Request(0) with { Prompt = Array.Empty<int>() }, "The prompt is empty; give at least one token.");
        await Refused(bench.Request(0) with { Limit = 0 }, "The limit is 0 iterations; give 1 to 65536.");
        await Refused(bench.Request(0) with { StopTokens = [512] }, "Stop token 512 is not in this model's vocabulary; ids run from 0 to 511.");
        await Refused(bench.Request(0, int.MaxValue) with { Limit = 65536 }, "but the store has room for");
        await Refused(bench.Request(0) with { Exit = new ResidualExit(-1) }, "The residual threshold is -1; give a finite number above 0.");
        await Refused(bench.Request(0) with { Exit = new EntropyExit(1) { CodaInterval = 0 } }, "The coda interval is 0; give at least 1");
        await Refused(bench.Request(0) with { Sampler = new FilteredSampler { Temperature = 0 } }, "Temperature is 0; give a finite number above 0");
        Assert.Equal(bench.Alone(bench.Request(0)), await GeneratorBench.Read(bench.Generator.Start(bench.Request(0))));

        async Task Refused(GenerationRequest request, string why)
        {
            var stream = bench.Generator.Start(request);
            Assert.Equal(GenerationEnd.Refused, stream.End);
            Assert.Contains(why, stream.Explanation, StringComparison.Ordinal);
            Assert.Empty(await GeneratorBench.Read(stream));
            Assert.Equal(GenerationEnd.Refused, await stream.Completion);
        }
    }

    [Fact(Timeout = Timeout)]
    public async Task As_many_tokens_as_there_are_numbers_means_the_whole_context()
    {
        using var bench = new GeneratorBench();
        var stream = bench.Generator.Start(bench.Request(0, int.MaxValue));
        var tokens = await GeneratorBench.Read(stream);
        Assert.Equal(GenerationEnd.ContextFull, stream.End);
        Assert.Equal(128 - stream.Request.Prompt.Length, tokens.Count);
    }

    [Fact(Timeout = Timeout)]
    public async Task More_requests_than_may_wait_are_refused()
    {
        using var bench = new GeneratorBench(requestsMax: 1, queueMax: 1);
        var held = await bench.Hold();
        var waiting = bench.Generator.Start(bench.Request(1));
        var late = bench.Generator.Start(bench.Request(2));
        Assert.Equal((1, 1), (bench.Generator.Load.Running, bench.Generator.Load.Waiting));
        Assert.Equal("2 requests are running or waiting, and no more than 2 may; try again later.", late.Explanation);
        Assert.Equal(GenerationEnd.Refused, late.End);
        held.Cancel();
        bench.Gate.Set();
        Assert.Equal(bench.Alone(bench.Request(1)), await GeneratorBench.Read(waiting));
        Assert.Equal(bench.Alone(bench.Request(2)), await GeneratorBench.Read(bench.Generator.Start(bench.Request(2))));
    }

    [Fact(Timeout = Timeout)]
    public async Task Disposing_ends_what_runs_and_what_waits_with_cancelled()
    {
        using var bench = new GeneratorBench(requestsMax: 2);
        var held = await bench.Hold();
        GenerationStream[] streams = [held, .. Enumerable.Range(0, 5).Select(i => bench.Generator.Start(bench.Request(i)))];
        var reading = streams.Select(GeneratorBench.Read).ToArray();
        var disposal = bench.Generator.DisposeAsync().AsTask();
        Assert.False(disposal.IsCompleted);
        Assert.Throws<ObjectDisposedException>(() => bench.Generator.Start(bench.Request(0)));
        bench.Gate.Set();
        await disposal;
        await Task.WhenAll(reading);
        Assert.All(streams, static stream => Assert.Equal(GenerationEnd.Cancelled, stream.End));
        RequireIdle(bench.Generator);
        await bench.Generator.DisposeAsync();
        bench.Generator.Dispose();
        Assert.Throws<ObjectDisposedException>(() => bench.Generator.Start(bench.Request(0)));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_failure_in_the_part_of_one_request_ends_its_stream_alone()
    {
        using var bench = new GeneratorBench(requestsMax: 2);
        var failing = bench.StartObserved((in WaveSweep _) =>
        {
            bench.Gate.Wait();
            throw new InvalidTimeZoneException("no such zone");
        });
        GenerationStream[] others = [.. Enumerable.Range(0, 4).Select(i => bench.Generator.Start(bench.Request(i, 20)))];
        bench.Gate.Set();
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => GeneratorBench.Read(failing));
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => failing.Completion);
        Assert.Equal(GenerationEnd.Failed, failing.End);
        for (int i = 0; i < others.Length; i++)
            Assert.Equal(bench.Alone(bench.Request(i, 20)), await GeneratorBench.Read(others[i]));
        RequireIdle(bench.Generator);
    }

    [Fact(Timeout = Timeout)]
    public async Task Refuses_to_be_disposed_of_inside_a_pass()
    {
        using var bench = new GeneratorBench();
        var generator = bench.Generator;
        var stream = bench.StartObserved((in WaveSweep _) => generator.Dispose());
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => stream.Completion);
        Assert.Contains("inside one of its own passes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_settings_out_of_range()
    {
        using var subject = new GenerationSubject("tiny-f32");
        var settings = new SchedulerSettings { Store = new StoreCapacity(1, 8, 8), RowsMax = 0 };
        Assert.Throws<ArgumentException>(() => new Generator(subject.Model, settings, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Generator(subject.Model, settings with { RowsMax = 8 }, 0));
    }

    [Fact(Timeout = Timeout)]
    public async Task Comings_and_goings_of_many_threads_change_no_token()
    {
        using var bench = new GeneratorBench(requestsMax: 5);
        List<GeneratedToken>[] expected = [.. Enumerable.Range(0, 35).Select(i => bench.Alone(bench.Request(i, 40)))];
        await Task.WhenAll(Enumerable.Range(0, 12).Select(caller => Task.Run(async () =>
        {
            for (int i = 0; i < 6; i++)
            {
                int number = (caller * 7 + i * 11) % 35;
                int leave = (caller * 5 + i * 3) % 4 == 0 ? 1 + number : int.MaxValue;
                var stream = bench.Generator.Start(bench.Request(number, 40));
                List<GeneratedToken> tokens = [];
                await foreach (var token in stream)
                {
                    tokens.Add(token);
                    if (tokens.Count == leave)
                        break;
                }

                Assert.Equal(expected[number].Take(leave), tokens);
                await stream.Completion;
            }
        })));
        RequireIdle(bench.Generator);
    }

    /// <summary>Clock ticks of 10 ms, as the system counts them for this one thread.</summary>
    [Fact(Timeout = Timeout)]
    public async Task Takes_no_processor_time_while_idle()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "threads are looked at in /proc");
        using var bench = new GeneratorBench();
        using var pause = new ManualResetEventSlim();
        string? thread = null;
        await bench.StartObserved((in WaveSweep _) =>
            thread ??= File.ResolveLinkTarget("/proc/thread-self", returnFinalTarget: false)!.FullName).Completion;
        pause.Wait(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
        long before = TicksOf(thread!);
        pause.Wait(TimeSpan.FromMilliseconds(400), TestContext.Current.CancellationToken);
        // A loop would take 10 of them at least on two busy cores.
        Assert.InRange(TicksOf(thread!) - before, 0, 1);
        Assert.Equal(24, (await GeneratorBench.Read(bench.Generator.Start(bench.Request(0)))).Count);
    }

    static long TicksOf(string thread)
    {
        string stat = File.ReadAllText(Path.Combine(thread, "stat"));
        string[] behindName = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(behindName[11], CultureInfo.InvariantCulture) + long.Parse(behindName[12], CultureInfo.InvariantCulture);
    }

    static void RequireIdle(Generator generator)
    {
        var load = generator.Load;
        Assert.Equal((0, 0, 0L), (load.Running, load.Waiting, load.StoreBytesInUse));
    }
}
