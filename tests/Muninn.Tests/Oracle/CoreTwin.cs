using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;

namespace Muninn.Tests.Oracle;

/// <summary>
/// One iteration of a whole prompt, s ↦ core(e, s), straight from the tensors of a checkpoint and in any numbers: in double it
/// is what differences are taken of, in duals it gives exact derivatives.
/// </summary>
sealed class CoreTwin
{
    readonly ModelConfig _config;
    readonly float[] _adapter;
    readonly BlockTwin[] _blocks;
    readonly float[] _table;

    internal CoreTwin(Checkpoint checkpoint)
    {
        _config = checkpoint.Config;
        _adapter = checkpoint.Tensor(WeightNames.Adapter).ToFloat32();
        _table = RotaryTable.Compute(_config.Context, _config.HeadWidth, _config.RotaryBase);
        _blocks =
        [
            .. Enumerable.Range(0, _config.CoreBlocks)
                .Select(index => new BlockTwin(_config, WeightNames.Block(ModelPart.Core, index), name => checkpoint.Tensor(name).ToFloat32())),
        ];
    }

    /// <summary>core(e, s), <c>[positions, width]</c>.</summary>
    internal T[] Step<T>(float[] injected, T[] state, bool isOwn = false) where T : struct, IScalar<T>
    {
        int width = _config.Width, rows = state.Length / width;
        var pairs = new T[2 * state.Length];
        for (var i = 0; i < state.Length; i++)
        {
            pairs[i / width * 2 * width + i % width] = state[i];
            pairs[(i / width * 2 + 1) * width + i % width] = T.Of(injected[i]);
        }

        var x = SmoothTextbook<T>.Product(pairs, rows, _adapter, width, 2 * width);
        return _blocks.Aggregate(x, (input, block) => block.Step(_table, input, rows, isOwn));
    }
}
