using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace Muninn.Tests.Cli;

/// <summary>How runs end that do not end well.</summary>
public class EndingTests
{
    // 300 tokens, 20 000 iterations: many times longer than any test may take.
    static string[] Endless(string output) =>
    [
        "trace", "--tokens", string.Join(',', Enumerable.Repeat(5, 300)), "--iterations", "1", "--horizon", "20000",
        "--threads", "1", "--out", output,
    ];

    [Theory]
    [InlineData("INT", 130, 0)]
    [InlineData("TERM", 143, 0)]
    [InlineData("INT", 130, 900)]
    public async Task Signal_ends_a_long_run_at_once(string signal, int exitCode, int delayMilliseconds)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent with kill");
        using var folder = new TemporaryFolder();
        using var process = MuninnProcess.Start(new Call { Arguments = Endless(folder.At("a.safetensors")) });
        process.StandardInput.Close();
        // A signal before the program has begun to listen is answered by the system in the same way, but tests nothing.
        await Task.Delay(TimeSpan.FromMilliseconds(1000 + delayMilliseconds));
        Assert.False(process.HasExited);
        using (var kill = Process.Start("kill", ["-" + signal, $"{process.Id}"])) await kill.WaitForExitAsync();
        await MuninnProcess.Ended(process);
        Assert.Equal(exitCode, process.ExitCode);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Root));
        Assert.Equal("", await process.StandardError.ReadToEndAsync());
    }

    [Theory]
    [InlineData("heatmap", "Hi")]
    [InlineData("heatmap", "Hi", "--json")]
    [InlineData("tokenize", "Hi")]
    [InlineData("completion", "bash")]
    [InlineData("--version")]
    public async Task Full_standard_output_is_a_failure_that_says_so(params string[] arguments)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full here");
        var answer = await MuninnProcess.Run(new Call { Arguments = arguments, Redirection = "> /dev/full" });
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("standard output cannot be written: No space left on device", answer.Error);
        Assert.DoesNotContain(" at Muninn.", answer.Error);
    }

    [Fact]
    public async Task Reader_that_goes_away_is_no_error()
    {
        using var process = MuninnProcess.Start(new Call { Arguments = ["completion", "zsh"] });
        process.StandardInput.Close();
        process.StandardOutput.Close();
        await MuninnProcess.Ended(process);
        Assert.Equal(0, process.ExitCode);
        Assert.Equal("", await process.StandardError.ReadToEndAsync());
    }

    [Fact]
    public async Task Folder_in_place_of_a_file_is_a_failure()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.At("a.svg"));
        var answer = await MuninnProcess.Run("heatmap", "Hi", "--out", folder.At("a.svg"));
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("is a folder", answer.Error);
    }

    [Fact]
    public async Task Bash_completes_commands_options_and_choices()
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "there is no bash here");
        var script = (await MuninnProcess.Run("completion", "bash")).Output;
        Assert.Equal("heatmap", await Complete("muninn", "heat"));
        Assert.Equal("--iterations", await Complete("muninn", "trace", "--it"));
        Assert.Equal("exact stored", await Complete("muninn", "heatmap", "--rotary", ""));
        Assert.Equal("list", await Complete("muninn", "models", "li"));
        Assert.Equal("--tensors", await Complete("muninn", "models", "show", "--te"));
        Assert.Equal("generate", await Complete("muninn", "gen"));
        Assert.Equal("float32", await Complete("muninn", "generate", "--cache-format", "fl"));
        Assert.Equal("residual", await Complete("muninn", "chat", "--exit", "res"));
        Assert.Equal("--context", await Complete("muninn", "kv", "--con"));
        Assert.Equal("pwsh", await Complete("muninn", "completion", "p"));

        async Task<string> Complete(params string[] words)
        {
            var quoted = string.Join(' ', words.Select(w => $"'{w}'"));
            var test = $"{script}\nCOMP_WORDS=({quoted}); COMP_CWORD={words.Length - 1}; _muninn; echo \"${{COMPREPLY[*]}}\"";
            var start = new ProcessStartInfo("/bin/bash", ["-c", test]) { RedirectStandardOutput = true, UseShellExecute = false };
            using var bash = Process.Start(start)!;
            return (await bash.StandardOutput.ReadToEndAsync()).Trim();
        }
    }

    [Theory]
    [InlineData("2>/dev/full")]
    [InlineData("2>&-")]
    public async Task The_exit_code_comes_out_where_standard_error_cannot(string redirection) =>
        Assert.Equal(2, (await MuninnProcess.Run(new Call { Arguments = ["heatmap", "--bad"], Redirection = redirection })).ExitCode);

    [Fact]
    public async Task A_closed_standard_output_is_a_failure_that_says_so()
    {
        var answer = await MuninnProcess.Run(new Call { Arguments = ["heatmap", "Hi", "--iterations", "2"], Redirection = ">&-" });
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("standard output cannot be written", answer.Error);
    }

    [Fact]
    public async Task A_variable_that_is_the_twin_of_no_option_is_refused_but_by_doctor()
    {
        var environment = new System.Collections.Generic.Dictionary<string, string> { ["MUNINN_ITERATION"] = "3" };
        var answer = await MuninnProcess.Run(new Call { Arguments = ["heatmap", "Hi"], Environment = environment });
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains("MUNINN_ITERATIONS", answer.Error);
        Assert.Equal(0, (await MuninnProcess.Run(new Call { Arguments = ["doctor"], Environment = environment })).ExitCode);
    }
}
