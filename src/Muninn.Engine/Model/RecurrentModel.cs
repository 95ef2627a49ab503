using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Kernels;

namespace Muninn.Engine.Model;

/// <summary>How weights are held for the products.</summary>
public enum WeightPacking
{
    /// <summary>bfloat16 stays bfloat16 and is widened in registers, whole numbers stay whole; everything else becomes float32.</summary>
    AsStored,

    /// <summary>Everything becomes float32; whole numbers their exact products with their scales.</summary>
    Float32,
}

/// <summary>Choices at load time that change results or memory.</summary>
public sealed record ModelOptions
{
    /// <summary>Where the rotary table comes from.</summary>
    public RotarySource Rotary { get; init; } = RotarySource.Exact;

    /// <summary>How weights are held.</summary>
    public WeightPacking Packing { get; init; } = WeightPacking.AsStored;
}

/// <summary>
/// The weights of a recurrent-depth transformer, packed once for the products: prelude, adapter, core, coda, head.
/// It computes nothing by itself but embeddings; <see cref="ForwardPass"/> does. May be shared by threads.
/// </summary>
public sealed class RecurrentModel : IDisposable
{
    readonly Tensor _embedding;
    readonly List<IDisposable> _owned = [];
    readonly WeightPacking _packing;
    readonly WorkerPool _pool;

    RecurrentModel(Checkpoint checkpoint, ModelOptions options, WorkerPool pool)
    {
        Config = checkpoint.Config;
        _packing = options.Packing;
        _pool = pool;
        try
        {
            _embedding = checkpoint.Embedding;
            Adapter = Pack(checkpoint, checkpoint.Tensor(WeightNames.Adapter), Config.Width, 2 * Config.Width);
            Prelude = Blocks(checkpoint, ModelPart.Prelude, Config.PreludeBlocks);
            Core = Blocks(checkpoint, ModelPart.Core, Config.CoreBlocks);
            Coda = Blocks(checkpoint, ModelPart.Coda, Config.CodaBlocks);
            FinalNorm = new FinalNorm(checkpoint.Tensor(WeightNames.FinalNorm).ToFloat32(), Config.NormEpsilon);
            Head = Pack(checkpoint, checkpoint.Head, Config.Vocabulary, Config.Width);
            RotaryTable = Model.RotaryTable.Compute(Config.Context, Config.HeadWidth, Config.RotaryBase);
        }
        catch
        {
            Dispose();
            throw;
        }

        if (checkpoint.RotaryTable is not { } stored)
            return;
        float[] table = stored.ToFloat32();
        StoredRotaryDifference = LargestDifference(RotaryTable, table);
        if (options.Rotary == RotarySource.Stored)
            RotaryTable = table;
    }

    /// <summary>Shapes and constants.</summary>
    public ModelConfig Config { get; }

    /// <summary>ln_f, through which every state is read.</summary>
    public FinalNorm FinalNorm { get; }

    /// <summary>
    /// Largest difference between the computed rotary table and the stored one, 0 … 2 (infinite where the stored one holds
    /// NaN); null where the file has none.
    /// </summary>
    public double? StoredRotaryDifference { get; }

    /// <summary>Memory of the packed weights, in bytes; the embedding stays in its file.</summary>
    public long PackedBytes { get; private set; }

    /// <summary>Memory of the packed weights that one iteration reads, in bytes: adapter and core.</summary>
    public long CoreBytes => Adapter.Bytes + Core.Sum(static block => block.Bytes);

    internal PanelWeights Adapter { get; }

    internal PanelWeights Head { get; }

    internal Block[] Prelude { get; }

    internal Block[] Core { get; }

    internal Block[] Coda { get; }

    internal float[] RotaryTable { get; }

