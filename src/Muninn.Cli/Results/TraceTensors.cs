using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using Muninn.Cli.Frame;
using Muninn.Engine.Checkpoints;

namespace Muninn.Cli.Results;

/// <summary>A reading as the tensors and metadata of a trace file.</summary>
static class TraceTensors
{
    /// <summary>The tensors of <paramref name="reading"/>; states and logits are made when they are written.</summary>
    /// <param name="reading">Must stay open until they are written.</param>
    /// <param name="states">Iterations whose states are wanted; may be empty.</param>
    /// <param name="logits">Iterations whose logits are wanted; may be empty.</param>
    /// <param name="stopping">Ends the writing between two iterations.</param>
    public static IReadOnlyCollection<TensorSource> Of(Reading reading, int[] states, int[] logits, CancellationToken stopping)
    {
        var convergence = reading.Convergence;
        long positions = convergence.Positions;
        long iterations = convergence.Settings.Iterations;
        List<TensorSource> tensors =
        [
            TensorSource.Int32("tokens", [positions], reading.Tokens.Ids),
            TensorSource.Float32("distance", [positions, iterations + 1], convergence.Distance),
            TensorSource.Float32("residual", [positions, iterations], convergence.Residual),
            TensorSource.Float32("horizon_residual", [positions], convergence.HorizonResidual),
        ];
        long width = reading.Config.Width;
        if (states.Length > 0)
        {
            tensors.Add(new TensorSource("states", DType.F32, [states.Length, positions, width], stream =>
            {
                foreach (int iteration in states)
                {
                    stopping.ThrowIfCancellationRequested();
                    stream.Write(MemoryMarshal.AsBytes(reading.Trajectory.State(iteration)));
                }
            }));
            tensors.Add(OfIterations("normalized_states", states, positions, width, reading.NormalizedState, stopping));
        }

        if (logits.Length > 0)
            tensors.Add(OfIterations("logits", logits, positions, reading.Config.Vocabulary, reading.Logits, stopping));
        return tensors;
    }

    /// <summary>What the numbers depend on: no time, no machine, no thread count.</summary>
    public static IReadOnlyDictionary<string, string> Metadata(Reading reading, int[] states, int[] logits)
    {
        var plan = reading.Plan;
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["format"] = "muninn-trace-1",
            ["version"] = Product.Version,
            ["model"] = reading.ModelName,
            ["fingerprint"] = reading.Fingerprint,
            ["iterations"] = Text(plan.Measure.Iterations),
            ["horizon"] = Text(plan.Measure.Horizon),
            ["initial_state"] = Path.GetFileName(plan.Start.Name),
            ["rotary"] = plan.RotaryName,
            ["seed"] = plan.Seed.ToString(CultureInfo.InvariantCulture),
            ["tolerance"] = plan.Measure.Tolerance.ToString("R", CultureInfo.InvariantCulture),
        };
        if (reading.Convergence.Floor is { } floor) metadata["floor"] = floor.ToString("R", CultureInfo.InvariantCulture);
        if (reading.StartHash is { } hash) metadata["initial_state_sha256"] = hash;
        if (states.Length > 0) metadata["states"] = string.Join(',', states);
        if (logits.Length > 0) metadata["logits"] = string.Join(',', logits);
        return metadata;

        static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
    }

    static TensorSource OfIterations(
        string name, int[] iterations, long positions, long columns, FillValues fill, CancellationToken stopping) =>
        new(name, DType.F32, [iterations.Length, positions, columns], stream =>
        {
            var values = new float[checked((int)(positions * columns))];
            foreach (int iteration in iterations)
            {
                stopping.ThrowIfCancellationRequested();
                fill(iteration, values);
                stream.Write(MemoryMarshal.AsBytes(values.AsSpan()));
            }
        });

    /// <summary>Writes the values of one iteration over <paramref name="values"/>.</summary>
    delegate void FillValues(int iteration, Span<float> values);
}
