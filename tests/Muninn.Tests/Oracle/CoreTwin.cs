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
    readonly (float[][] Norms, float[] QueryKeyValue, float[] Bias, float[] Output, float[] GateAndFactor, float[] MlpOutput)[] _blocks;
    readonly float[] _table;

    internal CoreTwin(Checkpoint checkpoint)
    {
        _config = checkpoint.Config;
        _adapter = checkpoint.Tensor(WeightNames.Adapter).ToFloat32();
        _table = RotaryTable.Compute(_config.Context, _config.HeadWidth, _config.RotaryBase);
        _blocks =
        [
            .. Enumerable.Range(0, _config.CoreBlocks).Select(index => WeightNames.Block(ModelPart.Core, index)).Select(names => (
                Enumerable.Range(1, 4).Select(norm => Floats(names.Norm(norm))).ToArray(), Floats(names.QueryKeyValue),
                _config.QueryKeyBias ? Floats(names.QueryKeyBias) : [], Floats(names.AttentionOutput), Floats(names.GateAndFactor),
                Floats(names.HiddenOutput))),
        ];

        float[] Floats(string name) => checkpoint.Tensor(name).ToFloat32();
    }

    /// <summary>core(e, s), <c>[positions, width]</c>.</summary>
    internal T[] Step<T>(float[] injected, T[] state, bool isOwn = false) where T : struct, IScalar<T>
    {
        int width = _config.Width, hidden = _config.Hidden, rows = state.Length / width;
        var positions = Enumerable.Range(0, rows).ToArray();
        var pairs = new T[2 * state.Length];
        for (var i = 0; i < state.Length; i++)
        {
            pairs[i / width * 2 * width + i % width] = state[i];
            pairs[(i / width * 2 + 1) * width + i % width] = T.Of(injected[i]);
        }

        var x = SmoothTextbook<T>.Product(pairs, rows, _adapter, width, 2 * width);
        foreach (var block in _blocks)
        {
            var normed = SmoothTextbook<T>.RmsNorm(x, block.Norms[0], rows, width, _config.NormEpsilon);
            var queryKeyValue = SmoothTextbook<T>.Rotary(
                SmoothTextbook<T>.Product(normed, rows, block.QueryKeyValue, 3 * width, width), rows, _config.Heads, _config.HeadWidth, block.Bias, _table, positions);
            var attention = SmoothTextbook<T>.Attention(queryKeyValue, rows, _config.Heads, _config.HeadWidth, isOwn);
            x = Sum(SmoothTextbook<T>.Product(attention, rows, block.Output, width, width), x);
            x = SmoothTextbook<T>.RmsNorm(x, block.Norms[1], rows, width, _config.NormEpsilon);
            normed = SmoothTextbook<T>.RmsNorm(x, block.Norms[2], rows, width, _config.NormEpsilon);
            var gated = SmoothTextbook<T>.GatedSilu(SmoothTextbook<T>.Product(normed, rows, block.GateAndFactor, 2 * hidden, width), rows, hidden);
            x = Sum(SmoothTextbook<T>.Product(gated, rows, block.MlpOutput, width, hidden), x);
            x = SmoothTextbook<T>.RmsNorm(x, block.Norms[3], rows, width, _config.NormEpsilon);
        }

        return x;
    }

    static T[] Sum<T>(T[] a, T[] b) where T : struct, IScalar<T>
    {
        var sum = new T[a.Length];
        for (var i = 0; i < sum.Length; i++) sum[i] = a[i] + b[i];
        return sum;
    }
}
