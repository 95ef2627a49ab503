using System;
using System.IO;
using Muninn.Engine.Files;
using Muninn.Kernels;
using Xunit;

namespace Muninn.Tests.Engine.Files;

public sealed class FolderTargetTests
{
    static void Fill(string folder) => File.WriteAllText(Path.Combine(folder, "a"), "new");

    [Fact]
    public void A_new_folder_appears_whole()
    {
        using var folder = new TemporaryFolder();
        FolderTarget.Of(folder.At("out") + "/").Write(temporary =>
        {
            Fill(temporary);
            Assert.False(Directory.Exists(folder.At("out")));
        });
        Assert.Equal("new", File.ReadAllText(folder.At("out", "a")));
        Assert.Single(Directory.GetFileSystemEntries(folder.Root));
    }

    [Fact]
    public void An_empty_folder_is_replaced_and_keeps_its_permissions()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.At("out"));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder.At("out"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var target = FolderTarget.Of(folder.At("out"));
        Assert.True(Directory.Exists(folder.At("out")));
        target.Write(Fill);
        Assert.True(File.Exists(folder.At("out", "a")));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder.At("out")));
    }

    [Fact]
    public void A_failure_leaves_the_place_as_it_was()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.At("empty"));
        foreach (var name in new[] { "new", "empty" })
        {
            Assert.Throws<InvalidOperationException>(() => FolderTarget.Of(folder.At(name)).Write(temporary =>
            {
                Fill(temporary);
                throw new InvalidOperationException();
            }));
        }

        Assert.Equal([folder.At("empty")], Directory.GetFileSystemEntries(folder.Root));
        Assert.Empty(Directory.GetFileSystemEntries(folder.At("empty")));
    }

    [Fact]
    public void What_is_there_is_never_overwritten()
    {
        using var folder = new TemporaryFolder();
        folder.Write("full/a", "old");
        folder.Write("file", "old");
        Assert.Contains("1 entry in it, and nothing is overwritten", Assert.Throws<IOException>(() => FolderTarget.Of(folder.At("full"))).Message);
        Assert.Contains("is a file", Assert.Throws<IOException>(() => FolderTarget.Of(folder.At("file"))).Message);
        Assert.Contains("Create it first", Assert.Throws<DirectoryNotFoundException>(() => FolderTarget.Of(folder.At("no", "out"))).Message);
        Assert.Contains("new folder in it", Assert.Throws<IOException>(() => FolderTarget.Of(Path.GetPathRoot(folder.Root)!)).Message);
        Assert.Throws<ArgumentException>(() => FolderTarget.Of(""));
        Assert.Equal("old", File.ReadAllText(folder.At("full", "a")));
        Assert.Equal(2, Directory.GetFileSystemEntries(folder.Root).Length);
    }

    [Fact]
    public void A_folder_filled_by_another_run_meanwhile_stays()
    {
        using var folder = new TemporaryFolder();
        var target = FolderTarget.Of(folder.At("out"));
        Assert.Contains("nothing is overwritten", Assert.Throws<IOException>(() => target.Write(temporary =>
        {
            Fill(temporary);
            folder.Write("out/a", "theirs");
        })).Message);
        Assert.Equal("theirs", File.ReadAllText(folder.At("out", "a")));
        Assert.Single(Directory.GetFileSystemEntries(folder.Root));
    }

    [Fact]
    public void A_link_to_an_empty_folder_stays_a_link()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a right of their own there");
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.At("real"));
        File.CreateSymbolicLink(folder.At("link"), folder.At("real"));
        FolderTarget.Of(folder.At("link")).Write(Fill);
        Assert.NotNull(new FileInfo(folder.At("link")).LinkTarget);
        Assert.True(File.Exists(folder.At("real", "a")));
    }

    [Fact]
    public void Leftovers_of_other_runs_are_found()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { ".out.17-1.tmp", ".other.17-1.tmp", ".out.17-1" }) Directory.CreateDirectory(folder.At(name));
        Assert.Equal([folder.At(".out.17-1.tmp")], FolderTarget.Of(folder.At("out")).Leftovers());
    }

    [Fact]
    public void A_pipe_is_named()
    {
        using var folder = new TemporaryFolder();
        SpecialFiles.Make(FileKind.Pipe, folder.At("pipe"));
        Assert.Contains("is a pipe", Assert.Throws<IOException>(() => FolderTarget.Of(folder.At("pipe"))).Message);
    }

    [Fact]
    public void A_mounted_disk_is_refused_at_once()
    {
        using var disk = new SmallDisk();
        Assert.Contains("Give the name of a new folder in it", Assert.Throws<IOException>(() => FolderTarget.Of(disk.Path)).Message);
        Assert.True(Directory.Exists(disk.Path));
    }
}
