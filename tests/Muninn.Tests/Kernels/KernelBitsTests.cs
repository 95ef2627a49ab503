using System;
using System.Diagnostics;
using System.IO;
using System.Runtime.Intrinsics;
using Xunit;

namespace Muninn.Tests.Kernels;

public sealed class KernelBitsTests
{
    const string OutputVariable = "MUNINN_TEST_BITS_OUTPUT";

    [Fact]
    public void Are_the_same_for_any_number_of_threads()
    {
        var one = KernelBits.Hash(1);
        Assert.Equal(one, KernelBits.Hash(2));
        Assert.Equal(one, KernelBits.Hash(3));
    }

    [Theory]
    [InlineData("DOTNET_EnableAVX512")]
    [InlineData("DOTNET_EnableAVX2")]
    public void Are_the_same_with_narrower_vectors(string variable)
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            RunChild(variable, path);
            var answer = File.ReadAllText(path).Split(' ');
            // Were the variable ignored, this test would compare a thing with itself.
            Assert.NotEqual("Avx512", answer[0]);
            Assert.Equal(KernelBits.Hash(2), answer[1]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>What the child process runs: nothing, unless it was told where to write.</summary>
    [Fact]
    public void Writes_its_hash_where_the_environment_says()
    {
        if (Environment.GetEnvironmentVariable(OutputVariable) is not { } path) return;
        var width = Vector512.IsHardwareAccelerated ? "Avx512" : Vector256.IsHardwareAccelerated ? "Avx2" : "Narrow";
        File.WriteAllText(path, $"{width} {KernelBits.Hash(2)}");
    }

    static void RunChild(string variable, string path)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "Muninn.Tests.dll"),
                "--filter-method",
                $"{typeof(KernelBitsTests).FullName}.{nameof(Writes_its_hash_where_the_environment_says)}",
            },
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [variable] = "0", [OutputVariable] = path },
        };
        using var child = Process.Start(start)!;
        var errors = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Assert.True(child.ExitCode == 0, output + errors.GetAwaiter().GetResult());
    }
}
