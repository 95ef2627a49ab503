using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Muninn.Cli.Frame;

/// <summary>What the system says about the processor.</summary>
static class Machine
{
    const long CacheBytesGuess = 32 << 20;

    /// <summary>What the processor is called.</summary>
    public static string ProcessorName
    {
        get
        {
            const string Source = "/proc/cpuinfo";
            if (!File.Exists(Source)) return $"{RuntimeInformation.ProcessArchitecture}";
            var line = File.ReadLines(Source).FirstOrDefault(static l => l.StartsWith("model name", StringComparison.Ordinal));
            return line is null ? $"{RuntimeInformation.ProcessArchitecture}" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }
    }

    /// <summary>Bits of the widest vectors in use; 0 for none.</summary>
    public static int VectorBits => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256
        : Vector128.IsHardwareAccelerated ? 128 : 0;

    /// <summary>Size of the largest cache, in bytes; 32 MiB where the system does not tell.</summary>
    public static long LastLevelCacheBytes
    {
        get
        {
            const string Source = "/sys/devices/system/cpu/cpu0/cache/index3/size";
            if (!File.Exists(Source)) return CacheBytesGuess;
            var text = File.ReadAllText(Source).Trim();
            return text.EndsWith('K') && long.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out long kibibytes)
                ? kibibytes << 10
                : CacheBytesGuess;
        }
    }
}
