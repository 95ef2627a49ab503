using System.Collections.Generic;
using Muninn.Engine.Recurrence;

namespace Muninn.Engine.Generation;

/// <summary>One token, and how long the row thought that chose it.</summary>
/// <param name="Token">Its id.</param>
/// <param name="Position">Its position in the sequence: the first one stands right behind the prompt.</param>
/// <param name="LogProbability">ln of the model's own probability, before penalties, temperature and filters.</param>
/// <param name="Iterations">Iterations of the row that chose it.</param>
/// <param name="Reason">Why that row stopped.</param>
/// <param name="ExitValue">Value of the exit rule at its last check; NaN where there is no rule or no check.</param>
public readonly record struct GeneratedToken(
    int Token, int Position, double LogProbability, int Iterations, ExitReason Reason, double ExitValue)
{
    /// <summary>
    /// The tokens that the model itself held likeliest here, the likeliest first: as many as <see cref="GenerationRequest.Likeliest"/>
    /// asks for, or as there are.
    /// </summary>
    public IReadOnlyList<TokenLogProbability> Likeliest { get => field ?? []; init; }
}

/// <summary>Receives each token as it comes about.</summary>
/// <param name="token">The token.</param>
/// <returns>Whether to go on; false ends the request with <see cref="GenerationEnd.StopText"/>.</returns>
public delegate bool TokenSink(in GeneratedToken token);

/// <summary>Why a request ended.</summary>
public enum GenerationEnd
{
    /// <summary>It has not ended.</summary>
    None,

    /// <summary>As many tokens as were asked for.</summary>
    TokensMax,

    /// <summary>A stop token.</summary>
    StopToken,

    /// <summary>The receiver of the tokens had enough: a stop string, for one.</summary>
    StopText,

    /// <summary>The context of the model is full.</summary>
    ContextFull,

    /// <summary>It was cancelled.</summary>
    Cancelled,

    /// <summary>The model gave logits that are no finite numbers.</summary>
    NotFinite,

    /// <summary>The logit bias bans every token that the model could give.</summary>
    EveryTokenBanned,

    /// <summary>It was never started: see <see cref="RequestTicket.Explanation"/>.</summary>
    Refused,

    /// <summary>Something failed, in its receiver or in a pass: see <see cref="RequestTicket.Failure"/>. Reading its stream throws it.</summary>
    Failed,
}
