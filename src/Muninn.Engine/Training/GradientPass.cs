using System;
using System.Linq;
using Muninn.Engine.Model;
using Muninn.Kernels;

namespace Muninn.Engine.Training;

/// <summary>The shape of what is run together, and how much of it is kept for the way back.</summary>
public sealed record GradientShape
{
    /// <summary>How many sequences, at least 1.</summary>
    public required int Sequences { get; init; }

    /// <summary>Positions of each, 1 … context.</summary>
    public required int Length { get; init; }

    /// <summary>Most iterations that are recorded, at least 1: the memory grows with it.</summary>
    public required int RecordedMax { get; init; }
}

/// <summary>
/// The loss of a batch, the mean cross-entropy over all labels that count, and its gradient for every weight, by backpropagation
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
    const int HeadRows = 256;

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
    readonly float[] _pairGradient;
    readonly float[] _x;
    readonly float[] _codaOutput;
    readonly float[] _readout;
    readonly float[] _logits;
    readonly double[] _losses;

    /// <summary>Memory for batches of one shape.</summary>
    /// <param name="model">The weights, and where their gradients are added; must outlive this object.</param>
    /// <param name="pool">Threads; must outlive this object.</param>
    /// <param name="shape">Sequences, their length, and the most iterations recorded.</param>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    public GradientPass(TrainingModel model, WorkerPool pool, GradientShape shape)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentOutOfRangeException.ThrowIfLessThan(shape.Sequences, 1, nameof(shape));
        ArgumentOutOfRangeException.ThrowIfLessThan(shape.RecordedMax, 1, nameof(shape));
        var config = model.Config;
        if (shape.Length < 1 || shape.Length > config.Context)
            throw new ArgumentException(
                $"Sequences of {shape.Length} positions do not fit this model, which reads 1 to {config.Context}; cut them.", nameof(shape));
        (_model, _pool, _shape) = (model, pool, shape);
        _blocks = new BlockPass(config, model.RotaryTable, pool, shape.Sequences, shape.Length);
        _prelude = Tapes(config.PreludeBlocks);
        _coda = Tapes(config.CodaBlocks);
        _core = [.. Enumerable.Range(0, shape.RecordedMax).Select(_ => Tapes(config.CoreBlocks))];
        int states = checked(Rows * config.Width);
        _states = [.. Enumerable.Range(0, shape.RecordedMax + 1).Select(_ => new float[states])];
        _injected = new float[states];
        _injectedGradient = new float[states];
        _pairGradient = new float[checked(2 * states)];
        _x = new float[states];
        _codaOutput = new float[states];
        _readout = new float[states];
        _logits = new float[checked(Math.Min(Rows, HeadRows) * config.Vocabulary)];
        _losses = new double[Rows];
    }

    /// <summary>Rows of all sequences.</summary>
    public int Rows => _blocks.Rows;

    /// <summary>Runs a batch there and back; adds to the gradients of the model.</summary>
    /// <param name="tokens">Token of each row, sequence by sequence, <c>[rows]</c>.</param>
    /// <param name="labels">The token that each row shall predict, or <see cref="CrossEntropy.Ignored"/>, <c>[rows]</c>; not shifted here.</param>
    /// <param name="start">s₀, <c>[rows, width]</c>.</param>
    /// <param name="free">n: iterations without a record, 0 or more.</param>
    /// <param name="recorded">k: iterations with one, 1 … <see cref="GradientShape.RecordedMax"/>.</param>
    /// <param name="factor">What the loss is multiplied by before its gradient is taken: one over the batches that are added up.</param>
    /// <returns>The mean loss in nats, not multiplied; NaN where a logit is not finite.</returns>
    /// <exception cref="ArgumentException">A span of another length, a token or label that the vocabulary lacks, no label that counts.</exception>
    public double Run(
        ReadOnlySpan<int> tokens, ReadOnlySpan<int> labels, ReadOnlySpan<float> start, int free, int recorded, double factor = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(free);
        ArgumentOutOfRangeException.ThrowIfLessThan(recorded, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(recorded, _shape.RecordedMax);
        Require(tokens.Length, Rows, nameof(tokens));
        Require(labels.Length, Rows, nameof(labels));
        Require(start.Length, _injected.Length, nameof(start));
        int counted = Counted(labels);
        Forward(tokens, start, free, recorded);
        Head(labels, factor / counted);
        Back(tokens, recorded);
        double sum = 0;
        foreach (double loss in _losses)
            sum += loss;
        return sum / counted;
    }

    /// <summary>How many labels count; all are looked at before anything is added to a gradient.</summary>
    int Counted(ReadOnlySpan<int> labels)
    {
        int vocabulary = _model.Config.Vocabulary;
        for (int row = 0; row < labels.Length; row++)
        {
            if ((uint)labels[row] >= (uint)vocabulary && labels[row] != CrossEntropy.Ignored)
                throw new ArgumentException(
                    $"Label {labels[row]} of row {row} is not in this model's vocabulary; ids run from 0 to {vocabulary - 1}, and "
                    + $"{CrossEntropy.Ignored} is none.", nameof(labels));
        }

        int counted = Rows - labels.Count(CrossEntropy.Ignored);
        return counted > 0 ? counted : throw new ArgumentException(
            $"All {Rows} labels are {CrossEntropy.Ignored}, and their mean has no value; let one count.", nameof(labels));
    }

    /// <summary>e, the states, and the coda's output; leaves ln_f(coda(ln_f(s))) in <see cref="_readout"/>.</summary>
    void Forward(ReadOnlySpan<int> tokens, ReadOnlySpan<float> start, int free, int recorded)
    {
        var config = _model.Config;
        Embedding.Read(_model.Embedding.Values, tokens, config.Width, MathF.Sqrt(config.Width), _injected);
        Forward(_model.Prelude, _prelude, _injected);
        start.CopyTo(_states[0]);
        for (int iteration = 0; iteration < free; iteration++)
        {
            // What this keeps is overwritten by the first iteration that is recorded.
            Core(_states[0], _core[0], _x);
            _x.CopyTo(_states[0], 0);
        }

        for (int iteration = 0; iteration < recorded; iteration++)
            Core(_states[iteration], _core[iteration], _states[iteration + 1]);
        Normalize(_states[recorded], _codaOutput);
        Forward(_model.Coda, _coda, _codaOutput);
        Normalize(_codaOutput, _readout);
    }

    void Core(float[] state, BlockTape[] tapes, float[] next)
    {
        MatrixProduct.MultiplyPaired(state, _injected, Rows, _model.Adapter.Forward, next, _pool);
        Forward(_model.Core, tapes, next);
    }

    void Forward(TrainingBlock[] blocks, BlockTape[] tapes, float[] x)
    {
        for (int index = 0; index < blocks.Length; index++)
            _blocks.Forward(blocks[index].Weights, tapes[index], x);
    }

    /// <summary>Loss of each row, gradient of the head, and in <see cref="_x"/> that of what it reads.</summary>
    void Head(ReadOnlySpan<int> labels, double factor)
    {
        var (width, vocabulary) = (_model.Config.Width, _model.Config.Vocabulary);
        for (int first = 0; first < Rows; first += HeadRows)
        {
            int count = Math.Min(HeadRows, Rows - first);
            var readout = _readout.AsSpan(first * width, count * width);
            var logits = _logits.AsSpan(0, count * vocabulary);
            MatrixProduct.Multiply(readout, count, _model.Head.Forward, logits, _pool);
            CrossEntropy.Gradient(logits, labels.Slice(first, count), count, vocabulary, (float)factor, _losses.AsSpan(first, count), _pool);
            MatrixProduct.AddWeightGradient(logits, readout, count, vocabulary, width, _model.Head.Gradient, _pool);
            MatrixProduct.Multiply(logits, count, _model.Head.Transposed, _x.AsSpan(first * width, count * width), _pool);
        }
    }

    /// <summary>The lines of <see cref="Forward(ReadOnlySpan{int}, ReadOnlySpan{float}, int, int)"/> from the last to the first.</summary>
    void Back(ReadOnlySpan<int> tokens, int recorded)
    {
        var config = _model.Config;
        NormalizeGradient(_codaOutput);
        Back(_model.Coda, _coda, _x);
        NormalizeGradient(_states[recorded]);
        Array.Clear(_injectedGradient);
        for (int iteration = recorded - 1; iteration >= 0; iteration--)
        {
            Back(_model.Core, _core[iteration], _x);
            MatrixProduct.AddWeightGradientPaired(
                _x, _states[iteration], _injected, Rows, config.Width, config.Width, _model.Adapter.Gradient, _pool);
            MatrixProduct.Multiply(_x, Rows, _model.Adapter.Transposed, _pairGradient, _pool);
            Part(_pairGradient);
        }

        Back(_model.Prelude, _prelude, _injectedGradient);
        Embedding.AddGradient(_injectedGradient, tokens, config.Width, MathF.Sqrt(config.Width), _model.Embedding.Gradient);
    }

    void Back(TrainingBlock[] blocks, BlockTape[] tapes, float[] x)
    {
        for (int index = blocks.Length - 1; index >= 0; index--)
            _blocks.Back(blocks[index].Weights, blocks[index].Transposed, tapes[index], blocks[index].Gradient, x);
    }

    /// <summary>The gradient of [s; e]: the first half becomes that of the state, the second is added to that of what is injected.</summary>
    void Part(ReadOnlySpan<float> pairs)
    {
        int width = _model.Config.Width;
        for (int row = 0; row < Rows; row++)
        {
            pairs.Slice(2 * row * width, width).CopyTo(_x.AsSpan(row * width));
            var second = pairs.Slice((2 * row + 1) * width, width);
            var sums = _injectedGradient.AsSpan(row * width, width);
            for (int i = 0; i < width; i++)
                sums[i] += second[i];
        }
    }

    void Normalize(float[] x, float[] destination) =>
        RmsNorm.Normalize(x, _model.FinalGain.Values, Rows, _model.Config.Width, _model.Config.NormEpsilon, destination);

    void NormalizeGradient(float[] x)
    {
        var (width, epsilon) = (_model.Config.Width, _model.Config.NormEpsilon);
        RmsNorm.AddGainGradient(x, _x, Rows, width, epsilon, _model.FinalGain.Gradient);
        RmsNorm.NormalizeGradient(x, _model.FinalGain.Values, _x, 1, Rows, width, epsilon, _x);
    }

    BlockTape[] Tapes(int count) => [.. Enumerable.Range(0, count).Select(_ => new BlockTape(Rows, _model.Config))];

    static void Require(int given, int needed, string name)
    {
        if (given != needed)
            throw new ArgumentException($"{name} has {given} elements, but the shape of this pass needs {needed}; give exactly these.", name);
    }
}
