using System;
using Muninn.Engine.Model;
using Muninn.Kernels;

namespace Muninn.Engine.Generation;

/// <summary>
/// Speculation as the original does it: verification starts anew, a draft stands above a share of the largest probability, and
/// the likeliest token takes the place of one that does not.
/// </summary>
sealed class ReferenceSpeculativeRun : SpeculativeRun
{
    readonly double _leastDifference;

    internal ReferenceSpeculativeRun(SpeculativeMode mode, RequestTicket ticket, RecurrentModel model)
        : base(mode, ticket, model) => _leastDifference = Math.Log(ticket.Request.Reference!.AcceptanceShare);

    protected override bool ContinuesDrafts => false;

    /// <summary>The last round may draft beyond the end of the text.</summary>
    protected override int Wanted(int length, int left) => Math.Min(length, left + 1);

    protected override bool Stands(int draft, ReadOnlySpan<float> logits, ReadOnlySpan<float> verified, ReadOnlySpan<float> drafted) =>
        logits[draft] - Softmax.Largest(logits) >= _leastDifference;

    protected override int Corrected(Span<float> verified, ReadOnlySpan<float> drafted) => TokenSampler.Draw(verified, 0);
}
