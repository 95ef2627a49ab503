using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Measures.Dynamics;
using Muninn.Microscope.Trajectories;
using Muninn.Tests.Reference;
using Xunit;

namespace Muninn.Tests.Microscope.Measures.Dynamics;

public sealed class PromptDynamicsTests : IDisposable
{
    static readonly int[] _tokens = [5, 17, 100, 2];

    readonly Checkpoint _checkpoint = Checkpoint.Open(GoldenFile.FolderOf("tiny-trainlike"));
    readonly WorkerPool _pool = new(1);
    readonly RecurrentModel _model;
    readonly TangentPass _pass;
    readonly Trajectory _trajectory;

    public PromptDynamicsTests()
    {
        _model = RecurrentModel.Load(_checkpoint, new ModelOptions());
        _pass = new TangentPass(_model, _pool, _tokens);
        _trajectory = Trace(_model, [.. Enumerable.Range(0, 65), 200]);
    }

    public void Dispose()
    {
        _pass.Dispose();
        _model.Dispose();
        _checkpoint.Dispose();
        _pool.Dispose();
    }

    Trajectory Trace(RecurrentModel model, IReadOnlyList<int> iterations)
    {
        var recorder = new TrajectoryRecorder(_tokens.Length, model.Config.Width, iterations);
        using var run = new PromptRun(model, _pool, _tokens);
        run.Run(new RunSettings { Limit = iterations[^1], Start = InitialState.Random(4) }, null, recorder.Observe);
        return recorder.ToTrajectory();
    }

    /// <summary>The whole J, written out by products with all unit vectors.</summary>
    Matrix<double> Dense(TangentReach reach)
    {
        int n = _pass.Dimension;
        var units = new float[n * n];
        for (var i = 0; i < n; i++) units[i * n + i] = 1;
        var columns = new float[n * n];
        _pass.Apply(units, n, reach, columns);
        return Matrix<double>.Build.Dense(n, n, (row, column) => columns[column * n + row]);
    }

    [Fact]
    public void Spectral_radius_angle_and_stretch_of_every_token_equal_dense_solvers()
    {
        int width = _pass.Width;
        var told = new List<int>();
        var dynamics = PromptDynamics.Measure(_pass, _trajectory, new DynamicsSettings { Stretch = new StretchSettings() }, told.Add);
        Assert.Equal(Enumerable.Range(1, told.Count), told);
        Assert.InRange(told.Count, 10, 10_000);
        _pass.At(_trajectory.State(200));
        var own = Dense(TangentReach.Own);
        foreach (var token in dynamics.Tokens)
        {
            var block = own.SubMatrix(token.Position * width, width, token.Position * width, width);
            var leading = block.Evd().EigenValues.MaxBy(x => x.Magnitude);
            // A thousandth where 1 % is allowed: 3e-6 was seen.
            Assert.Equal(leading.Magnitude, token.Spectrum.Radius, 1e-3 * leading.Magnitude);
            Assert.Equal(Math.Abs(leading.Phase), token.Spectrum.Angle, 1e-3);
            Assert.InRange(token.Spectrum.Residual, 0, 1e-5);
            Assert.True(token.Spectrum.IsConverged);
            Assert.Equal(block.Svd().S[0], token.Stretch!.Largest, 1e-3);
            Assert.True(token.Stretch.IsConverged);
            Assert.Equal(token.Stretch.Largest - token.Spectrum.Radius, token.NormalityGap);
        }
    }

    [Fact]
    public void The_spectrum_of_the_whole_prompt_is_the_union_of_its_tokens()
    {
        _pass.At(_trajectory.State(200));
        int width = _pass.Width;
        var own = Dense(TangentReach.Own);
        var union = Enumerable.Range(0, _tokens.Length)
            .SelectMany(t => own.SubMatrix(t * width, width, t * width, width).Evd().EigenValues)
            .OrderByDescending(x => x.Magnitude).ToArray();
        var whole = Spectrum.Of(new PromptTangents(_pass, TangentReach.Whole).Apply, _pass.Dimension, new SpectrumSettings { Count = 4, SubspaceMax = 80 });
        Assert.Equal(Distinct(union).Take(4).Select(x => x.Magnitude), whole.Leading.Select(pair => pair.Modulus), Near(1e-3));
        Assert.Equal(Distinct(union).Take(4).Select(x => Math.Abs(x.Phase)), whole.Leading.Select(pair => pair.Angle), Near(1e-2));
        Assert.True(whole.IsConverged);
        // What stands below the diagonal is there: it changes singular values, and no eigenvalue.
        Assert.True((Dense(TangentReach.Whole) - own).FrobeniusNorm() > 0.1);

        static IEnumerable<Complex> Distinct(Complex[] values) => values.Where(x => x.Imaginary >= 0);
    }

