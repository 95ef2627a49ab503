using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;

namespace Muninn.Engine.Generation;

/// <summary>How tokens come about.</summary>
public abstract record DecodingMode
{
    /// <summary>One token after the other.</summary>
    public static DecodingMode Plain { get; } = new PlainMode();

    /// <summary>Rows of its largest flight behind the prompt.</summary>
    internal virtual int RowsMax => 1;

    /// <summary>Positions behind the last token that it may try.</summary>
    internal virtual int PositionsBeyond => 0;

    /// <summary>Memory of its own beside the flight, in bytes.</summary>
    internal virtual long BytesFor(ModelConfig model) => 0;

    /// <summary>Why a request cannot run this way; null: it can.</summary>
    internal virtual string? RefusalOf(GenerationRequest request) => null;

    /// <summary>A run of a request.</summary>
    internal abstract RequestRun Start(RequestTicket ticket, RecurrentModel model);
}

/// <summary>One token after the other.</summary>
sealed record PlainMode : DecodingMode
{
    internal override RequestRun Start(RequestTicket ticket, RecurrentModel model) => new PlainRun(ticket, model);
}
