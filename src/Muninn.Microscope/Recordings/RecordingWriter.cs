using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Files;
using Muninn.Kernels;
using F = Muninn.Microscope.Recordings.RecordingFormat;

namespace Muninn.Microscope.Recordings;

/// <summary>Writes a recording as a safetensors file: same recording, same bytes; the whole file or none.</summary>
public static class RecordingWriter
{
    /// <summary>Writes a recording.</summary>
    /// <param name="target">Where to; an older file is replaced once the new one is complete.</param>
    /// <param name="recording">With s*, and with its states read where it has any.</param>
    /// <exception cref="ArgumentException">A recording without s*, or whose states were not read.</exception>
    /// <exception cref="IOException">The file cannot be written; no part of it is left.</exception>
    public static void Write(FileTarget target, Recording recording)
    {
        ArgumentNullException.ThrowIfNull(recording);
        SafetensorsWriter.Write(target, Tensors(recording), Metadata(recording));
    }

    static List<TensorSource> Tensors(Recording recording)
    {
        var rest = recording.Rest ?? throw new ArgumentException("A recording that is written needs s*.", nameof(recording));
        var convergence = recording.Convergence;
        long positions = convergence.Positions;
        long iterations = convergence.Settings.Iterations;
        var certificates = convergence.Rest;
        List<TensorSource> tensors =
        [
            TensorSource.Int32(F.Tokens, [positions], recording.Tokens.Ids),
            .. Texts(F.Labels, [.. recording.Tokens.Labels.Select(static label => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(label))]),
            .. Texts(F.Pieces, recording.Tokens.Pieces),
            TensorSource.Float32(F.NormGain, [recording.Header.Width], recording.Header.NormGain),
            TensorSource.Float32(F.Distance, [positions, iterations + 1], convergence.Distance),
            TensorSource.Float32(F.Residual, [positions, iterations], convergence.Residual),
            TensorSource.Float32(F.HorizonResidual, [positions], convergence.HorizonResidual),
            TensorSource.Float32(F.RestNorm, [positions], convergence.RestNorm),
            TensorSource.Int32(F.FirstNotFinite, [positions], convergence.Tokens.Select(static token => token.FirstNotFinite ?? -1).ToArray()),
            TensorSource.Float32(F.Ratio, [positions], certificates.Select(static rest => rest.Ratio).ToArray()),
            TensorSource.Float32(F.RatioMost, [positions], certificates.Select(static rest => rest.RatioMost).ToArray()),
            TensorSource.Float32(F.TailBound, [positions], certificates.Select(static rest => rest.TailBound).ToArray()),
            TensorSource.Float32(F.Floor, [positions], certificates.Select(static rest => rest.Floor).ToArray()),
            TensorSource.Float32(F.StepFloor, [positions], certificates.Select(static rest => rest.StepFloor).ToArray()),
            TensorSource.Int32(F.FloorIsMeasured, [positions], certificates.Select(static rest => rest.FloorIsMeasured ? 1 : 0).ToArray()),
            TensorSource.Float32(F.Rest, [positions, recording.Header.Width], rest),
        ];
        if (recording.States is { } states)
            tensors.AddRange(Of(states, recording.Header.Width));
        if (recording.Lens is { } lens)
            tensors.AddRange(Of(lens));
        tensors.AddRange(SectionWriter.Tensors(recording));
        return tensors;
    }

    static IEnumerable<TensorSource> Of(RecordedStates states, long width)
    {
        var trajectory = states.Trajectory ?? throw new ArgumentException("The states of the recording were not read, so they cannot be written.");
        int[] iterations = [.. states.Iterations];
        int[] positions = [.. states.Positions];
        return
        [
            TensorSource.Int32(F.Iterations, [iterations.Length], iterations),
            TensorSource.Int32(F.Positions, [positions.Length], positions),
            new TensorSource(F.States, states.Type, [iterations.Length, positions.Length, width], stream =>
            {
                foreach (int iteration in iterations)
                    WriteState(trajectory.State(iteration), states.Type, stream);
            }),
        ];
    }

