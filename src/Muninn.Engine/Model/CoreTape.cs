using System;
using Muninn.Engine.Checkpoints;
using Muninn.Kernels;

namespace Muninn.Engine.Model;

/// <summary>What one block computed for every position of a prompt, kept for its derivatives.</summary>
/// <param name="positions">Positions of the prompt.</param>
/// <param name="config">Shapes of the model.</param>
sealed class BlockTape(int positions, ModelConfig config)
{
    /// <summary>x, the input of norm₁, <c>[positions, width]</c>.</summary>
    public float[] Input { get; } = new float[positions * config.Width];

    /// <summary>Queries and keys after the turn, and values, <c>[positions, 3 · width]</c>.</summary>
    public float[] QueryKeyValue { get; } = new float[checked(3 * positions * config.Width)];

    /// <summary>attention + x, the input of norm₂, <c>[positions, width]</c>.</summary>
    public float[] AttentionSum { get; } = new float[positions * config.Width];

    /// <summary>The output of norm₂ and input of norm₃, <c>[positions, width]</c>.</summary>
    public float[] Middle { get; } = new float[positions * config.Width];

    /// <summary>Gates, then factors, <c>[positions, 2 · hidden]</c>.</summary>
    public float[] GateAndFactor { get; } = new float[checked(2 * positions * config.Hidden)];

    /// <summary>mlp + middle, the input of norm₄, <c>[positions, width]</c>.</summary>
    public float[] MlpSum { get; } = new float[positions * config.Width];
}

/// <summary>
/// One iteration of a whole prompt in which everything is kept that a derivative needs. The numbers are those of
/// <see cref="ForwardPass.Core"/>, bit for bit; each kernel that reads them stands beside its forward pass.
/// </summary>
/// <remarks>All rows are at the same iteration and see each other's keys and values of it, as in <see cref="PromptRun"/>.</remarks>
sealed class CoreTape
{
    readonly RecurrentModel _model;
    readonly WorkerPool _pool;
    readonly float[] _injected;
    readonly float[] _attention;
    readonly float[] _branch;
    readonly float[] _keys;
    readonly float[] _values;
    readonly int[] _panels;
    readonly int[] _starts;
    readonly int[] _lengths;

    /// <summary>Memory for one prompt; nothing is recorded yet.</summary>
    /// <param name="model">The weights.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="injected">e, <c>[positions, width]</c>.</param>
    public CoreTape(RecurrentModel model, WorkerPool pool, float[] injected)
    {
        _model = model;
        _pool = pool;
        _injected = injected;
        Positions = injected.Length / model.Config.Width;
        _attention = new float[injected.Length];
        _branch = new float[injected.Length];
        Next = new float[injected.Length];
        Layout = new KeyValueLayout(model.Config.Heads, model.Config.HeadWidth);
        int panels = (Positions + KeyValueLayout.PanelPlaces - 1) / KeyValueLayout.PanelPlaces;
        _keys = new float[Layout.KeyLength(panels * KeyValueLayout.PanelPlaces)];
        _values = new float[Layout.ValueLength(panels * KeyValueLayout.PanelPlaces)];
        _panels = new int[panels];
        for (int panel = 0; panel < panels; panel++)
            _panels[panel] = panel;
        _starts = new int[Positions];
        _lengths = new int[Positions];
        Places = new int[Positions];
        for (int position = 0; position < Positions; position++)
            (Places[position], _lengths[position]) = (position, position + 1);
        Blocks = new BlockTape[model.Core.Length];
        for (int index = 0; index < Blocks.Length; index++)
            Blocks[index] = new BlockTape(Positions, model.Config);
    }

    /// <summary>Positions of the prompt.</summary>
    public int Positions { get; }

    /// <summary>Heads and their width.</summary>
    public KeyValueLayout Layout { get; }

    /// <summary>0, 1, 2, …, <c>[positions]</c>.</summary>
    public int[] Places { get; }

    /// <summary>What each block computed.</summary>
    public BlockTape[] Blocks { get; }

    /// <summary>core(e, s) of the state that was recorded last, <c>[positions, width]</c>.</summary>
    public float[] Next { get; }

    /// <summary>Runs one iteration and keeps what it computes.</summary>
    /// <param name="state">Raw s, <c>[positions, width]</c>.</param>
    public void Record(ReadOnlySpan<float> state)
    {
        MatrixProduct.MultiplyPaired(state, _injected, Positions, _model.Adapter, Next, _pool);
        for (int index = 0; index < Blocks.Length; index++)
            Record(_model.Core[index], Blocks[index]);
    }

    void Record(Block block, BlockTape tape)
    {
        var config = _model.Config;
        float epsilon = config.NormEpsilon;
        Next.CopyTo(tape.Input, 0);
        MatrixProduct.MultiplyNormalized(
            tape.Input, block.AttentionInputGain, epsilon, Positions, block.QueryKeyValue, tape.QueryKeyValue, _pool);
        Rotary.Apply(
            tape.QueryKeyValue, Positions, config.Heads, config.HeadWidth, block.QueryKeyBias, _model.RotaryTable, Places);
        Attention.Write(Layout, tape.QueryKeyValue, Positions, Places, _keys, _values);
        var visible = new VisiblePlaces { Starts = _starts, Lengths = _lengths, Panels = _panels };
        Attention.Read(Layout, tape.QueryKeyValue, Positions, visible, _keys, _values, _attention, _pool);
        MatrixProduct.Multiply(_attention, Positions, block.AttentionOutput, _branch, _pool);
        Sum(_branch, tape.Input, tape.AttentionSum);
        RmsNorm.Normalize(tape.AttentionSum, block.AttentionSumGain, Positions, config.Width, epsilon, tape.Middle);
        MatrixProduct.MultiplyNormalized(
            tape.Middle, block.MlpInputGain, epsilon, Positions, block.GateAndFactor, tape.GateAndFactor, _pool);
        MatrixProduct.MultiplyGated(tape.GateAndFactor, Positions, block.MlpOutput, _branch, _pool);
        Sum(_branch, tape.Middle, tape.MlpSum);
        RmsNorm.Normalize(tape.MlpSum, block.MlpSumGain, Positions, config.Width, epsilon, Next);
    }

    static void Sum(float[] a, float[] b, float[] destination)
    {
        for (int i = 0; i < destination.Length; i++)
            destination[i] = a[i] + b[i];
    }
}
