using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading.Tasks;

namespace Muninn.Tests.Cli;

/// <summary>What a run of the built program answered.</summary>
sealed record Answer(int ExitCode, byte[] OutputBytes, string Error)
{
    public string Output => new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(OutputBytes);
}

/// <summary>Runs the built <c>muninn</c> as a process of its own, as a user does.</summary>
static class MuninnProcess
{
    /// <summary>Longer than any run may take; a run that reaches it hangs.</summary>
    static readonly TimeSpan _patience = TimeSpan.FromSeconds(120);

    public static string Assembly => Path.Combine(AppContext.BaseDirectory, "muninn.dll");

    public static Task<Answer> Run(params string[] arguments) => Run(new Call { Arguments = arguments });

    public static async Task<Answer> Run(Call call)
    {
        using var process = Start(call);
        var output = ReadAll(process.StandardOutput.BaseStream);
        var error = process.StandardError.ReadToEndAsync();
        if (call.Input is not null)
        {
            try
            {
                await process.StandardInput.BaseStream.WriteAsync(call.Input);
            }
            catch (IOException)
            {
                // The program may refuse its options before it reads.
            }
        }

        process.StandardInput.Close();
        await Ended(process);
        return new Answer(process.ExitCode, await output, await error);
    }

    /// <summary>Starts a run and leaves its pipes to the caller.</summary>
    public static Process Start(Call call)
    {
        // Tests that run in the background inherit that Ctrl-C is ignored, and a process passes it on: begin as in a terminal.
        string[] words = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", "dotnet"] : ["dotnet"];
        // Through a shell where a test needs a device on one of the streams.
        if (call.Redirection is not null) words = ["/bin/sh", "-c", $"exec {string.Join(' ', words)} \"$@\" {call.Redirection}", "sh"];
        var start = new ProcessStartInfo(words[0]) { UseShellExecute = false };
        foreach (var word in words[1..]) start.ArgumentList.Add(word);
        start.ArgumentList.Add(Assembly);
        foreach (var argument in call.Arguments) start.ArgumentList.Add(argument);
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.StandardErrorEncoding = new UTF8Encoding(false);
        start.WorkingDirectory = call.Folder ?? Path.GetTempPath();
        foreach (var name in new List<string>(start.Environment.Keys))
        {
            if (name.StartsWith("MUNINN_", StringComparison.Ordinal) || name is "NO_COLOR" or "COLUMNS" or "LINES")
                start.Environment.Remove(name);
        }

        foreach (var (name, value) in call.Environment) start.Environment[name] = value;
        return Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start");
    }

    public static async Task Ended(Process process)
    {
        try
        {
            await process.WaitForExitAsync().WaitAsync(_patience);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    static async Task<byte[]> ReadAll(Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }
}

/// <summary>How the program is called.</summary>
sealed record Call
{
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Bytes for standard input, a pipe; null closes it at once.</summary>
    public byte[]? Input { get; init; }

    /// <summary>Shell redirections such as <c>&lt; /dev/null</c>.</summary>
    public string? Redirection { get; init; }

    /// <summary>Working folder.</summary>
    public string? Folder { get; init; }

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}
