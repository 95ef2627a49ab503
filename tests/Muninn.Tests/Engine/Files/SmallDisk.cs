using System;
using System.Diagnostics;
using System.IO;
using Xunit;

namespace Muninn.Tests.Engine.Files;

/// <summary>A file system in memory, of 64 KiB unless told; skips the test where none may be mounted.</summary>
sealed class SmallDisk : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("muninn-disk-").FullName;
    readonly bool _mounted;

    public SmallDisk(int kibibytes = 64)
    {
        _mounted = OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", $"size={kibibytes}k", "tmpfs", _folder);
        if (_mounted) return;
        Dispose();
        Assert.Skip("A full disk needs the right to mount one (root on Linux).");
    }

    public string Path => _folder;

    public string File(string name) => System.IO.Path.Combine(_folder, name);

    /// <summary>Makes it larger.</summary>
    public bool Grow(int kibibytes) => Run("mount", "-o", $"remount,size={kibibytes}k", _folder);

    public void Dispose()
    {
        if (_mounted) Assert.True(Run("umount", _folder), $"{_folder} stays mounted");
        Directory.Delete(_folder);
    }

    static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
