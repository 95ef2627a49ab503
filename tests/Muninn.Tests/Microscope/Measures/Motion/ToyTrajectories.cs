using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Randomness;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Trajectories;
using Muninn.Tests.Engine.Recurrence;

namespace Muninn.Tests.Microscope.Measures.Motion;

/// <summary>Trajectories whose answers are known, and trajectories that mean nothing.</summary>
static class ToyTrajectories
{
    /// <summary>A toy core, run from <paramref name="start"/> with e.</summary>
    public static Trajectory Of(CoreStep core, int iterations, float[] start, float[] injected)
    {
        int positions = start.Length / ToyCores.Width;
        var recorder = new TrajectoryRecorder(positions, ToyCores.Width, Enumerable.Range(0, iterations + 1));
        new RecurrentRun(core, ToyCores.Width, positions).Run(
            RowBatch.ForPrompt(positions), injected, new RunSettings { Limit = iterations, Start = InitialState.Given(start) },
            new float[start.Length], new RowEnding[positions], null, recorder.Observe);
        return recorder.ToTrajectory();
    }

    /// <summary>State[token, iteration, index] from a function.</summary>
    public static Trajectory From(int positions, int iterations, int width, Func<int, int, float[]> state)
    {
        var states = new SortedDictionary<int, float[]>();
        for (int i = 0; i <= iterations; i++)
            states.Add(i, new float[positions * width]);
        for (int t = 0; t < positions; t++)
        {
            for (int i = 0; i <= iterations; i++)
                state(t, i).CopyTo(states[i], t * width);
        }

        return new Trajectory(positions, width, states);
    }

    /// <summary>
    /// Sums of stationary autoregressive steps: d_i = first · d_{i−1} + second · d_{i−2} + noise in every number. Means nothing.
    /// </summary>
    public static Trajectory Noise(int positions, int iterations, int width, double first, double second, ulong seed)
    {
        const int Before = 100;
        var states = new SortedDictionary<int, float[]>();
        for (int i = 0; i <= iterations; i++)
            states.Add(i, new float[positions * width]);
        for (int t = 0; t < positions; t++)
        {
            for (int c = 0; c < width; c++)
            {
                double one = 0, two = 0, sum = 0;
                for (int i = -Before; i <= iterations; i++)
                {
                    double step = first * one + second * two + Normal(seed, t, c, i + Before);
                    (one, two) = (step, one);
                    if (i > 0)
                        sum += step;
                    if (i >= 0)
                        states[i][t * width + c] = (float)sum;
                }
            }
        }

        return new Trajectory(positions, width, states);
    }

    /// <summary>Steps of a random direction whose strength is exp of stationary noise with a memory of one step. Means nothing.</summary>
    public static Trajectory Gusts(int positions, int iterations, int width, double memory, double spread, ulong seed)
    {
        var steps = Noise(positions, iterations, width, 0, 0, seed);
        var strengths = Noise(positions, iterations, 1, memory, 0, seed + 1);
        float[][] states = [.. Enumerable.Range(0, positions).Select(_ => new float[width])];
        return From(positions, iterations, width, (t, i) =>
        {
            if (i == 0)
                return states[t];
            float strength = (float)Math.Exp(spread * (strengths.State(i)[t] - strengths.State(i - 1)[t]));
            for (int c = 0; c < width; c++)
                states[t][c] += strength * (steps.State(i)[t * width + c] - steps.State(i - 1)[t * width + c]);
            return states[t];
        });
    }

    /// <summary>A standard normal number.</summary>
    public static double Normal(ulong seed, int token, int index, int iteration) =>
        CounterRandom.TruncatedNormal(seed, RandomStream.Tokens, token, index * 4096 + iteration);

    /// <summary>Two orthonormal vectors of a wide space.</summary>
    public static (double[] First, double[] Second) Plane(int width, ulong seed)
    {
        double[] first = [.. Enumerable.Range(0, width).Select(c => Normal(seed, 1000, c, 0))];
        double[] second = [.. Enumerable.Range(0, width).Select(c => Normal(seed, 1001, c, 0))];
        Divide(first, Math.Sqrt(first.Sum(x => x * x)));
        double dot = first.Zip(second, (a, b) => a * b).Sum();
        for (int c = 0; c < width; c++)
            second[c] -= dot * first[c];
        Divide(second, Math.Sqrt(second.Sum(x => x * x)));
        return (first, second);

        static void Divide(double[] x, double by)
        {
            for (int c = 0; c < x.Length; c++)
                x[c] /= by;
        }
    }
}
