using System;
using System.Collections.Generic;
using System.Threading;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Addresses;

namespace Muninn.Microscope.Interventions;

/// <summary>One run of a prompt without edits, against which edited ones are held: ln_f of its states, and its logits.</summary>
public sealed class Baseline
{
    readonly PromptRun _run;
    readonly FinalNorm _norm;
    readonly RunSettings _settings;
    readonly float[][] _normed;
    readonly float[] _logits;
    readonly float[] _residual;
    readonly float[] _restNorm;
    readonly float[] _row;
    readonly int _vocabulary;

    Baseline(PromptRun run, RecurrentModel model, RunSettings settings)
    {
        _run = run;
        _norm = model.FinalNorm;
        _settings = settings;
        _vocabulary = model.Config.Vocabulary;
        Shape = RunShape.Of(model.Config, run.Positions, settings.Limit);
        _normed = new float[settings.Limit + 1][];
        for (int i = 0; i < _normed.Length; i++)
            _normed[i] = new float[checked(run.Positions * _norm.Width)];
        _logits = new float[checked(run.Positions * _vocabulary)];
        _residual = new float[run.Positions];
        _restNorm = new float[run.Positions];
        _residual.AsSpan().Fill(float.NaN);
        _row = new float[_norm.Width];
    }

    /// <summary>What addresses can name in this run and in edited ones.</summary>
    public RunShape Shape { get; }

    /// <summary>Memory of a baseline and of one effect against it, in bytes.</summary>
    /// <param name="config">Shapes of the model.</param>
    /// <param name="positions">Positions of the prompt.</param>
    /// <param name="limit">Iterations.</param>
    public static double BytesFor(ModelConfig config, int positions, int limit)
    {
        ArgumentNullException.ThrowIfNull(config);
        return (double)sizeof(float) * positions * ((limit + 1.0) * (config.Width + 1) + 2.0 * config.Vocabulary);
    }

    /// <summary>Runs the prompt without edits.</summary>
    /// <param name="run">The prompt; used again by <see cref="Measure"/>.</param>
    /// <param name="model">Its model.</param>
    /// <param name="settings">Start and limit, without an exit rule.</param>
    /// <param name="capture">What is kept besides; null: nothing.</param>
    /// <param name="observer">Sees every state; null: none.</param>
    /// <param name="cancellation">Ends the run.</param>
    public static Baseline Of(
        PromptRun run, RecurrentModel model, RunSettings settings, Capture? capture = null, IterationObserver? observer = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(settings);
        var baseline = new Baseline(run, model, settings);
        AddressedRun.Run(run, settings, baseline._logits, null, capture, (IterationObserver)baseline.Keep + observer, cancellation);
        return baseline;
    }

    /// <summary>Runs the same prompt with edits and says what they did.</summary>
    /// <param name="edits">What to do, in order.</param>
    /// <param name="settings">What counts as back.</param>
    /// <param name="capture">What is kept of the edited run; null: nothing.</param>
    /// <param name="observer">Sees every state, after its edits; null: none.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <exception cref="AddressException">An edit does not fit this run.</exception>
    public InterventionEffect Measure(
        IReadOnlyList<Edit> edits, EffectSettings settings, Capture? capture = null, IterationObserver? observer = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var intervention = new Intervention(Shape, edits);
        var effect = new InterventionEffect(intervention.Edits, intervention.ActsToTheEnd, Shape.Positions, Shape.Limit, settings);
        float[] logits = new float[_logits.Length];
        effect.Residual.AsSpan().Fill(float.NaN);
        IterationObserver own = (in IterationView iteration) =>
        {
            for (int t = 0; t < Shape.Positions; t++)
            {
                _norm.Apply(Row(iteration.State, t), 1, _row);
                effect.Distance[t * (Shape.Limit + 1) + iteration.Iteration] = DistanceBetween(_row, Row(_normed[iteration.Iteration], t));
            }

            if (iteration.Iteration == Shape.Limit)
                TakeResiduals(iteration, effect.Residual);
        };
        AddressedRun.Run(_run, _settings, logits, intervention, capture, own + observer, cancellation);
        _residual.CopyTo(effect.BaselineResidual, 0);
        _restNorm.CopyTo(effect.RestNorm, 0);
        for (int t = 0; t < Shape.Positions; t++)
            effect.Shifts[t] = Measures.NextTokenShift.Of(_logits.AsSpan(t * _vocabulary, _vocabulary), logits.AsSpan(t * _vocabulary, _vocabulary));
        return effect;
    }

    void Keep(in IterationView iteration)
    {
        float[] normed = _normed[iteration.Iteration];
        _norm.Apply(iteration.State, Shape.Positions, normed);
        if (iteration.Iteration != Shape.Limit)
            return;
        TakeResiduals(iteration, _residual);
        Array.Clear(_row);
        for (int t = 0; t < Shape.Positions; t++)
            _restNorm[t] = DistanceBetween(Row(normed, t), _row);
    }

    void TakeResiduals(in IterationView iteration, float[] residuals)
    {
        // A run without iterations has no step whose size could be told.
        if (iteration.Previous.IsEmpty)
            return;
        for (int t = 0; t < Shape.Positions; t++)
            residuals[t] = (float)Residual.Of(Row(iteration.State, t), Row(iteration.Previous, t));
    }

    ReadOnlySpan<float> Row(ReadOnlySpan<float> states, int position) => states.Slice(position * _norm.Width, _norm.Width);

    static float DistanceBetween(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double difference = (double)a[i] - b[i];
            sum += difference * difference;
        }

        return (float)Math.Sqrt(sum);
    }
}
