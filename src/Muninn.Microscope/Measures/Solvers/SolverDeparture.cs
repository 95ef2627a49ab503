using System;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Recurrence.Solvers;

namespace Muninn.Microscope.Measures.Solvers;

/// <summary>
/// Whether plain iteration leaves a point that it did not come to by itself: it begins a little beside the point, and the residual
/// either falls or, once what dies out has died out, grows by a factor per iteration.
/// </summary>
/// <remarks>
/// One direction is tried, and some tens of iterations: a factor above 1 shows that the point repels, one below 1 does not
/// prove that it attracts. The evaluations are the measure's own; no solver pays for them.
/// </remarks>
static class SolverDeparture
{
    /// <summary>How far beside the point, as a share of ‖s‖: well above rounding, and small against the ways of a state.</summary>
    const double Share = 1e-4;

    const int Iterations = 48;

    /// <summary>The factor is read from where the residual is this many times its smallest, when what dies out no longer shows …</summary>
    const double RiseBegin = 3;

    /// <summary>… to where it is this many times its smallest, before it is too large for the linear part of the map.</summary>
    const double RiseEnd = 30;

    /// <summary>Fills in the factors of the tokens that rest where plain iteration does not.</summary>
    /// <param name="subject">The prompt.</param>
    /// <param name="point">Raw states, <c>[T, width]</c>.</param>
    /// <param name="certificate">Its <see cref="SolverCertificate.Departure"/> is overwritten.</param>
    public static void Measure(SolverSubject subject, float[] point, SolverCertificate certificate)
    {
        int width = subject.Norm.Width;
        var meter = new SolverMeter(subject.Positions, width, Iterations, double.Epsilon);
        var settings = new SolveSettings
        {
            Solver = Solver.Plain,
            Evaluations = Iterations,
            Start = InitialState.Given(Beside(point, subject.Positions, width)),
        };
        _ = subject.Run(settings, meter.Observe);
        for (int t = 0; t < subject.Positions; t++)
        {
            if (certificate.Verdict[t] == SolverVerdict.BeyondPlain)
                certificate.Departure[t] = FactorOf(meter.Residual.AsSpan(t * Iterations, Iterations));
        }
    }

    /// <summary>s + share · ‖s‖ / ‖noise‖ · noise, row by row; the noise is that of a random start.</summary>
    static float[] Beside(float[] point, int positions, int width)
    {
        var beside = new float[point.Length];
        InitialState.Random(0).Fill(RowBatch.ForPrompt(positions), width, beside);
        for (int t = 0; t < positions; t++)
        {
            ReadOnlySpan<float> state = point.AsSpan(t * width, width);
            Span<float> noise = beside.AsSpan(t * width, width);
            double factor = Share * Norm(state) / Norm(noise);
            for (int i = 0; i < width; i++)
                noise[i] = (float)(state[i] + factor * noise[i]);
        }

        return beside;
    }

    static double FactorOf(ReadOnlySpan<double> residual)
    {
        // What is not finite has left, whatever the residual did before.
        foreach (double value in residual)
        {
            if (!double.IsFinite(value))
                return double.PositiveInfinity;
        }

        int smallest = 0;
        for (int k = 1; k < residual.Length; k++)
        {
            if (residual[k] < residual[smallest])
                smallest = k;
        }

        int begin = FirstAbove(residual, smallest, RiseBegin * residual[smallest]);
        int end = FirstAbove(residual, begin, RiseEnd * residual[smallest]);
        // Not risen: the factor of the whole way down.
        if (begin == end)
            (begin, end) = (0, residual.Length - 1);
        return residual[begin] > 0 ? Math.Pow(residual[end] / residual[begin], 1.0 / (end - begin)) : double.NaN;
    }

    /// <summary>The first place from one on whose residual is at least a bound; the last place where there is none.</summary>
    static int FirstAbove(ReadOnlySpan<double> residual, int from, double bound)
    {
        while (from + 1 < residual.Length && !(residual[from] >= bound))
            from++;
        return from;
    }

    static double Norm(ReadOnlySpan<float> values)
    {
        double squares = 0;
        foreach (float value in values)
            squares += (double)value * value;
        return Math.Sqrt(squares);
    }
}