    static void WriteState(ReadOnlySpan<float> state, DType type, Stream stream)
    {
        if (type == DType.F32)
        {
            stream.Write(MemoryMarshal.AsBytes(state));
            return;
        }

        // The values are such already; nothing is lost here.
        var halves = new ushort[state.Length];
        if (type == DType.BF16)
            BrainFloats.Round(state, halves);
        else
            for (int i = 0; i < halves.Length; i++)
                halves[i] = BitConverter.HalfToUInt16Bits((Half)state[i]);
        stream.Write(MemoryMarshal.AsBytes(halves.AsSpan()));
    }

    static IEnumerable<TensorSource> Of(RecordedLens lens)
    {
        long iterations = lens.Iterations.Length;
        int[] vocabulary = [.. lens.Labels.Keys.Order()];
        return
        [
            TensorSource.Int32(F.LensIterations, [iterations], lens.Iterations),
            TensorSource.Int32(F.LensTokens, [iterations, lens.Positions, lens.Top], lens.Tokens),
            TensorSource.Float32(F.LensLogProbabilities, [iterations, lens.Positions, lens.Top], lens.LogProbabilities),
            TensorSource.Float32(F.LensEntropy, [iterations, lens.Positions], lens.Entropy),
            TensorSource.Float32(F.LensDivergence, [iterations, lens.Positions], lens.Divergence),
            TensorSource.Int32(F.LensRank, [iterations, lens.Positions], lens.Rank),
            TensorSource.Int32(F.LensVocabulary, [vocabulary.Length], vocabulary),
            .. Texts(F.LensLabels, [.. vocabulary.Select(id => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(lens.Labels[id]))]),
        ];
    }

    /// <summary>Texts one behind the other, and where each begins; one more offset than texts.</summary>
    internal static IEnumerable<TensorSource> Texts(string name, IReadOnlyList<ReadOnlyMemory<byte>> texts)
    {
        var offsets = new int[texts.Count + 1];
        for (int i = 0; i < texts.Count; i++)
            offsets[i + 1] = checked(offsets[i] + texts[i].Length);
        return
        [
            new TensorSource(name, DType.U8, [offsets[^1]], stream =>
            {
                foreach (var text in texts)
                    stream.Write(text.Span);
            }),
            TensorSource.Int32(name + F.Offsets, [offsets.Length], offsets),
        ];
    }

    static Dictionary<string, string> Metadata(Recording recording)
    {
        var header = recording.Header;
        var settings = recording.Convergence.Settings;
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [F.Format] = F.Name,
            ["version"] = header.Version,
            ["model"] = header.Model,
            ["fingerprint"] = header.Fingerprint,
            ["weights"] = header.Weights,
            ["width"] = Text(header.Width),
            ["heads"] = Text(header.Heads),
            ["vocabulary"] = Text(header.Vocabulary),
            ["prelude_blocks"] = Text(header.PreludeBlocks),
            ["core_blocks"] = Text(header.CoreBlocks),
            ["coda_blocks"] = Text(header.CodaBlocks),
            ["norm_epsilon"] = header.NormEpsilon.ToString("R", CultureInfo.InvariantCulture),
            ["initial_state"] = header.Start,
            ["seed"] = header.Seed.ToString(CultureInfo.InvariantCulture),
            ["rotary"] = header.Rotary,
            ["iterations"] = Text(settings.Iterations),
            ["horizon"] = Text(settings.Horizon),
            ["limit"] = Text(header.Limit),
            ["tolerance"] = settings.Tolerance.ToString("R", CultureInfo.InvariantCulture),
        };
        if (header.StartHash is { } hash) metadata["initial_state_sha256"] = hash;
        if (header.StoredRotaryDifference is { } difference)
            metadata["stored_rotary_difference"] = difference.ToString("R", CultureInfo.InvariantCulture);
        if (header.Notes.Count > 0) metadata["notes"] = string.Join('\n', header.Notes);
        if (recording.States is { } states)
            metadata["states_rounding"] = states.Rounding.ToString("R", CultureInfo.InvariantCulture);
        SectionWriter.Describe(recording, metadata);
        return metadata;

        static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
    }
}
