using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Engine.Model;
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

    /// <summary>What to do where the states asked for do not fit into memory.</summary>
    public string FewerStates { get; init; } = "List fewer iterations in --states and --logits, or give a shorter text.";

    /// <summary>Runs from seeds of their own, of which three states are held each.</summary>
    public int Seeds { get; init; }

    /// <summary><c>exact</c> or <c>stored</c>.</summary>
    public string RotaryName => Rotary == RotarySource.Stored ? "stored" : "exact";

    /// <summary>The last iteration that is run.</summary>
    public int Limit => StatesWanted.Append(Measure.Horizon).Max();

    /// <summary>The plan of a command line.</summary>
    /// <exception cref="UsageException">Options that do not fit each other.</exception>
    public static RunPlan Of(Invocation invocation, InputSettings settings)
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
            Prompt = Prompt.Of(invocation, settings),
        };
    }
}
