using System.Collections.Generic;

namespace Muninn.Engine.Text;

/// <summary>The special tokens that go around a whole text.</summary>
/// <param name="Before">Ids in front.</param>
/// <param name="After">Ids behind.</param>
public sealed record SpecialFrame(IReadOnlyList<int> Before, IReadOnlyList<int> After)
{
    /// <summary>Nothing around the text.</summary>
    public static SpecialFrame None { get; } = new([], []);

    /// <summary>The ids with the frame around them.</summary>
    public int[] Around(IReadOnlyList<int> ids) => [.. Before, .. ids, .. After];
}
