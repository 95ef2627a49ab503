using System;
using System.Linq;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Muninn.Kernels;
using Muninn.Tests.Oracle;

namespace Muninn.Tests.Kernels;

/// <summary>One hash over the results of all kernels: equal hashes are equal bits.</summary>
static class KernelBits
{
    internal static string Hash(int threads)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var pool = new WorkerPool(threads);
        AddProducts(hash, pool);
        AddElementwise(hash, pool);
        AddAttention(hash, pool);
        AddSoftmax(hash);
        AddGradients(hash, pool);
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    static void AddProducts(IncrementalHash hash, WorkerPool pool)
    {
        const int Outputs = 150;
        foreach (var format in Enum.GetValues<WeightFormat>())
        {
            // Deep enough for several blocks of inputs.
            var inputs = format.IsInteger() ? 7072 : 2222;
            using var weights = AnyWeights.Noisy(format, Outputs, inputs);
            var gain = Noise.Floats(inputs, 9);
            foreach (var rows in (int[])[1, 2, 5, 6, 7, 13, 14, 29])
            {
                var x = Noise.Floats(2 * rows * inputs, 3);
                var y = new float[rows * Outputs];
                MatrixProduct.Multiply(x, rows, weights.Packed, y, pool);
                Add(hash, y);
                MatrixProduct.MultiplyNormalized(x, gain, 1e-6f, rows, weights.Packed, y, pool);
                Add(hash, y);
                MatrixProduct.MultiplyGated(x, rows, weights.Packed, y, pool);
                Add(hash, y);
                MatrixProduct.MultiplyPaired(x, x.AsSpan(rows * inputs), rows, weights.Packed, y, pool);
                Add(hash, y);
            }
        }
    }

    static void AddElementwise(IncrementalHash hash, WorkerPool pool)
    {
        const int Rows = 5, Width = 20_011;
        var x = Noise.Floats(Rows * 2 * Width, 4);
        for (var i = 0; i < x.Length; i++) x[i] *= 100;
        var y = new float[Rows * Width];
        GatedSilu.Multiply(x, Rows, Width, y, pool);
        Add(hash, y);
        RmsNorm.AddThenNormalize(x, x.AsSpan(17), Noise.Floats(Width, 5), Rows, Width, 1e-6f, y);
        Add(hash, y);
        Rotary.Apply(x, Rows, 3, 22, Noise.Floats(2 * 66, 6), Noise.Floats(9 * 22, 7), [8, 0, 3, 1, 5]);
        Add(hash, x);
    }

    static void AddAttention(IncrementalHash hash, WorkerPool pool)
    {
        foreach (var headWidth in (int[])[24, 70])
        {
            const int Rows = 144;
            var layout = new KeyValueLayout(2, headWidth);
            var x = Noise.Floats(Rows * 3 * layout.Width, 8);
            int[] places = [.. Enumerable.Range(0, 144)];
            foreach (var isShort in (bool[])[false, true])
            {
                var store = new AnyStore(layout, 144, isShort);
                store.Write(x, places);
                Add(hash, store.Numbers);
                Add(hash, store.Read(x, Tables.Growing(Rows), pool));
                Add(hash, store.Read(x, Tables.Random(1, Rows, 9, masks: true), pool));
            }
        }
    }

    static void AddSoftmax(IncrementalHash hash)
    {
        var x = Noise.Floats(20_011, 10);
        for (var i = 0; i < x.Length; i++) x[i] *= 12;
        var w = new float[x.Length];
        var largest = Softmax.Largest(x);
        double[] sums = [largest, Softmax.Total(x, largest), Softmax.Weigh(x, largest, 0.7f, w), Softmax.From(x, w, 3).Sum, Softmax.Sum(w)];
        hash.AppendData(MemoryMarshal.AsBytes<double>(sums));
        Add(hash, w);
        hash.AppendData(BitConverter.GetBytes(Softmax.Keep(x, 5, w)));
        Softmax.Scale(w, 0.3f);
        Add(hash, w);
    }

    static void AddGradients(IncrementalHash hash, WorkerPool pool)
    {
        const int Rows = 300, Outputs = 95, Inputs = 130;
        float[] gradients = Noise.Floats(Rows * Outputs, 11), x = Noise.Floats(Rows * Inputs, 12);
        var sums = Noise.Floats(Outputs * Inputs, 13);
        WeightGradient.Add(gradients, x, Rows, Outputs, Inputs, sums, pool);
        WeightGradient.AddPaired(gradients, x, x.AsSpan(7), Rows, Outputs, Inputs / 2, sums, pool);
        WeightGradient.AddNormalized(gradients, x, x.AsSpan(5), 1e-6f, Rows, Outputs, Inputs, sums, pool);
        WeightGradient.AddGated(gradients, x, Rows, Outputs, Inputs / 2, sums, pool);
        Embedding.AddGradient(x, [5, 1, 5, 0], Inputs, 3.3f, sums);
        var back = new float[x.Length];
        ResidualNorm.ApplyGradient(x, gradients, x.AsSpan(1), x, Rows - 1, Inputs, 1e-6f, back, sums, pool);
        Rotary.ApplyGradient(back, Rows / 3, 5, 26, gradients, [.. Enumerable.Range(0, Rows / 3)], sums, pool);
        Add(hash, back);
        AttentionGradient.Read(new KeyValueLayout(3, 21), x, gradients, [0, 1, 18, 18, 149, 150], back, pool);
        Add(hash, back);
        Add(hash, sums);
        RmsNorm.NormalizeGradient(x, sums, x.AsSpan(1), 1, Rows - 1, Inputs, 1e-6f, back);
        Add(hash, back);
        GatedSilu.MultiplyGradient(x, gradients, 1, 200, 65, back, pool);
        Add(hash, back);
        AttentionTangent.ReadGradient(new KeyValueLayout(3, 21), x, gradients, 1, 150, TangentReach.Whole, back, pool);
        Add(hash, back);
        CrossEntropy.Gradient(x, [3, 1900, CrossEntropy.Ignored, 7], [], 4, 2000, 0.25f, new double[4], [], pool);
        Add(hash, x);
    }

    static void Add(IncrementalHash hash, ReadOnlySpan<float> floats) => hash.AppendData(MemoryMarshal.AsBytes(floats));
}
