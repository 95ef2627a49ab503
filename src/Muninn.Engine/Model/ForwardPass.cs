using System;
using System.Threading;
using Muninn.Engine.Caching;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;

namespace Muninn.Engine.Model;

/// <summary>
/// The arithmetic of one pass over any rows: embed, prelude, core, coda and head of one model, with the scratch memory
/// and the key/value store of one caller. Nothing is allocated after construction.
/// </summary>
/// <remarks>
/// Not safe for two threads at once: each calling thread needs a pass and a pool of its own. The model may be shared.
/// </remarks>
public sealed class ForwardPass
{
    /// <summary>
    /// Rows that go through the MLP together: its scratch is several times wider than a state, and
    /// at this many rows the weights are read from memory rarely enough to be free.
    /// </summary>
    const int RowsPerChunk = 512;

    readonly RecurrentModel _model;
    readonly WorkerPool _pool;
    readonly KeyValueStore _store;
    readonly int _width;
    readonly int[] _places;
    readonly int[] _starts;
    readonly int[] _lengths;
    readonly float[] _queryKeyValue;
    readonly float[] _attention;
    readonly float[] _branch;
    readonly float[] _coda;
    readonly float[] _gateAndFactor;

    /// <summary>Scratch memory for passes of at most <paramref name="rowsMax"/> rows.</summary>
    /// <param name="model">The weights; must outlive this object.</param>
    /// <param name="pool">Threads for products and attention.</param>
    /// <param name="rowsMax">Most rows of a pass, at least 1.</param>
    /// <param name="sequences">Sequences in the key/value store, at least 1.</param>
    /// <param name="positionsMax">Most positions of a sequence, 1 … context.</param>
    public ForwardPass(RecurrentModel model, WorkerPool pool, int rowsMax, int sequences, int positionsMax)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentOutOfRangeException.ThrowIfLessThan(rowsMax, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(positionsMax, model.Config.Context);
        _model = model;
        _pool = pool;
        _width = model.Config.Width;
        var layout = new KeyValueLayout(model.Config.Heads, model.Config.HeadWidth);
        int slots = model.Config.PreludeBlocks + model.Config.CoreBlocks + model.Config.CodaBlocks;
        _store = new KeyValueStore(layout, slots, sequences, positionsMax);
        _places = new int[rowsMax];
        _starts = new int[rowsMax];
        _lengths = new int[rowsMax];
        int states = checked(rowsMax * _width);
        _queryKeyValue = new float[checked(3 * states)];
        _attention = new float[states];
        _branch = new float[states];
        _coda = new float[states];
        int chunk = Math.Min(rowsMax, RowsPerChunk);
        _gateAndFactor = new float[checked(chunk * 2 * model.Config.Hidden)];
    }

    /// <summary>Memory of a pass, but for what its pool holds, in bytes.</summary>
    /// <param name="config">Shapes of the model.</param>
    /// <param name="rowsMax">Most rows of a pass.</param>
    /// <param name="sequences">Sequences in the key/value store.</param>
    /// <param name="positionsMax">Most positions of a sequence.</param>
    internal static long BytesFor(ModelConfig config, int rowsMax, int sequences, int positionsMax)
    {
        const int States = 6;
        long chunk = Math.Min(rowsMax, RowsPerChunk);
        var layout = new KeyValueLayout(config.Heads, config.HeadWidth);
        int slots = config.PreludeBlocks + config.CoreBlocks + config.CodaBlocks;
        return sizeof(float) * ((long)States * rowsMax * config.Width + chunk * 2L * config.Hidden)
            + KeyValueStore.BytesFor(layout, slots, sequences, positionsMax);
    }

    /// <summary>Checked before every block; a cancelled pass throws <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>Sees every block of every pass; null: none.</summary>
    public BlockObserver? BlockObserver { get; set; }

    /// <summary>e = prelude(√width · embedding[token]), the same for every iteration.</summary>
    /// <param name="rows">The rows of the pass.</param>
    /// <param name="tokens">Token of each row, <c>[rows]</c>, each in 0 … vocabulary − 1.</param>
    /// <param name="injected">e, <c>[rows, width]</c>, overwritten.</param>
    /// <exception cref="ArgumentException">A token is not in the vocabulary, or a span is too short.</exception>
    public void Prelude(RowBatch rows, ReadOnlySpan<int> tokens, Span<float> injected)
    {
        Require(rows, tokens.Length, 1, nameof(tokens));
        Require(rows, injected.Length, _width, nameof(injected));
        Span<float> x = injected[..(rows.Count * _width)];
        _model.Embed(tokens[..rows.Count], x);
        Blocks(ModelPart.Prelude, _model.Prelude, 0, rows, x);
    }

