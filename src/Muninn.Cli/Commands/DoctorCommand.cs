using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Muninn.Cli.Frame;
using Muninn.Cli.Results;
using Muninn.Engine.Checkpoints;

namespace Muninn.Cli.Commands;

/// <summary>Shows what the tool found on this machine.</summary>
sealed class DoctorCommand : Verb
{
    readonly Flag _json = new() { Name = "--json", Description = "Print JSON." };

    /// <inheritdoc/>
    public override string Name => "doctor";

    /// <inheritdoc/>
    public override string Summary => "Show what this machine offers: processor, memory, models, terminal.";

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups => [new("Options", [_json])];

    /// <inheritdoc/>
    public override bool ToleratesUnknownVariables => true;

    /// <inheritdoc/>
    public override bool RunsAnywhere => true;

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        var sections = new List<(string Title, List<(string Label, string Value)> Rows)>
        {
            ("muninn", Program()),
            ("processor", Processor()),
            ("memory", Memory()),
            ("models", Models()),
            ("terminal", Terminal(shell)),
            ("environment", Variables()),
        };
        if (invocation.IsSet(_json))
        {
            JsonOutput.Print(shell, json =>
            {
                foreach (var (title, rows) in sections)
                {
                    json.WriteStartObject(title);
                    foreach (var (label, value) in rows) json.WriteString(label, value);
                    json.WriteEndObject();
                }
            });
            return ExitCode.Success;
        }

        foreach (var (title, rows) in sections)
        {
            shell.Output.WriteLine(title);
            foreach (var (label, value) in rows) shell.Output.WriteLine($"  {label,-20} {value}");
        }

        return ExitCode.Success;
    }

    static List<(string, string)> Program() =>
    [
        ("version", Product.Version),
        ("runtime", RuntimeInformation.FrameworkDescription),
        ("system", $"{RuntimeInformation.OSDescription} ({RuntimeInformation.RuntimeIdentifier})"),
        ("folder", AppContext.BaseDirectory),
    ];

    static List<(string, string)> Processor()
    {
        (string Name, bool Present)[] features =
        [
            ("SSE4.2", Sse42.IsSupported), ("AVX", Avx.IsSupported), ("AVX2", Avx2.IsSupported), ("FMA", Fma.IsSupported),
            ("AVX-512F", Avx512F.IsSupported), ("AVX-512BW", Avx512BW.IsSupported), ("AVX-512VBMI", Avx512Vbmi.IsSupported),
        ];
        var present = features.Where(f => f.Present).Select(f => f.Name).ToList();
        int bits = Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256
            : Vector128.IsHardwareAccelerated ? 128 : 0;
        return
        [
            ("name", ProcessorName()),
            ("threads", $"{Environment.ProcessorCount}"),
            ("features", present.Count > 0 ? string.Join(", ", present) : $"none of x86 ({RuntimeInformation.ProcessArchitecture})"),
            ("vectors", bits > 0 ? $"{bits} bits" : "none"),
            ("kernels", Avx2.IsSupported && Fma.IsSupported ? "run here" : "cannot run here: they need AVX2 and FMA"),
        ];
    }

    static string ProcessorName()
    {
        const string Source = "/proc/cpuinfo";
        if (!File.Exists(Source)) return $"{RuntimeInformation.ProcessArchitecture}";
        var line = File.ReadLines(Source).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
        return line is null ? $"{RuntimeInformation.ProcessArchitecture}" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }

    static List<(string, string)> Memory()
    {
        var memory = GC.GetGCMemoryInfo();
        return
        [
            ("available", Amount.Bytes(memory.TotalAvailableMemoryBytes)),
            ("in use by muninn", Amount.Bytes(Environment.WorkingSet)),
        ];
    }

    static List<(string, string)> Models()
    {
        var places = ModelPlaces.FromProcess();
        var found = new ModelLocator(places).List();
        return
        [
            ("shipped", Described(places.AliasFolder)),
            ("hugging face cache", Described(places.HubCache)),
            ("found", found.Count > 0 ? string.Join(", ", found.Select(m => m.Reference)) : "none"),
        ];
    }

    static string Described(string folder) => Directory.Exists(folder) ? folder : $"{folder} (does not exist)";

    static List<(string, string)> Terminal(Shell shell)
    {
        var (columns, rows) = shell.WindowSize();
        return
        [
            ("standard input", shell.InputRedirected ? "redirected" : "terminal"),
            ("standard output", shell.OutputRedirected ? "redirected" : "terminal"),
            ("size", rows == Shell.Endless ? $"{columns} columns" : $"{columns} x {rows}"),
            ("TERM", shell.Variable("TERM") ?? "not set"),
            ("COLORTERM", shell.Variable("COLORTERM") ?? "not set"),
            ("NO_COLOR", shell.Variable("NO_COLOR") is null ? "not set" : "set"),
        ];
    }

    static List<(string, string)> Variables()
    {
        var known = Catalogue.Verbs.SelectMany(v => v.Create().Settings).Select(s => s.Variable).ToHashSet(StringComparer.Ordinal);
        var rows = new List<(string, string)>();
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            if (entry.Key is not string name || !name.StartsWith("MUNINN_", StringComparison.Ordinal)) continue;
            rows.Add((name, known.Contains(name) ? $"{entry.Value}" : $"{entry.Value} (no option has this name{Suggestion.Phrase(name, known).TrimEnd('.')})"));
        }

        rows.Sort(static (a, b) => string.CompareOrdinal(a.Item1, b.Item1));
        return rows.Count > 0 ? rows : [("MUNINN_*", "none set")];
    }
}
