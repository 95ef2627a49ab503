using System;
using Muninn.Engine.Model;

namespace Muninn.Engine.Generation;

/// <summary>One token after the other, each with as many iterations as it needs.</summary>
sealed class PlainRun : RequestRun
{
    internal PlainRun(RequestTicket ticket, RecurrentModel model) : base(ticket, model)
    {
    }

    protected override void LandContinuation(ReadOnlySpan<float> logits)
    {
        int last = Flight.Count - 1;
        Carry(last);
        if (Choose(logits, last))
            TokenFlight(Request.Limit);
    }
}
