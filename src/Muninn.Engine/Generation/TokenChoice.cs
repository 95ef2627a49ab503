namespace Muninn.Engine.Generation;

/// <summary>What came of a choice: an expected ending is a value, not an exception.</summary>
public enum ChoiceOutcome
{
    /// <summary>A token was chosen.</summary>
    Chosen,

    /// <summary>A logit of the model is NaN or +∞, or all are −∞: there is no distribution.</summary>
    LogitsNotFinite,

    /// <summary>The logit bias bans every token that the model could give.</summary>
    EveryTokenBanned,
}

/// <summary>A chosen token.</summary>
/// <param name="Outcome">Whether there is one.</param>
/// <param name="Token">Its id; −1 if there is none.</param>
/// <param name="LogProbability">
/// Natural logarithm of the probability that the model itself gave it: softmax of the raw logits, before any bias, penalty,
/// temperature or filter. NaN if there is no token.
/// </param>
public readonly record struct TokenChoice(ChoiceOutcome Outcome, int Token, float LogProbability)
{
    /// <summary>No token, and why.</summary>
    internal static TokenChoice None(ChoiceOutcome outcome) => new(outcome, -1, float.NaN);
}

/// <summary>What a random number at a position is drawn for: its index there, so that uses never share numbers.</summary>
public enum DrawPurpose
{
    /// <summary>The token itself.</summary>
    Token = 0,

    /// <summary>Whether a drafted token is accepted (speculation).</summary>
    Acceptance = 1,

    /// <summary>The token in place of a rejected one (speculation).</summary>
    Residual = 2,
}
