using System;
using System.IO;
using System.Threading.Tasks;
using Muninn.Cli.Frame;
using Muninn.Kernels;
using Muninn.Tests.Engine.Files;
using Xunit;

namespace Muninn.Tests.Cli;

/// <summary>What is no regular file, and a disk that is full, as a user meets them.</summary>
public class FileTests
{
    [Theory]
    [InlineData("trace", "a.safetensors")]
    [InlineData("heatmap", "a.svg")]
    public async Task Output_to_a_pipe_is_refused_and_the_pipe_stays(string verb, string name)
    {
        using var folder = new TemporaryFolder();
        SpecialFiles.Make(FileKind.Pipe, folder.At(name));
        var answer = await MuninnProcess.Run(new Call { Arguments = [verb, "Hi", "--out", name], Folder = folder.Root });
        Assert.Equal(1, answer.ExitCode);
        Assert.Equal($"muninn {verb}: '{name}' is a pipe, which cannot hold a file. Give the name of a regular file.\n", answer.Error);
        Assert.Equal(FileKind.Pipe, FileKinds.Of(folder.At(name)));
    }

    [Fact]
    public async Task Output_to_a_place_of_the_system_is_refused_in_one_sentence()
    {
        Assert.SkipUnless(Directory.Exists("/sys"), "there is no /sys here");
        var answer = await MuninnProcess.Run("heatmap", "Hi", "--out", "/sys/a.svg");
        Assert.Equal(1, answer.ExitCode);
        Assert.Empty(answer.OutputBytes);
        Assert.StartsWith("muninn heatmap: '/sys/a.svg' cannot be written: ", answer.Error, StringComparison.Ordinal);
        Assert.Equal(2, answer.Error.Split("cannot be written").Length);
    }

    [Theory]
    [InlineData(FileKind.Pipe, "is a pipe, not a file; copy its content to a file first")]
    [InlineData(FileKind.Device, "is a device, not a file; copy its content to a file first")]
    public async Task Start_state_that_is_no_file_is_refused(FileKind kind, string expected)
    {
        using var folder = new TemporaryFolder();
        SpecialFiles.Make(kind, folder.At("s0.safetensors"));
        var answer = await MuninnProcess.Run("heatmap", "Hi", "--initial-state", folder.At("s0.safetensors"));
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains(expected, answer.Error);
    }

    [Fact]
    public async Task Text_may_come_from_a_pipe()
    {
        using var folder = new TemporaryFolder();
        SpecialFiles.Make(FileKind.Pipe, folder.At("text"));
        var run = MuninnProcess.Run("tokenize", "--file", folder.At("text"));
        // Opening waits for the reader, which may also have ended.
        var feed = Task.Run(() => File.WriteAllText(folder.At("text"), "Hi"));
        var answer = await run;
        Assert.Equal(0, answer.ExitCode);
        await feed.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Full_disk_names_the_file_and_the_remedy()
    {
        using var disk = new SmallDisk();
        var answer = await MuninnProcess.Run(new Call { Arguments = ["trace", "Hi", "--states", "0-64", "--out", "a.safetensors"], Folder = disk.Path });
        Assert.Equal(1, answer.ExitCode);
        Assert.Equal(
            "muninn trace: 'a.safetensors' cannot be written: no space is left on its disk. " +
            "Free some space or choose another folder; nothing of it was left behind.\n",
            answer.Error);
        Assert.Empty(Directory.GetFileSystemEntries(disk.Path));
    }

    [Fact]
    public void Forced_end_removes_what_is_marked_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "*.tmp", "a.tmp", "a.tmp1", "done" }) File.WriteAllText(folder.At(name), "");
        Directory.CreateDirectory(folder.At("bench"));
        File.WriteAllText(folder.At("bench/f"), "");
        var unfinished = new UnfinishedFiles();
        unfinished.Begin(folder.At("done")).Dispose();
        using var star = unfinished.Begin(folder.At("*.tmp"));
        using var gone = unfinished.Begin(folder.At("gone"));
        using var bench = unfinished.BeginFolder(folder.At("bench"));
        unfinished.Remove();
        Assert.True(File.Exists(folder.At("a.tmp")));
        Assert.True(File.Exists(folder.At("a.tmp1")));
        Assert.True(File.Exists(folder.At("done")));
        Assert.Equal(3, Directory.GetFileSystemEntries(folder.Root).Length);
    }
}
