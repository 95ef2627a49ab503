using System;
using System.Collections.Generic;
using System.Text;
using Muninn.Engine.Text.Patterns;

namespace Muninn.Engine.Text;

/// <summary>Changes a text before it is cut into pieces.</summary>
abstract record TextNormalizer
{
    public abstract string Apply(string text);

    /// <summary>One after the other.</summary>
    public sealed record Sequence(IReadOnlyList<TextNormalizer> Stages) : TextNormalizer
    {
        public override string Apply(string text)
        {
            foreach (var stage in Stages)
                text = stage.Apply(text);
            return text;
        }
    }

    /// <summary>Puts something in front of a text that is not empty.</summary>
    public sealed record Prepend(string Front) : TextNormalizer
    {
        public override string Apply(string text) => text.Length == 0 ? text : Front + text;
    }

    /// <summary>Puts a text in the place of each match.</summary>
    public sealed record Replace(TextPattern Pattern, string Content) : TextNormalizer
    {
        public override string Apply(string text)
        {
            var matches = Pattern.Matches(text);
            if (matches.Count == 0)
                return text;
            var result = new StringBuilder(text.Length);
            var at = 0;
            foreach (var (start, end) in matches)
            {
                result.Append(text.AsSpan(at, start - at)).Append(Content);
                at = end;
            }

            return result.Append(text.AsSpan(at)).ToString();
        }
    }

    /// <summary>A Unicode normalization form.</summary>
    public sealed record Form(NormalizationForm Kind) : TextNormalizer
    {
        public override string Apply(string text) => UnicodeForms.Normalize(text, Kind);
    }
}
