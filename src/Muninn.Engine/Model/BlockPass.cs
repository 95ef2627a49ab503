using System;
using Muninn.Engine.Checkpoints;
using Muninn.Kernels;

namespace Muninn.Engine.Model;

/// <summary>What one block computed for every row, kept for its derivatives.</summary>
/// <param name="rows">How many rows.</param>
/// <param name="config">Shapes of the model.</param>
sealed class BlockTape(int rows, ModelConfig config)
{
    /// <summary>x, the input of norm₁, <c>[rows, width]</c>; whoever runs the block writes it.</summary>
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
/// One block over whole sequences, in which everything is kept that a derivative needs, and the way back. The numbers are those of
/// <see cref="ForwardPass"/>, bit for bit; each kernel's way back stands beside it.
/// </summary>
/// <remarks>Rows are the sequences one after the other; each sees its own sequence up to itself. Not for two threads at once.</remarks>
sealed class BlockPass
{
    readonly ModelConfig _config;
    readonly float[] _table;
    readonly WorkerPool _pool;
    readonly int _rowsMax;
    readonly PackedSequences _sequences;
    readonly float[] _branch;
    BackScratch? _back;

    /// <summary>Memory for blocks of one shape; that of the way back is made when it is first gone.</summary>
    /// <param name="config">Shapes of the model.</param>
    /// <param name="table">The rotary table.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="rowsMax">The most rows of all sequences together.</param>
    public BlockPass(ModelConfig config, float[] table, WorkerPool pool, int rowsMax)
    {
        (_config, _table, _pool, _rowsMax) = (config, table, pool, rowsMax);
        Layout = new KeyValueLayout(config.Heads, config.HeadWidth);
        _sequences = new PackedSequences(Layout, rowsMax);
        _branch = new float[checked(rowsMax * config.Width)];
    }

    /// <summary>Rows of all sequences.</summary>
    public int Rows => _sequences.Rows;

    /// <summary>Heads and their width.</summary>
    public KeyValueLayout Layout { get; }

    /// <summary>Takes the sequences that are run from now on.</summary>
    /// <param name="lengths">Positions of each, at least 1; in all no more rows than there is memory for.</param>
    public void Arrange(ReadOnlySpan<int> lengths) => _sequences.Arrange(lengths);

    /// <summary>x = norm₂(attention(norm₁(x)) + x); x = norm₄(mlp(norm₃(x)) + x), from the tape's input.</summary>
    /// <param name="block">The weights.</param>
    /// <param name="tape">Its input is read; what else is kept is overwritten.</param>
    /// <param name="output">x, <c>[rows, width]</c>, overwritten; the input of the next tape, or any memory of its own.</param>
    public void Forward(Block block, BlockTape tape, Span<float> output)
    {
        var (epsilon, width, heads, headWidth) = (_config.NormEpsilon, _config.Width, _config.Heads, _config.HeadWidth);
        MatrixProduct.MultiplyNormalized(
            tape.Input, block.AttentionInputGain, epsilon, Rows, block.QueryKeyValue, tape.QueryKeyValue, _pool);
        Rotary.Apply(tape.QueryKeyValue, Rows, heads, headWidth, block.QueryKeyBias, _table, _sequences.Positions, _pool);
        Attention.Write(Layout, tape.QueryKeyValue, Rows, _sequences.Places, _sequences.Keys, _sequences.Values, _pool);
        Attention.Read(
            Layout, tape.QueryKeyValue, Rows, _sequences.Visible, _sequences.Keys, _sequences.Values, tape.Attention, _pool);
        MatrixProduct.Multiply(tape.Attention, Rows, block.AttentionOutput, _branch, _pool);
        ResidualNorm.Apply(_branch, tape.Input, block.AttentionSumGain, Rows, width, epsilon, tape.AttentionSum, tape.Middle, _pool);
        MatrixProduct.MultiplyNormalized(
            tape.Middle, block.MlpInputGain, epsilon, Rows, block.GateAndFactor, tape.GateAndFactor, _pool);
        MatrixProduct.MultiplyGated(tape.GateAndFactor, Rows, block.MlpOutput, _branch, _pool);
        ResidualNorm.Apply(_branch, tape.Middle, block.MlpSumGain, Rows, width, epsilon, tape.MlpSum, output, _pool);
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
        _back ??= new BackScratch(_rowsMax, _config);
        BackThroughMlp(block, transposed, tape, gradient, _back, x);
        BackThroughAttention(block, transposed, tape, gradient, _back, x);
    }

