using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace Muninn.Cli.Training;

/// <summary>A run as its log tells it, in at most as many points as a picture shows.</summary>
sealed class LoggedRun
{
    const int PointsMax = 240;

    readonly List<JsonElement> _steps = [];
    readonly List<JsonElement> _probes = [];

    /// <summary>Reads a log; lines that are no objects are passed over.</summary>
    public static LoggedRun Read(string path)
    {
        var run = new LoggedRun();
        foreach (string line in File.ReadLines(path))
        {
            try
            {
                using var document = JsonDocument.Parse(line);
                var root = document.RootElement.Clone();
                if (root.ValueKind != JsonValueKind.Object) continue;
                (root.TryGetProperty("probe", out _) ? run._probes : run._steps).Add(root);
            }
            catch (JsonException)
            {
                // The last line of a run that was killed may be half a one.
            }
        }

        return run;
    }

    /// <summary>Whether there is something to be shown.</summary>
    public bool IsEmpty => _steps.Count == 0;

    /// <summary>Tokens trained on.</summary>
    public long Tokens => _steps.Count == 0 ? 0 : _steps[^1].GetProperty("tokens").GetInt64();

    /// <summary>Updates made.</summary>
    public long Updates => _steps.Count == 0 ? 0 : _steps[^1].GetProperty("update").GetInt64();

    /// <summary>Updates that were skipped.</summary>
    public long Skipped => _steps.Count == 0 ? 0 : _steps[^1].GetProperty("skipped").GetInt64();

    /// <summary>The tasks whose levels are told.</summary>
    public IReadOnlyList<string> Tasks => _steps.Count > 0 && _steps[^1].TryGetProperty("levels", out var levels)
        ? [.. levels.EnumerateObject().Select(static level => level.Name)]
        : [];

    /// <summary>All alarms, each with its update.</summary>
    public IEnumerable<(long Update, string Text)> Alarms => _probes.SelectMany(static probe =>
        probe.GetProperty("probe").GetProperty("alarms").EnumerateArray().Select(alarm => (probe.GetProperty("update").GetInt64(), alarm.GetString() ?? "")));

    /// <summary>The updates at which a curve over steps has its points: the last of each group.</summary>
    public int[] StepUpdates => [.. Groups(_steps).Select(static group => (int)group[^1].GetProperty("update").GetInt64())];

    /// <summary>The updates at which a curve over looks at the states has its points.</summary>
    public int[] ProbeUpdates => [.. Groups(_probes).Select(static group => (int)group[^1].GetProperty("update").GetInt64())];

    /// <summary>A number of the steps, the mean of each group; NaN where it was none.</summary>
    public double[] OfSteps(params string[] keys) => [.. Groups(_steps).Select(group => Mean(group, keys))];

    /// <summary>A number of the looks at the states.</summary>
    public double[] OfProbes(string key) => [.. Groups(_probes).Select(group => Mean(group, ["probe", key]))];

    static List<List<JsonElement>> Groups(List<JsonElement> lines)
    {
        int size = Math.Max(1, (lines.Count + PointsMax - 1) / PointsMax);
        return [.. lines.Chunk(size).Select(static chunk => chunk.ToList())];
    }

    static double Mean(List<JsonElement> lines, string[] keys) => lines
        .Select(line => Number(line, keys)).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();

    static double Number(JsonElement at, string[] keys)
    {
        foreach (string key in keys)
        {
            if (!at.TryGetProperty(key, out at)) return double.NaN;
        }

        return at.ValueKind == JsonValueKind.Number ? at.GetDouble() : double.NaN;
    }
}
