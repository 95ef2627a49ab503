using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Muninn.Kernels;
using Muninn.Microscope.Trajectories;

namespace Muninn.Microscope.Measures.Geometry;

/// <summary>What is subtracted before the axes are sought.</summary>
public enum Centring
{
    /// <summary>
    /// The last chosen state of each token in each trajectory: all tokens end in the origin, and the axes are those of the ways there.
    /// </summary>
    Rest,

    /// <summary>One mean over all states: tokens keep their places, and the axes are mostly those along which tokens differ.</summary>
    CommonMean,

    /// <summary>The mean of each token over its own states in all trajectories.</summary>
    TokenMean,
}

/// <summary>What is projected, and on how many axes.</summary>
public sealed record BasisSettings
{
    /// <summary>Axes (k), at least 1.</summary>
    public int Axes { get; init; } = 3;

    /// <summary>What is subtracted first.</summary>
    public Centring Centring { get; init; } = Centring.Rest;

    /// <summary>Iterations that count, ascending; null: all that every trajectory holds.</summary>
    public IReadOnlyList<int>? Iterations { get; init; }

    /// <summary>A token of which the first two axes hold less than this share is flagged: the picture does not show its motion.</summary>
    public double PlaneShareMin { get; init; } = 0.5;
}

/// <summary>
/// Principal axes of raw states in one basis for all tokens, iterations and trajectories: pictures in it can be compared,
/// which those in a basis for each token cannot. No class and no test is computed from it.
/// </summary>
public sealed class SharedBasis
{
    internal SharedBasis(BasisSettings settings, int[] iterations, int trajectories, int positions, int width)
    {
        Settings = settings;
        Iterations = iterations;
        Trajectories = trajectories;
        Positions = positions;
        Width = width;
        Scores = new double[checked(trajectories * positions * iterations.Length * settings.Axes)];
        Axes = new double[settings.Axes * width];
        Explained = new double[settings.Axes];
        PlaneShare = new double[trajectories * positions];
    }

    /// <summary>The settings that were used.</summary>
    public BasisSettings Settings { get; }

    /// <summary>The iterations that count (n of them).</summary>
    public int[] Iterations { get; }

    /// <summary>How many trajectories share the basis (R).</summary>
    public int Trajectories { get; }

    /// <summary>Tokens of each (T).</summary>
    public int Positions { get; }

    /// <summary>Width of a state.</summary>
    public int Width { get; }

    /// <summary>Coordinates, <c>[R, T, n, k]</c>.</summary>
    public double[] Scores { get; }

    /// <summary>Orthonormal axes, <c>[k, width]</c>. The largest entry of each is positive, so that the same data give the same picture.</summary>
    public double[] Axes { get; }

    /// <summary>Share of all variance that each axis holds, <c>[k]</c>.</summary>
    public double[] Explained { get; }

    /// <summary>Sum of squares of what was projected.</summary>
    public double Total { get; internal set; }

    /// <summary>Whether the axes were found exactly or, for many states of a wide model, to <see cref="Residual"/>.</summary>
    public bool IsExact { get; internal set; }

    /// <summary>Largest ‖C·v − λ·v‖ / λ₁ over the axes: how far they are from true eigenvectors of the covariance. Where variances are
    /// nearly equal, axes that hold as much need not be them.</summary>
    public double Residual { get; internal set; }

    /// <summary>Share of each token's own variance in the first two axes, <c>[R, T]</c>; 1 where a token does not move.</summary>
    public double[] PlaneShare { get; }

    /// <summary>Tokens whose motion lies mostly outside the first two axes, in any trajectory.</summary>
    public IReadOnlyList<int> OutsidePlane =>
        [.. Enumerable.Range(0, Positions).Where(t => Enumerable.Range(0, Trajectories).Any(r => PlaneShare[r * Positions + t] < Settings.PlaneShareMin))];

    /// <summary>Scores of one token, <c>[n, k]</c>.</summary>
    /// <param name="position">The token.</param>
    /// <param name="trajectory">The trajectory, from 0.</param>
    public ReadOnlySpan<double> ScoresOf(int position, int trajectory = 0)
    {
        int length = Iterations.Length * Settings.Axes;
        return Scores.AsSpan((trajectory * Positions + position) * length, length);
    }

    /// <summary>Finds the axes.</summary>
    /// <param name="trajectories">One or several of equal shape.</param>
    /// <param name="settings">Axes and centring.</param>
    /// <param name="pool">Threads for many states of a wide model; null: the calling one. No number depends on it.</param>
    /// <param name="cancellation">Checked in every pass over the states.</param>
    /// <exception cref="ArgumentException">Nothing to project, shapes that differ, iterations that were not recorded, or states that are not finite.</exception>
    public static SharedBasis Of(
        IReadOnlyList<Trajectory> trajectories, BasisSettings settings, WorkerPool? pool = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(trajectories);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Axes, 1, nameof(settings));
        if (trajectories.Count == 0)
            throw new ArgumentException("There is no trajectory to project; give at least one.", nameof(trajectories));
        var first = trajectories[0];
        foreach (var other in trajectories)
        {
            if (other.Positions != first.Positions || other.Width != first.Width)
                throw new ArgumentException(
                    $"Trajectories of {first.Positions} tokens of width {first.Width} and of {other.Positions} of width {other.Width} cannot share a basis; " +
                    "give runs of the same text and model.", nameof(trajectories));
        }

        int[] iterations = [.. settings.Iterations ?? [.. first.Iterations.Where(i => trajectories.All(t => t.Iterations.Contains(i)))]];
        if (iterations.Length == 0)
            throw new ArgumentException("The trajectories have no iteration in common; record the same ones.", nameof(trajectories));
        int dimensions = Math.Min(first.Width, trajectories.Count * first.Positions * iterations.Length);
        if (settings.Axes > dimensions)
            throw new ArgumentException(
                $"{settings.Axes} axes are asked for, but the states span at most {dimensions} dimensions; ask for that many or fewer.", nameof(settings));
        var basis = new SharedBasis(settings, iterations, trajectories.Count, first.Positions, first.Width);
        var cloud = new StateCloud(trajectories, iterations, settings.Centring);
        new PrincipalAxes(cloud, basis, pool, cancellation).Find();
        return basis;
    }
}
