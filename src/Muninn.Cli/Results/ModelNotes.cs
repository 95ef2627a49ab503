using System.Collections.Generic;
using System.Globalization;
using Muninn.Cli.Input;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;

namespace Muninn.Cli.Results;

/// <summary>What a person should know besides the numbers: peculiarities of a checkpoint and of its rotary table.</summary>
static class ModelNotes
{
    /// <summary>Differences of the rotary tables up to here are the rounding of float32.</summary>
    const double RotaryRounding = 1e-6;

    /// <summary>The notes, a sentence or two each.</summary>
    /// <param name="checkpoint">Its own peculiarities.</param>
    /// <param name="model">The weights as loaded.</param>
    /// <param name="plan">Which rotary table was asked for.</param>
    public static IReadOnlyList<string> Of(Checkpoint checkpoint, RecurrentModel model, RunPlan plan)
    {
        var notes = new List<string>(checkpoint.Notes);
        if (model.StoredRotaryDifference is { } difference && difference > RotaryRounding)
        {
            var size = difference.ToString("0.0e0", CultureInfo.InvariantCulture);
            notes.Add($"The stored rotary table differs from the exact one by up to {size}; this run used the {plan.RotaryName} one.");
        }
        else if (model.StoredRotaryDifference is null && plan.Rotary == RotarySource.Stored)
        {
            notes.Add("The checkpoint stores no rotary table; this run used the exact one.");
        }

        if (plan.TangentsWanted && checkpoint.IntegerWeights is { } weights)
            notes.Add($"The weights are {weights} and were held in float32 here, since derivatives were asked for; runs without them round more.");
        return notes;
    }
}
