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
    internal static RequestSize Of(GenerationRequest request, ModelConfig model)
    {
        var mode = request.Mode;
        int prompt = Math.Max(1, request.Prompt.Length);
        int positions = (int)Math.Min(model.Context, (long)prompt + request.TokensMax);
        int flight = Math.Max(mode.RowsMax, Math.Min(request.PromptChunk, prompt));
        int judged = request.PromptExits ? flight : mode.RowsMax;
        // Its text, states and e of a flight, the state that is carried, and the logits that a check leaves.
        long numbers = model.Context + (2L * flight + 1) * model.Width + (request.Exit is { ReadsLogits: true } ? model.Vocabulary : 0);
        long bytes = sizeof(float) * numbers + mode.BytesFor(model)
            + (request.Exit is { } rule ? judged * rule.BytesPerRow(model.Width, model.Vocabulary) : 0);
        var store = StoreCapacity.For(request.Cache, request.Limit, positions + mode.PositionsBeyond, model.CoreBlocks);
        return new RequestSize(positions, flight, judged, store, bytes);
    }
}
