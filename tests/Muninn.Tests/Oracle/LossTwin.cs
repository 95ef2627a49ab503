using System;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Training;
using Muninn.Kernels;

namespace Muninn.Tests.Oracle;

/// <summary>The loss of one sequence from the weights as they are now, in double: what differences are taken of.</summary>
sealed class LossTwin
{
    readonly TrainingModel _model;
    readonly ModelConfig _config;
    readonly float[] _table;
    readonly int[] _tokens;
    readonly int[] _labels;

    internal LossTwin(TrainingModel model, float[] table, int[] tokens, int[] labels) =>
        (_model, _config, _table, _tokens, _labels) = (model, model.Config, table, tokens, labels);

    /// <summary>The state after some iterations from another.</summary>
    internal Real[] Run(Real[] state, int iterations)
    {
        var injected = Blocks(ModelPart.Prelude, _config.PreludeBlocks, Embedded());
        for (var i = 0; i < iterations; i++)
        {
            var pairs = new Real[2 * state.Length];
            for (var at = 0; at < state.Length; at++)
            {
                pairs[at / _config.Width * 2 * _config.Width + at % _config.Width] = state[at];
                pairs[(at / _config.Width * 2 + 1) * _config.Width + at % _config.Width] = injected[at];
            }

            var x = SmoothTextbook<Real>.Product(pairs, _tokens.Length, Weight(WeightNames.Adapter), _config.Width, 2 * _config.Width);
            state = Blocks(ModelPart.Core, _config.CoreBlocks, x);
        }

        return state;
    }

    /// <summary>The sum of the losses of all labels that count, after some iterations from a state that stands still.</summary>
    internal double Of(Real[] state, int iterations)
    {
        var x = Norm(Blocks(ModelPart.Coda, _config.CodaBlocks, Norm(Run(state, iterations))));
        var head = Weight(_config.TiedEmbedding ? WeightNames.Embedding : WeightNames.Head);
        var logits = SmoothTextbook<Real>.Product(x, _tokens.Length, head, _config.Vocabulary, _config.Width);
        double sum = 0;
        for (var row = 0; row < _tokens.Length; row++)
        {
            if (_labels[row] == CrossEntropy.Ignored) continue;
            var values = logits.AsSpan(row * _config.Vocabulary, _config.Vocabulary).ToArray();
            var largest = values.Max(value => value.Value);
            sum += Math.Log(values.Sum(value => Math.Exp(value.Value - largest))) + largest - values[_labels[row]].Value;
        }

        return sum;
    }

    Real[] Embedded()
    {
        var table = Weight(WeightNames.Embedding);
        return
        [
            .. _tokens.SelectMany(token => Enumerable.Range(token * _config.Width, _config.Width))
                .Select(place => new Real(Math.Sqrt(_config.Width) * table[place])),
        ];
    }

    Real[] Norm(Real[] x) =>
        SmoothTextbook<Real>.RmsNorm(x, Weight(WeightNames.FinalNorm), _tokens.Length, _config.Width, _config.NormEpsilon);

    Real[] Blocks(ModelPart part, int count, Real[] x) => Enumerable.Range(0, count).Aggregate(
        x, (input, index) => new BlockTwin(_config, WeightNames.Block(part, index), Weight).Step(_table, input, _tokens.Length));

    float[] Weight(string name) => _model.Weight(name).Values;
}
