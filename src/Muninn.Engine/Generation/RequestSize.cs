using System;
using Muninn.Engine.Caching;
using Muninn.Engine.Checkpoints;

namespace Muninn.Engine.Generation;

/// <summary>How large a request may become: known before it starts, and all it ever takes.</summary>
/// <param name="Positions">Positions of prompt and continuation.</param>
/// <param name="FlightRows">Rows of its largest flight.</param>
/// <param name="MonitorRows">Rows that its exit rule judges at a time.</param>
/// <param name="Store">Room for its keys and values.</param>
/// <param name="Bytes">Memory beside its keys and values.</param>
readonly record struct RequestSize(int Positions, int FlightRows, int MonitorRows, StoreCapacity Store, long Bytes)
{
    /// <summary>Positions of prompt and continuation; at most the context.</summary>
    internal static int PositionsOf(GenerationRequest request, ModelConfig model) =>
        (int)Math.Min(model.Context, (long)Math.Max(1, request.Prompt.Length) + Math.Max(1, request.TokensMax));

    /// <summary>The size of a request; numbers that are out of range count as the nearest that are in.</summary>
    /// <exception cref="OverflowException">Its keys and values are more than a store can address.</exception>
    internal static RequestSize Of(GenerationRequest request, ModelConfig model)
    {
        var mode = request.Mode;
        int prompt = Math.Max(1, request.Prompt.Length);
        int positions = PositionsOf(request, model);
        int flight = Math.Max(Math.Max(1, mode.RowsMax), Math.Min(request.PromptChunk, prompt));
        int judged = request.PromptExits ? flight : Math.Max(1, mode.RowsMax);
        // Its text, states and e of a flight, the state that is carried, and the logits that a check leaves.
        long numbers = model.Context + (2L * flight + 1) * model.Width + (request.Exit is { ReadsLogits: true } ? model.Vocabulary : 0);
        long bytes = sizeof(float) * numbers + mode.BytesFor(model)
            + (request.Exit is { } rule ? judged * rule.BytesPerRow(model.Width, model.Vocabulary) : 0);
        var store = StoreCapacity.For(request.Cache, Math.Clamp(request.Limit, 1, RequestCheck.LimitMax), positions + mode.PositionsBeyond, model.CoreBlocks);
        return new RequestSize(positions, flight, judged, store, bytes);
    }
}
