using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Security.Cryptography;
using System.Text;

namespace Muninn.Engine.Checkpoints;

/// <summary>A short name that two checkpoints share only where they compute the same.</summary>
/// <remarks>
/// SHA-256 over the configuration's facts and, in the order of their names, every tensor's name, element type, shape
/// and bytes, however they are spread over files; the first 16 hexadecimal digits. Where all tensors together exceed
/// <see cref="WholeLengthMax"/> bytes, of each tensor longer than <see cref="SampleLength"/> · <see cref="SampleCount"/>
/// bytes only a sample is taken: <see cref="SampleCount"/> evenly spaced runs of <see cref="SampleLength"/> bytes,
/// the first and the last among them. A change elsewhere in such a tensor does not show.
/// </remarks>
static class Fingerprint
{
    /// <summary>Total size in bytes up to which every byte counts.</summary>
    public const long WholeLengthMax = 64L << 20;

    /// <summary>Bytes in one run of a sample.</summary>
    public const int SampleLength = 4096;

    /// <summary>Runs in one sample.</summary>
    public const int SampleCount = 32;

    const int ReadLength = 1 << 24;

    /// <summary>The fingerprint of a checkpoint.</summary>
    /// <param name="config">Its configuration.</param>
    /// <param name="tensors">All its tensors, in any order.</param>
    public static string Of(ModelConfig config, IReadOnlyCollection<Tensor> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, "muninn checkpoint 1");
        Append(hash, Facts(config));
        var isWhole = tensors.Sum(static tensor => tensor.Length) <= WholeLengthMax;
        var sample = new byte[SampleLength];
        foreach (var tensor in tensors.OrderBy(static tensor => tensor.Name, StringComparer.Ordinal))
        {
            Append(hash, $"{tensor.Name} {tensor.DType} {tensor.ShapeText}");
            if (isWhole || tensor.Length <= (long)SampleLength * SampleCount)
            {
                for (long at = 0; at < tensor.Length; at += ReadLength)
                    hash.AppendData(tensor.Slice(at, (int)Math.Min(ReadLength, tensor.Length - at)));
            }
            else
            {
                for (var run = 0; run < SampleCount; run++)
                {
                    tensor.Read(SampleOffset(tensor.Length, run), sample);
                    hash.AppendData(sample);
                }
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }

    /// <summary>Whether two tensors hold the same values; beyond <see cref="WholeLengthMax"/> a sample decides.</summary>
    /// <param name="a">A tensor.</param>
    /// <param name="b">A tensor of the same shape.</param>
    public static bool AreEqual(Tensor a, Tensor b)
    {
        if (a.DType != b.DType)
            return AreEqualWidened(a, b);
        if (a.Length > WholeLengthMax)
        {
            Span<byte> left = new byte[SampleLength];
            Span<byte> right = new byte[SampleLength];
            for (var run = 0; run < SampleCount; run++)
            {
                var offset = SampleOffset(a.Length, run);
                a.Read(offset, left);
                b.Read(offset, right);
                if (!left.SequenceEqual(right))
                    return false;
            }

            return true;
        }

        return a.Bytes.SequenceEqual(b.Bytes);
    }

    static bool AreEqualWidened(Tensor a, Tensor b)
    {
        const int Portion = 1 << 12;
        Span<float> left = new float[Portion];
        Span<float> right = new float[Portion];
        var stride = a.Length > WholeLengthMax ? Math.Max(Portion, a.ElementCount / SampleCount) : Portion;
        for (long first = 0; first < a.ElementCount; first += stride)
        {
            var count = (int)Math.Min(Portion, a.ElementCount - first);
            a.CopyTo(first, left[..count]);
            b.CopyTo(first, right[..count]);
            if (!left[..count].SequenceEqual(right[..count]))
                return false;
        }

        return true;
    }

    static long SampleOffset(long length, int run) => run == SampleCount - 1
        ? length - SampleLength
        : (length - SampleLength) / (SampleCount - 1) * run;

    static string Facts(ModelConfig config) => string.Create(
        CultureInfo.InvariantCulture,
        $"{config.Width} {config.Heads} {config.Hidden} {config.Vocabulary} {config.Context} {config.PreludeBlocks} "
        + $"{config.CoreBlocks} {config.CodaBlocks} {config.NormEpsilon:R} {config.RotaryBase:R} "
        + $"{config.QueryKeyBias} {config.TiedEmbedding}");

    // The length in front keeps two neighbouring texts from being read as another pair.
    static void Append(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        hash.AppendData(BitConverter.GetBytes(bytes.Length));
        hash.AppendData(bytes);
    }
}
