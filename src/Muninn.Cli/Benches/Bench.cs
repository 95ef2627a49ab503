using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Kernels;

namespace Muninn.Cli.Benches;

/// <summary>What is measured, and by how many threads.</summary>
sealed record BenchPlan
{
    /// <summary>How long and how widely.</summary>
    public required BenchDepth Depth { get; init; }

    /// <summary>Threads that compute.</summary>
    public required int Threads { get; init; }

    /// <summary>Groups, or parts of the names of cases; empty for all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>Whether the figures say little.</summary>
    public bool Quick { get; init; }

    /// <summary>What the model is called that is measured in place of all else, or null.</summary>
    public string? ModelName { get; init; }

    /// <summary>Folder of that model.</summary>
    public string? ModelFolder { get; init; }
}

/// <summary>
/// Measures what the machine can do and what the engine makes of it. Absolute figures move with the machine and its neighbours; each
/// ratio is taken against a probe right beside its case, and holds.
/// </summary>
sealed class Bench : IDisposable
{
    readonly WorkerPool _pool;
    readonly Limits _limits;
    readonly List<BenchGroup> _groups = [];
    readonly BenchPlan _plan;

    /// <summary>Prepares the cases; measures nothing.</summary>
    /// <param name="plan">What is measured.</param>
    /// <param name="shell">Learns of temporary folders, and ends the bench between two pieces.</param>
    /// <exception cref="UsageException">A name in <see cref="BenchPlan.Only"/> means no case.</exception>
    public Bench(BenchPlan plan, Shell shell)
    {
        var depth = plan.Depth;
        _plan = plan;
        _pool = new WorkerPool(plan.Threads);
        _limits = new Limits(depth, _pool);
        try
        {
            if (plan.ModelFolder is { } folder)
            {
                _groups.Add(new GivenModel(folder, depth, _limits, _pool, shell));
            }
            else
            {
                _groups.AddRange(
                [
                    new LimitCases(depth, _limits),
                    new Products(depth, _limits, _pool, shell.Stopping),
                    new ThreadPairs(depth, shell.Stopping),
                    new Attentions(depth, _limits, _pool, shell.Stopping),
                    new PromptCases(depth, _limits, _pool, shell),
                    new RowCases(depth, _limits, _pool, shell),
                    new StartUp(depth, shell),
                    new PassCases(depth, _pool, shell),
                    new DecodeCases(depth, _pool, shell),
                    new DepthCases(depth, shell),
                ]);
            }

            RequireMeaning();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>All cases that are asked for, one after the other as they are measured.</summary>
    public IEnumerable<BenchRow> Run()
    {
        foreach (var group in _groups)
        {
            foreach (var one in group.Cases.Where(one => IsAskedFor(group, one)))
            {
                var row = one.Measure();
                // No goal is set for a glance.
                yield return _plan.Quick ? row with { Goal = null } : row;
            }

            // The next group has the memory to itself.
            group.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var group in _groups) group.Dispose();
        _limits.Dispose();
        _pool.Dispose();
    }

    bool IsAskedFor(BenchGroup group, BenchCase one) => _plan.Only.Count == 0 || _plan.Only.Any(text => Means(text, group, one));

    /// <summary>The name of a group means that group alone; any other text every case whose name holds it.</summary>
    bool Means(string text, BenchGroup group, BenchCase one) => _groups.Any(each => each.Name == text)
        ? group.Name == text
        : one.Name.Contains(text, StringComparison.OrdinalIgnoreCase);

    void RequireMeaning()
    {
        foreach (var text in _plan.Only)
        {
            if (_groups.Any(group => group.Cases.Any(one => Means(text, group, one)))) continue;
            var names = _groups.Select(static group => group.Name).ToList();
            throw new UsageException(
                $"--only: '{text}' is neither a group nor part of the name of a figure{Suggestion.Phrase(text, names)} "
                + $"Groups: {string.Join(", ", names)}; names of figures: what 'muninn bench --quick' prints.");
        }
    }
}
