using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Engine.Recurrence.Solvers;

namespace Muninn.Cli.Input;

/// <summary>
/// Solvers as they are typed: <c>NAME[:SIZE][/OPTION=VALUE][/prompt]</c>, several with commas between them:
/// <c>anderson:5/share=0.8,rre:4/prompt</c>.
/// </summary>
static class Solvers
{
    /// <summary>What is compared where nothing is asked for.</summary>
    public const string Standard = "damped:0.8,anderson:3,anderson:5,anderson:5/prompt,rre:4,broyden:8";

    const string WholePrompt = "prompt";

    /// <summary>The valid names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["plain", "damped", "anderson", "rre", "broyden"];

    /// <summary>The solvers of a list, each with its text as its name; plain, which runs anyway, is left out.</summary>
    /// <exception cref="FormatException">One is none, or twice there.</exception>
    public static IReadOnlyList<(string Name, Solver Solver)> Parse(string text)
    {
        var solvers = new List<(string Name, Solver Solver)>();
        foreach (var part in text.Split(','))
        {
            var name = part.Trim();
            if (solvers.Any(known => known.Name == name)) throw new FormatException($"'{name}' stands twice in '{text}'; give it once.");
            if (name != "plain") solvers.Add((name, One(name)));
        }

        return solvers;
    }

    static Solver One(string text)
    {
        var parts = text.Split('/');
        var (name, size) = Split(parts[0], ':');
        Solver solver = name switch
        {
            "damped" => new DampedSolver(size is null ? DampedSolver.DefaultShare : Share(size, text)),
            "anderson" => new AndersonSolver { Window = Count(size, AndersonSolver.DefaultWindow, 1, AndersonSolver.WindowMax, text) },
            "rre" => new ExtrapolationSolver { Cycle = Count(size, ExtrapolationSolver.DefaultCycle, 2, ExtrapolationSolver.CycleMax, text) },
            "broyden" => new BroydenSolver { Memory = Count(size, BroydenSolver.DefaultMemory, 1, BroydenSolver.MemoryMax, text) },
            "plain" => throw new FormatException($"'{text}': plain takes neither a size nor an option; it runs anyway."),
            // Every short name is near to nothing at all.
            _ => throw new FormatException(
                $"'{name}' is no solver; give one of {string.Join(", ", Names)}{(name.Length > 0 ? Suggestion.Phrase(name, Names) : ".")}"),
        };
        foreach (var option in parts[1..]) solver = With(solver, option, text);
        return solver;
    }

    static Solver With(Solver solver, string option, string text)
    {
        var (key, value) = Split(option, '=');
        if (key == WholePrompt && value is null) return solver with { Scope = SolverScope.WholePrompt };
        return (solver, key) switch
        {
            (AndersonSolver anderson, "share") => anderson with { Share = Share(value, text) },
            (AndersonSolver anderson, "lambda") => anderson with { Regularization = Number(value, 0, 1, text) },
            (AndersonSolver anderson, "delay") => anderson with { Delay = Count(value, null, 0, int.MaxValue, text) },
            (AndersonSolver anderson, "growth") => anderson with { Guard = anderson.Guard with { Growth = Growth(value, text) } },
            (ExtrapolationSolver rre, "lambda") => rre with { Regularization = Number(value, 0, 1, text) },
            (ExtrapolationSolver rre, "delay") => rre with { Delay = Count(value, null, 0, int.MaxValue, text) },
            (ExtrapolationSolver rre, "growth") => rre with { Guard = rre.Guard with { Growth = Growth(value, text) } },
            (BroydenSolver broyden, "delay") => broyden with { Delay = Count(value, null, 0, int.MaxValue, text) },
            (BroydenSolver broyden, "growth") => broyden with { Guard = broyden.Guard with { Growth = Growth(value, text) } },
            _ => throw new FormatException($"'{text}' has no option '{option}'; it has {string.Join(", ", OptionsOf(solver))}."),
        };
    }

    static string[] OptionsOf(Solver solver) => solver switch
    {
        AndersonSolver => ["share=S", "lambda=L", "delay=N", "growth=G", WholePrompt],
        ExtrapolationSolver => ["lambda=L", "delay=N", "growth=G", WholePrompt],
        BroydenSolver => ["delay=N", "growth=G", WholePrompt],
        _ => [WholePrompt],
    };

    static (string Before, string? After) Split(string text, char separator)
    {
        int index = text.IndexOf(separator, StringComparison.Ordinal);
        return index < 0 ? (text, null) : (text[..index], text[(index + 1)..]);
    }

    static int Count(string? value, int? fallback, int least, int most, string text)
    {
        if (value is null && fallback is { } standard) return standard;
        return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count >= least && count <= most
            ? count
            : throw new FormatException($"'{value}' in '{text}' is no whole number from {least} to {most}.");
    }

    static double Share(string? value, string text)
    {
        double share = Number(value, 0, 1, text);
        return share > 0 ? share : throw new FormatException($"'{value}' in '{text}' would never move; give a share above 0.");
    }

    static double Growth(string? value, string text) => Number(value, 1, 1e300, text);

    static double Number(string? value, double least, double most, string text) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double number)
        && number >= least && number <= most
            ? number
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"'{value}' in '{text}' is no number from {least} to {most}; write e.g. 0.5 or 1e-6."));
}
