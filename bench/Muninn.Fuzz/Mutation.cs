using System;
using System.Collections.Generic;
using System.Text;

namespace Muninn.Fuzz;

/// <summary>Spoils bytes in one of the ways in which files go wrong, or in which someone would lie with them.</summary>
static class Mutation
{
    const int LengthMax = 1 << 17;

    static readonly byte[][] _numbers =
    Texts(
        "0", "-1", "1", "2", "255", "65536", "2147483647", "2147483648", "4294967296", "9007199254740993",
        "9223372036854775807", "9223372036854775808", "18446744073709551616", "1e9", "1e400", "-0", "0.5",
        "1e-400", "NaN", "null", "true", "\"1\"", "[]", "{}", "[[[[[[[[");

    static readonly byte[][] _pieces =
    Texts(
        "\"", "\\", "{", "}", "[", "]", ",", ":", "\\ud800", "\\u0000", "\0", "\u00e9", "\ud83d\udc26", "//", " ",
        "\"a\":1,", "\"__metadata__\":{},", "\"dtype\":\"F4\",", "\"shape\":[0],", "-", "e", ".");

    /// <summary>One to four changes of a seed.</summary>
    public static byte[] Apply(byte[] seed, byte[] other, ref CounterRandom random)
    {
        var bytes = new List<byte>(seed);
        for (var changes = 1 + random.Below(4); changes > 0; changes--)
            Change(bytes, other, ref random);
        if (bytes.Count > LengthMax)
            bytes.RemoveRange(LengthMax, bytes.Count - LengthMax);
        return [.. bytes];
    }

    static byte[][] Texts(params string[] texts) => Array.ConvertAll(texts, Encoding.UTF8.GetBytes);

    static void Change(List<byte> bytes, byte[] other, ref CounterRandom random)
    {
        var at = random.Below(bytes.Count + 1);
        var length = Math.Min(bytes.Count - at, 1 + random.Below(1 << random.Below(12)));
        switch (random.Below(9))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Below(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)random.Next();
                break;
            case 2:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 3:
                bytes.RemoveRange(at, length);
                break;
            case 4:
                bytes.InsertRange(random.Below(bytes.Count + 1), bytes.GetRange(at, length));
                break;
            case 5:
                var from = random.Below(other.Length);
                bytes.InsertRange(at, other.AsSpan(from, Math.Min(other.Length - from, length)).ToArray());
                break;
            case 6:
                bytes.InsertRange(at, _pieces[random.Below(_pieces.Length)]);
                break;
            default:
                EditNumber(bytes, at, ref random);
                break;
        }
    }

    static void EditNumber(List<byte> bytes, int at, ref CounterRandom random)
    {
        for (var i = at; i < bytes.Count; i++)
        {
            if (bytes[i] is < (byte)'0' or > (byte)'9')
                continue;
            var end = i;
            while (end < bytes.Count && bytes[end] is >= (byte)'0' and <= (byte)'9')
                end++;
            bytes.RemoveRange(i, end - i);
            bytes.InsertRange(i, _numbers[random.Below(_numbers.Length)]);
            return;
        }
    }
}
