using System;
using Muninn.Engine.Caching;

namespace Muninn.Engine.Generation;

/// <summary>How much a scheduler does at a time. None of it changes a token of a request, but for what it refuses.</summary>
public sealed record SchedulerSettings
{
    /// <summary>Most rows of a pass.</summary>
    public const int RowsLimit = 1 << 16;

    /// <summary>Most rows of a pass, at least 1. A chunk of a prompt must fit in.</summary>
    public int RowsMax { get; init; } = 128;

    /// <summary>Most rows whose logits are computed together, at least 1. A draft or a wave must fit in.</summary>
    public int HeadRowsMax { get; init; } = 64;

    /// <summary>Requests that run at a time, at least 1.</summary>
    public int RequestsMax { get; init; } = 16;

    /// <summary>Requests that wait, at least 1; one more is refused. All wait until the next step.</summary>
    public int QueueMax { get; init; } = 1024;

    /// <summary>Most bytes that running requests take beside their keys and values, at least 1.</summary>
    public long MemoryMax { get; init; } = 1L << 30;

    /// <summary>Room for keys and values.</summary>
    public required StoreCapacity Store { get; init; }

    /// <summary>How keys and values are stored.</summary>
    public KeyValueFormat Format { get; init; } = KeyValueFormat.Float32;

    /// <summary>Settings that run one request, and nothing beside it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="model">Shapes of the model.</param>
    public static SchedulerSettings For(GenerationRequest request, Checkpoints.ModelConfig model)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(model);
        var size = RequestSize.Of(request, model);
        return new SchedulerSettings
        {
            RowsMax = size.FlightRows,
            HeadRowsMax = Math.Min(size.FlightRows, Math.Max(request.Mode.RowsMax, 16)),
            RequestsMax = 1,
            QueueMax = 1,
            Store = size.Store,
            MemoryMax = size.Bytes,
        };
    }

    internal void Check()
    {
        Require(RowsMax, 1, RowsLimit, nameof(RowsMax));
        Require(HeadRowsMax, 1, RowsLimit, nameof(HeadRowsMax));
        Require(RequestsMax, 1, RowsLimit, nameof(RequestsMax));
        Require(QueueMax, 1, int.MaxValue, nameof(QueueMax));
        if (MemoryMax < 1)
            throw new ArgumentException($"{nameof(MemoryMax)} is {MemoryMax} bytes; give at least 1.", nameof(MemoryMax));
    }

    static void Require(int value, int least, int most, string name)
    {
        if (value < least || value > most)
            throw new ArgumentException($"{name} is {value}; give {least} to {most}.", name);
    }
}
