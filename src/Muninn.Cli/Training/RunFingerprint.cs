using System;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Muninn.Engine.Training.Recipes;

namespace Muninn.Cli.Training;

/// <summary>Tells runs apart that must not go on from each other's checkpoints.</summary>
static class RunFingerprint
{
    const int Digits = 16;

    /// <summary>Keys that change when something is written, not what.</summary>
    static readonly string[] _idle = ["about", "checkpoint", "probe"];

    /// <summary>A hash of what the recipe says, however it is spaced, and of the model that is trained further.</summary>
    public static string Of(TrainingRecipe recipe)
    {
        var said = JsonNode.Parse(recipe.Text.Span)!.AsObject();
        foreach (string key in _idle)
            said.Remove(key);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(said.ToJsonString()));
        hash.AppendData(Encoding.UTF8.GetBytes(recipe.InitialModelOverride ?? ""));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..Digits];
    }
}
