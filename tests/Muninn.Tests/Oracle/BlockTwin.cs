using System;
using System.Linq;
using Muninn.Engine.Checkpoints;

namespace Muninn.Tests.Oracle;

/// <summary>One block over one sequence, in any numbers.</summary>
sealed class BlockTwin(ModelConfig config, BlockWeightNames names, Func<string, float[]> weights)
{
    readonly float[][] _norms = [.. Enumerable.Range(1, BlockWeightNames.Norms).Select(number => weights(names.Norm(number)))];
    readonly float[] _queryKeyValue = weights(names.QueryKeyValue);
    readonly float[] _bias = config.QueryKeyBias ? weights(names.QueryKeyBias) : [];
    readonly float[] _output = weights(names.AttentionOutput);
    readonly float[] _gateAndFactor = weights(names.GateAndFactor);
    readonly float[] _mlpOutput = weights(names.HiddenOutput);

    internal T[] Step<T>(float[] table, T[] x, int rows, bool isOwn = false) where T : struct, IScalar<T>
    {
        int width = config.Width, hidden = config.Hidden;
        int[] positions = [.. Enumerable.Range(0, rows)];
        var normed = SmoothTextbook<T>.RmsNorm(x, _norms[0], rows, width, config.NormEpsilon);
        var queryKeyValue = SmoothTextbook<T>.Rotary(
            SmoothTextbook<T>.Product(normed, rows, _queryKeyValue, 3 * width, width), rows, config.Heads, config.HeadWidth, _bias, table, positions);
        var attention = SmoothTextbook<T>.Attention(queryKeyValue, rows, config.Heads, config.HeadWidth, isOwn);
        x = Sum(SmoothTextbook<T>.Product(attention, rows, _output, width, width), x);
        x = SmoothTextbook<T>.RmsNorm(x, _norms[1], rows, width, config.NormEpsilon);
        normed = SmoothTextbook<T>.RmsNorm(x, _norms[2], rows, width, config.NormEpsilon);
        var gated = SmoothTextbook<T>.GatedSilu(SmoothTextbook<T>.Product(normed, rows, _gateAndFactor, 2 * hidden, width), rows, hidden);
        x = Sum(SmoothTextbook<T>.Product(gated, rows, _mlpOutput, width, hidden), x);
        return SmoothTextbook<T>.RmsNorm(x, _norms[3], rows, width, config.NormEpsilon);
    }

    static T[] Sum<T>(T[] a, T[] b) where T : struct, IScalar<T>
    {
        var sum = new T[a.Length];
        for (var i = 0; i < sum.Length; i++) sum[i] = a[i] + b[i];
        return sum;
    }
}
