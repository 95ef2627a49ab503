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

    /// <summary>Without AVX-512, and with it but vectors of 32 bytes: kernels of one width, instructions of the other.</summary>
    [Theory]
    [InlineData("DOTNET_EnableAVX512", "0")]
    [InlineData("DOTNET_PreferredVectorBitWidth", "256")]
    public void Are_the_same_with_narrower_vectors(string variable, string value)
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            var (exitCode, output) = RunChild(variable, value, path);
            Assert.True(exitCode == 0, output);
            var answer = File.ReadAllText(path).Split(' ');
            // Were the variable ignored, this test would compare a thing with itself.
            Assert.Equal("Avx2", answer[0]);
            Assert.Equal(KernelBits.Hash(2), answer[1]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Are_refused_below_the_floor()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var (exitCode, output) = RunChild("DOTNET_EnableAVX2", "0", path);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("does not offer AVX2 and FMA", output);
        Assert.False(File.Exists(path));
    }

    /// <summary>What the child process runs: nothing, unless it was told where to write.</summary>
    [Fact]
    public void Writes_its_hash_where_the_environment_says()
    {
        if (Environment.GetEnvironmentVariable(OutputVariable) is not { } path) return;
        var width = Vector512.IsHardwareAccelerated ? "Avx512" : Vector256.IsHardwareAccelerated ? "Avx2" : "Narrow";
        File.WriteAllText(path, $"{width} {KernelBits.Hash(2)}");
    }

    static (int ExitCode, string Output) RunChild(string variable, string value, string path)
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
            Environment = { [variable] = value, [OutputVariable] = path },
        };
        using var child = Process.Start(start)!;
        var errors = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return (child.ExitCode, output + errors.GetAwaiter().GetResult());
    }
}
