using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Files;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Measures.Lenses;
using Muninn.Microscope.Recordings;
using Muninn.Microscope.Trajectories;
using Muninn.Tests.Engine.Recurrence;

namespace Muninn.Tests.Microscope.Recordings;

/// <summary>Small recordings of toy cores, and files made wrong on purpose.</summary>
static class SampleRecording
{
    public const int Positions = 3;

    /// <summary>Three contractions, the second a slow one, over 12 iterations, s* at 30, with all sections.</summary>
    public static Recording Of(int[]? states = null, int[]? positions = null, bool lens = true, CoreStep? core = null, bool sections = true)
    {
        var norm = new FinalNorm([1, 1.5f], 1e-6f);
        var settings = new ConvergenceSettings { Iterations = 12, Horizon = 30 };
        var meter = new ConvergenceMeter(Positions, norm, settings, long.MaxValue);
        int[] kept = states ?? [.. Enumerable.Range(0, 13)];
        int[] rows = positions ?? [0, 1, 2];
        var recorder = new TrajectoryRecorder(Positions, 2, kept, rows);
        var reading = new LensMeter([5, 10, 0], Readout, new LensSettings { Iterations = [1, 4], Horizon = 30, TopCount = 3 });
        float[] e = [1, -1, 2, 0.5f, -3, 1];
        var rest = new float[e.Length];
        new RecurrentRun(core ?? ToyCores.Contractions([0.4f, 0.95f, 0.6f]), 2, Positions).Run(
            RowBatch.ForPrompt(Positions), e, new RunSettings { Limit = 30, Start = InitialState.Random(7) }, rest, new RowEnding[Positions], null,
            (IterationObserver)meter.Observe + recorder.Observe + reading.Observe);
        var recording = new Recording
        {
            Header = new RecordingHeader
            {
                Version = "1.2.3",
                Model = "toy",
                Fingerprint = "0123456789abcdef",
                Weights = "f32",
                Width = 2,
                Heads = 1,
                Vocabulary = 11,
                PreludeBlocks = 1,
                CoreBlocks = 2,
                CodaBlocks = 1,
                NormGain = norm.Gain.ToArray(),
                NormEpsilon = norm.Epsilon,
                Start = "random",
                Seed = ulong.MaxValue,
                Rotary = "exact",
                StoredRotaryDifference = 0.25,
                Limit = 30,
                Notes = ["one thing", "another"],
            },
            // A character cut in two between the second and the third token, and a special token without bytes.
            Tokens = new RecordedTokens([5, 10, 0], ["<|a|>", "⟨E2 96⟩", "␣ü"], [default, new byte[] { 0xE2, 0x96 }, Encoding.UTF8.GetBytes(" ü")]),
            Convergence = meter.ToConvergence(),
            Rest = rest,
            States = kept.Length == 0 ? null : new RecordedStates { Iterations = [.. kept.Order()], Positions = rows, Trajectory = recorder.ToTrajectory() },
            Lens = lens ? RecordedLens.Of(reading.ToTable(), id => $"w{id}") : null,
        };
        return sections ? SampleSections.With(recording) : recording;
    }

    /// <summary>Eleven tokens, each the likelier the nearer a state lies to its own direction; token 7 is never among the first.</summary>
    static Readout Readout => new()
    {
        Kind = LensKind.Coda,
        Width = 2,
        Vocabulary = 11,
        Read = static (state, x) => state.CopyTo(x),
        Head = static (x, rows, logits) =>
        {
            for (int i = 0; i < rows * 11; i++)
                logits[i] = i % 11 == 7 ? x[i / 11 * 2] - 50 : x[i / 11 * 2] * MathF.Cos(i % 11) + x[i / 11 * 2 + 1] * MathF.Sin(i % 11);
        },
    };

    public static byte[] Bytes(Recording recording, TemporaryFolder folder)
    {
        var path = folder.At("sample.muninn");
        RecordingWriter.Write(FileTarget.Of(path), recording);
        return File.ReadAllBytes(path);
    }

    /// <summary>The file of a recording with its tensors and metadata changed.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="change">Gets tensors by name and metadata, and changes them.</param>
    public static string Changed(TemporaryFolder folder, Action<Dictionary<string, TensorSource>, Dictionary<string, string>> change)
    {
        var original = folder.At("original.muninn");
        RecordingWriter.Write(FileTarget.Of(original), Of());
        using var file = SafetensorsFile.Open(original);
        var tensors = file.Tensors.ToDictionary(tensor => tensor.Name, TensorSource.Copy);
        var metadata = file.Metadata.ToDictionary();
        change(tensors, metadata);
        var path = folder.At("changed.muninn");
        SafetensorsWriter.Write(path, [.. tensors.Values], metadata);
        return path;
    }
}
