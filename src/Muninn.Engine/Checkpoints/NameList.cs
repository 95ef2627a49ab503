using System.Collections.Generic;
using System.Linq;

namespace Muninn.Engine.Checkpoints;

/// <summary>Names in a message: all of them, up to a limit that keeps a hostile file from filling the screen.</summary>
static class NameList
{
    /// <summary>Most names that one message lists.</summary>
    public const int CountMax = 500;

    /// <summary>The names one after another, with a count of those left out.</summary>
    /// <param name="names">The names, in order.</param>
    /// <param name="separator">What stands between two names.</param>
    public static string Of(IReadOnlyCollection<string> names, string separator = ", ") => names.Count <= CountMax
        ? string.Join(separator, names)
        : $"{string.Join(separator, names.Take(CountMax))} and {names.Count - CountMax} more";
}
