using System.Collections.Generic;

namespace Muninn.Engine.Checkpoints;

/// <summary>The three parts of the model that hold blocks.</summary>
public enum ModelPart
{
    /// <summary>Before the recurrence.</summary>
    Prelude,

    /// <summary>Iterated.</summary>
    Core,

    /// <summary>After the recurrence.</summary>
    Coda,
}

/// <summary>Names of the tensors of a checkpoint, and their shapes.</summary>
public static class WeightNames
{
    /// <summary><c>[vocabulary, width]</c></summary>
    public const string Embedding = "transformer.wte.weight";

    /// <summary><c>[width, 2·width]</c>: the first half of the columns acts on the state, the second on the injected input.</summary>
    public const string Adapter = "transformer.adapter.weight";

    /// <summary><c>[width]</c></summary>
    public const string FinalNorm = "transformer.ln_f.weight";

    /// <summary><c>[vocabulary, width]</c>; may be absent from, or a copy in, a tied model.</summary>
    public const string Head = "lm_head.weight";

    /// <summary><c>[1, context, 1, headWidth/2, 2]</c> cos, sin; may be absent.</summary>
    public const string RotaryTable = "freqs_cis";

    /// <summary>Names of one block's tensors.</summary>
    /// <param name="part">Where the block is.</param>
    /// <param name="index">Its place there, from 0.</param>
    public static BlockWeightNames Block(ModelPart part, int index) => new(part, index);

    /// <summary>Names of every block's tensors: prelude, core, coda.</summary>
    /// <param name="config">The model's shape.</param>
    public static IEnumerable<BlockWeightNames> Blocks(ModelConfig config)
    {
        foreach (var (part, count) in new[]
            {
                (ModelPart.Prelude, config.PreludeBlocks),
                (ModelPart.Core, config.CoreBlocks),
                (ModelPart.Coda, config.CodaBlocks),
            })
        {
            for (var i = 0; i < count; i++)
                yield return Block(part, i);
        }
    }

    /// <summary>Every tensor that a model of this shape must have, with its shape; optional ones left out.</summary>
    /// <param name="config">The model's shape.</param>
    public static IEnumerable<(string Name, long[] Shape)> Required(ModelConfig config)
    {
        long width = config.Width;
        yield return (Embedding, [config.Vocabulary, width]);
        yield return (Adapter, [width, 2 * width]);
        yield return (FinalNorm, [width]);
        if (!config.TiedEmbedding)
            yield return (Head, [config.Vocabulary, width]);
        foreach (var block in Blocks(config))
        {
            for (var norm = 1; norm <= BlockWeightNames.Norms; norm++)
                yield return (block.Norm(norm), [width]);
            yield return (block.QueryKeyValue, [3 * width, width]);
            if (config.QueryKeyBias)
                yield return (block.QueryKeyBias, [2, 1, config.Heads, config.HeadWidth]);
            yield return (block.AttentionOutput, [width, width]);
            yield return (block.GateAndFactor, [2L * config.Hidden, width]);
            yield return (block.HiddenOutput, [width, config.Hidden]);
        }
    }

    /// <summary>The matrices that may be stored in whole numbers: all that act on a state, neither embedding nor head.</summary>
    /// <param name="config">The model's shape.</param>
    public static IEnumerable<string> Matrices(ModelConfig config)
    {
        yield return Adapter;
        foreach (var block in Blocks(config))
        {
            yield return block.QueryKeyValue;
            yield return block.AttentionOutput;
            yield return block.GateAndFactor;
            yield return block.HiddenOutput;
        }
    }

    /// <summary>Every tensor that a model of this shape may have beside the required ones, with its shape.</summary>
    /// <param name="config">The model's shape.</param>
    public static IEnumerable<(string Name, long[] Shape)> Optional(ModelConfig config)
    {
        if (config.TiedEmbedding)
            yield return (Head, [config.Vocabulary, config.Width]);
        yield return (RotaryTable, [1, config.Context, 1, config.HeadWidth / 2, 2]);
    }
}

/// <summary>Names of the tensors of one block.</summary>
/// <param name="Part">Where the block is.</param>
/// <param name="Index">Its place there, from 0.</param>
public readonly record struct BlockWeightNames(ModelPart Part, int Index)
{
    /// <summary>Normalisations in a block: 1 and 3 before the branches, 2 and 4 after their sums.</summary>
    public const int Norms = 4;

    /// <summary><c>[3·width, width]</c>: rows of all query heads, all key heads, all value heads.</summary>
    public string QueryKeyValue => Name("attn.Wqkv.weight");

    /// <summary><c>[2, 1, heads, headWidth]</c>: 0 for queries, 1 for keys.</summary>
    public string QueryKeyBias => Name("attn.qk_bias");

    /// <summary><c>[width, width]</c></summary>
    public string AttentionOutput => Name("attn.proj.weight");

    /// <summary><c>[2·hidden, width]</c>: rows of the gate, then of the factor.</summary>
    public string GateAndFactor => Name("mlp.fc.weight");

    /// <summary><c>[width, hidden]</c></summary>
    public string HiddenOutput => Name("mlp.proj.weight");

    /// <summary><c>[width]</c>, number 1 … <see cref="Norms"/>.</summary>
    /// <param name="number">Which of the four.</param>
    public string Norm(int number) => Name($"norm_{number}.weight");

    string Name(string rest) => Part switch
    {
        ModelPart.Prelude => $"transformer.prelude.{Index}.{rest}",
        ModelPart.Core => $"transformer.core_block.{Index}.{rest}",
        _ => $"transformer.coda.{Index}.{rest}",
    };
}
