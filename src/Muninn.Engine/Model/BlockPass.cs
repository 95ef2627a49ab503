using System;
using Muninn.Engine.Checkpoints;
using Muninn.Kernels;

namespace Muninn.Engine.Model;

/// <summary>What one block computed for every row, kept for its derivatives.</summary>
/// <param name="rows">How many rows.</param>
/// <param name="config">Shapes of the model.</param>
sealed class BlockTape(int rows, ModelConfig config)
{
    /// <summary>x, the input of norm₁, <c>[rows, width]</c>.</summary>
    public float[] Input { get; } = new float[rows * config.Width];

    /// <summary>Queries and keys after the turn, and values, <c>[rows, 3 · width]</c>.</summary>
    public float[] QueryKeyValue { get; } = new float[checked(3 * rows * config.Width)];

    /// <summary>The heads side by side, before their projection, <c>[rows, width]</c>.</summary>
    public float[] Attention { get; } = new float[rows * config.Width];

    /// <summary>attention + x, the input of norm₂, <c>[rows, width]</c>.</summary>
    public float[] AttentionSum { get; } = new float[rows * config.Width];

    /// <summary>The output of norm₂ and input of norm₃, <c>[rows, width]</c>.</summary>
    public float[] Middle { get; } = new float[rows * config.Width];

    /// <summary>Gates, then factors, <c>[rows, 2 · hidden]</c>.</summary>
    public float[] GateAndFactor { get; } = new float[checked(2 * rows * config.Hidden)];

    /// <summary>mlp + middle, the input of norm₄, <c>[rows, width]</c>.</summary>
    public float[] MlpSum { get; } = new float[rows * config.Width];

    /// <summary>Floats that a tape holds for each row.</summary>
    /// <param name="config">Shapes of the model.</param>
    public static long FloatsPerRow(ModelConfig config) => 8L * config.Width + 2L * config.Hidden;
}

/// <summary>Where the gradients of one block's weights are added up; the shapes are those of the weights.</summary>
sealed class BlockGradient
{
    /// <summary><c>[width]</c></summary>
    public required float[] AttentionInputGain { get; init; }

    /// <summary><c>[width]</c></summary>
    public required float[] AttentionSumGain { get; init; }

    /// <summary><c>[width]</c></summary>
    public required float[] MlpInputGain { get; init; }

    /// <summary><c>[width]</c></summary>
    public required float[] MlpSumGain { get; init; }

    /// <summary><c>[3·width, width]</c></summary>
    public required float[] QueryKeyValue { get; init; }

    /// <summary><c>[2, width]</c>; empty where the model has no bias.</summary>
    public required float[] QueryKeyBias { get; init; }

    /// <summary><c>[width, width]</c></summary>
    public required float[] AttentionOutput { get; init; }

    /// <summary><c>[2·hidden, width]</c></summary>
    public required float[] GateAndFactor { get; init; }

    /// <summary><c>[width, hidden]</c></summary>
    public required float[] MlpOutput { get; init; }
}

/// <summary>
/// One block over whole sequences of the same length, in which everything is kept that a derivative needs, and the way back. The
/// numbers are those of <see cref="ForwardPass"/>, bit for bit; each kernel's way back stands beside it.
/// </summary>
/// <remarks>Rows are the sequences one after the other; each sees its own sequence up to itself. Not for two threads at once.</remarks>
sealed class BlockPass
{
    readonly ModelConfig _config;
    readonly float[] _table;
    readonly WorkerPool _pool;
    readonly int _sequences;
    readonly int _length;
    readonly float[] _branch;
    readonly float[] _keys;
    readonly float[] _values;
    readonly int[] _panels;
    readonly int[] _starts;
    readonly int[] _lengths;
    readonly int[] _places;
    BackScratch? _back;

