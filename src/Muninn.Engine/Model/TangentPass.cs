using System;
using Muninn.Engine.Caching;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;

namespace Muninn.Engine.Model;

/// <summary>
/// The Jacobian J of one iteration s ↦ core(e, s) of a whole prompt, applied to any directions: exact products J · v and
/// Jᵀ · u, without J itself. <see cref="At"/> says where.
/// </summary>
/// <remarks>
/// <para>
/// J is [positions · width, positions · width] and lower triangular over positions, for attention is causal: block (t, u) says
/// how position t answers to position u. All positions are at the same iteration and see each other's keys and values of it,
/// as in <see cref="PromptRun"/>.
/// </para>
/// <para>
/// Forward mode: every kernel of the core has a tangent version beside it. Products are linear, so the directions are further
/// rows of one product and share the reading of the weights. Not safe for two threads at once.
/// </para>
/// </remarks>
public sealed class TangentPass : IDisposable
{
    /// <summary>Rows that go through the core together; more would only take more scratch memory.</summary>
    const int RowsPerGroup = 512;

    readonly RecurrentModel _model;
    readonly WorkerPool _pool;
    readonly CoreTape _tape;
    readonly int _groupDirections;
    readonly int[] _positions;
    readonly float[] _zero;
    readonly float[] _x;
    readonly float[] _branch;
    readonly float[] _normed;
    readonly float[] _queryKeyValue;
    readonly float[] _gateAndFactor;
    readonly float[] _hidden;
    TransposedCore? _transposed;
    bool _isPlaced;

