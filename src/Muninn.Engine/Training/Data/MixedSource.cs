using System;
using System.Collections.Generic;
using System.Linq;

namespace Muninn.Engine.Training.Data;

/// <summary>Several sources by turns, each with its share of the documents.</summary>
/// <remarks>
/// Shares are rounded to ten-thousandths (largest remainders). Then comes, again and again, one pattern of <see cref="Period"/> places, in which
/// the source that lags most behind its share is always next, so that every stretch of numbers holds the shares as well as its length
/// allows. The numbers of each source are 0, 1, 2 …: none is left out, none comes twice.
/// </remarks>
public sealed class MixedSource : ExampleSource
{
    /// <summary>Length of the pattern.</summary>
    public const int Period = 10_000;

    readonly ExampleSource[] _sources;
    readonly int[] _counts;
    readonly int[] _sourceAt = new int[Period];
    readonly int[] _rankAt = new int[Period];

    /// <summary>Sources and their shares.</summary>
    /// <param name="parts">Each source with a positive number; only their ratios count.</param>
    /// <exception cref="ArgumentException">There is no source, or a share is not above 0 or less than a ten-thousandth of all.</exception>
    public MixedSource(params IReadOnlyList<(ExampleSource Source, double Share)> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Count == 0) throw new ArgumentException("There is no source to mix; give at least one.", nameof(parts));
        if (parts.FirstOrDefault(static part => !(part.Share > 0 && double.IsFinite(part.Share))) is { Source: not null } bad)
            throw new ArgumentException($"A source has the share {bad.Share}; give a number above 0, or leave the source out.", nameof(parts));
        _sources = [.. parts.Select(static part => part.Source)];
        _counts = Rounded([.. parts.Select(static part => part.Share)]);
        int[] given = new int[parts.Count];
        for (int place = 0; place < Period; place++)
        {
            int next = Enumerable.Range(0, given.Length)
                .MaxBy(source => (long)_counts[source] * (place + 1) - (long)given[source] * Period);
            (_sourceAt[place], _rankAt[place]) = (next, given[next]++);
        }
    }

    /// <summary>How many of <see cref="Period"/> documents come from each source.</summary>
    public IReadOnlyList<int> Counts => _counts;

    /// <summary>Where the document of a number comes from.</summary>
    /// <param name="number">From 0.</param>
    public (int Source, long Number) Place(long number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        var (round, place) = Math.DivRem(number, Period);
        int source = _sourceAt[place];
        return (source, round * _counts[source] + _rankAt[place]);
    }

    /// <inheritdoc/>
    public override TrainingExample At(long number)
    {
        var place = Place(number);
        return _sources[place.Source].At(place.Number);
    }

    /// <inheritdoc/>
    public override WorldLevels? Levels => _sources.Select(static source => source.Levels).FirstOrDefault(static levels => levels is not null);

    /// <inheritdoc/>
    public override void Heard(long number, TrainingExample example, bool right)
    {
        var place = Place(number);
        _sources[place.Source].Heard(place.Number, example, right);
    }

    /// <summary>What each source remembers, its length in front.</summary>
    public override long[] Memory() => [.. _sources.Select(static source => source.Memory()).SelectMany(static memory => (long[])[memory.Length, .. memory])];

    /// <inheritdoc/>
    public override void Restore(ReadOnlySpan<long> memory)
    {
        foreach (var source in _sources)
        {
            if (memory.IsEmpty || memory[0] < 0 || memory[0] >= memory.Length) throw Foreign();
            int length = (int)memory[0];
            source.Restore(memory.Slice(1, length));
            memory = memory[(length + 1)..];
        }

        if (!memory.IsEmpty) throw Foreign();

        ArgumentException Foreign() =>
            new($"The checkpoint does not keep the memory of the {_sources.Length} sources that are mixed here; train on the same data.");
    }

    /// <summary>Shares as parts of <see cref="Period"/>: rounded down, and what is left goes to the largest remainders, of equal ones to the first.</summary>
    static int[] Rounded(double[] shares)
    {
        double sum = shares.Sum();
        double[] exact = [.. shares.Select(share => share / sum * Period)];
        int[] counts = [.. exact.Select(static value => (int)value)];
        var order = Enumerable.Range(0, shares.Length).OrderByDescending(i => exact[i] - counts[i]).Take(Period - counts.Sum()).ToList();
        foreach (int source in order) counts[source]++;
        int least = Array.IndexOf(counts, 0);
        return least < 0
            ? counts
            : throw new ArgumentException($"Source {least} has the share {shares[least] / sum:G3} of all, less than one in {Period}; give it more, or leave it out.", nameof(shares));
    }
}
