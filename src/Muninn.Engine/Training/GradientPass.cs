using System;
using System.Linq;
using Muninn.Engine.Model;
using Muninn.Kernels;

namespace Muninn.Engine.Training;

/// <summary>How much is run together at most, and how much of it is kept for the way back.</summary>
public sealed record GradientShape
{
    /// <summary>The most rows of a batch, at least 1: tokens of all its sequences.</summary>
    public required int RowsMax { get; init; }

    /// <summary>Most iterations that are recorded, at least 1: the memory grows with it.</summary>
    public required int RecordedMax { get; init; }

    /// <summary>Only the states between iterations are kept, and what the blocks compute is computed once more going back.</summary>
    public bool Recompute { get; init; }
}

/// <summary>
/// The loss of a batch, the weighted mean cross-entropy over all labels that count, and its gradient for every weight, by backpropagation
/// through the last k iterations only.
/// </summary>
/// <remarks>
/// <para>
/// n iterations run without a record, then k with one. The gradient of the first recorded state ends there; that of what is
/// injected comes from each of the k, and goes on through the prelude to the embedding.
/// </para>
/// <para>
/// Activations are held for k iterations, prelude and coda, gradients once. Every sum has an order of its own, over rows and over
/// iterations: the bits do not depend on threads. Not safe for two threads at once.
/// </para>
/// </remarks>
public sealed class GradientPass
{
    /// <summary>Rows that go through the head together: logits are many times wider than a state.</summary>
    const int HeadRowsMin = 256;

    /// <summary>Logits together, where there are more rows than that: weights are packed anew for each product.</summary>
    const int HeadFloats = 1 << 21;

    readonly TrainingModel _model;
    readonly WorkerPool _pool;
    readonly GradientShape _shape;
    readonly BlockPass _blocks;
    readonly BlockTape[] _prelude;
    readonly BlockTape[] _coda;
    readonly BlockTape[][] _core;
    readonly float[][] _states;
    readonly float[] _injected;
    readonly float[] _injectedGradient;
    float[] _x;
    float[] _y;
    readonly float[] _codaOutput;
    readonly float[] _readout;
    readonly int _headRows;
    readonly float[] _logits;
    readonly double[] _losses;
    readonly bool[] _hits;
    int _last;
    int _previous;

