using System;
using System.Diagnostics;
using System.IO;
using System.Net.Sockets;
using Muninn.Kernels;
using Xunit;

namespace Muninn.Tests.Engine.Files;

/// <summary>Puts things that are no regular files at a path; skips the test where the system has none.</summary>
static class SpecialFiles
{
    public static void Make(FileKind kind, string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Pipes, devices and sockets in folders are of Unix.");
        switch (kind)
        {
            case FileKind.Pipe:
                using (var make = Process.Start("mkfifo", [path]))
                {
                    make.WaitForExit();
                    Assert.Equal(0, make.ExitCode);
                }

                break;
            case FileKind.Device:
                File.CreateSymbolicLink(path, "/dev/zero");
                break;
            case FileKind.Socket:
                // The name stays when the socket is closed.
                using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
                {
                    socket.Bind(new UnixDomainSocketEndPoint(path));
                    // The runtime deletes the name of a closed socket, but not a second one.
                    File.Move(path, path + ".s");
                    socket.Close();
                    File.Move(path + ".s", path);
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "A pipe, a device or a socket.");
        }
    }
}
