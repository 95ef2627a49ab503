using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Trajectories;
using F = Muninn.Microscope.Recordings.RecordingFormat;

namespace Muninn.Microscope.Recordings;

/// <summary>What of a recording is read.</summary>
public enum RecordingParts
{
    /// <summary>Everything but the states, of which only the places are read.</summary>
    Measures,

    /// <summary>Everything.</summary>
    All,
}

/// <summary>Reads a <c>.muninn</c> file. Tensors that it does not know are named and left alone; known ones must be what they are said to be.</summary>
public static class RecordingReader
{
    /// <summary>Reads a recording.</summary>
    /// <param name="path">The file.</param>
    /// <param name="parts">What of it; the states can be large.</param>
    /// <exception cref="InvalidDataException">The file is damaged or no recording; the message names file, tensor, expected and found.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Recording Read(string path, RecordingParts parts = RecordingParts.All)
    {
        using var file = SafetensorsFile.Open(path);
        var fields = new RecordingFields(file);
        if (fields.TextOrNull(F.Format) is var format && format != F.Name)
            throw new InvalidDataException(
                $"{path} is no recording: its metadata say format = '{format ?? "nothing"}'; expected '{F.Name}'. 'muninn record' makes one.");
        int positions = Positions(fields);
        var header = Header(fields);
        var settings = Settings(fields, header);
        var sections = new SectionReader(fields, header, settings, positions);
        var recording = new Recording
        {
            Header = header,
            Tokens = new RecordedTokens(
                fields.Integers(F.Tokens, "tokens", 0, header.Vocabulary - 1, positions),
                fields.Labels(F.Labels, positions), fields.Texts(F.Pieces, positions)),
            Convergence = Measures(fields, settings, positions),
            Rest = fields.Floats(F.Rest, "tokens, width", positions, header.Width),
            States = fields.Has(F.States) || fields.Has(F.Iterations) ? States(fields, header, positions, parts) : null,
            Lens = fields.Has(F.LensIterations) ? Lens(fields, header, positions) : null,
            Dynamics = sections.Dynamics(),
            Classes = sections.Classes(),
            Exits = sections.Exits(),
            Patterns = sections.Patterns(),
        };
        return recording with { OtherTensors = fields.Unknown };
    }

    static int Positions(RecordingFields fields)
    {
        long positions = fields.Tensor(F.Tokens, "tokens", 1, DType.I32).ElementCount;
        return positions is >= 1 and <= F.PositionsMax
            ? (int)positions
            : throw fields.Bad($"tensor '{F.Tokens}' has {positions} entries; expected 1 to {F.PositionsMax}");
    }

    static RecordingHeader Header(RecordingFields fields)
    {
        int width = fields.Number("width", 1, ModelConfig.WidthMax);
        return new RecordingHeader
        {
            Version = fields.Text("version"),
            Model = fields.Text("model"),
            Fingerprint = fields.Text("fingerprint"),
            Weights = fields.Text("weights"),
            Width = width,
            Heads = fields.Number("heads", 1, width),
            Vocabulary = fields.Number("vocabulary", 1, ModelConfig.VocabularyMax),
            PreludeBlocks = fields.Number("prelude_blocks", 0, ModelConfig.BlocksMax),
            CoreBlocks = fields.Number("core_blocks", 0, ModelConfig.BlocksMax),
            CodaBlocks = fields.Number("coda_blocks", 0, ModelConfig.BlocksMax),
            NormGain = fields.Floats(F.NormGain, "width", width),
            NormEpsilon = (float)fields.Real("norm_epsilon"),
            Start = fields.Text("initial_state"),
            Seed = fields.Seed("seed"),
            StartHash = fields.TextOrNull("initial_state_sha256"),
            Rotary = fields.Text("rotary"),
            StoredRotaryDifference = fields.TextOrNull("stored_rotary_difference") is null ? null : fields.Real("stored_rotary_difference"),
            Limit = fields.Number("limit", 1, F.IterationMax),
            Notes = fields.TextOrNull("notes")?.Split('\n') ?? [],
        };
    }

    static ConvergenceSettings Settings(RecordingFields fields, RecordingHeader header)
    {
        int iterations = fields.Number("iterations", 1, header.Limit);
        int horizon = fields.Number("horizon", 1, header.Limit);
        if (horizon < iterations)
            throw fields.Bad($"the metadata say horizon = {horizon} and iterations = {iterations}; s* is never taken before the last measured iteration");
        return new ConvergenceSettings { Iterations = iterations, Horizon = horizon, Tolerance = fields.Real("tolerance") };
    }

