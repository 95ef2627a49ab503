using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace Muninn.Kernels;

/// <summary>Packs a matrix; a worker reads and packs one panel at a time.</summary>
/// <remarks>The layouts are described at the kernels that read them: <see cref="Int8Tile"/>, <see cref="Int4Tile"/>.</remarks>
unsafe struct PanelPacking : IWorkerJob
{
    const int Width = PanelWeights.PanelOutputs;
    const int Group = WeightFormats.GroupInputs;

    internal PanelWeights Weights;
    internal IWeightRows Rows;
    internal WorkerPool Pool;
    int _taken;

    public void Run(int worker)
    {
        var format = Weights.Format;
        var rowBytes = format.RowBytes(Weights.Inputs);
        var groups = format.IsInteger() ? Weights.Inputs / Group : 0;
        var floats = (Width * (rowBytes + groups * sizeof(ushort)) + 63) / sizeof(float);
        var bytes = (byte*)Pool.Scratch(worker, floats);
        while (true)
        {
            var panel = Interlocked.Increment(ref _taken) - 1;
            if (panel >= Weights.Panels) return;
            var first = panel * Width;
            var count = int.Min(Width, Weights.Outputs - first);
            var scales = (ushort*)(bytes + Width * rowBytes);
            Rows.Read(first, count, new Span<byte>(bytes, checked((int)(count * rowBytes))), new Span<ushort>(scales, count * groups));
            var destination = Weights.Start + panel * Weights.PanelLanes;
            if (count < Width) NativeMemory.Clear(destination, (nuint)Weights.PanelLanes * sizeof(float));
            switch (format)
            {
                case WeightFormat.Float32:
                    Transposition.Copy((float*)bytes, Weights.Inputs, count, Weights.Inputs, destination, Width);
                    break;
                case WeightFormat.BrainFloat16:
                    PackPairs((ushort*)bytes, count, Weights.Inputs, (uint*)destination);
                    break;
                default:
                    PackGroups(bytes, scales, count, groups, destination);
                    break;
            }
        }
    }

    static void PackPairs(ushort* source, int rows, int inputs, uint* destination)
    {
        // Pairs of an even number of inputs are 32-bit lanes already: their transposition is all there is to do.
        if (inputs % 2 == 0)
        {
            Transposition.Copy((float*)source, inputs / 2, rows, inputs / 2, (float*)destination, Width);
            return;
        }

        for (var r = 0; r < rows; r++)
        {
            var row = source + (long)r * inputs;
            for (var i = 0; i + 1 < inputs; i += 2) destination[i / 2 * Width + r] = row[i] | (uint)row[i + 1] << 16;
            destination[inputs / 2 * Width + r] = row[inputs - 1];
        }
    }

    readonly void PackGroups(byte* source, ushort* scales, int rows, int groups, float* destination)
    {
        var rowBytes = Weights.Format.RowBytes(Weights.Inputs);
        var groupLanes = Weights.Format.PanelLanes(Group);
        for (var group = 0; group < groups; group++, destination += groupLanes)
        {
            // The scales of outputs c and c + 16 share a lane.
            var pairs = (ushort*)destination;
            for (var r = 0; r < rows; r++) pairs[r % 16 * 2 + r / 16] = scales[(long)r * groups + group];
            var weights = (byte*)(pairs + Width);
            for (var r = 0; r < rows; r++)
            {
                if (Weights.Format == WeightFormat.Int8) PackBytes((uint*)(source + r * rowBytes) + group * (Group / 4), r, (uint*)weights);
                else PackHalves(source + r * rowBytes + group * (Group / 2), r, weights);
            }
        }
    }

    /// <summary>One output of an 8-bit group, <c>[8][32][4]</c>: four bytes at a time, each + 128.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void PackBytes(uint* source, int output, uint* destination)
    {
        for (var i = 0; i < Group / 4; i++) destination[i * Width + output] = source[i] ^ 0x80808080;
    }

    /// <summary>One output of a 4-bit group, <c>[4][32][4]</c>: byte j of a step holds its inputs j and 4 + j.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void PackHalves(byte* source, int output, byte* destination)
    {
        // Of the source, byte i holds the inputs 2i and 2i + 1.
        for (var step = 0; step < Group / 8; step++, source += 4)
        {
            var place = destination + (step * Width + output) * 4;
            place[0] = (byte)(source[0] & 15 | source[2] << 4);
            place[1] = (byte)(source[0] >> 4 | source[2] & 0xF0);
            place[2] = (byte)(source[1] & 15 | source[3] << 4);
            place[3] = (byte)(source[1] >> 4 | source[3] & 0xF0);
        }
    }
}

/// <summary>Packs float32 weights that lie row by row; a worker takes one panel at a time.</summary>
unsafe struct StraightPanelJob : IWorkerJob
{
    const int Width = PanelWeights.PanelOutputs;

    internal float* Source;
    internal int Outputs;
    internal int Inputs;
    internal float* Panels;
    int _taken;

    public void Run(int worker)
    {
        while (true)
        {
            var first = (Interlocked.Increment(ref _taken) - 1) * Width;
            if (first >= Outputs) return;
            var count = int.Min(Width, Outputs - first);
            var destination = Panels + (long)first * Inputs;
            if (count < Width) NativeMemory.Clear(destination, (nuint)(Width * (long)Inputs) * sizeof(float));
            Transposition.Copy(Source + (long)first * Inputs, Inputs, count, Inputs, destination, Width);
        }
    }
}
