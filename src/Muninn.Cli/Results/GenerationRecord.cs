using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Engine.Generation;
using Muninn.Engine.Recurrence;

namespace Muninn.Cli.Results;

/// <summary>What a generation did, and how long it took.</summary>
sealed class GenerationRecord
{
    readonly List<GeneratedToken> _tokens = [];
    TimeSpan _first;
    TimeSpan _all;

    /// <summary>What was asked for.</summary>
    public required GenerationRequest Request { get; init; }

    /// <summary>Room for keys and values, in bytes.</summary>
    public required long StoreBytes { get; init; }

    /// <summary>Memory of the weights, in bytes.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>The tokens, an end token included.</summary>
    public IReadOnlyList<GeneratedToken> Tokens => _tokens;

    /// <summary>Why it ended.</summary>
    public GenerationEnd End { get; private set; }

    /// <summary>Passes through blocks that it waited for, one after the other.</summary>
    public long BlockPasses { get; private set; }

    /// <summary>Tokens that a speculation drafted.</summary>
    public int Drafted { get; private set; }

    /// <summary>Drafted tokens that stood.</summary>
    public int Accepted { get; private set; }

    /// <summary>Prompt tokens a second, until the first token came; NaN where none came.</summary>
    public double PromptRate => _tokens.Count > 0 ? Request.Prompt.Length / _first.TotalSeconds : double.NaN;

    /// <summary>Tokens a second behind the first one; NaN where there is none.</summary>
    public double DecodeRate => _tokens.Count > 1 ? (_tokens.Count - 1) / (_all - _first).TotalSeconds : double.NaN;

    /// <summary>Time from the prompt to the end.</summary>
    public TimeSpan Elapsed => _all;

    /// <summary>Mean iterations of the rows that gave the tokens; NaN where there is none.</summary>
    public double MeanIterations => _tokens.Count > 0 ? _tokens.Average(static token => token.Iterations) : double.NaN;

    /// <summary>Tokens whose row stopped for a reason.</summary>
    public int ExitsBy(ExitReason reason) => _tokens.Count(token => token.Reason == reason);

    /// <summary>Block passes a token; NaN where there is none.</summary>
    public double BlockPassesPerToken => _tokens.Count > 0 ? (double)BlockPasses / _tokens.Count : double.NaN;

    /// <summary>Share of the drafted tokens that stood; NaN where none was drafted.</summary>
    public double Acceptance => Drafted > 0 ? (double)Accepted / Drafted : double.NaN;

    /// <summary>A token came.</summary>
    /// <param name="token">The token.</param>
    /// <param name="since">Time since the beginning.</param>
    public void Add(in GeneratedToken token, TimeSpan since)
    {
        if (_tokens.Count == 0) _first = since;
        _tokens.Add(token);
    }

    /// <summary>Refuses a generation that ended where it should not.</summary>
    /// <exception cref="InvalidDataException">The logits of the model were no finite numbers.</exception>
    /// <exception cref="UsageException">No token was left to choose.</exception>
    public void RequireSound()
    {
        if (End == GenerationEnd.NotFinite)
        {
            throw new InvalidDataException(
                $"the model gave logits that are no finite numbers behind {_tokens.Count} tokens. Its weights may be damaged; look with 'muninn trace'.");
        }

        if (End == GenerationEnd.EveryTokenBanned)
            throw new UsageException("--logit-bias bans every token that the model could give. Ban fewer.");
    }

    /// <summary>The generation is over.</summary>
    /// <param name="ticket">How it stands.</param>
    /// <param name="since">Time since the beginning.</param>
    public void Finish(RequestTicket ticket, TimeSpan since)
    {
        End = ticket.End;
        BlockPasses = ticket.BlockPasses;
        (Drafted, Accepted) = (ticket.Drafted, ticket.Accepted);
        _all = since;
    }
}
