using System;
using System.Collections.Generic;
using System.IO;
using Muninn.Engine.Files;

namespace Muninn.Engine.Checkpoints;

/// <summary>The shape and constants of a recurrent-depth model, from its <c>config.json</c>.</summary>
/// <remarks>
/// Only <c>huginn_raven</c> models are read. Every key that changes what the model computes is checked, keys known to
/// change nothing are passed over, and any other key is refused. Values left out of the file are those of the
/// published configuration class (recurrent-pretraining, 2025).
/// </remarks>
public sealed record ModelConfig
{
    /// <summary>Largest width.</summary>
    public const int WidthMax = 1 << 16;

    /// <summary>Largest width within the gated layer.</summary>
    public const int HiddenMax = 1 << 20;

    /// <summary>Largest vocabulary.</summary>
    public const int VocabularyMax = 1 << 22;

    /// <summary>Longest context.</summary>
    public const int ContextMax = 1 << 22;

    /// <summary>Most blocks in each of prelude, core and coda.</summary>
    public const int BlocksMax = 1024;

    /// <summary>Largest mean number of iterations.</summary>
    public const int RecurrenceMax = 1 << 16;

    /// <summary>Width of the state (n_embd), 2 … <see cref="WidthMax"/>.</summary>
    public required int Width { get; init; }

    /// <summary>Attention heads; they divide the width into even parts.</summary>
    public required int Heads { get; init; }

    /// <summary>Width of one head, even.</summary>
    public int HeadWidth => Width / Heads;

    /// <summary>Width within the gated layer (intermediate_size).</summary>
    public required int Hidden { get; init; }

    /// <summary>Number of token ids, and rows of the embedding.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Most positions (block_size).</summary>
    public required int Context { get; init; }

    /// <summary>Blocks before the recurrence; may be 0.</summary>
    public required int PreludeBlocks { get; init; }

    /// <summary>Blocks of the recurrence, at least 1.</summary>
    public required int CoreBlocks { get; init; }

    /// <summary>Blocks after the recurrence; may be 0.</summary>
    public required int CodaBlocks { get; init; }

    /// <summary>Added to the mean square inside the root of every normalisation.</summary>
    public float NormEpsilon { get; init; } = 1e-6f;

    /// <summary>Base of the rotary angles: θ = position · base^(−2j/<see cref="HeadWidth"/>).</summary>
    public double RotaryBase { get; init; } = 50_000;

    /// <summary>Whether queries and keys have a bias.</summary>
    public bool QueryKeyBias { get; init; } = true;

    /// <summary>Whether the embedding is the head, whatever the weights hold beside it.</summary>
    public bool TiedEmbedding { get; init; } = true;

    /// <summary>Iterations the model was trained for on average.</summary>
    public int MeanRecurrence { get; init; } = 32;

    /// <summary>Iterations through which gradients flowed in training.</summary>
    public int MeanBackpropagation { get; init; } = 8;

    /// <summary>Id of the token that begins a text, where the file names one.</summary>
    public int? BeginToken { get; init; }

    /// <summary>Ids of the tokens that end a text; empty where the file names none.</summary>
    public IReadOnlyList<int> EndTokens { get; init; } = [];

    /// <summary>Id of the token that fills rows, where the file names one.</summary>
    public int? PadToken { get; init; }

    /// <summary>√<see cref="Width"/>: embeddings and random start states are multiplied by it.</summary>
    public double EmbeddingScale => Math.Sqrt(Width);

    /// <summary>√(2 / (5 <see cref="Width"/>)): deviation of a start state before the scale, cut at three deviations.</summary>
    public double InitialStateDeviation => Math.Sqrt(2.0 / (5.0 * Width));

    /// <summary>√(2 / (5 <see cref="Width"/>)): deviation of most weights before training, cut at three deviations.</summary>
    public double WeightDeviation => InitialStateDeviation;

    /// <summary><see cref="WeightDeviation"/> / √(2 <see cref="ExpectedDepth"/>): deviation of output projections before training.</summary>
    public double OutputDeviation => WeightDeviation / Math.Sqrt(2.0 * ExpectedDepth);

    /// <summary>Blocks that hold weights of their own.</summary>
    public int Blocks => PreludeBlocks + CoreBlocks + CodaBlocks;

    /// <summary>Blocks that a token passes with <see cref="MeanRecurrence"/> iterations.</summary>
    public int ExpectedDepth => PreludeBlocks + CoreBlocks * MeanRecurrence + CodaBlocks;

    /// <summary>Weights that every product of one iteration reads, per row: its multiply-adds.</summary>
    public long ProductWeightsPerIteration => 2L * Width * Width + CoreBlocks * ProductWeightsPerBlock;

    /// <summary>Weights that the products of one block read: 4·width² + 3·width·hidden.</summary>
    public long ProductWeightsPerBlock => 4L * Width * Width + 3L * Width * Hidden;

    /// <summary>Reads and checks a <c>config.json</c>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">A key that is missing, contradicts another, or is not supported.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static ModelConfig Read(string path) => Parse(JsonFile.ReadBytes(path, ModelConfigReader.FileLengthMax), path);

    /// <summary>Reads and checks the text of a <c>config.json</c>.</summary>
    /// <param name="utf8Json">The text.</param>
    /// <param name="path">The file's name, for messages.</param>
    /// <exception cref="InvalidDataException">A key that is missing, contradicts another, or is not supported.</exception>
    public static ModelConfig Parse(ReadOnlyMemory<byte> utf8Json, string path) => ModelConfigReader.Read(utf8Json, path);
}
