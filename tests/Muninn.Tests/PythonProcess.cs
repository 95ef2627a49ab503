using System.ComponentModel;
using System.Diagnostics;

namespace Muninn.Tests;

/// <summary>Runs <c>python3</c>, where there is one.</summary>
static class PythonProcess
{
    /// <summary>Exit code, and what it wrote to both streams; null where there is no Python.</summary>
    public static (int ExitCode, string Output)? Run(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("python3", arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true });
            if (process is null) return null;
            var error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + error.Result);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Whether it can import a module.</summary>
    public static bool Has(string module) => Run("-c", $"import {module}")?.ExitCode == 0;
}
