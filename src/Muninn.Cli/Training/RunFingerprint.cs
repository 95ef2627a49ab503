using System;
using System.Security.Cryptography;
using System.Text;
using Muninn.Engine.Training.Recipes;

namespace Muninn.Cli.Training;

/// <summary>Tells runs apart that must not go on from each other's checkpoints.</summary>
static class RunFingerprint
{
    const int Digits = 16;

    /// <summary>A hash of the recipe's bytes and of the model that is trained further.</summary>
    public static string Of(TrainingRecipe recipe)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(recipe.Text.Span);
        hash.AppendData(Encoding.UTF8.GetBytes(recipe.InitialModel ?? ""));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..Digits];
    }
}
