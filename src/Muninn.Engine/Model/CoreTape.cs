using System;
using Muninn.Kernels;

namespace Muninn.Engine.Model;

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
    readonly BlockPass _pass;

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
        _pass = new BlockPass(model.Config, model.RotaryTable, pool, Positions);
        _pass.Arrange([Positions]);
        Next = new float[injected.Length];
        Blocks = new BlockTape[model.Core.Length];
        for (int index = 0; index < Blocks.Length; index++)
            Blocks[index] = new BlockTape(Positions, model.Config);
    }

    /// <summary>Positions of the prompt.</summary>
    public int Positions { get; }

    /// <summary>Heads and their width.</summary>
    public KeyValueLayout Layout => _pass.Layout;

    /// <summary>What each block computed.</summary>
    public BlockTape[] Blocks { get; }

    /// <summary>core(e, s) of the state that was recorded last, <c>[positions, width]</c>.</summary>
    public float[] Next { get; }

    /// <summary>Runs one iteration and keeps what it computes.</summary>
    /// <param name="state">Raw s, <c>[positions, width]</c>.</param>
    public void Record(ReadOnlySpan<float> state)
    {
        MatrixProduct.MultiplyPaired(state, _injected, Positions, _model.Adapter, Blocks[0].Input, _pool);
        for (int index = 0; index < Blocks.Length; index++)
            _pass.Forward(_model.Core[index], Blocks[index], index + 1 < Blocks.Length ? Blocks[index + 1].Input : Next);
    }
}
