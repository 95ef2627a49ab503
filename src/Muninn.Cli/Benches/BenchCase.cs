using System;
using System.Collections.Generic;

namespace Muninn.Cli.Benches;

/// <summary>One row that can be measured; its name is known before.</summary>
/// <param name="Name">What is measured.</param>
/// <param name="Measure">Measures it; the row bears the name of the case.</param>
sealed record BenchCase(string Name, Func<BenchRow> Measure);

/// <summary>Cases that belong together, and what they need in memory.</summary>
abstract class BenchGroup : IDisposable
{
    /// <summary>One word.</summary>
    public abstract string Name { get; }

    /// <summary>The cases in the order in which they are measured; listing them costs nothing.</summary>
    public abstract IEnumerable<BenchCase> Cases { get; }

    /// <summary>Gives back what its cases took; none is measured afterwards.</summary>
    public abstract void Dispose();
}

/// <summary>Something that several cases in a row need and that is too large to have twice.</summary>
/// <typeparam name="TKey">What tells one from another.</typeparam>
/// <typeparam name="T">The thing.</typeparam>
/// <param name="make">Makes it.</param>
sealed class Held<TKey, T>(Func<TKey, T> make) : IDisposable
    where TKey : struct
    where T : class, IDisposable
{
    TKey _key;
    T? _thing;

    /// <summary>The thing of <paramref name="key"/>: the one that is there, or a new one in its place.</summary>
    public T Get(TKey key)
    {
        if (_thing is not null && EqualityComparer<TKey>.Default.Equals(_key, key)) return _thing;
        Dispose();
        _key = key;
        return _thing = make(key);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _thing?.Dispose();
        _thing = null;
    }
}
