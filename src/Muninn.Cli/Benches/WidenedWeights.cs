using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Muninn.Engine.Checkpoints;
using Muninn.Kernels;

namespace Muninn.Cli.Benches;

/// <summary>
/// A trained model made wider without a change of what it computes (Chen, Goodfellow and Shlens, "Net2Net", 2016): the time of a
/// large model with the text, the exits and the drafts of a trained one, which no fresh weights have.
/// </summary>
/// <remarks>
/// The state becomes copies of the state, side by side, and each head a head for every copy. A matrix is repeated along both sides
/// and divided by the copies that it sums up; what is looked up by token is divided by the square root, because the scale of the
/// embedding grows with it. Where both are powers of two, no bit of a weight is lost. Logits alone grow, by the square root.
/// </remarks>
static class WidenedWeights
{
    /// <summary>The shape of the wide model.</summary>
    /// <param name="config">The shape of the narrow one, whose head is its embedding.</param>
    /// <param name="copies">How often the state is repeated; a power of four.</param>
    /// <param name="hiddenCopies">How often the channels within a gated layer are; a power of two.</param>
    public static ModelConfig Shape(ModelConfig config, int copies, int hiddenCopies) => config with
    {
        Width = checked(config.Width * copies),
        Heads = checked(config.Heads * copies),
        Hidden = checked(config.Hidden * hiddenCopies),
    };

    /// <summary>Every tensor of the wide model, made when it is written.</summary>
    /// <param name="narrow">The model that is widened; must stay open until all is written.</param>
    /// <param name="wide">A shape from <see cref="Shape"/>.</param>
    public static IReadOnlyList<TensorSource> Of(Checkpoint narrow, ModelConfig wide)
    {
        var blocks = WeightNames.Blocks(wide).ToList();
        var thirds = blocks.Select(static block => block.QueryKeyValue).ToHashSet();
        var halves = blocks.SelectMany(static block => new[] { block.GateAndFactor, block.QueryKeyBias }).ToHashSet();
        var matrices = WeightNames.Matrices(wide).ToHashSet();
        return [.. WeightNames.Required(wide).Select(weight =>
        {
            var tensor = narrow.Tensor(weight.Name);
            int rowParts = thirds.Contains(weight.Name) ? 3 : halves.Contains(weight.Name) ? 2 : 1;
            int columnParts = weight.Name == WeightNames.Adapter ? 2 : 1;
            var from = SidesOf(tensor.Shape.ToArray());
            var to = SidesOf(weight.Shape);
            double copies = (double)to.Columns / from.Columns;
            double share = matrices.Contains(weight.Name) ? 1 / copies : weight.Name == WeightNames.Embedding ? 1 / Math.Sqrt(copies) : 1;
            return new TensorSource(weight.Name, DType.BF16, weight.Shape, stream =>
                Write(stream, Scaled(tensor.ToFloat32(), share), (from.Rows / rowParts, from.Columns / columnParts), (to.Rows, to.Columns), rowParts, columnParts));
        })];
    }

    /// <summary>A matrix as it is; all else as rows of what a state is wide, or of one row.</summary>
    static (int Rows, int Columns) SidesOf(long[] shape) => shape.Length switch
    {
        1 => (1, checked((int)shape[0])),
        2 => (checked((int)shape[0]), checked((int)shape[1])),
        _ => (checked((int)shape[0]), checked((int)(shape[2] * shape[3]))),
    };

    static ushort[] Scaled(float[] weights, double share)
    {
        for (int i = 0; i < weights.Length; i++) weights[i] = (float)(weights[i] * share);
        var halves = new ushort[weights.Length];
        BrainFloats.Round(weights, halves);
        return halves;
    }

    static void Write(Stream stream, ushort[] weights, (int Rows, int Columns) part, (int Rows, int Columns) to, int rowParts, int columnParts)
    {
        var row = new ushort[to.Columns];
        int columns = to.Columns / columnParts;
        for (int i = 0; i < to.Rows; i++)
        {
            int rowPart = i / (to.Rows / rowParts);
            int from = rowPart * part.Rows + i % (to.Rows / rowParts) % part.Rows;
            for (int at = 0; at < to.Columns; at += part.Columns)
            {
                var source = weights.AsSpan((from * columnParts + at / columns) * part.Columns, part.Columns);
                source.CopyTo(row.AsSpan(at));
            }

            stream.Write(MemoryMarshal.AsBytes(row.AsSpan()));
        }
    }
}
