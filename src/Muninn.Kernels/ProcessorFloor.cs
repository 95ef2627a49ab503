using System;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Muninn.Kernels;

/// <summary>What the kernels ask of a processor: AVX2 and FMA. AVX-512 is used where it is.</summary>
public static class ProcessorFloor
{
    /// <summary>Throws where the kernels cannot run; to be called before anything is read.</summary>
    /// <exception cref="PlatformNotSupportedException">AVX2 or FMA is missing, or the runtime was told not to use it.</exception>
    public static void Require()
    {
        if (!Avx2.IsSupported || !Fma.IsSupported) throw Without(Avx2.IsSupported, Fma.IsSupported);
    }

    /// <summary>The error that names what is missing.</summary>
    internal static PlatformNotSupportedException Without(bool avx2, bool fma)
    {
        var missing = (avx2, fma) switch { (false, false) => "AVX2 and FMA", (false, true) => "AVX2", _ => "FMA" };
        return new(
            $"The kernels need a processor with AVX2 and FMA (x64, 2015 or later); this one ({RuntimeInformation.ProcessArchitecture}) "
            + $"does not offer {missing}. Use another machine, or unset DOTNET_EnableAVX2 and DOTNET_EnableHWIntrinsic if one of them is 0.");
    }
}