    static Convergence Measures(RecordingFields fields, ConvergenceSettings settings, int positions)
    {
        float[] restNorm = fields.Lengths(F.RestNorm, "tokens", positions);
        float[] ratio = fields.Lengths(F.Ratio, "tokens", positions);
        float[] ratioMost = fields.Lengths(F.RatioMost, "tokens", positions);
        float[] tail = fields.Lengths(F.TailBound, "tokens", positions);
        float[] floor = fields.Lengths(F.Floor, "tokens", positions);
        float[] stepFloor = fields.Sizes(F.StepFloor, "tokens", positions);
        int[] measured = fields.Integers(F.FloorIsMeasured, "tokens", 0, 1, positions);
        int[] notFinite = fields.Integers(F.FirstNotFinite, "tokens", -1, F.IterationMax, positions);
        return new Convergence(
            settings,
            fields.Lengths(F.Distance, "tokens, iterations + 1", positions, settings.Iterations + 1),
            fields.Lengths(F.Residual, "tokens, iterations", positions, settings.Iterations),
            fields.Lengths(F.HorizonResidual, "tokens", positions),
            restNorm,
            [.. Enumerable.Range(0, positions).Select(t =>
                new RestCertificate(ratio[t], ratioMost[t], tail[t], floor[t], stepFloor[t], measured[t] == 1))],
            [.. notFinite.Select(static iteration => iteration < 0 ? (int?)null : iteration)]);
    }

    static RecordedStates States(RecordingFields fields, RecordingHeader header, int count, RecordingParts parts)
    {
        int[] iterations = fields.Ascending(F.Iterations, "iterations kept", 0, header.Limit);
        int[] positions = fields.Ascending(F.Positions, "positions kept", 0, count - 1);
        var tensor = fields.Tensor(F.States, "iterations, positions, width", 3, DType.F32, DType.F16, DType.BF16);
        if (!tensor.Shape.SequenceEqual([iterations.Length, positions.Length, header.Width]))
            throw fields.Bad(
                $"tensor '{F.States}' is {tensor.DType} {tensor.ShapeText}; expected [{iterations.Length}, {positions.Length}, {header.Width}] " +
                "[iterations, positions, width]");
        var places = new RecordedStates
        {
            Iterations = iterations,
            Positions = positions,
            Type = tensor.DType,
            Rounding = fields.TextOrNull("states_rounding") is null ? 0 : (float)fields.Real("states_rounding"),
        };
        if (parts == RecordingParts.Measures)
            return places;
        long length = (long)positions.Length * header.Width;
        if (length > Array.MaxLength)
            throw fields.Bad($"the states of one iteration are {length} numbers; at most {Array.MaxLength} are read");
        var states = new SortedDictionary<int, float[]>();
        for (int i = 0; i < iterations.Length; i++)
        {
            var state = new float[length];
            tensor.CopyTo(i * length, state);
            states.Add(iterations[i], state);
        }

        return places with { Trajectory = new Trajectory(positions.Length, header.Width, states) };
    }

    static RecordedLens Lens(RecordingFields fields, RecordingHeader header, int positions)
    {
        int[] iterations = fields.Ascending(F.LensIterations, "iterations", 0, header.Limit);
        var tokens = fields.Tensor(F.LensTokens, "iterations, tokens, top", 3, DType.I32);
        long top = tokens.Shape[2];
        if (top is < 1 or > RecordedLens.TopMax)
            throw fields.Bad($"tensor '{F.LensTokens}' lists {top} tokens at a place; expected 1 to {RecordedLens.TopMax}");
        int[] vocabulary = fields.Tensor(F.LensVocabulary, "tokens that occur", 1, DType.I32).ElementCount == 0
            ? [] : fields.Ascending(F.LensVocabulary, "tokens that occur", 0, header.Vocabulary - 1);
        var labels = fields.Labels(F.LensLabels, vocabulary.Length);
        int[] listed = fields.Integers(F.LensTokens, "iterations, tokens, top", -1, header.Vocabulary - 1, iterations.Length, positions, top);
        if (listed.Except(vocabulary).FirstOrDefault(static id => id >= 0, -1) is var unnamed && unnamed >= 0)
            throw fields.Bad($"tensor '{F.LensTokens}' lists token {unnamed}, which '{F.LensVocabulary}' lacks");
        return new RecordedLens
        {
            Iterations = iterations,
            Positions = positions,
            Top = (int)top,
            Tokens = listed,
            LogProbabilities = fields.Floats(F.LensLogProbabilities, "iterations, tokens, top", iterations.Length, positions, top),
            Entropy = fields.Floats(F.LensEntropy, "iterations, tokens", iterations.Length, positions),
            Divergence = fields.Floats(F.LensDivergence, "iterations, tokens", iterations.Length, positions),
            Rank = fields.Integers(F.LensRank, "iterations, tokens", 0, header.Vocabulary, iterations.Length, positions),
            Labels = vocabulary.Zip(labels).ToDictionary(static pair => pair.First, static pair => pair.Second),
        };
    }
}
