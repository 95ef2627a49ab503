using System;
using System.Collections.Generic;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;

namespace Muninn.Microscope.Trajectories;

/// <summary>
/// Runs of one prompt from several starts. Of each run four states are held behind the final norm, whatever its length: s₀,
/// the state at the check, the last before the horizon and the one at the horizon, s*.
/// </summary>
public sealed class TrajectoryEnsemble
{
    readonly FinalNorm _norm;
    readonly List<Member> _members = [];

    /// <summary>Room for nothing yet; call <see cref="Begin"/> for every run.</summary>
    /// <param name="positions">Positions of the prompt (T), at least 1.</param>
    /// <param name="norm">ln_f of the model.</param>
    /// <param name="horizon">Iteration at which s* is taken, at least 2.</param>
    public TrajectoryEnsemble(int positions, FinalNorm norm, int horizon)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(positions, 1);
        ArgumentNullException.ThrowIfNull(norm);
        ArgumentOutOfRangeException.ThrowIfLessThan(horizon, 2);
        (Positions, _norm, Horizon) = (positions, norm, horizon);
    }

    /// <summary>Positions of the prompt (T).</summary>
    public int Positions { get; }

    /// <summary>Width of a state.</summary>
    public int Width => _norm.Width;

    /// <summary>Iteration at which s* is taken.</summary>
    public int Horizon { get; }

    /// <summary>Iteration from which a run is watched for whether it still moves: half of the horizon.</summary>
    public int Check => Horizon / 2;

    /// <summary>Runs that were begun.</summary>
    public int Count => _members.Count;

    /// <summary>The observer of the next run, which must go on to the horizon.</summary>
    /// <exception cref="InvalidOperationException">The run before has not come to the horizon.</exception>
    public IterationObserver Begin()
    {
        RequireWhole();
        var member = new Member(this);
        _members.Add(member);
        return member.Observe;
    }

    /// <summary>ln_f(s₀) of one token in one run, <c>[width]</c>.</summary>
    public ReadOnlySpan<float> Start(int run, int position) => Row(_members[run].Start, position);

    /// <summary>ln_f(s) at the check of one token in one run, <c>[width]</c>.</summary>
    public ReadOnlySpan<float> AtCheck(int run, int position) => Row(_members[run].AtCheck, position);

    /// <summary>ln_f(s) of one token in one run, one iteration before s*, <c>[width]</c>.</summary>
    public ReadOnlySpan<float> BeforeRest(int run, int position) => Row(_members[run].BeforeRest, position);

    /// <summary>ln_f(s*) of one token in one run, <c>[width]</c>.</summary>
    public ReadOnlySpan<float> Rest(int run, int position) => Row(_members[run].Rest, position);

    /// <summary>Bytes that an ensemble holds.</summary>
    /// <param name="runs">Runs.</param>
    /// <param name="positions">Positions of the prompt.</param>
    /// <param name="width">Width of a state.</param>
    public static long BytesFor(int runs, int positions, int width) => 4L * sizeof(float) * runs * positions * width;

    internal void RequireWhole()
    {
        if (_members.Count > 0 && _members[^1].Last < Horizon)
            throw new InvalidOperationException(
                $"Run {_members.Count} ended at iteration {_members[^1].Last}, before the horizon, {Horizon}. Raise the limit.");
    }

    ReadOnlySpan<float> Row(float[] states, int position) => states.AsSpan(position * Width, Width);

    sealed class Member(TrajectoryEnsemble ensemble)
    {
        readonly WholePrompt _prompt = new("ensemble", ensemble.Positions, ensemble.Width);

        public int Last => _prompt.Next - 1;

        public float[] Start { get; } = new float[checked(ensemble.Positions * ensemble.Width)];

        public float[] AtCheck { get; } = new float[ensemble.Positions * ensemble.Width];

        public float[] BeforeRest { get; } = new float[ensemble.Positions * ensemble.Width];

        public float[] Rest { get; } = new float[ensemble.Positions * ensemble.Width];

        public void Observe(in IterationView iteration)
        {
            _prompt.Require(iteration);
            int i = iteration.Iteration;
            Keep(i == 0, Start, iteration);
            Keep(i == ensemble.Check, AtCheck, iteration);
            Keep(i == ensemble.Horizon - 1, BeforeRest, iteration);
            Keep(i == ensemble.Horizon, Rest, iteration);
        }

        void Keep(bool isDue, float[] target, in IterationView iteration)
        {
            if (isDue)
                ensemble._norm.Apply(iteration.State, ensemble.Positions, target);
        }
    }
}