    /// <summary>s_i = core(adapter [s_{i−1}; e]), one iteration. A <see cref="CoreStep"/>.</summary>
    /// <param name="rows">The rows of the pass.</param>
    /// <param name="injected">e, <c>[rows, width]</c>.</param>
    /// <param name="state">s_{i−1}, <c>[rows, width]</c>.</param>
    /// <param name="next">s_i, <c>[rows, width]</c>, overwritten.</param>
    public void Core(RowBatch rows, ReadOnlySpan<float> injected, ReadOnlySpan<float> state, Span<float> next)
    {
        Require(rows, injected.Length, _width, nameof(injected));
        Require(rows, state.Length, _width, nameof(state));
        Require(rows, next.Length, _width, nameof(next));
        MatrixProduct.MultiplyPaired(state, injected, rows.Count, _model.Adapter, next, _pool);
        Blocks(ModelPart.Core, _model.Core, _model.Prelude.Length, rows, next[..(rows.Count * _width)]);
    }

    /// <summary>logits = head · ln_f(coda(ln_f(s))).</summary>
    /// <param name="rows">The rows of the pass; their sequences must be whole up to each row.</param>
    /// <param name="state">Raw s, <c>[rows, width]</c>.</param>
    /// <param name="logits">Unscaled, <c>[rows, vocabulary]</c>, overwritten.</param>
    public void Logits(RowBatch rows, ReadOnlySpan<float> state, Span<float> logits)
    {
        Require(rows, state.Length, _width, nameof(state));
        Require(rows, logits.Length, _model.Config.Vocabulary, nameof(logits));
        Span<float> x = _coda.AsSpan(0, rows.Count * _width);
        _model.FinalNorm.Apply(state[..x.Length], rows.Count, x);
        Blocks(ModelPart.Coda, _model.Coda, _model.Prelude.Length + _model.Core.Length, rows, x);
        _model.FinalNorm.Apply(x, rows.Count, x);
        MatrixProduct.Multiply(x, rows.Count, _model.Head, logits, _pool);
    }

    void Require(RowBatch rows, int length, int perRow, string name)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count > _places.Length)
            throw new ArgumentException(
                $"The batch has {rows.Count} rows, but this pass was built for at most {_places.Length}; build a larger one.", nameof(rows));
        if (length < (long)rows.Count * perRow)
            throw new ArgumentException(
                $"{rows.Count} rows of {perRow} need {(long)rows.Count * perRow} places, but {name} has {length}.", name);
    }

    void Blocks(ModelPart part, Block[] blocks, int firstSlot, RowBatch rows, Span<float> x)
    {
        _store.Locate(rows, _places, _starts, _lengths);
        for (int index = 0; index < blocks.Length; index++)
        {
            Cancellation.ThrowIfCancellationRequested();
            AttentionBranch(blocks[index], firstSlot + index, rows, x);
            Span<float> branch = _branch.AsSpan(0, x.Length);
            RmsNorm.AddThenNormalize(
                branch, x, blocks[index].AttentionSumGain, rows.Count, _width, _model.Config.NormEpsilon, x);
            Cancellation.ThrowIfCancellationRequested();
            for (int first = 0; first < rows.Count; first += RowsPerChunk)
            {
                int count = Math.Min(RowsPerChunk, rows.Count - first);
                Mlp(blocks[index], count, x.Slice(first * _width, count * _width));
            }

            BlockObserver?.Invoke(new BlockView(part, index, branch, x));
        }
    }

    /// <summary>branch = proj · attention(norm₁(x)); leaves the branch in <see cref="_branch"/>.</summary>
    void AttentionBranch(Block block, int slot, RowBatch rows, ReadOnlySpan<float> x)
    {
        int count = rows.Count;
        var config = _model.Config;
        Span<float> queryKeyValue = _queryKeyValue.AsSpan(0, 3 * x.Length);
        Span<float> attention = _attention.AsSpan(0, x.Length);
        MatrixProduct.MultiplyNormalized(
            x, block.AttentionInputGain, config.NormEpsilon, count, block.QueryKeyValue, queryKeyValue, _pool);
        Rotary.Apply(
            queryKeyValue, count, config.Heads, config.HeadWidth, block.QueryKeyBias, _model.RotaryTable, rows.Positions);
        Span<float> keys = _store.Keys(slot);
        Span<float> values = _store.Values(slot);
        Attention.Write(_store.Layout, queryKeyValue, count, _places.AsSpan(0, count), keys, values);
        var visible = new VisiblePlaces { Starts = _starts, Lengths = _lengths, Panels = _store.Panels };
        Attention.Read(_store.Layout, queryKeyValue, count, visible, keys, values, attention, _pool);
        MatrixProduct.Multiply(attention, count, block.AttentionOutput, _branch, _pool);
    }

    /// <summary>x = norm₄(proj(silu(gate) · factor) + x) for some rows; the branch itself is scratch.</summary>
    void Mlp(Block block, int count, Span<float> x)
    {
        float epsilon = _model.Config.NormEpsilon;
        Span<float> gateAndFactor = _gateAndFactor.AsSpan(0, count * 2 * _model.Config.Hidden);
        // Attention is over: its memory takes the branch.
        Span<float> branch = _attention.AsSpan(0, x.Length);
        MatrixProduct.MultiplyNormalized(x, block.MlpInputGain, epsilon, count, block.GateAndFactor, gateAndFactor, _pool);
        MatrixProduct.MultiplyGated(gateAndFactor, count, block.MlpOutput, branch, _pool);
        RmsNorm.AddThenNormalize(branch, x, block.MlpSumGain, count, _width, epsilon, x);
    }
}