    static Func<double, double, bool> Near(double tolerance) => (a, b) => Math.Abs(a - b) <= tolerance;

    [Fact]
    public void Rates_read_from_the_trajectory_are_what_the_slowest_token_up_to_there_allows()
    {
        var dynamics = PromptDynamics.Measure(_pass, _trajectory, new DynamicsSettings { Lyapunov = new LyapunovSettings { Discarded = 16 } });
        Assert.Equal(200, dynamics.RestIteration);
        double largest = 0;
        foreach (var token in dynamics.Tokens)
        {
            largest = Math.Max(largest, token.Spectrum.Radius);
            Assert.Equal(largest, token.RadiusUpTo);
            Assert.Equal(largest, token.Rate.Ratio, 0.03);
            Assert.InRange(token.RestResidual, 0, 1e-5);
            Assert.Equal(dynamics.Tokens[token.SlowestUpTo].Spectrum.Radius, largest);
            // Along the last iterations the Jacobian hardly changes.
            Assert.Equal(Math.Log(token.Spectrum.Radius), token.Lyapunov!.Exponents[0], 0.05);
        }

        Assert.Equal(largest, dynamics.Radius);
        // Token 3 is faster by itself than what it hears from token 2.
        Assert.Equal(2, dynamics.Tokens[3].SlowestUpTo);
    }

    [Fact]
    public void Pulls_are_zero_forward_in_time_and_the_norms_of_the_dense_blocks_behind()
    {
        int width = _pass.Width;
        int count = _tokens.Length;
        var pulls = PromptDynamics.Measure(_pass, _trajectory, new DynamicsSettings { Pulls = new PullSettings { Probes = width } }).Pulls!;
        _pass.At(_trajectory.State(200));
        var whole = Dense(TangentReach.Whole);
        Assert.True(pulls.IsExact);
        for (var t = 0; t < count; t++)
        {
            for (var u = 0; u < count; u++)
            {
                double norm = whole.SubMatrix(t * width, width, u * width, width).FrobeniusNorm();
                Assert.Equal(norm, pulls.Norm[t * count + u], 1e-6);
                Assert.Equal(u <= t, norm > 0);
            }
        }
    }

    [Fact]
    public void Findings_say_what_contracts_what_agrees_and_what_was_asked_for()
    {
        var plain = DynamicsFindings.Describe(PromptDynamics.Measure(_pass, _trajectory, new DynamicsSettings()), ["a", "b", "c", "d"]);
        Assert.Contains("every token contracts: spectral radius 0.", plain[0].Text);
        Assert.Contains("“c” (position 2)", plain[0].Text);
        Assert.StartsWith("4 of 4 rates read from the trajectory lie where the Jacobian puts them", plain[1].Text);
        Assert.DoesNotContain(plain, finding => finding.Kind is FindingKind.Stretch or FindingKind.Lyapunov or FindingKind.Pull);
        var full = new DynamicsSettings { Stretch = new StretchSettings(), Lyapunov = new LyapunovSettings(), Pulls = new PullSettings { Probes = 4 } };
        var all = DynamicsFindings.Describe(PromptDynamics.Measure(_pass, _trajectory, full), ["a", "b", "c", "d"]);
        Assert.Contains(all, finding => finding.Kind == FindingKind.Stretch && finding.Text.Contains("can multiply a disturbance"));
        Assert.Contains(all, finding => finding.Kind == FindingKind.Lyapunov && finding.Text.StartsWith("No token's neighbouring trajectories part"));
        Assert.Contains(all, finding => finding.Kind == FindingKind.Pull && finding.Text.Contains(" ± "));
        Assert.Contains("There are 3 labels for 4 tokens", Assert.Throws<ArgumentException>(() =>
            DynamicsFindings.Describe(PromptDynamics.Measure(_pass, _trajectory, new DynamicsSettings()), ["a", "b", "c"])).Message);
    }

    [Fact]
    public void A_state_that_still_moves_is_said_to_be_no_fixed_point()
    {
        var early = Trace(_model, [.. Enumerable.Range(0, 7)]);
        var finding = DynamicsFindings.Describe(PromptDynamics.Measure(_pass, early, new DynamicsSettings()), ["a", "b", "c", "d"])[0];
        Assert.Contains("no fixed point for “a” (position 0)", finding.Text);
    }

    [Fact]
    public void A_trajectory_of_another_prompt_is_refused()
    {
        using var pass = new TangentPass(_model, _pool, [1, 2]);
        Assert.Contains("4 positions", Assert.Throws<ArgumentException>(() =>
            PromptDynamics.Measure(pass, _trajectory, new DynamicsSettings())).Message);
    }
}