    /// <summary>Memory for blocks of one shape; that of the way back is made when it is first gone.</summary>
    /// <param name="config">Shapes of the model.</param>
    /// <param name="table">The rotary table.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="sequences">How many sequences.</param>
    /// <param name="length">Positions of each.</param>
    public BlockPass(ModelConfig config, float[] table, WorkerPool pool, int sequences, int length)
    {
        (_config, _table, _pool, _sequences, _length) = (config, table, pool, sequences, length);
        Rows = checked(sequences * length);
        Layout = new KeyValueLayout(config.Heads, config.HeadWidth);
        _branch = new float[checked(Rows * config.Width)];
        int panels = (length + KeyValueLayout.PanelPlaces - 1) / KeyValueLayout.PanelPlaces;
        int places = checked(sequences * panels * KeyValueLayout.PanelPlaces);
        _keys = new float[Layout.KeyLength(places)];
        _values = new float[Layout.ValueLength(places)];
        _panels = new int[sequences * panels];
        for (int panel = 0; panel < _panels.Length; panel++)
            _panels[panel] = panel;
        (_starts, _lengths, _places, Positions) = (new int[Rows], new int[Rows], new int[Rows], new int[Rows]);
        for (int row = 0; row < Rows; row++)
        {
            int position = row % length;
            int start = row / length * panels;
            (_starts[row], _lengths[row], Positions[row]) = (start, position + 1, position);
            _places[row] = start * KeyValueLayout.PanelPlaces + position;
        }
    }

    /// <summary>Rows of all sequences.</summary>
    public int Rows { get; }

    /// <summary>Heads and their width.</summary>
    public KeyValueLayout Layout { get; }

    /// <summary>Position of each row in its sequence, <c>[rows]</c>.</summary>
    public int[] Positions { get; }

    /// <summary>x = norm₂(attention(norm₁(x)) + x); x = norm₄(mlp(norm₃(x)) + x).</summary>
    /// <param name="block">The weights.</param>
    /// <param name="tape">What is kept, overwritten.</param>
    /// <param name="x"><c>[rows, width]</c>, overwritten.</param>
    public void Forward(Block block, BlockTape tape, Span<float> x)
    {
        float epsilon = _config.NormEpsilon;
        x.CopyTo(tape.Input);
        MatrixProduct.MultiplyNormalized(
            tape.Input, block.AttentionInputGain, epsilon, Rows, block.QueryKeyValue, tape.QueryKeyValue, _pool);
        Rotary.Apply(tape.QueryKeyValue, Rows, _config.Heads, _config.HeadWidth, block.QueryKeyBias, _table, Positions);
        Attention.Write(Layout, tape.QueryKeyValue, Rows, _places, _keys, _values);
        var visible = new VisiblePlaces { Starts = _starts, Lengths = _lengths, Panels = _panels };
        Attention.Read(Layout, tape.QueryKeyValue, Rows, visible, _keys, _values, tape.Attention, _pool);
        MatrixProduct.Multiply(tape.Attention, Rows, block.AttentionOutput, _branch, _pool);
        Sum(_branch, tape.Input, tape.AttentionSum);
        RmsNorm.Normalize(tape.AttentionSum, block.AttentionSumGain, Rows, _config.Width, epsilon, tape.Middle);
        MatrixProduct.MultiplyNormalized(
            tape.Middle, block.MlpInputGain, epsilon, Rows, block.GateAndFactor, tape.GateAndFactor, _pool);
        MatrixProduct.MultiplyGated(tape.GateAndFactor, Rows, block.MlpOutput, _branch, _pool);
        Sum(_branch, tape.Middle, tape.MlpSum);
        RmsNorm.Normalize(tape.MlpSum, block.MlpSumGain, Rows, _config.Width, epsilon, x);
    }

    /// <summary>
    /// From the gradient of a block's output to that of its input, and to those of its weights: the lines of <see cref="Forward"/>
    /// from the last to the first.
    /// </summary>
    /// <param name="block">The weights.</param>
    /// <param name="transposed">Its matrices, transposed.</param>
    /// <param name="tape">What <see cref="Forward"/> kept.</param>
    /// <param name="gradient">Those of the weights, accumulated into.</param>
    /// <param name="x">dx, <c>[rows, width]</c>: of the output, overwritten by that of the input.</param>
    public void Back(Block block, TransposedBlock transposed, BlockTape tape, BlockGradient gradient, Span<float> x)
    {
        _back ??= new BackScratch(Rows, _config);
        BackThroughMlp(block, transposed, tape, gradient, _back, x);
        BackThroughAttention(block, transposed, tape, gradient, _back, x);
    }

