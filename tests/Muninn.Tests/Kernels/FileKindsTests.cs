using System;
using System.IO;
using Muninn.Kernels;
using Muninn.Tests.Engine.Files;
using Xunit;

namespace Muninn.Tests.Kernels;

public sealed class FileKindsTests
{
    [Theory]
    [InlineData(FileKind.Pipe, "a pipe")]
    [InlineData(FileKind.Device, "a device")]
    [InlineData(FileKind.Socket, "a socket")]
    public void Tells_what_is_no_file_and_follows_links(FileKind kind, string words)
    {
        using var folder = new TemporaryFolder();
        SpecialFiles.Make(kind, folder.At("special"));
        File.CreateSymbolicLink(folder.At("link"), "special");
        Assert.Equal(kind, FileKinds.Of(folder.At("special")));
        Assert.Equal(kind, FileKinds.Of(folder.At("link")));
        var error = Assert.Throws<IOException>(() => FileKinds.RequireReadable(folder.At("link")));
        Assert.Equal($"{folder.At("link")} is {words}, not a file; copy its content to a file first and name that.", error.Message);
    }

    [Fact]
    public void Files_folders_and_nothing_are_told_apart()
    {
        using var folder = new TemporaryFolder();
        folder.Write("f", "text");
        File.CreateSymbolicLink(folder.At("link"), "f");
        File.CreateSymbolicLink(folder.At("broken"), "none");
        Assert.Equal(FileKind.Regular, FileKinds.Of(folder.At("f")));
        Assert.Equal(FileKind.Regular, FileKinds.Of(folder.At("link")));
        Assert.Equal(FileKind.Folder, FileKinds.Of(folder.Root));
        Assert.Equal(FileKind.Unknown, FileKinds.Of(folder.At("broken")));
        FileKinds.RequireReadable(folder.At("f"));
        FileKinds.RequireReadable(folder.At("broken"));
        Assert.Throws<ArgumentException>(() => FileKinds.Of(""));
    }
}
