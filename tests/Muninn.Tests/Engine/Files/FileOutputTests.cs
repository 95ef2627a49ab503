using System;
using System.IO;
using System.Text;
using Muninn.Engine.Files;
using Muninn.Kernels;
using Xunit;

namespace Muninn.Tests.Engine.Files;

public sealed class FileOutputTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static void Write(string path, string text) => FileOutput.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Writes_the_file_and_leaves_nothing_beside_it()
    {
        string path = _folder.At("a.svg");
        Write(path, "first");
        Assert.Equal("first", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Root));
    }

    [Fact]
    public void Replaces_a_longer_file_whole()
    {
        string path = _folder.At("a.svg");
        Write(path, "a much longer text");
        Write(path, "short");
        Assert.Equal("short", File.ReadAllText(path));
    }

    [Fact]
    public void The_old_file_stays_until_the_new_one_is_complete()
    {
        string path = _folder.At("a.svg");
        Write(path, "old");
        FileOutput.Write(path, stream =>
        {
            stream.Write("new"u8);
            stream.Flush();
            Assert.Equal("old", File.ReadAllText(path));
        });
        Assert.Equal("new", File.ReadAllText(path));
    }

    [Fact]
    public void A_failure_keeps_the_old_file_and_cleans_up()
    {
        string path = _folder.At("a.svg");
        Write(path, "old");
        var error = Assert.Throws<IOException>(() => FileOutput.Write(path, static stream =>
        {
            stream.Write("half"u8);
            throw new IOException("disk full");
        }));
        Assert.Equal("disk full", error.Message);
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Root));
    }

    [Fact]
    public void A_failure_without_an_old_file_leaves_an_empty_folder()
    {
        Assert.Throws<InvalidOperationException>(() => FileOutput.Write(_folder.At("a.svg"), static _ => throw new InvalidOperationException()));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
    }

    [Fact]
    public void A_left_over_of_a_killed_run_is_not_in_the_way()
    {
        string path = _folder.At("a.svg");
        string leftOver = _folder.At($".a.svg.{Environment.ProcessId}-1.tmp");
        File.WriteAllText(leftOver, "left over");
        Write(path, "text");
        Assert.Equal("text", File.ReadAllText(path));
        Assert.Equal("left over", File.ReadAllText(leftOver));
    }

    [Fact]
    public void A_name_as_long_as_the_file_system_allows_is_written()
    {
        string path = _folder.At(new string('n', 251) + ".svg");
        Write(path, "text");
        Assert.Equal("text", File.ReadAllText(path));
    }

    [Fact]
    public void A_link_stays_a_link_and_its_target_is_written()
    {
        string target = _folder.At("target.svg");
        string link = _folder.At("link.svg");
        File.WriteAllText(target, "old");
        File.CreateSymbolicLink(link, target);
        Write(link, "new");
        Assert.Equal(target, File.ResolveLinkTarget(link, returnFinalTarget: true)?.FullName);
        Assert.Equal("new", File.ReadAllText(target));
    }

    [Fact]
    public void The_permissions_of_an_old_file_stay()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "File modes are of Unix.");
        string path = _folder.At("a.svg");
        File.WriteAllText(path, "old");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Write(path, "new");
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void A_missing_folder_a_folder_and_no_name_are_refused_with_the_remedy()
    {
        var missing = Assert.Throws<DirectoryNotFoundException>(() => Write(Path.Combine(_folder.Root, "none", "a.svg"), "text"));
        Assert.Contains("Create it first", missing.Message);
        var folder = Assert.Throws<IOException>(() => Write(_folder.Root, "text"));
        Assert.Contains("is a folder", folder.Message);
        Assert.Throws<ArgumentException>(() => Write(_folder.Root + Path.DirectorySeparatorChar, "text"));
        Assert.Throws<ArgumentException>(() => Write("", "text"));
    }

    [Theory]
    [InlineData(FileKind.Pipe, "is a pipe")]
    [InlineData(FileKind.Socket, "is a socket")]
    [InlineData(FileKind.Device, "leads to /dev/zero, a device")]
    public void What_is_no_file_is_not_replaced(FileKind kind, string words)
    {
        string path = _folder.At("a.svg");
        SpecialFiles.Make(kind, path);
        var error = Assert.Throws<IOException>(() => Write(path, "text"));
        Assert.Contains(words, error.Message);
        Assert.Contains("Give the name of a regular file", error.Message);
        Assert.Equal(kind, FileKinds.Of(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.Root));
    }

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/sys/a.svg")]
    [InlineData("/proc/a.svg")]
    public void Places_of_the_system_are_refused_before_anything_is_written(string path)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "These folders are of Linux.");
        var error = Assert.ThrowsAny<Exception>(() => FileTarget.Of(path));
        Assert.True(error is IOException or UnauthorizedAccessException, error.ToString());
        Assert.StartsWith($"'{path}' ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(".tmp", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Looking_leaves_no_trace_and_tells_the_temporary_name()
    {
        string path = _folder.At("a.svg");
        var target = FileTarget.Of(path);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
        FileOutput.Write(target, _ => Assert.Equal([target.TemporaryPath], Directory.GetFileSystemEntries(_folder.Root)));
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.Root));
    }

    [Fact]
    public void A_temporary_file_of_someone_else_is_not_deleted()
    {
        var target = FileTarget.Of(_folder.At("a.svg"));
        File.WriteAllText(target.TemporaryPath, "theirs");
        var error = Assert.Throws<IOException>(() => FileOutput.Write(target, static _ => { }));
        Assert.Contains("a.svg' cannot be written", error.Message);
        Assert.Equal("theirs", File.ReadAllText(target.TemporaryPath));
    }

    [Fact]
    public void Links_in_a_circle_are_refused()
    {
        File.CreateSymbolicLink(_folder.At("a.svg"), _folder.At("b.svg"));
        File.CreateSymbolicLink(_folder.At("b.svg"), _folder.At("a.svg"));
        Assert.Contains("a.svg", Assert.Throws<IOException>(() => Write(_folder.At("a.svg"), "text")).Message);
    }

    [Fact]
    public void A_full_disk_is_told_with_the_remedy_and_keeps_the_old_file()
    {
        using var disk = new SmallDisk();
        string path = disk.File("a.svg");
        Write(path, "old");
        var error = Assert.Throws<IOException>(() => FileOutput.Write(path, static stream => stream.Write(new byte[1 << 18])));
        Assert.Equal(
            $"'{path}' cannot be written: no space is left on its disk. Free some space or choose another folder; nothing of it was left behind.",
            error.Message);
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(disk.Path));
    }
}
