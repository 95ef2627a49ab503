using System;
using System.Threading;
using Muninn.Engine.Caching;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;

namespace Muninn.Engine.Model;

/// <summary>
/// The arithmetic of one pass over any rows: embed, prelude, core, coda and head of one model, with the scratch memory
/// of one caller and the key/value store it was given. Nothing is allocated after construction.
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
    readonly RowPlaces _places;
    readonly SiteTap _sites = new();
    readonly float[] _queryKeyValue;
    readonly float[] _attention;
    readonly float[] _branch;
    readonly float[] _coda;
    readonly float[] _gateAndFactor;

    /// <summary>Scratch memory for passes of at most <paramref name="rowsMax"/> rows.</summary>
    /// <param name="model">The weights; must outlive this object.</param>
    /// <param name="pool">Threads for products and attention.</param>
    /// <param name="store">Keys and values of the sequences that the rows belong to; must outlive this object.</param>
    /// <param name="rowsMax">Most rows of a pass, at least 1.</param>
    public ForwardPass(RecurrentModel model, WorkerPool pool, KeyValueStore store, int rowsMax)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentOutOfRangeException.ThrowIfLessThan(rowsMax, 1);
        _model = model;
        _pool = pool;
        _store = store;
        _width = model.Config.Width;
        _places = new RowPlaces(rowsMax, store.Capacity.OuterPanels);
        int states = checked(rowsMax * _width);
        _queryKeyValue = new float[checked(3 * states)];
        _attention = new float[states];
        _branch = new float[states];
        _coda = new float[states];
        int chunk = Math.Min(rowsMax, RowsPerChunk);
        _gateAndFactor = new float[checked(chunk * 2 * model.Config.Hidden)];
    }

    /// <summary>Memory of a pass, but for its store and for what its pool holds, in bytes.</summary>
    /// <param name="config">Shapes of the model.</param>
    /// <param name="rowsMax">Most rows of a pass.</param>
    internal static long BytesFor(ModelConfig config, int rowsMax)
    {
        const int States = 6;
        long chunk = Math.Min(rowsMax, RowsPerChunk);
        return sizeof(float) * ((long)States * rowsMax * config.Width + chunk * 2L * config.Hidden);
    }

    /// <summary>Most rows of a pass.</summary>
    public int RowsMax => _places.RowsMax;

    /// <summary>Checked before every block; a cancelled pass throws <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>Sites to be shown; null, which costs nothing: none.</summary>
    public SiteWatch? SiteWatch { get => _sites.Watch; set => _sites.Watch = value; }

    /// <summary>Sites to be changed; null, which costs nothing: none.</summary>
    public SiteChange? SiteChange { get => _sites.Change; set => _sites.Change = value; }

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
        Blocks(ModelPart.Prelude, _model.Prelude, rows, x);
    }

    /// <summary>s_i = core(adapter [s_{i−1}; e]), one iteration. A <see cref="CoreStep"/>.</summary>
    /// <param name="rows">The rows of the pass; their iterations say which entries of the store they write and read.</param>
    /// <param name="injected">e, <c>[rows, width]</c>.</param>
    /// <param name="state">s_{i−1}, <c>[rows, width]</c>.</param>
    /// <param name="next">s_i, <c>[rows, width]</c>, overwritten.</param>
    public void Core(RowBatch rows, ReadOnlySpan<float> injected, ReadOnlySpan<float> state, Span<float> next)
    {
        Require(rows, injected.Length, _width, nameof(injected));
        Require(rows, state.Length, _width, nameof(state));
        Require(rows, next.Length, _width, nameof(next));
        MatrixProduct.MultiplyPaired(state, injected, rows.Count, _model.Adapter, next, _pool);
        _store.BeginIteration(rows);
        Blocks(ModelPart.Core, _model.Core, rows, next[..(rows.Count * _width)]);
    }

    /// <summary>logits = head · ln_f(coda(ln_f(s))).</summary>
    /// <param name="rows">The rows of the pass; their sequences must be whole up to each row.</param>
    /// <param name="state">Raw s, <c>[rows, width]</c>.</param>
    /// <param name="logits">Unscaled, <c>[rows, vocabulary]</c>, overwritten.</param>
    public void Logits(RowBatch rows, ReadOnlySpan<float> state, Span<float> logits)
    {
        Require(rows, logits.Length, _model.Config.Vocabulary, nameof(logits));
        Span<float> x = _coda.AsSpan(0, rows.Count * _width);
        Coda(rows, state, x);
        Head(x, rows.Count, logits);
    }

    /// <summary>x = ln_f(coda(ln_f(s))): what the head reads.</summary>
    /// <param name="rows">The rows of the pass; their sequences must be whole up to each row.</param>
    /// <param name="state">Raw s, <c>[rows, width]</c>.</param>
    /// <param name="x"><c>[rows, width]</c>, overwritten; may be the same memory as <paramref name="state"/>.</param>
    public void Coda(RowBatch rows, ReadOnlySpan<float> state, Span<float> x)
    {
        Require(rows, state.Length, _width, nameof(state));
        Require(rows, x.Length, _width, nameof(x));
        x = x[..(rows.Count * _width)];
        _model.FinalNorm.Apply(state[..x.Length], rows.Count, x);
        Blocks(ModelPart.Coda, _model.Coda, rows, x);
        _model.FinalNorm.Apply(x, rows.Count, x);
    }

    /// <summary>logits = head · x, of any rows that went through the coda.</summary>
    /// <param name="x">What <see cref="Coda"/> gave, <c>[rows, width]</c>.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="logits">Unscaled, <c>[rows, vocabulary]</c>, overwritten.</param>
    public void Head(ReadOnlySpan<float> x, int rows, Span<float> logits) =>
        MatrixProduct.Multiply(x, rows, _model.Head, logits, _pool);

    void Require(RowBatch rows, int length, int perRow, string name)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count > _places.RowsMax)
            throw new ArgumentException(
                $"The batch has {rows.Count} rows, but this pass was built for at most {_places.RowsMax}; build a larger one.", nameof(rows));
        if (length < (long)rows.Count * perRow)
            throw new ArgumentException(
                $"{rows.Count} rows of {perRow} need {(long)rows.Count * perRow} places, but {name} has {length}.", name);
    }

    void Blocks(ModelPart part, Block[] blocks, RowBatch rows, Span<float> x)
    {
        for (int index = 0; index < blocks.Length; index++)
        {
            Cancellation.ThrowIfCancellationRequested();
            Show(part, index, BlockSite.Input, rows, x);
            AttentionBranch(part, index, blocks[index], rows, x);
            Span<float> branch = _branch.AsSpan(0, x.Length);
            Show(part, index, BlockSite.Attention, rows, branch);
            RmsNorm.AddThenNormalize(
                branch, x, blocks[index].AttentionSumGain, rows.Count, _width, _model.Config.NormEpsilon, x);
            Show(part, index, BlockSite.AfterAttention, rows, x);
            Cancellation.ThrowIfCancellationRequested();
            for (int first = 0; first < rows.Count; first += RowsPerChunk)
            {
                int count = Math.Min(RowsPerChunk, rows.Count - first);
                MlpBranch(blocks[index], count, x.Slice(first * _width, count * _width), branch.Slice(first * _width, count * _width));
            }

            Show(part, index, BlockSite.Mlp, rows, branch);
            RmsNorm.AddThenNormalize(branch, x, blocks[index].MlpSumGain, rows.Count, _width, _model.Config.NormEpsilon, x);
            Show(part, index, BlockSite.Output, rows, x);
        }
    }

    void Show(ModelPart part, int index, BlockSite site, RowBatch rows, Span<float> values)
    {
        if (_sites.IsOpen)
            _sites.Show(new SitePlace(part, index, site), rows, values);
    }

    /// <summary>branch = proj · attention(norm₁(x)); leaves the branch in <see cref="_branch"/>.</summary>
    void AttentionBranch(ModelPart part, int index, Block block, RowBatch rows, ReadOnlySpan<float> x)
    {
        int count = rows.Count;
        var config = _model.Config;
        Span<float> queryKeyValue = _queryKeyValue.AsSpan(0, 3 * x.Length);
        Span<float> attention = _attention.AsSpan(0, x.Length);
        MatrixProduct.MultiplyNormalized(
            x, block.AttentionInputGain, config.NormEpsilon, count, block.QueryKeyValue, queryKeyValue, _pool);
        Rotary.Apply(
            queryKeyValue, count, config.Heads, config.HeadWidth, block.QueryKeyBias, _model.RotaryTable, rows.Positions);
        if (_sites.IsOpen)
            _sites.ShowQueryKeyValue(part, index, rows, queryKeyValue, attention);
        var lane = _store.Locate(part, index, rows, _places);
        Attend(lane, queryKeyValue, count, attention);
        if (_sites.IsOpen)
            _sites.ShowPattern(
                new SitePlace(part, index, BlockSite.Pattern), rows, _store, lane, _places.Visible(count), queryKeyValue, attention);
        MatrixProduct.Multiply(attention, count, block.AttentionOutput, _branch, _pool);
    }

    void Attend(PanelLane lane, ReadOnlySpan<float> queryKeyValue, int count, Span<float> attention)
    {
        var layout = _store.Layout;
        var written = _places.Written(count);
        var visible = _places.Visible(count);
        if (_store.Format == KeyValueFormat.Float32)
        {
            Attention.Write(layout, queryKeyValue, count, written, lane.Keys, lane.Values);
            Attention.Read(layout, queryKeyValue, count, visible, lane.Keys, lane.Values, attention, _pool);
        }
        else
        {
            Attention.Write(layout, queryKeyValue, count, written, lane.NarrowKeys, lane.NarrowValues);
            Attention.Read(layout, queryKeyValue, count, visible, lane.NarrowKeys, lane.NarrowValues, attention, _pool);
        }
    }

    /// <summary>branch = proj(silu(gate) · factor) for some rows.</summary>
    void MlpBranch(Block block, int count, ReadOnlySpan<float> x, Span<float> branch)
    {
        Span<float> gateAndFactor = _gateAndFactor.AsSpan(0, count * 2 * _model.Config.Hidden);
        MatrixProduct.MultiplyNormalized(
            x, block.MlpInputGain, _model.Config.NormEpsilon, count, block.GateAndFactor, gateAndFactor, _pool);
        MatrixProduct.MultiplyGated(gateAndFactor, count, block.MlpOutput, branch, _pool);
    }
}
