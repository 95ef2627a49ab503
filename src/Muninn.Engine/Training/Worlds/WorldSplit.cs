using System;
using System.Text;

namespace Muninn.Engine.Training.Worlds;

/// <summary>Which of two parts a text of the worlds belongs to.</summary>
public enum WorldPart
{
    /// <summary>What may be trained on.</summary>
    Training,

    /// <summary>What is only asked.</summary>
    HeldOut,
}

/// <summary>The border between what is trained on and what is held out.</summary>
/// <remarks>
/// It is a property of the text alone: a hash of its canonical form. No seed, no recipe and no number of draws can move a text across,
/// so a held-out question never occurs in training, whoever draws either. Changing the hash or the canonical form would move texts, and
/// make old models' held-out questions worthless: they stay.
/// </remarks>
public static class WorldSplit
{
    /// <summary>One text in so many is held out.</summary>
    public const int HeldOutOneIn = 8;

    /// <summary>
    /// The facts of a question in alphabetical order, without the question itself: the same facts told in another order, or asked
    /// about in another way, are on the same side.
    /// </summary>
    /// <param name="text">A question's text.</param>
    public static string Canonical(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        const string end = ". ";
        int asked = text.LastIndexOf(end, StringComparison.Ordinal);
        if (asked < 0) return text;
        string[] facts = text[..asked].Split(end);
        Array.Sort(facts, StringComparer.Ordinal);
        return string.Join(end, facts);
    }

    /// <summary>The part that a question belongs to.</summary>
    /// <param name="text">A question's text.</param>
    public static WorldPart PartOfQuestion(string text) => PartOf(Canonical(text));

    /// <summary>The part that a piece of prose belongs to, by the whole of it: its sentences may occur in the other, too.</summary>
    /// <param name="text">The prose.</param>
    public static WorldPart PartOfProse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return PartOf(text);
    }

    // FNV-1a in UTF-8, and a finish that brings every bit to the lowest ones.
    static WorldPart PartOf(string canonical)
    {
        ulong hash = 14695981039346656037;
        foreach (byte value in Encoding.UTF8.GetBytes(canonical))
            hash = (hash ^ value) * 1099511628211;
        hash = (hash ^ hash >> 33) * 0xFF51AFD7ED558CCD;
        hash = (hash ^ hash >> 33) * 0xC4CEB9FE1A85EC53;
        hash ^= hash >> 33;
        return hash % HeldOutOneIn == 0 ? WorldPart.HeldOut : WorldPart.Training;
    }
}
