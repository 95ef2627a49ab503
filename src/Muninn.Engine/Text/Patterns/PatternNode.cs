using System.Collections.Generic;

namespace Muninn.Engine.Text.Patterns;

/// <summary>How a repeat gives characters back.</summary>
enum Greed
{
    Greedy,
    Lazy,
    Possessive,
}

/// <summary>Places that match without taking a character.</summary>
enum PlaceKind
{
    TextStart,
    TextEnd,
    TextEndOrLastLine,
    LineStart,
    LineEnd,
    WordBorder,
    NotWordBorder,
}

/// <summary>The tree of a pattern.</summary>
abstract record PatternNode
{
    /// <summary>One code point of a set.</summary>
    public sealed record One(CharacterSet Set) : PatternNode;

    /// <summary>One after the other.</summary>
    public sealed record Chain(IReadOnlyList<PatternNode> Items) : PatternNode;

    /// <summary>The first branch that leads to a match.</summary>
    public sealed record Choice(IReadOnlyList<PatternNode> Branches) : PatternNode;

    /// <summary><paramref name="Least"/> to <paramref name="Most"/> times; int.MaxValue has no upper end.</summary>
    public sealed record Repeat(PatternNode Body, int Least, int Most, Greed Greed) : PatternNode;

    /// <summary>Whether what follows (or precedes) matches, or does not.</summary>
    public sealed record Look(PatternNode Body, bool Ahead, bool Negative) : PatternNode;

    /// <summary>A body that never gives characters back.</summary>
    public sealed record Atomic(PatternNode Body) : PatternNode;

    /// <summary>A place.</summary>
    public sealed record Place(PlaceKind Kind) : PatternNode;

    /// <summary>Fewest and most code points that the node takes; int.MaxValue for no upper end.</summary>
    public (int Least, int Most) Lengths()
    {
        switch (this)
        {
            case One:
                return (1, 1);
            case Chain chain:
                {
                    var (least, most) = (0, 0);
                    foreach (var item in chain.Items)
                    {
                        var (itemLeast, itemMost) = item.Lengths();
                        least = Sum(least, itemLeast);
                        most = Sum(most, itemMost);
                    }

                    return (least, most);
                }

            case Choice choice:
                {
                    var (least, most) = (int.MaxValue, 0);
                    foreach (var branch in choice.Branches)
                    {
                        var (branchLeast, branchMost) = branch.Lengths();
                        least = System.Math.Min(least, branchLeast);
                        most = System.Math.Max(most, branchMost);
                    }

                    return (least, most);
                }

            case Repeat repeat:
                {
                    var (least, most) = repeat.Body.Lengths();
                    return (Product(least, repeat.Least), Product(most, repeat.Most));
                }

            case Atomic atomic:
                return atomic.Body.Lengths();
            default:
                return (0, 0);
        }
    }

    static int Sum(int a, int b) => (int)System.Math.Min((long)a + b, int.MaxValue);

    static int Product(int a, int b) => a == 0 || b == 0 ? 0 : (int)System.Math.Min((long)a * b, int.MaxValue);
}
