using System;
using System.Collections.Generic;

namespace Muninn.Engine.Checkpoints;

/// <summary>No checkpoint stands behind a model's name; the message says where it was looked for and what would help.</summary>
/// <param name="reference">The name that was given.</param>
/// <param name="message">What to show to a person.</param>
/// <param name="places">Each place that was looked at, and what it lacks.</param>
public sealed class ModelNotFoundException(string reference, string message, IReadOnlyList<string> places)
    : Exception(message)
{
    /// <summary>The name that was given.</summary>
    public string Reference { get; } = reference;

    /// <summary>Each place that was looked at, and what it lacks.</summary>
    public IReadOnlyList<string> Places { get; } = places;
}
