using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Files;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Measures.Lenses;
using Muninn.Microscope.Recordings;
using Muninn.Microscope.Trajectories;
using Muninn.Microscope.Writers;

namespace Muninn.Fuzz;

/// <summary>Recordings of a toy core, and their reader under test.</summary>
static class RecordingSeeds
{
    const int Positions = 3;
    const int Width = 2;

    static readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("muninn-fuzz-").FullName, "input.muninn");

    /// <summary>One with states and lens, one with all other sections, one in half precision without a lens, one without states.</summary>
    public static List<Seed> All()
    {
        AppDomain.CurrentDomain.ProcessExit += static (_, _) => Directory.Delete(Path.GetDirectoryName(_path) ?? _path, recursive: true);
        var whole = Sample();
        var norm = whole.Header.FinalNorm();
        return
        [
            Of(whole),
            Of(SectionSeeds.With(whole with { Lens = null, States = null })),
            Of(whole with { Lens = null, States = whole.States?.As(DType.BF16, norm) }),
            Of(whole with { Lens = null, States = null }),
        ];
    }

    /// <summary>
    /// Reads an input as it is, and once with a true length of the header in front, since most changes end at a wrong one. What is let
    /// pass must have findings and survive being drawn as a page and written again.
    /// </summary>
    public static void Read(byte[] input)
    {
        if (input.Length >= sizeof(ulong) && Array.LastIndexOf(input, (byte)'}') is var end and > 8)
        {
            var repaired = input.ToArray();
            BinaryPrimitives.WriteInt64LittleEndian(repaired, end + 1 - sizeof(ulong));
            try
            {
                ReadOnce(repaired);
            }
            catch (InvalidDataException)
            {
                // The documented refusal; the input as it is comes next.
            }
        }

        ReadOnce(input);
    }

    static void ReadOnce(byte[] input)
    {
        File.WriteAllBytes(_path, input);
        var recording = RecordingReader.Read(_path);
        if (recording.Findings.Count == 0)
            throw new InvalidOperationException("A recording without findings was let pass.");
        var heatmap = new Heatmap { RowLabels = recording.Tokens.Labels, Values = recording.Convergence.Distance, Floor = recording.Convergence.Floor };
        int[] positions = [.. Enumerable.Range(0, recording.Convergence.Positions)];
        HtmlWriter.Write(RecordingPage.Of(recording, heatmap.Select(positions), positions), Stream.Null);
        if (recording.OtherTensors.Count == 0)
            RecordingWriter.Write(FileTarget.Of(_path), recording);
    }

    static Seed Of(Recording recording)
    {
        RecordingWriter.Write(FileTarget.Of(_path), recording);
        return new Seed(File.ReadAllBytes(_path));
    }

    static Recording Sample()
    {
        var norm = new FinalNorm([1, 2], 1e-6f);
        var meter = new ConvergenceMeter(Positions, norm, new ConvergenceSettings { Iterations = 6, Horizon = 12 }, long.MaxValue);
        var recorder = new TrajectoryRecorder(Positions, Width, [0, 1, 6], [0, 2]);
        var readout = new Readout
        {
            Kind = LensKind.Coda,
            Width = Width,
            Vocabulary = 5,
            Read = static (state, x) => state.CopyTo(x),
            Head = static (x, rows, logits) =>
            {
                for (int i = 0; i < rows * 5; i++) logits[i] = x[i / 5 * Width] * (i % 5);
            },
        };
        var lens = new LensMeter([1, 4, 0], readout, new LensSettings { Iterations = [1], Horizon = 12, TopCount = 2 });
        var rest = new float[Positions * Width];
        var run = new RecurrentRun(
            static (rows, injected, state, next) =>
            {
                for (int i = 0; i < next.Length; i++) next[i] = 0.5f * state[i] + injected[i];
            },
            Width, Positions);
        run.Run(
            RowBatch.ForPrompt(Positions), [1, 2, 3, 4, 5, 6], new RunSettings { Limit = 12, Start = InitialState.Random(1) }, rest,
            new RowEnding[Positions], null, (IterationObserver)meter.Observe + recorder.Observe + lens.Observe);
        return new Recording
        {
            Header = new RecordingHeader
            {
                Version = "0",
                Model = "toy",
                Fingerprint = "00",
                Weights = "f32",
                Width = Width,
                Heads = 1,
                Vocabulary = 5,
                PreludeBlocks = 1,
                CoreBlocks = 1,
                CodaBlocks = 1,
                NormGain = norm.Gain.ToArray(),
                NormEpsilon = norm.Epsilon,
                Start = "random",
                Seed = 1,
                Rotary = "exact",
                StoredRotaryDifference = 1e-3,
                Limit = 12,
                Notes = ["a note"],
            },
            Tokens = new RecordedTokens([1, 4, 0], ["a", "␣b", "⟨E2⟩"], [new byte[] { 97 }, new byte[] { 32, 98 }, new byte[] { 0xE2 }]),
            Convergence = meter.ToConvergence(),
            Rest = rest,
            States = new RecordedStates { Iterations = [0, 1, 6], Positions = [0, 2], Trajectory = recorder.ToTrajectory() },
            Lens = RecordedLens.Of(lens.ToTable(), static id => $"w{id}"),
        };
    }
}
