using System;
using System.Collections.Generic;
using Muninn.Cli.Frame;
using Muninn.Engine.Model;

namespace Muninn.Cli.Input;

/// <summary>The options that say what is read, by which model, and how often it is iterated.</summary>
sealed class InputSettings
{
    /// <summary>The text in place of an option.</summary>
    public static readonly Positional Text = new(
        "TEXT",
        "The text to read. Without it, --file and --tokens: standard input when that is a pipe or a file, " +
        "else the built-in example sentence.",
        0, 1);

    /// <summary>The sentence that is read when none is given.</summary>
    public const string ExampleSentence =
        "Your responses demonstrate: Methodical reasoning, breaking complex problems into clear steps.";

    /// <summary>Most iterations a run can be asked for.</summary>
    public const int MostIterations = 10_000;

    /// <summary>Most worker threads.</summary>
    public const int MostThreads = Kernels.WorkerPool.ThreadsMax;

    /// <summary>The file that holds the text.</summary>
    public Setting<string?> File { get; } = new(Reads.Path, null)
    {
        Name = "--file",
        ValueName = "FILE",
        Description = "Read the text from FILE, UTF-8, to its very last byte; - is standard input.",
        TakesFile = true,
    };

    /// <summary>Token ids in place of a text.</summary>
    public Setting<int[]?> Tokens { get; } = new(Reads.TokenIds, null)
    {
        Name = "--tokens",
        ValueName = "IDS",
        Description = "Use these token ids, e.g. 5,17,3; works without a tokenizer and adds nothing.",
    };

    /// <summary>Whether the text is the user's turn of a conversation.</summary>
    public Flag Chat { get; } = new()
    {
        Name = "--chat",
        Description = "Put the text as the user's turn into the chat template of the model.",
    };

    /// <summary>The system turn.</summary>
    public Setting<string?> System { get; } = new(Reads.Text, null)
    {
        Name = "--system",
        ValueName = "TEXT",
        Description = "The system turn in front of the user's; with --chat only.",
    };

    /// <summary>Whether no special token is put around the text.</summary>
    public Flag NoSpecial { get; } = new()
    {
        Name = "--no-special",
        Description = "Put no special tokens (such as a beginning of text) around the text.",
    };

    /// <summary>The model.</summary>
    public Setting<string> Model { get; } = ModelSetting();

    /// <summary>Iterations shown.</summary>
    public Setting<int> Iterations { get; } = new(Reads.Number(1, MostIterations), 64)
    {
        Name = "--iterations",
        ShortName = "-n",
        ValueName = "N",
        Description = "How many iterations are shown.",
        FallbackText = "64",
    };

    /// <summary>The iteration at which s* is taken.</summary>
    public Setting<int?> Horizon { get; } = new(static text => Reads.Number(1, 2 * MostIterations)(text), null)
    {
        Name = "--horizon",
        ValueName = "N",
        Description = "The iteration at which s*, where the state comes to rest, is taken; beyond --iterations, or equal " +
            "to them as in the published pictures, whose last column is 0 by construction.",
        FallbackText = "128, or twice the iterations when that is more",
    };

    /// <summary>Where the run starts.</summary>
    public Setting<StartChoice> InitialState { get; } = new(StartChoice.Read, StartChoice.Random)
    {
        Name = "--initial-state",
        ValueName = "START",
        Description =
            "Where the state starts: zero, random (the model's own truncated normal, from --seed) or a " +
            "safetensors file with the raw s0 [tokens, width].",
        FallbackText = "random",
        TakesFile = true,
    };

    /// <summary>Which rotary table.</summary>
    public Setting<RotarySource> Rotary { get; } = new(
        Reads.Word(("exact", RotarySource.Exact), ("stored", RotarySource.Stored)), RotarySource.Exact)
    {
        Name = "--rotary",
        ValueName = "TABLE",
        Description = "The rotary table: computed in float32, or as stored (exact where none is stored).",
        Choices = ["exact", "stored"],
        FallbackText = "exact",
    };

    /// <summary>Seed of every random number.</summary>
    public Setting<ulong> Seed { get; } = new(Reads.Seed, 0)
    {
        Name = "--seed",
        ValueName = "N",
        Description = "Seed of the random start; the same seed gives the same bytes.",
        FallbackText = "0",
    };

    /// <summary>Worker threads.</summary>
    public Setting<int?> Threads { get; } = ThreadsSetting();

    /// <summary>The options in the order of the help page.</summary>
    public IReadOnlyList<SettingGroup> Groups =>
    [
        new("Input", [File, Tokens, Chat, System, NoSpecial]),
        new("Model and run", [Model, Iterations, Horizon, InitialState, Rotary, Seed, Threads]),
    ];

    /// <summary>The options of commands that run as many iterations as are asked for and measure no s*.</summary>
    public IReadOnlyList<SettingGroup> GroupsWithoutHorizon =>
    [
        Groups[0],
        new("Model and run", [Model, Iterations, InitialState, Rotary, Seed, Threads]),
    ];

    /// <summary>The <c>--model</c> option, which other commands have too.</summary>
    public static Setting<string> ModelSetting() => new(Reads.Path, "seedling")
    {
        Name = "--model",
        ShortName = "-m",
        ValueName = "MODEL",
        Description = "A folder, an alias (see 'muninn models list') or org/name[@revision] in the Hugging Face cache.",
        FallbackText = "seedling",
        TakesFile = true,
    };

    /// <summary>The <c>--threads</c> option, which other commands have too.</summary>
    /// <param name="fallback">What holds when nothing is given, for the help page.</param>
    public static Setting<int?> ThreadsSetting(string fallback = "one for each processor, one alone for small work") => new(static text => Reads.Number(1, MostThreads)(text), null)
    {
        Name = "--threads",
        ValueName = "N",
        Description = "How many threads compute; changes the speed, never a bit of the result.",
        FallbackText = fallback,
    };

    /// <summary>The iteration at which s* is taken, checked against the iterations shown.</summary>
    /// <exception cref="UsageException">It is below them.</exception>
    public static int HorizonOf((int Value, string Source) iterations, (int? Value, string? Source) horizon)
    {
        if (horizon.Value is not { } value) return Math.Max(128, 2 * iterations.Value);
        return value >= iterations.Value
            ? value
            : throw new UsageException(
                $"{horizon.Source} is {value} and {iterations.Source} {iterations.Value}: s* cannot be taken before the last " +
                $"iteration that is shown. Give a horizon of {iterations.Value} or more ({2 * iterations.Value} is a good one), " +
                "or fewer iterations.");
    }
}

/// <summary>Where the state starts, as chosen.</summary>
/// <param name="Name"><c>zero</c>, <c>random</c> or the name of the file.</param>
/// <param name="File">The file, or null.</param>
sealed record StartChoice(string Name, string? File)
{
    /// <summary>All zeros.</summary>
    public static StartChoice Zero { get; } = new("zero", null);

    /// <summary>Drawn from the seed.</summary>
    public static StartChoice Random { get; } = new("random", null);

    /// <summary>Reads the value of <c>--initial-state</c>.</summary>
    public static StartChoice Read(string text) => text switch
    {
        "zero" => Zero,
        "random" => Random,
        _ when text.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) => new(text, text),
        _ => throw new FormatException(
            $"'{text}' is neither zero nor random nor the name of a .safetensors file" +
            Suggestion.Phrase(text, ["zero", "random"])),
    };
}