    /// <summary>Memory for one prompt, whose prelude is run at once.</summary>
    /// <param name="model">The weights, float32 or bfloat16; must outlive this object.</param>
    /// <param name="pool">Threads; must outlive this object.</param>
    /// <param name="tokens">Token ids, 1 … context of them, each in 0 … vocabulary − 1.</param>
    /// <exception cref="ArgumentException">
    /// No tokens, too many, or an id that the vocabulary lacks; or the products of the model round their operands to whole
    /// numbers, which has no derivative.
    /// </exception>
    public TangentPass(RecurrentModel model, WorkerPool pool, ReadOnlySpan<int> tokens)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(pool);
        model.RequireTokens(tokens);
        RequireFloats(model);
        _model = model;
        _pool = pool;
        var config = model.Config;
        _tape = new CoreTape(model, pool, Injected(model, pool, tokens));
        _groupDirections = Math.Max(1, RowsPerGroup / tokens.Length);
        int rows = checked(_groupDirections * tokens.Length);
        _positions = new int[rows];
        for (int row = 0; row < rows; row++)
            _positions[row] = row % tokens.Length;
        int states = checked(rows * config.Width);
        _zero = new float[states];
        _x = new float[states];
        _branch = new float[states];
        _normed = new float[states];
        _queryKeyValue = new float[checked(3 * states)];
        _gateAndFactor = new float[checked(2 * rows * config.Hidden)];
        _hidden = new float[checked(rows * config.Hidden)];
    }

    /// <summary>Memory of a pass, but for weights and what the pool holds, in bytes.</summary>
    /// <param name="config">Shapes of the model.</param>
    /// <param name="positions">Positions of the prompt.</param>
    public static long BytesFor(ModelConfig config, int positions)
    {
        ArgumentNullException.ThrowIfNull(config);
        long rows = Math.Max(positions, RowsPerGroup / positions * (long)positions);
        // Besides the tape: e, the next state, a branch, keys and values; scratch: four states and three of queries, keys and values.
        long tape = config.CoreBlocks * positions * BlockTape.FloatsPerRow(config) + 5L * positions * config.Width;
        return sizeof(float) * (tape + rows * (7L * config.Width + 3L * config.Hidden));
    }

    /// <summary>Memory of the transposed copy of the core that <see cref="ApplyTransposed"/> makes, in bytes.</summary>
    /// <param name="config">Shapes of the model.</param>
    public static long TransposedBytesFor(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return sizeof(float) * config.ProductWeightsPerIteration;
    }

    /// <summary>Positions of the prompt (T).</summary>
    public int Positions => _tape.Positions;

    /// <summary>Width of a state.</summary>
    public int Width => _model.Config.Width;

    /// <summary>Numbers of a direction: positions · width.</summary>
    public int Dimension => Positions * Width;

    /// <summary>core(e, s) at the state where J is taken, <c>[positions, width]</c>: the bits of an iteration of <see cref="PromptRun"/>.</summary>
    public ReadOnlySpan<float> Next => Placed().Next;

    /// <summary>Takes J at a state: one iteration, whose parts are kept.</summary>
    /// <param name="state">Raw s, <c>[positions, width]</c>.</param>
    /// <exception cref="ArgumentException">The state has another length.</exception>
    public void At(ReadOnlySpan<float> state)
    {
        if (state.Length != Dimension)
            throw new ArgumentException(
                $"The state has {state.Length} numbers, but {Positions} positions of width {Width} need {Dimension}; give all of them.", nameof(state));
        _tape.Record(state);
        _isPlaced = true;
    }

    /// <summary>J · v of some directions.</summary>
    /// <param name="tangents">v, <c>[directions, positions, width]</c>.</param>
    /// <param name="directions">How many.</param>
    /// <param name="reach">The whole of J, or its blocks (t, t) alone: as if every other position stood still.</param>
    /// <param name="products">J · v, <c>[directions, positions, width]</c>, overwritten; may be <paramref name="tangents"/>.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    /// <exception cref="InvalidOperationException">No state was given yet.</exception>
    public void Apply(ReadOnlySpan<float> tangents, int directions, TangentReach reach, Span<float> products)
    {
        var tape = Placed();
        Require(directions, tangents.Length, products.Length);
        for (int first = 0; first < directions; first += _groupDirections)
        {
            int group = Math.Min(_groupDirections, directions - first);
            int length = group * Dimension;
            Span<float> x = _x.AsSpan(0, length);
            MatrixProduct.MultiplyPaired(
                tangents.Slice(first * Dimension, length), _zero, group * Positions, _model.Adapter, x, _pool);
            for (int index = 0; index < tape.Blocks.Length; index++)
                Forward(_model.Core[index], tape.Blocks[index], group, reach, x);
            x.CopyTo(products[(first * Dimension)..]);
        }
    }

    /// <summary>Jᵀ · u of some directions; the first call copies the core's weights, transposed and in float32.</summary>
    /// <param name="gradients">u, <c>[directions, positions, width]</c>.</param>
    /// <param name="directions">How many.</param>
    /// <param name="reach">The whole of J, or its blocks (t, t) alone.</param>
    /// <param name="products">Jᵀ · u, <c>[directions, positions, width]</c>, overwritten; may be <paramref name="gradients"/>.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    /// <exception cref="InvalidOperationException">No state was given yet.</exception>
    /// <exception cref="OutOfMemoryException">The system has not the memory of a second core.</exception>
    public void ApplyTransposed(ReadOnlySpan<float> gradients, int directions, TangentReach reach, Span<float> products)
    {
        var tape = Placed();
        Require(directions, gradients.Length, products.Length);
        _transposed ??= new TransposedCore(_model, _pool);
        for (int first = 0; first < directions; first += _groupDirections)
        {
            int group = Math.Min(_groupDirections, directions - first);
            int length = group * Dimension;
            Span<float> x = _x.AsSpan(0, length);
            gradients.Slice(first * Dimension, length).CopyTo(x);
            for (int index = tape.Blocks.Length - 1; index >= 0; index--)
                Back(index, tape.Blocks[index], group, reach, x);
            MatrixProduct.Multiply(x, group * Positions, _transposed.Adapter, products[(first * Dimension)..], _pool);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _transposed?.Dispose();

    /// <summary>The change of a block's output, in place.</summary>
    void Forward(Block block, BlockTape tape, int group, TangentReach reach, Span<float> x)
    {
        var config = _model.Config;
        var (epsilon, width, hidden, positions) = (config.NormEpsilon, config.Width, config.Hidden, Positions);
        int rows = group * positions;
        Span<float> normed = _normed.AsSpan(0, x.Length), branch = _branch.AsSpan(0, x.Length);
        Span<float> queryKeyValue = _queryKeyValue.AsSpan(0, 3 * x.Length);
        RmsNorm.NormalizeTangent(tape.Input, block.AttentionInputGain, x, group, positions, width, epsilon, normed);
        MatrixProduct.Multiply(normed, rows, block.QueryKeyValue, queryKeyValue, _pool);
        // Biases do not change; a turn is linear.
        Rotary.Apply(queryKeyValue, rows, config.Heads, config.HeadWidth, [], _model.RotaryTable, _positions);
        AttentionTangent.Read(_tape.Layout, tape.QueryKeyValue, queryKeyValue, group, positions, reach, normed, _pool);
        MatrixProduct.Multiply(normed, rows, block.AttentionOutput, branch, _pool);
        RmsNorm.AddThenNormalizeTangent(
            tape.AttentionSum, block.AttentionSumGain, branch, x, group, positions, width, epsilon, x);

        Span<float> gateAndFactor = _gateAndFactor.AsSpan(0, 2 * rows * hidden), gated = _hidden.AsSpan(0, rows * hidden);
        RmsNorm.NormalizeTangent(tape.Middle, block.MlpInputGain, x, group, positions, width, epsilon, normed);
        MatrixProduct.Multiply(normed, rows, block.GateAndFactor, gateAndFactor, _pool);
        GatedSilu.MultiplyTangent(tape.GateAndFactor, gateAndFactor, group, positions, hidden, gated, _pool);
        MatrixProduct.Multiply(gated, rows, block.MlpOutput, branch, _pool);
        RmsNorm.AddThenNormalizeTangent(tape.MlpSum, block.MlpSumGain, branch, x, group, positions, width, epsilon, x);
    }

    /// <summary>From the gradient of a block's output to that of its input, in place: the lines of <see cref="Forward"/> from the last to the first.</summary>
    void Back(int index, BlockTape tape, int group, TangentReach reach, Span<float> x)
    {
        var config = _model.Config;
        var (block, weights) = (_model.Core[index], _transposed!.Blocks[index]);
        var (epsilon, width, hidden, positions) = (config.NormEpsilon, config.Width, config.Hidden, Positions);
        int rows = group * positions;
        Span<float> normed = _normed.AsSpan(0, x.Length), branch = _branch.AsSpan(0, x.Length);
        Span<float> gateAndFactor = _gateAndFactor.AsSpan(0, 2 * rows * hidden), gated = _hidden.AsSpan(0, rows * hidden);
        RmsNorm.NormalizeGradient(tape.MlpSum, block.MlpSumGain, x, group, positions, width, epsilon, x);
        MatrixProduct.Multiply(x, rows, weights.MlpOutput, gated, _pool);
        GatedSilu.MultiplyGradient(tape.GateAndFactor, gated, group, positions, hidden, gateAndFactor, _pool);
        MatrixProduct.Multiply(gateAndFactor, rows, weights.GateAndFactor, normed, _pool);
        RmsNorm.NormalizeGradient(tape.Middle, block.MlpInputGain, normed, group, positions, width, epsilon, normed);
        Add(normed, x);

        Span<float> queryKeyValue = _queryKeyValue.AsSpan(0, 3 * x.Length);
        RmsNorm.NormalizeGradient(tape.AttentionSum, block.AttentionSumGain, x, group, positions, width, epsilon, x);
        MatrixProduct.Multiply(x, rows, weights.AttentionOutput, branch, _pool);
        AttentionTangent.ReadGradient(_tape.Layout, tape.QueryKeyValue, branch, group, positions, reach, queryKeyValue, _pool);
        Rotary.ApplyGradient(queryKeyValue, rows, config.Heads, config.HeadWidth, _model.RotaryTable, _positions);
        MatrixProduct.Multiply(queryKeyValue, rows, weights.QueryKeyValue, normed, _pool);
        RmsNorm.NormalizeGradient(tape.Input, block.AttentionInputGain, normed, group, positions, width, epsilon, normed);
        Add(normed, x);
    }

    static void Add(ReadOnlySpan<float> terms, Span<float> sums)
    {
        for (int i = 0; i < sums.Length; i++)
            sums[i] += terms[i];
    }

    CoreTape Placed() => _isPlaced
        ? _tape
        : throw new InvalidOperationException("A Jacobian belongs to a state, and none was given; call At first.");

    void Require(int directions, int given, int room)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(directions);
        long needed = (long)directions * Dimension;
        if (given < needed || room < needed)
            throw new ArgumentException(
                $"{directions} directions of {Positions} positions of width {Width} need {needed} numbers and as much room for the products; "
                + $"got {given} and {room}.");
    }

    static float[] Injected(RecurrentModel model, WorkerPool pool, ReadOnlySpan<int> tokens)
    {
        using var store = new KeyValueStore(
            model.Config, StoreCapacity.For(CachePolicy.LatestOnly, 1, tokens.Length, model.Config.CoreBlocks));
        _ = store.Open(CachePolicy.LatestOnly, 1, tokens.Length);
        float[] injected = new float[checked(tokens.Length * model.Config.Width)];
        new ForwardPass(model, pool, store, tokens.Length).Prelude(RowBatch.ForPrompt(tokens.Length), tokens, injected);
        return injected;
    }

    static void RequireFloats(RecurrentModel model)
    {
        if (TransposedCore.Matrices(model).Find(static matrix => matrix.Format.IsInteger()) is { } integers)
            throw new ArgumentException(
                $"The core's weights are held as {integers.Format}, and such products round their operand, which has no derivative; load the "
                + $"model with {nameof(ModelOptions)}.{nameof(ModelOptions.Packing)} = {nameof(WeightPacking.Float32)}.", nameof(model));
    }
}
