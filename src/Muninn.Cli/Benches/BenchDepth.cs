using Muninn.Cli.Frame;

namespace Muninn.Cli.Benches;

/// <summary>How long and how widely to measure.</summary>
sealed record BenchDepth
{
    /// <summary>Rows of the products.</summary>
    public required int[] Rows { get; init; }

    /// <summary>Rounds of each case, each with a probe before and behind it; the median counts.</summary>
    public required int Rounds { get; init; }

    /// <summary>Least time of a case in a round, in seconds.</summary>
    public required double RoundSeconds { get; init; }

    /// <summary>Time of a probe, in seconds.</summary>
    public required double ProbeSeconds { get; init; }

    /// <summary>Memory that no cache may hold, in bytes, at least.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>The cache that the weights of one row exceed fourfold, in int4, in bytes.</summary>
    public required long CacheBytes { get; init; }

    /// <summary>Positions of the prompts that attention is measured on.</summary>
    public required int[] AttentionPositions { get; init; }

    /// <summary>Width of the model that a prompt goes through; <c>--width</c> says otherwise.</summary>
    public required int Width { get; init; }

    /// <summary>Width of the model that one row goes through.</summary>
    public required int RowWidth { get; init; }

    /// <summary>Tokens of a prompt.</summary>
    public required int Tokens { get; init; }

    /// <summary>Iterations of a prompt.</summary>
    public required int Iterations { get; init; }

    /// <summary>Rounds of a whole prompt, at most; it is repeated within <see cref="PromptSeconds"/> only.</summary>
    public required int PromptRounds { get; init; }

    /// <summary>Time after which a whole prompt is not repeated any more.</summary>
    public const double PromptSeconds = 20;

    /// <summary>Runs of a whole process.</summary>
    public required int Starts { get; init; }

    /// <summary>Prompts of each kind whose block passes are counted.</summary>
    public required int Prompts { get; init; }

    /// <summary>How often the state of <c>seedling</c> is repeated for a model that no cache holds; a power of four.</summary>
    public required int Copies { get; init; }

    /// <summary>How often its channels within a gated layer are; a power of two.</summary>
    public required int HiddenCopies { get; init; }

    /// <summary>Texts that are generated against the clock.</summary>
    public required int Texts { get; init; }

    /// <summary>Tokens of each.</summary>
    public required int TextTokens { get; init; }

    /// <summary>Requests that share passes, those that wait included.</summary>
    public required int Requests { get; init; }

    /// <summary>Figures that hold.</summary>
    public static BenchDepth Full { get; } = new()
    {
        Rows = [1, 2, 4, 8, 16, 32, 64, 128, 512],
        Rounds = 15,
        RoundSeconds = 0.006,
        ProbeSeconds = 0.003,
        MemoryBytes = long.Clamp(4 * Machine.LastLevelCacheBytes, 256 << 20, 1 << 30),
        CacheBytes = Machine.LastLevelCacheBytes,
        AttentionPositions = [128, 1024],
        Width = 1024,
        RowWidth = 2048,
        Tokens = 128,
        Iterations = 32,
        PromptRounds = 9,
        Starts = 9,
        Prompts = 300,
        Copies = 16,
        HiddenCopies = 32,
        Texts = 3,
        TextTokens = 24,
        Requests = 48,
    };

    /// <summary>A look at everything, in some seconds; its figures say little.</summary>
    public static BenchDepth Quick { get; } = new()
    {
        Rows = [1, 64],
        Rounds = 3,
        RoundSeconds = 0.001,
        ProbeSeconds = 0.001,
        MemoryBytes = 32 << 20,
        CacheBytes = 0,
        AttentionPositions = [128],
        Width = 256,
        RowWidth = 256,
        Tokens = 32,
        Iterations = 4,
        PromptRounds = 3,
        Starts = 1,
        Prompts = 10,
        Copies = 4,
        HiddenCopies = 4,
        Texts = 1,
        TextTokens = 8,
        Requests = 24,
    };
}
