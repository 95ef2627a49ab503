using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Measures;

namespace Muninn.Cli.Input;

/// <summary>What shall be read, by which model, and how: the input options, resolved and checked.</summary>
sealed record RunPlan
{
    /// <summary>The text or the ids.</summary>
    public required Prompt Prompt { get; init; }

    /// <summary>The name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Iterations shown and the horizon.</summary>
    public required ConvergenceSettings Measure { get; init; }

    /// <summary>Where the state starts.</summary>
    public required StartChoice Start { get; init; }

    /// <summary>Which rotary table.</summary>
    public required RotarySource Rotary { get; init; }

    /// <summary>Seed of the random start.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Threads that compute; null for as many as the work is worth.</summary>
    public required int? Threads { get; init; }

    /// <summary>Whether logits are asked for.</summary>
    public bool LogitsWanted { get; init; }

    /// <summary>Iterations whose states are asked for, for themselves or for their logits.</summary>
    public IReadOnlyList<int> StatesWanted { get; init; } = [];

    /// <summary>
    /// Whether derivatives are asked for: weights in whole numbers are then held in float32, since products that round their
    /// operand have none.
    /// </summary>
    public bool TangentsWanted { get; init; }

    /// <summary>Memory that the command takes beside the reading, in bytes, for a model and a number of positions; null: none worth counting.</summary>
    public Func<ModelConfig, int, long>? BytesBeside { get; init; }

    /// <summary>Iterations whose states a recording keeps, at <see cref="KeptPositions"/>.</summary>
    public IReadOnlyList<int> KeptStates { get; init; } = [];

    /// <summary>Positions whose states a recording keeps; null for all.</summary>
    public IReadOnlyList<int>? KeptPositions { get; init; }

    /// <summary>The option that chose those positions, for messages.</summary>
    public string? KeptPositionsSource { get; init; }

    /// <summary>Whether raw s* is kept.</summary>
    public bool RestWanted { get; init; }

    /// <summary>Whether the rounding floor is measured, by restarts beside s*; else it is assumed.</summary>
    public bool FloorMeasured { get; init; }

    /// <summary>What to do where the states asked for do not fit into memory; null: list fewer.</summary>
    public string? FewerStates { get; init; }

    /// <summary>Runs from seeds of their own, of which three states are held each.</summary>
    public int Seeds { get; init; }

    /// <summary>
    /// Looks at the run before it begins, may watch its sites, and sees every state of it, once, restarts and repeats left out; null: nobody.
    /// </summary>
    public Func<PromptRun, RecurrentModel, IterationObserver>? Watch { get; init; }

    /// <summary><c>exact</c> or <c>stored</c>.</summary>
    public string RotaryName => Rotary == RotarySource.Stored ? "stored" : "exact";

    /// <summary>What the words of a random start begin with; its seed follows.</summary>
    public const string RandomText = "random, seed ";

    /// <summary>The start in words, for people.</summary>
    public string StartText => Start.File is { } file ? Path.GetFileName(file)
        : Start == StartChoice.Random ? RandomText + Seed.ToString(CultureInfo.InvariantCulture) : Start.Name;

    /// <summary>An iteration up to which is run at least, though its state is not asked for.</summary>
    public int LimitLeast { get; init; }

    /// <summary>The last iteration that is run.</summary>
    public int Limit => StatesWanted.Concat(KeptStates).Append(Measure.Horizon).Append(LimitLeast).Max();

    /// <summary>The plan of a command line.</summary>
    /// <param name="invocation">The command line.</param>
    /// <param name="settings">Its input options.</param>
    /// <param name="prompt">What is read in place of what the command line says; null: what it says.</param>
    /// <exception cref="UsageException">Options that do not fit each other.</exception>
    public static RunPlan Of(Invocation invocation, InputSettings settings, Prompt? prompt = null)
    {
        var (iterations, iterationsSource) = invocation.Resolve(settings.Iterations);
        return new RunPlan
        {
            Measure = new ConvergenceSettings
            {
                Iterations = iterations,
                Horizon = InputSettings.HorizonOf(
                    (iterations, iterationsSource ?? settings.Iterations.Name), invocation.Resolve(settings.Horizon)),
            },
            Model = invocation.Value(settings.Model),
            Start = invocation.Value(settings.InitialState),
            Rotary = invocation.Value(settings.Rotary),
            Seed = invocation.Value(settings.Seed),
            Threads = invocation.Value(settings.Threads),
            Prompt = prompt ?? Prompt.Of(invocation, settings),
        };
    }
}