    /// <summary>Memory for batches of up to some rows.</summary>
    /// <param name="model">The weights, and where their gradients are added; must outlive this object.</param>
    /// <param name="pool">Threads; must outlive this object.</param>
    /// <param name="shape">The most rows, and the most iterations recorded.</param>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    public GradientPass(TrainingModel model, WorkerPool pool, GradientShape shape)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentOutOfRangeException.ThrowIfLessThan(shape.RowsMax, 1, nameof(shape));
        ArgumentOutOfRangeException.ThrowIfLessThan(shape.RecordedMax, 1, nameof(shape));
        var config = model.Config;
        (_model, _pool, _shape) = (model, pool, shape);
        _blocks = new BlockPass(config, model.RotaryTable, pool, shape.RowsMax);
        int together = Math.Max(config.CoreBlocks, Math.Max(config.PreludeBlocks, config.CodaBlocks));
        _core = [Tapes(shape.Recompute ? together : config.CoreBlocks)];
        _core = [.. Enumerable.Range(0, shape.RecordedMax).Select(i => i == 0 || shape.Recompute ? _core[0] : Tapes(config.CoreBlocks))];
        _prelude = shape.Recompute ? _core[0] : Tapes(config.PreludeBlocks);
        _coda = shape.Recompute ? _core[0] : Tapes(config.CodaBlocks);
        int states = checked(shape.RowsMax * config.Width);
        _states = [.. Enumerable.Range(0, shape.RecordedMax + 1).Select(_ => new float[states])];
        _injected = new float[states];
        _injectedGradient = new float[states];
        _x = new float[states];
        _y = new float[states];
        _codaOutput = new float[states];
        _readout = new float[states];
        _headRows = Math.Min(shape.RowsMax, Math.Max(HeadRowsMin, HeadFloats / config.Vocabulary));
        _logits = new float[checked(_headRows * config.Vocabulary)];
        _losses = new double[shape.RowsMax];
        _hits = new bool[shape.RowsMax];
    }

    /// <summary>Rows of the last batch.</summary>
    public int Rows => _blocks.Rows;

    /// <summary>Loss of each row of the last batch in nats, whatever its weight; 0 where there is no label, <c>[rows]</c>.</summary>
    public ReadOnlySpan<double> Losses => _losses.AsSpan(0, Rows);

    /// <summary>Whether each row's label was its likeliest token, of equal ones the lowest, <c>[rows]</c>.</summary>
    public ReadOnlySpan<bool> Hits => _hits.AsSpan(0, Rows);

    /// <summary>The state after the last iteration of the last batch, <c>[rows, width]</c>; the next batch overwrites it.</summary>
    public ReadOnlySpan<float> State => OfRows(_states[_last]);

    /// <summary>The state one iteration before, <c>[rows, width]</c>; the next batch overwrites it.</summary>
    public ReadOnlySpan<float> PreviousState => OfRows(_states[_previous]);

    /// <summary>Runs a batch there and back; adds to the gradients of the model.</summary>
    /// <param name="batch">Tokens, labels, and how they are cut into sequences; everything is checked before anything is added.</param>
    /// <param name="start">s₀, <c>[rows, width]</c>.</param>
    /// <param name="free">n: iterations without a record, 0 or more.</param>
    /// <param name="recorded">k: iterations with one, 1 … <see cref="GradientShape.RecordedMax"/>.</param>
    /// <param name="factor">What the loss is multiplied by before its gradient is taken: the share of this batch among those that are added up.</param>
    /// <returns>Σ weight · loss / Σ weight in nats, not multiplied by the factor; NaN where a logit is not finite.</returns>
    /// <exception cref="ArgumentException">The batch does not fit, is none, or none of its labels count; a number is out of range.</exception>
    public double Run(TrainingBatch batch, ReadOnlySpan<float> start, int free, int recorded, double factor = 1)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentOutOfRangeException.ThrowIfNegative(free);
        ArgumentOutOfRangeException.ThrowIfLessThan(recorded, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(recorded, _shape.RecordedMax);
        double weight = Take(batch, start);
        for (int iteration = 0; iteration < free; iteration++)
        {
            // What this keeps is overwritten by the first iteration that is recorded.
            Core(_states[0], _core[0], _x);
            (_states[0], _x) = (_x, _states[0]);
        }

        for (int iteration = 0; iteration < recorded; iteration++)
            Core(_states[iteration], _core[iteration], _states[iteration + 1]);
        (_previous, _last) = (recorded - 1, recorded);
        Readout();
        HeadThereAndBack(batch, factor / weight);
        Back(batch, recorded);
        return Mean(batch, weight);
    }

    /// <summary>The loss of a batch alone; no gradient is touched.</summary>
    /// <param name="batch">Tokens, labels, and how they are cut into sequences.</param>
    /// <param name="start">s₀, <c>[rows, width]</c>.</param>
    /// <param name="iterations">How many, at least 1 and no matter how many are recorded elsewhere.</param>
    /// <returns>Σ weight · loss / Σ weight in nats, the bits of <see cref="Run"/>; NaN where a logit is not finite.</returns>
    /// <exception cref="ArgumentException">The batch does not fit, is none, or none of its labels count; a number is out of range.</exception>
    public double Evaluate(TrainingBatch batch, ReadOnlySpan<float> start, int iterations)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, 1);
        double weight = Take(batch, start);
        for (int iteration = 0; iteration < iterations; iteration++)
            Core(_states[iteration % 2], _core[0], _states[(iteration + 1) % 2]);
        (_previous, _last) = ((iterations - 1) % 2, iterations % 2);
        Readout();
        HeadThere(batch);
        return Mean(batch, weight);
    }

    /// <summary>Checks a batch, arranges it, and computes e and s₀; returns the sum of the weights.</summary>
    double Take(TrainingBatch batch, ReadOnlySpan<float> start)
    {
        var config = _model.Config;
        double weight = batch.Checked(config, _shape.RowsMax);
        int needed = batch.Tokens.Length * config.Width;
        if (start.Length != needed)
            throw new ArgumentException(
                $"start has {start.Length} elements, but {batch.Tokens.Length} rows of width {config.Width} need {needed}; give exactly these.", nameof(start));
        _blocks.Arrange(batch.Lengths.Span);
        Prelude(batch, _injected);
        start.CopyTo(_states[0]);
        return weight;
    }

    /// <summary>Leaves ln_f(coda(ln_f(s))) in <see cref="_readout"/>.</summary>
    void Readout()
    {
        Normalize(_states[_last], Input(_model.Coda, _coda, _codaOutput));
        Forward(_model.Coda, _coda, _codaOutput);
        Normalize(_codaOutput, _readout);
    }

    double Mean(TrainingBatch batch, double weight)
    {
        double sum = 0;
        ReadOnlySpan<float> weights = batch.LabelWeights.Span;
        for (int row = 0; row < Rows; row++)
            sum += weights.IsEmpty ? _losses[row] : weights[row] * _losses[row];
        return sum / weight;
    }

    void Prelude(TrainingBatch batch, float[] output)
    {
        int width = _model.Config.Width;
        Embedding.Read(_model.Embedding.Values, batch.Tokens.Span, width, MathF.Sqrt(width), Input(_model.Prelude, _prelude, output));
        Forward(_model.Prelude, _prelude, output);
    }

    void Core(float[] state, BlockTape[] tapes, float[] next)
    {
        MatrixProduct.MultiplyPaired(state, _injected, Rows, _model.Adapter.Forward, Input(_model.Core, tapes, next), _pool);
        Forward(_model.Core, tapes, next);
    }

    /// <summary>Where some blocks read: without a block, what they read is what they give.</summary>
    static float[] Input(TrainingBlock[] blocks, BlockTape[] tapes, float[] output) => blocks.Length > 0 ? tapes[0].Input : output;

    void Forward(TrainingBlock[] blocks, BlockTape[] tapes, float[] output)
    {
        for (int index = 0; index < blocks.Length; index++)
            _blocks.Forward(blocks[index].Weights, tapes[index], index + 1 < blocks.Length ? tapes[index + 1].Input : output);
    }

    /// <summary>Loss of each row, gradient of the head, and in <see cref="_x"/> that of what it reads.</summary>
    void HeadThereAndBack(TrainingBatch batch, double factor)
    {
        var (width, vocabulary) = (_model.Config.Width, _model.Config.Vocabulary);
        ReadOnlySpan<float> weights = batch.LabelWeights.Span;
        for (int first = 0; first < Rows; first += _headRows)
        {
            int count = Math.Min(_headRows, Rows - first);
            var readout = _readout.AsSpan(first * width, count * width);
            var logits = Logits(readout, count);
            CrossEntropy.Gradient(
                logits, batch.Labels.Span.Slice(first, count), weights.IsEmpty ? [] : weights.Slice(first, count), count, vocabulary, (float)factor,
                _losses.AsSpan(first, count), _hits.AsSpan(first, count), _pool);
            WeightGradient.Add(logits, readout, count, vocabulary, width, _model.Head.Gradient, _pool);
            MatrixProduct.Multiply(logits, count, _model.Head.Transposed, _x.AsSpan(first * width, count * width), _pool);
        }
    }

    /// <summary>Loss of each row.</summary>
    void HeadThere(TrainingBatch batch)
    {
        var (width, vocabulary) = (_model.Config.Width, _model.Config.Vocabulary);
        for (int first = 0; first < Rows; first += _headRows)
        {
            int count = Math.Min(_headRows, Rows - first);
            CrossEntropy.Losses(
                Logits(_readout.AsSpan(first * width, count * width), count), batch.Labels.Span.Slice(first, count), count, vocabulary,
                _losses.AsSpan(first, count), _hits.AsSpan(first, count), _pool);
        }
    }

    Span<float> Logits(ReadOnlySpan<float> readout, int rows)
    {
        var logits = _logits.AsSpan(0, rows * _model.Config.Vocabulary);
        MatrixProduct.Multiply(readout, rows, _model.Head.Forward, logits, _pool);
        return logits;
    }

    /// <summary>The way there from its last line to its first.</summary>
    void Back(TrainingBatch batch, int recorded)
    {
        var config = _model.Config;
        NormalizeGradient(_codaOutput);
        Back(_model.Coda, _coda, _x);
        NormalizeGradient(_states[recorded]);
        Array.Clear(_injectedGradient);
        for (int iteration = recorded - 1; iteration >= 0; iteration--)
        {
            if (_shape.Recompute) Core(_states[iteration], _core[iteration], _y);
            Back(_model.Core, _core[iteration], _x);
            WeightGradient.AddPaired(
                _x, _states[iteration], _injected, Rows, config.Width, config.Width, _model.Adapter.Gradient, _pool);
            MatrixProduct.AddMultiplied(_x, Rows, _model.AdapterOfInjected, _injectedGradient, _pool);
            MatrixProduct.Multiply(_x, Rows, _model.AdapterOfState, _y, _pool);
            (_x, _y) = (_y, _x);
        }

        if (_shape.Recompute) Prelude(batch, _y);
        Back(_model.Prelude, _prelude, _injectedGradient);
        Embedding.AddGradient(_injectedGradient.AsSpan(0, Rows * config.Width), batch.Tokens.Span, config.Width, MathF.Sqrt(config.Width), _model.Embedding.Gradient);
    }

    void Back(TrainingBlock[] blocks, BlockTape[] tapes, float[] x)
    {
        for (int index = blocks.Length - 1; index >= 0; index--)
            _blocks.Back(blocks[index].Weights, blocks[index].Transposed, tapes[index], blocks[index].Gradient, x);
    }

    void Normalize(float[] x, float[] destination) => ResidualNorm.Apply(
        x, _model.FinalGain.Values, Rows, _model.Config.Width, _model.Config.NormEpsilon, destination, _pool);

    void NormalizeGradient(float[] x) => ResidualNorm.ApplyGradient(
        x, _model.FinalGain.Values, _x, [], Rows, _model.Config.Width, _model.Config.NormEpsilon, _x, _model.FinalGain.Gradient, _pool);

    BlockTape[] Tapes(int count) => [.. Enumerable.Range(0, count).Select(_ => new BlockTape(_shape.RowsMax, _model.Config))];

    ReadOnlySpan<float> OfRows(float[] states) => states.AsSpan(0, Rows * _model.Config.Width);
}
