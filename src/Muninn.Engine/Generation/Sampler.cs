using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Globalization;

namespace Muninn.Engine.Generation;

/// <summary>
/// How the next token is chosen from a row of logits. A sampler is a value; what it needs while it works is a
/// <see cref="TokenSampler"/>.
/// </summary>
/// <remarks>
/// In this order: <see cref="LogitBias"/> on the raw logits, <see cref="RepetitionPenalty"/>, <see cref="Dry"/>; then the most
/// likely token, or the steps of <see cref="FilteredSampler"/>.
/// </remarks>
public abstract record Sampler
{
    /// <summary>The most likely token; of equally likely ones the lowest id.</summary>
    public static Sampler Greedy { get; } = new GreedySampler();

    /// <summary>
    /// Added to the raw logits, by token id: any number but NaN and +∞; −∞ bans a token. Two samplers are equal only if they
    /// hold the same dictionary.
    /// </summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = ReadOnlyDictionary<int, float>.Empty;

    /// <summary>
    /// Every token of the history, each once: its logit is divided by this if it is at least 0, otherwise multiplied. Above 0;
    /// 1 changes nothing, more makes repetition less likely.
    /// </summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Makes the continuation of repeated sequences less likely; null for no such thing.</summary>
    public DryPenalty? Dry { get; init; }

    /// <summary>The same with copies of what its owner may change later.</summary>
    internal Sampler Snapshot() => this with
    {
        LogitBias = LogitBias.Count == 0 ? LogitBias : new Dictionary<int, float>(LogitBias),
        Dry = Dry is { } dry ? dry with { SequenceBreakers = [.. dry.SequenceBreakers] } : null,
    };

    /// <summary>Refuses what no sampler can work with.</summary>
    /// <param name="vocabulary">Number of logits of a row.</param>
    /// <exception cref="ArgumentException">A parameter is outside its range.</exception>
    public void Validate(int vocabulary)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(vocabulary);
        Require(RepetitionPenalty > 0 && float.IsFinite(RepetitionPenalty), nameof(RepetitionPenalty), RepetitionPenalty,
            "a finite number above 0; 1 changes nothing");
        foreach (var (token, bias) in LogitBias)
        {
            if (token < 0 || token >= vocabulary)
            {
                throw new ArgumentException(
                    Invariant($"{nameof(LogitBias)} names token {token}, but the vocabulary has {vocabulary} tokens; name ids from 0 to {vocabulary - 1}."));
            }

            if (float.IsNaN(bias) || float.IsPositiveInfinity(bias))
            {
                throw new ArgumentException(
                    Invariant($"{nameof(LogitBias)} of token {token} is {bias}; give a finite number, or −∞ to ban the token."));
            }
        }

        Dry?.Validate(vocabulary);
        ValidateSteps();
    }

    /// <summary>Refuses what stands outside its range in the steps of a kind of sampler.</summary>
    private protected abstract void ValidateSteps();

    /// <summary>Whether logits go through as they are.</summary>
    internal bool LeavesLogits => LogitBias.Count == 0 && RepetitionPenalty is 1 && Dry is null;

    private protected static void Require(bool isMet, string parameter, IFormattable value, string remedy)
    {
        if (!isMet) throw new ArgumentException(Invariant($"{parameter} is {value}; give {remedy}."));
    }

    internal static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

sealed record GreedySampler : Sampler
{
    private protected override void ValidateSteps()
    {
    }
}

/// <summary>Which token of the nucleus is the last.</summary>
public enum NucleusRule
{
    /// <summary>
    /// The usual rule (Holtzman et al., 2019): the fewest tokens that reach <see cref="FilteredSampler.TopP"/> together, the
    /// one that crosses it included, of the distribution as top-k left it.
    /// </summary>
    KeepCrossing,

    /// <summary>
    /// The rule of the original implementation, here to reproduce it: the token that crosses is dropped unless it is the first,
    /// so less is kept than was asked for; and the sums are those from before top-k, so that behind it nearly all is kept.
    /// </summary>
    DropCrossing,
}

/// <summary>
/// A token drawn by chance. In this order: what every <see cref="Sampler"/> does to logits, <see cref="Temperature"/>,
/// softmax, <see cref="TopK"/>, <see cref="TopP"/>, <see cref="MinP"/>, and what is left rescaled to 1.
/// </summary>
public sealed record FilteredSampler : Sampler
{
    /// <summary>Logits are divided by this: below 1 the likely become likelier. Above 0; 1 changes nothing.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>Only the tokens at least as likely as the k-th most likely one, ties included; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>Only the most likely tokens up to this probability together, in (0, 1]; 1 for all. See <see cref="Nucleus"/>.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Only tokens at least this times as likely as the most likely one, in [0, 1]; 0 for all.</summary>
    public double MinP { get; init; }

    /// <summary>Where <see cref="TopP"/> cuts.</summary>
    public NucleusRule Nucleus { get; init; }

    /// <summary>The request's seed: with the position it decides every draw, alone or in any batch.</summary>
    public ulong Seed { get; init; }

    private protected override void ValidateSteps()
    {
        Require(Temperature > 0 && float.IsFinite(Temperature), nameof(Temperature), Temperature,
            $"a finite number above 0; for the most likely token use {nameof(Sampler)}.{nameof(Greedy)}");
        Require(TopK >= 0, nameof(TopK), TopK, "a number of tokens, or 0 for all");
        Require(TopP is > 0 and <= 1, nameof(TopP), TopP, "a probability above 0 and at most 1; 1 keeps all tokens");
        Require(MinP is >= 0 and <= 1, nameof(MinP), MinP, "a share from 0 to 1; 0 keeps all tokens");
        Require(Nucleus is NucleusRule.KeepCrossing or NucleusRule.DropCrossing, nameof(Nucleus), (int)Nucleus,
            $"{NucleusRule.KeepCrossing} or {NucleusRule.DropCrossing}");
    }
}
