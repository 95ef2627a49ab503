using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace Muninn.Tests.Cli;

/// <summary>The package as a user meets it: packed, installed from a folder, run.</summary>
public class ToolPackageTests
{
    [Fact]
    public async Task Tool_installs_from_the_built_package_and_runs()
    {
        var root = Root();
        Assert.SkipWhen(root is null, "the sources are not here: nothing to pack");
        using var folder = new TemporaryFolder();
        var configuration = AppContext.BaseDirectory.Contains("release", StringComparison.OrdinalIgnoreCase) ? "Release" : "Debug";
        var packed = await Dotnet(folder, "pack", Path.Combine(root, "src", "Muninn.Cli"), "--no-build", "--no-restore",
            "--configuration", configuration, "--output", folder.At("package"));
        Assert.True(packed.ExitCode == 0, packed.Output);
        var package = Assert.Single(Directory.GetFiles(folder.At("package"), "*.nupkg"));
        Assert.StartsWith("Muninn.Cli.", Path.GetFileName(package));

        // Only the folder, so that nothing is asked of the network.
        await File.WriteAllTextAsync(folder.At("nuget.config"),
            $"<configuration><packageSources><clear /><add key=\"built\" value=\"{folder.At("package")}\" /></packageSources></configuration>");
        var installed = await Dotnet(folder, "tool", "install", "Muninn.Cli", "--tool-path", folder.At("tools"),
            "--configfile", folder.At("nuget.config"));
        Assert.True(installed.ExitCode == 0, installed.Output);

        var program = folder.At(Path.Combine("tools", OperatingSystem.IsWindows() ? "muninn.exe" : "muninn"));
        var version = await Run(program, folder, ["--version"]);
        Assert.Matches(@"^muninn \d", version.Output);
        var heatmap = await Run(program, folder, ["heatmap", "The raven remembers.", "--out", folder.At("raven.svg")]);
        Assert.True(heatmap.ExitCode == 0, heatmap.Output);
        Assert.Contains("Every token converges", heatmap.Output);
        Assert.True(File.Exists(folder.At("raven.svg")));
    }

    static string? Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Muninn.slnx"))) return folder.FullName;
        }

        return null;
    }

    static Task<(int ExitCode, string Output)> Dotnet(TemporaryFolder folder, params string[] arguments) =>
        Run("dotnet", folder, arguments);

    static async Task<(int ExitCode, string Output)> Run(string program, TemporaryFolder folder, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        // The installed program looks for the runtime that runs these tests.
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location) ?? "", "..", "..", ".."));
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        foreach (var name in start.Environment.Keys.Where(n => n.StartsWith("MUNINN_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await MuninnProcess.Ended(process);
        return (process.ExitCode, await output + await error);
    }
}
