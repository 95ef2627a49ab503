using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Engine.Caching;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Generation;
using Muninn.Engine.Model;
using Muninn.Engine.Text;
using Muninn.Kernels;

namespace Muninn.Cli.Results;

/// <summary>A model that is open for continuing texts, one after the other.</summary>
sealed class GenerationSession : IDisposable
{
    readonly ModelFiles _files;
    readonly WorkerPool _pool;
    readonly RecurrentModel _model;

    GenerationSession(GenerationPlan plan, ModelFiles files, WorkerPool pool, RecurrentModel model)
    {
        Plan = plan;
        (_files, _pool, _model) = (files, pool, model);
    }

    /// <summary>How texts are continued.</summary>
    public GenerationPlan Plan { get; init; }

    /// <summary>Where the model lies.</summary>
    public ModelLocation Location => _files.Location;

    /// <summary>Its tokenizer and template, or null.</summary>
    public ModelText? Text => _files.Text;

    /// <summary>Shapes and constants of the model.</summary>
    public ModelConfig Config => _model.Config;

    /// <summary>Memory of the weights, in bytes.</summary>
    public long WeightBytes => _model.PackedBytes;

    /// <summary>Tokens that end a text: those of the configuration and the end token of the tokenizer.</summary>
    public IReadOnlyList<int> EndTokens
    {
        get
        {
            var ends = new List<int>(Config.EndTokens);
            if (Text?.Config.EosToken is { } name && Text.Tokenizer.IdOf(name) is { } end && end < Config.Vocabulary) ends.Add(end);
            return [.. ends.Distinct()];
        }
    }

    /// <summary>Opens the model of a plan.</summary>
    /// <param name="plan">How texts are continued.</param>
    /// <param name="check">Looks at the model before its weights are read, and may refuse it.</param>
    /// <exception cref="ModelNotFoundException">There is no such model.</exception>
    public static GenerationSession Open(GenerationPlan plan, Action<ModelConfig, ModelText?, ModelLocation> check)
    {
        var files = ModelFiles.Open(plan.Model);
        var checkpoint = files.Checkpoint;
        WorkerPool? pool = null;
        try
        {
            check(checkpoint.Config, files.Text, files.Location);
            pool = new WorkerPool(plan.Threads ?? Reading.ThreadsFor(checkpoint.Config, plan.Rows));
            var model = RecurrentModel.Load(checkpoint, new ModelOptions { Rotary = plan.Rotary }, pool);
            return new GenerationSession(plan, files, pool, model);
        }
        catch
        {
            pool?.Dispose();
            files.Dispose();
            throw;
        }
    }

    /// <summary>Continues a text.</summary>
    /// <param name="request">What to generate.</param>
    /// <param name="sink">Receives each token as it comes about.</param>
    /// <param name="isCancelled">Asked between iterations whether to end.</param>
    /// <exception cref="UsageException">The request cannot run; the message says why.</exception>
    /// <exception cref="IOException">The memory of the machine does not suffice.</exception>
    public GenerationRecord Generate(GenerationRequest request, TokenSink sink, Func<bool> isCancelled)
    {
        var settings = SettingsFor(request);
        using var scheduler = new DepthScheduler(_model, _pool, settings);
        var record = new GenerationRecord
        {
            Request = request,
            StoreBytes = settings.Store.Bytes(Config, settings.Format),
            WeightBytes = WeightBytes,
        };
        long start = Stopwatch.GetTimestamp();
        var ticket = scheduler.Submit(request, (in GeneratedToken token) =>
        {
            record.Add(token, Stopwatch.GetElapsedTime(start));
            return sink(token);
        });
        if (ticket.End == GenerationEnd.Refused) throw new UsageException(ticket.Explanation ?? "the request was refused.");
        do
        {
            if (isCancelled()) ticket.Cancel();
        }
        while (scheduler.Step());
        record.Finish(ticket, Stopwatch.GetElapsedTime(start));
        return record;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pool.Dispose();
        _model.Dispose();
        _files.Dispose();
    }

    SchedulerSettings SettingsFor(GenerationRequest request)
    {
        // In floating point: what is asked for may be far more than any number of bytes.
        double positions = Math.Min(Config.Context, (double)request.Prompt.Length + request.TokensMax) + Plan.Rows;
        double blocks = (double)request.Cache.Slots(request.Limit) * Config.CoreBlocks + Config.PreludeBlocks + Config.CodaBlocks;
        double needed = positions * blocks * 2 * Config.Width * (Plan.Format == KeyValueFormat.Float32 ? 4 : 2);
        double available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed + WeightBytes > ReadingMemory.Share * available)
        {
            throw new IOException(
                $"keys and values of {positions:F0} positions with {request.Cache} and {request.Limit} iterations need {Amount.Bytes(needed)}, the weights " +
                $"{Amount.Bytes(WeightBytes)}; of the {Amount.Bytes(available)} of memory here, {Amount.Bytes(ReadingMemory.Share * available)} may be taken. " +
                "Ask for fewer tokens or iterations, or let iterations share slots, e.g. --cache latest.");
        }

        try
        {
            var settings = SchedulerSettings.For(request, Config) with { Format = Plan.Format };
            return settings;
        }
        catch (OverflowException)
        {
            throw new UsageException($"{positions:F0} positions with {request.Cache} and {request.Limit} iterations are more than a store can hold. Ask for fewer.");
        }
    }
}