    void BackThroughMlp(
        Block block, TransposedBlock transposed, BlockTape tape, BlockGradient gradient, BackScratch scratch, Span<float> x)
    {
        var (epsilon, width, hidden) = (_config.NormEpsilon, _config.Width, _config.Hidden);
        ResidualNorm.ApplyGradient(tape.MlpSum, block.MlpSumGain, x, [], Rows, width, epsilon, x, gradient.MlpSumGain, _pool);
        WeightGradient.AddGated(x, tape.GateAndFactor, Rows, width, hidden, gradient.MlpOutput, _pool);
        MatrixProduct.Multiply(x, Rows, transposed.MlpOutput, scratch.Gated, _pool);
        GatedSilu.MultiplyGradient(tape.GateAndFactor, scratch.Gated, 1, Rows, hidden, scratch.GateAndFactor, _pool);
        WeightGradient.AddNormalized(
            scratch.GateAndFactor, tape.Middle, block.MlpInputGain, epsilon, Rows, 2 * hidden, width, gradient.GateAndFactor, _pool);
        MatrixProduct.Multiply(scratch.GateAndFactor, Rows, transposed.GateAndFactor, _branch, _pool);
        ResidualNorm.ApplyGradient(tape.Middle, block.MlpInputGain, _branch, x, Rows, width, epsilon, x, gradient.MlpInputGain, _pool);
    }

    void BackThroughAttention(
        Block block, TransposedBlock transposed, BlockTape tape, BlockGradient gradient, BackScratch scratch, Span<float> x)
    {
        var (epsilon, width) = (_config.NormEpsilon, _config.Width);
        ResidualNorm.ApplyGradient(tape.AttentionSum, block.AttentionSumGain, x, [], Rows, width, epsilon, x, gradient.AttentionSumGain, _pool);
        WeightGradient.Add(x, tape.Attention, Rows, width, width, gradient.AttentionOutput, _pool);
        MatrixProduct.Multiply(x, Rows, transposed.AttentionOutput, _branch, _pool);
        AttentionGradient.Read(Layout, tape.QueryKeyValue, _branch, _sequences.Firsts, scratch.QueryKeyValue, _pool);
        Rotary.ApplyGradient(
            scratch.QueryKeyValue, Rows, _config.Heads, _config.HeadWidth, _table, _sequences.Positions, gradient.QueryKeyBias, _pool);
        WeightGradient.AddNormalized(
            scratch.QueryKeyValue, tape.Input, block.AttentionInputGain, epsilon, Rows, 3 * width, width, gradient.QueryKeyValue, _pool);
        MatrixProduct.Multiply(scratch.QueryKeyValue, Rows, transposed.QueryKeyValue, _branch, _pool);
        ResidualNorm.ApplyGradient(tape.Input, block.AttentionInputGain, _branch, x, Rows, width, epsilon, x, gradient.AttentionInputGain, _pool);
    }

    /// <summary>Gradients on their way through one block.</summary>
    sealed class BackScratch(int rows, ModelConfig config)
    {
        public float[] QueryKeyValue { get; } = new float[checked(3 * rows * config.Width)];

        public float[] GateAndFactor { get; } = new float[checked(2 * rows * config.Hidden)];

        public float[] Gated { get; } = new float[rows * config.Hidden];
    }
}