    /// <summary>Packs the weights of a checkpoint.</summary>
    /// <param name="checkpoint">Open files; must stay open as long as the model lives: the embedding is read from there.</param>
    /// <param name="options">Rotary table and packing.</param>
    /// <param name="pool">Who packs; not needed afterwards.</param>
    /// <exception cref="IOException">The system has not that much memory; the message names the tensor.</exception>
    public static RecurrentModel Load(Checkpoint checkpoint, ModelOptions options, WorkerPool pool)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(pool);
        return new RecurrentModel(checkpoint, options, pool);
    }

    /// <summary>Packs the weights of a checkpoint on the calling thread.</summary>
    /// <param name="checkpoint">Open files; must stay open as long as the model lives: the embedding is read from there.</param>
    /// <param name="options">Rotary table and packing.</param>
    /// <exception cref="IOException">The system has not that much memory; the message names the tensor.</exception>
    public static RecurrentModel Load(Checkpoint checkpoint, ModelOptions options)
    {
        using var pool = new WorkerPool(1);
        return Load(checkpoint, options, pool);
    }

    /// <summary>x[r, :] = √width · embedding[tokens[r], :].</summary>
    /// <param name="tokens">Token of each row, each in 0 … vocabulary − 1.</param>
    /// <param name="destination"><c>[rows, width]</c>, overwritten.</param>
    public void Embed(ReadOnlySpan<int> tokens, Span<float> destination)
    {
        float scale = MathF.Sqrt(Config.Width);
        for (int row = 0; row < tokens.Length; row++)
        {
            RequireToken(tokens[row], row);
            Span<float> x = destination.Slice(row * Config.Width, Config.Width);
            _embedding.ReadElements((long)tokens[row] * Config.Width, x);
            foreach (ref float value in x)
                value *= scale;
        }
    }

    /// <summary>Refuses a prompt that this model cannot read.</summary>
    /// <param name="tokens">Token ids.</param>
    /// <exception cref="ArgumentException">None, more than the context holds, or an id that the vocabulary lacks.</exception>
    public void RequireTokens(ReadOnlySpan<int> tokens)
    {
        if (tokens.IsEmpty)
            throw new ArgumentException("There are no tokens; give at least one.", nameof(tokens));
        if (tokens.Length > Config.Context)
            throw new ArgumentException(
                $"The text has {tokens.Length} tokens, but this model reads at most {Config.Context}; " +
                $"shorten it by {tokens.Length - Config.Context}.", nameof(tokens));
        for (int position = 0; position < tokens.Length; position++)
            RequireToken(tokens[position], position);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var owned in _owned)
            owned.Dispose();
        _owned.Clear();
    }

    void RequireToken(int token, int position)
    {
        if ((uint)token >= (uint)Config.Vocabulary)
            throw new ArgumentException(
                $"Token {token} at position {position} is not in this model's vocabulary; ids run from 0 to {Config.Vocabulary - 1}.");
    }

    Block[] Blocks(Checkpoint checkpoint, ModelPart part, int count)
    {
        var blocks = new Block[count];
        for (int index = 0; index < count; index++)
            blocks[index] = LoadBlock(checkpoint, WeightNames.Block(part, index));
        return blocks;
    }

    Block LoadBlock(Checkpoint checkpoint, BlockWeightNames names) => new()
    {
        AttentionInputGain = checkpoint.Tensor(names.Norm(1)).ToFloat32(),
        AttentionSumGain = checkpoint.Tensor(names.Norm(2)).ToFloat32(),
        MlpInputGain = checkpoint.Tensor(names.Norm(3)).ToFloat32(),
        MlpSumGain = checkpoint.Tensor(names.Norm(4)).ToFloat32(),
        QueryKeyValue = Pack(checkpoint, checkpoint.Tensor(names.QueryKeyValue), 3 * Config.Width, Config.Width),
        QueryKeyBias = Config.QueryKeyBias ? checkpoint.Tensor(names.QueryKeyBias).ToFloat32() : [],
        AttentionOutput = Pack(checkpoint, checkpoint.Tensor(names.AttentionOutput), Config.Width, Config.Width),
        GateAndFactor = Pack(checkpoint, checkpoint.Tensor(names.GateAndFactor), 2 * Config.Hidden, Config.Width),
        MlpOutput = Pack(checkpoint, checkpoint.Tensor(names.HiddenOutput), Config.Width, Config.Hidden),
    };

    PanelWeights Pack(Checkpoint checkpoint, Tensor tensor, int outputs, int inputs)
    {
        var scales = WeightStorage.IntegerFormat(tensor.DType) is null ? null : checkpoint.Tensor(WeightStorage.ScalesOf(tensor.Name));
        var rows = new TensorRows(tensor, scales, inputs, _packing);
        var packed = Pack(rows, tensor, outputs, inputs);
        _owned.Add(packed);
        PackedBytes += packed.Bytes;
        return packed;
    }

    PanelWeights Pack(TensorRows rows, Tensor tensor, int outputs, int inputs)
    {
        try
        {
            return PanelWeights.Pack(rows.Format, outputs, inputs, rows, _pool);
        }
        catch (OutOfMemoryException e)
        {
            throw new IOException(
                $"{tensor.Path}: no memory for tensor '{tensor.Name}', {tensor.ShapeText}, as {rows.Format}, after {PackedBytes >> 20} MiB of "
                + "weights. Close other programs, or make the weights smaller: muninn quantize.", e);
        }
    }

    static double LargestDifference(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double largest = 0;
        for (int i = 0; i < a.Length; i++)
            largest = Math.Max(largest, Math.Abs((double)a[i] - b[i]));
        return double.IsNaN(largest) ? double.PositiveInfinity : largest;
    }
}
