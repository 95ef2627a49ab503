using System;
using System.Collections.Generic;
using Muninn.Engine.Checkpoints;

namespace Muninn.Engine.Initialization;

/// <summary>What the elements of a weight tensor are before training.</summary>
public abstract record WeightLaw
{
    /// <summary>Norm gains: all 1.</summary>
    public static WeightLaw One { get; } = new ConstantLaw(1);

    /// <summary>Biases: all 0.</summary>
    public static WeightLaw Zero { get; } = new ConstantLaw(0);

    /// <summary>Normal, cut at ±3 deviations.</summary>
    /// <param name="deviation">The deviation before the cut, which lowers it by 1.3 %.</param>
    public static WeightLaw Normal(double deviation) => new NormalLaw(deviation, deviation);

    /// <summary>Normal, cut at ±3 deviations, with one deviation for the upper half of the rows and another for the lower.</summary>
    /// <param name="upper">Deviation of the first half of the elements.</param>
    /// <param name="lower">Deviation of the second half.</param>
    public static WeightLaw NormalHalves(double upper, double lower) => new NormalLaw(upper, lower);

    /// <summary>The law of every tensor of a model, by name, as the original's inference class draws them.</summary>
    /// <remarks>
    /// With d = √(2 / (5·width)) and o = d / √(2·depth), depth the expected number of blocks that a token passes: d for the embedding,
    /// the head, the adapter, queries, keys, values and the gate; o for both output projections and the factor of the gated layer (for
    /// that last the original's training class takes d). Source: Geiping et al., 2025; Takase et al., "Spike no more", 2023.
    /// </remarks>
    /// <param name="config">The model's shape.</param>
    public static IReadOnlyDictionary<string, WeightLaw> Of(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var inner = Normal(config.WeightDeviation);
        var output = Normal(config.OutputDeviation);
        var halves = NormalHalves(config.WeightDeviation, config.OutputDeviation);
        var laws = new Dictionary<string, WeightLaw>(StringComparer.Ordinal)
        {
            [WeightNames.Embedding] = inner,
            [WeightNames.Head] = inner,
            [WeightNames.Adapter] = inner,
            [WeightNames.FinalNorm] = One,
        };
        foreach (var block in WeightNames.Blocks(config))
        {
            for (int norm = 1; norm <= BlockWeightNames.Norms; norm++)
                laws.Add(block.Norm(norm), One);
            laws.Add(block.QueryKeyValue, inner);
            laws.Add(block.QueryKeyBias, Zero);
            laws.Add(block.AttentionOutput, output);
            laws.Add(block.GateAndFactor, halves);
            laws.Add(block.HiddenOutput, output);
        }

        return laws;
    }

    /// <summary>How the elements of one tensor come about.</summary>
    /// <param name="seed">Seed of every random number.</param>
    /// <param name="tensor">The tensor's name: others with the same law get other numbers.</param>
    /// <param name="count">How many elements it has.</param>
    public abstract ElementFill FillOf(ulong seed, string tensor, long count);

    sealed record ConstantLaw(float Value) : WeightLaw
    {
        public override ElementFill FillOf(ulong seed, string tensor, long count) => (_, destination) => destination.Fill(Value);
    }

    sealed record NormalLaw(double Upper, double Lower) : WeightLaw
    {
        public override ElementFill FillOf(ulong seed, string tensor, long count)
        {
            var noise = new Randomness.WeightNoise(seed, tensor);
            long half = count / 2;
            return (first, destination) =>
            {
                int above = (int)Math.Clamp(half - first, 0, destination.Length);
                noise.Fill(first, Upper, destination[..above]);
                noise.Fill(first + above, Lower, destination[above..]);
            };
        }
    }
}

/// <summary>Computes some neighbouring elements of a tensor; called by several threads at once.</summary>
/// <param name="first">Number of the first element, row by row.</param>
/// <param name="destination">Overwritten.</param>
public delegate void ElementFill(long first, Span<float> destination);