    void BackThroughMlp(
        Block block, TransposedBlock transposed, BlockTape tape, BlockGradient gradient, BackScratch scratch, Span<float> x)
    {
        var (epsilon, width, hidden) = (_config.NormEpsilon, _config.Width, _config.Hidden);
        RmsNorm.AddGainGradient(tape.MlpSum, x, Rows, width, epsilon, gradient.MlpSumGain);
        RmsNorm.NormalizeGradient(tape.MlpSum, block.MlpSumGain, x, 1, Rows, width, epsilon, x);
        GatedSilu.Multiply(tape.GateAndFactor, Rows, hidden, scratch.Gated, _pool);
        MatrixProduct.AddWeightGradient(x, scratch.Gated, Rows, width, hidden, gradient.MlpOutput, _pool);
        MatrixProduct.Multiply(x, Rows, transposed.MlpOutput, scratch.Gated, _pool);
        GatedSilu.MultiplyGradient(tape.GateAndFactor, scratch.Gated, 1, Rows, hidden, scratch.GateAndFactor, _pool);
        RmsNorm.Normalize(tape.Middle, block.MlpInputGain, Rows, width, epsilon, scratch.Normed);
        MatrixProduct.AddWeightGradient(scratch.GateAndFactor, scratch.Normed, Rows, 2 * hidden, width, gradient.GateAndFactor, _pool);
        MatrixProduct.Multiply(scratch.GateAndFactor, Rows, transposed.GateAndFactor, scratch.Normed, _pool);
        RmsNorm.AddGainGradient(tape.Middle, scratch.Normed, Rows, width, epsilon, gradient.MlpInputGain);
        RmsNorm.NormalizeGradient(tape.Middle, block.MlpInputGain, scratch.Normed, 1, Rows, width, epsilon, scratch.Normed);
        Sum(scratch.Normed, x, x);
    }

    void BackThroughAttention(
        Block block, TransposedBlock transposed, BlockTape tape, BlockGradient gradient, BackScratch scratch, Span<float> x)
    {
        var (epsilon, width) = (_config.NormEpsilon, _config.Width);
        RmsNorm.AddGainGradient(tape.AttentionSum, x, Rows, width, epsilon, gradient.AttentionSumGain);
        RmsNorm.NormalizeGradient(tape.AttentionSum, block.AttentionSumGain, x, 1, Rows, width, epsilon, x);
        MatrixProduct.AddWeightGradient(x, tape.Attention, Rows, width, width, gradient.AttentionOutput, _pool);
        MatrixProduct.Multiply(x, Rows, transposed.AttentionOutput, _branch, _pool);
        Span<float> queryKeyValue = scratch.QueryKeyValue;
        for (int sequence = 0; sequence < _sequences; sequence++)
        {
            var (first, count) = (sequence * _length * width, _length * width);
            AttentionTangent.ReadGradient(
                Layout, tape.QueryKeyValue.AsSpan(3 * first, 3 * count), _branch.AsSpan(first, count), 1, _length, TangentReach.Whole,
                queryKeyValue.Slice(3 * first, 3 * count), _pool);
        }

        Rotary.ApplyGradient(queryKeyValue, Rows, _config.Heads, _config.HeadWidth, _table, Positions);
        if (block.QueryKeyBias.Length > 0)
            Rotary.AddBiasGradient(queryKeyValue, Rows, _config.Heads, _config.HeadWidth, gradient.QueryKeyBias);
        RmsNorm.Normalize(tape.Input, block.AttentionInputGain, Rows, width, epsilon, scratch.Normed);
        MatrixProduct.AddWeightGradient(queryKeyValue, scratch.Normed, Rows, 3 * width, width, gradient.QueryKeyValue, _pool);
        MatrixProduct.Multiply(queryKeyValue, Rows, transposed.QueryKeyValue, scratch.Normed, _pool);
        RmsNorm.AddGainGradient(tape.Input, scratch.Normed, Rows, width, epsilon, gradient.AttentionInputGain);
        RmsNorm.NormalizeGradient(tape.Input, block.AttentionInputGain, scratch.Normed, 1, Rows, width, epsilon, scratch.Normed);
        Sum(scratch.Normed, x, x);
    }

    static void Sum(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
            destination[i] = a[i] + b[i];
    }

    /// <summary>Gradients on their way through one block.</summary>
    sealed class BackScratch(int rows, ModelConfig config)
    {
        public float[] Normed { get; } = new float[rows * config.Width];

        public float[] QueryKeyValue { get; } = new float[checked(3 * rows * config.Width)];

        public float[] GateAndFactor { get; } = new float[checked(2 * rows * config.Hidden)];

        public float[] Gated { get; } = new float[rows * config.Hidden];
    }
}
