using System;
using System.Collections.Generic;
using System.Globalization;
using Muninn.Cli.Frame;
using Muninn.Engine.Generation;

namespace Muninn.Cli.Input;

/// <summary>The options that say how the next token is chosen.</summary>
sealed class SamplingSettings
{
    readonly Setting<double?> _temperature = new(static text => Reads.Real(0, 100)(text), null)
    {
        Name = "--temperature",
        ValueName = "X",
        Description = "Draw tokens by chance: below 1 the likely become likelier, above 1 less so; 0 takes the likeliest.",
        FallbackText = "0",
    };

    readonly Setting<int> _topK = new(Reads.Number(0, int.MaxValue), 0)
    {
        Name = "--top-k",
        ValueName = "N",
        Description = "Draw among the N likeliest tokens only; 0 is all.",
    };

    readonly Setting<double> _topP = new(Reads.Real(0, 1, isOpen: true), 1)
    {
        Name = "--top-p",
        ValueName = "X",
        Description = "Draw among the likeliest tokens that have the share X together; 1 is all.",
    };

    readonly Setting<double> _minP = new(Reads.Real(0, 1), 0)
    {
        Name = "--min-p",
        ValueName = "X",
        Description = "Draw among tokens at least X times as likely as the likeliest; 0 is all.",
    };

    readonly Setting<double> _repetition = new(Reads.Real(0, 100, isOpen: true), 1)
    {
        Name = "--repetition-penalty",
        ValueName = "X",
        Description = "Above 1: tokens that stand in the text become less likely.",
    };

    readonly Setting<double?> _dryMultiplier = new(static text => Reads.Real(0, 1000)(text), null)
    {
        Name = "--dry-multiplier",
        ValueName = "X",
        Description = "Above 0: what would continue a repeated sequence becomes less likely, e.g. 0.8.",
    };

    readonly Setting<double?> _dryBase = new(static text => Reads.Real(1, 1000)(text), null)
    {
        Name = "--dry-base",
        ValueName = "X",
        Description = "What every further repeated token multiplies that penalty by.",
        FallbackText = "1.75",
    };

    readonly Setting<int?> _dryLength = new(static text => Reads.Number(1, DryPenalty.RangeMax)(text), null)
    {
        Name = "--dry-allowed-length",
        ValueName = "N",
        Description = "Repeated tokens from which that penalty holds.",
        FallbackText = "2",
    };

    readonly Setting<int?> _dryRange = new(static text => Reads.Number(1, DryPenalty.RangeMax)(text), null)
    {
        Name = "--dry-range",
        ValueName = "N",
        Description = "How many tokens back repetitions are looked for.",
        FallbackText = "1024",
    };

    readonly RepeatedSetting<(int Token, float Bias)> _bias = new(ReadBias)
    {
        Name = "--logit-bias",
        ValueName = "ID=X",
        Description = "Add X to the logit of token ID; -inf bans it. May be given several times.",
    };

    /// <summary>The options in the order of the help page.</summary>
    public IReadOnlyList<Setting> Settings =>
        [_temperature, _topK, _topP, _minP, _repetition, _dryMultiplier, _dryBase, _dryLength, _dryRange, _bias];

    /// <summary>The sampler of a command line.</summary>
    /// <param name="invocation">The command line.</param>
    /// <param name="seed">Decides every draw.</param>
    /// <exception cref="UsageException">An option that would be of no effect.</exception>
    public Sampler Of(Invocation invocation, ulong seed)
    {
        double temperature = invocation.Value(_temperature) ?? 0;
        Sampler sampler = temperature > 0
            ? new FilteredSampler
            {
                Temperature = (float)temperature,
                TopK = invocation.Value(_topK),
                TopP = invocation.Value(_topP),
                MinP = invocation.Value(_minP),
                Seed = seed,
            }
            : Sampler.Greedy;
        if (temperature == 0)
        {
            Setting[] filters = [_topK, _topP, _minP];
            if (Array.Find(filters, invocation.IsTyped) is { } filter)
                throw new UsageException($"{filter.Name} says among which tokens to draw, and without a temperature none is drawn. " +
                    "Give --temperature too, e.g. --temperature 0.8, or leave it out.");
        }

        return sampler with
        {
            RepetitionPenalty = (float)invocation.Value(_repetition),
            Dry = DryOf(invocation),
            LogitBias = BiasOf(invocation),
        };
    }

    DryPenalty? DryOf(Invocation invocation)
    {
        var multiplier = invocation.Value(_dryMultiplier) ?? 0;
        if (multiplier == 0)
        {
            Setting[] others = [_dryBase, _dryLength, _dryRange];
            return Array.Find(others, invocation.IsTyped) is not { } other
                ? null
                : throw new UsageException($"{other.Name} shapes the DRY penalty, and there is none. Give --dry-multiplier too, e.g. --dry-multiplier 0.8.");
        }

        var standard = new DryPenalty();
        return standard with
        {
            Multiplier = (float)multiplier,
            Base = (float)(invocation.Value(_dryBase) ?? standard.Base),
            AllowedLength = invocation.Value(_dryLength) ?? standard.AllowedLength,
            Range = invocation.Value(_dryRange) ?? standard.Range,
        };
    }

    Dictionary<int, float> BiasOf(Invocation invocation)
    {
        var biases = new Dictionary<int, float>();
        foreach (var (token, bias) in invocation.Values(_bias))
        {
            if (!biases.TryAdd(token, bias)) throw new UsageException($"{_bias.Name}: token {token} is given twice; give it once.");
        }

        return biases;
    }

    static (int Token, float Bias) ReadBias(string text)
    {
        var parts = text.Split('=');
        if (parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int token))
        {
            if (parts[1] is "-inf") return (token, float.NegativeInfinity);
            if (float.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out float bias) && float.IsFinite(bias))
                return (token, bias);
        }

        throw new FormatException($"'{text}' is no bias; give a token id and a number, e.g. 17=-2.5, or 17=-inf to ban the token.");
    }
}
