using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Caching;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Engine.Caching;

/// <summary>A store and its twin under the same random rows: whatever one of them sees, the other must.</summary>
sealed class StoreSchedule : IDisposable
{
    const double Bound = 2e-5;

    readonly Random _random;
    readonly ModelConfig _config;
    readonly KeyValueStore _store;
    readonly StoreTwin _twin;
    readonly RowPlaces _places = new(1024);
    readonly WorkerPool _pool = new(1);
    readonly List<OpenSequence> _open = [];
    ulong _written;

    /// <summary>Whether all rows of a pass through the core are at the same iteration.</summary>
    public bool IsInStep { get; init; }

    public StoreSchedule(int seed, ModelConfig config, StoreCapacity capacity, KeyValueFormat format)
    {
        _random = new Random(seed);
        _config = config;
        _store = new KeyValueStore(config, capacity, format);
        _twin = new StoreTwin(_store.Layout, format == KeyValueFormat.BrainFloat16);
        // Whoever reads what nobody wrote gets no number.
        for (int lane = 0; lane < config.Blocks; lane++)
        {
            _store.Lane(lane).Keys.Fill(float.NaN);
            _store.Lane(lane).Values.Fill(float.NaN);
        }
    }

    /// <summary>Rows of the core that saw an earlier position which lacked their entry.</summary>
    public int RowsBehindStopped { get; private set; }

    /// <summary>Opens a sequence whose policy is also said in the twin's words.</summary>
    public void Open(CachePolicy policy, SlotRule slots, int limit, int positions) =>
        _open.Add(new OpenSequence(_store.Open(policy, limit, positions), policy.Missing, slots, limit, positions));

    /// <summary>Something happens to every sequence, and all rows share the passes.</summary>
    public void Step()
    {
        _random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_open));
        foreach (var sequence in _open)
            Disturb(sequence);
        Outer(ModelPart.Prelude, sequence => sequence.Length);
        Core();
        Outer(ModelPart.Coda, sequence => sequence.CodaLength);
        Assert.Equal(_twin.PanelsInUse, _store.PanelsInUse);
    }

    public void Close(int index)
    {
        _store.Close(_open[index].Number);
        _twin.Truncate(_open[index].Number, 0);
        _open.RemoveAt(index);
        Assert.Equal(_twin.PanelsInUse, _store.PanelsInUse);
        Assert.Equal(
            _store.PanelsInUse * StoreCapacity.PanelBytes(_store.Layout, _store.Format), _store.BytesInUse);
    }

    public void CloseAll()
    {
        while (_open.Count > 0)
            Close(0);
        Assert.Equal(0, _store.PanelsInUse);
    }

    public void Dispose()
    {
        _store.Dispose();
        _pool.Dispose();
    }

    /// <summary>Cuts a sequence, or lets its last positions begin anew.</summary>
    void Disturb(OpenSequence sequence)
    {
        if (_random.Next(12) == 0)
        {
            int length = _random.Next(sequence.Length + 2);
            _store.Truncate(sequence.Number, length);
            _twin.Truncate(sequence.Number, length);
            sequence.Cut(length);
        }
        else if (_random.Next(8) == 0 && sequence.Length > 0)
        {
            sequence.BeginAnew(_random.Next(sequence.Length));
        }
    }

    /// <summary>Rows of prelude or coda: some that were there before, and some behind them.</summary>
    void Outer(ModelPart part, Func<OpenSequence, int> lengthOf)
    {
        var rows = RowBatch.WithRoom(_places.RowsMax);
        foreach (var sequence in _open)
        {
            int length = lengthOf(sequence);
            int end = part == ModelPart.Prelude
                ? Math.Min(sequence.Positions, length + _random.Next(_random.Next(4) == 0 ? 30 : 3))
                : _random.Next(length, sequence.Length + 1);
            for (int position = Math.Max(0, length - _random.Next(3)); position < end; position++)
                rows.Add(sequence.Number, position, _random.Next(5));
            sequence.Reach(part, end);
        }

        int blocks = part == ModelPart.Prelude ? _config.PreludeBlocks : _config.CodaBlocks;
        for (int block = 0; block < blocks && rows.Count > 0; block++)
        {
            float[] queryKeyValue = NewRows(rows.Count);
            Compare(part, block, rows, queryKeyValue,
                (row, x) => _twin.Write(rows.Sequences[row], part, (block, 0), rows.Positions[row], x),
                (row, x) => _twin.Attend(rows.Sequences[row], part, block, rows.Positions[row], x));
        }
    }

    /// <summary>Rows of the core at any iterations: none ahead of an earlier position that is still to go on.</summary>
    void Core()
    {
        var rows = RowBatch.WithRoom(_places.RowsMax);
        foreach (var sequence in _open)
        {
            int most = sequence.Limit;
            for (int position = 0; position < sequence.Length; position++)
            {
                if (sequence.HasStopped[position])
                    continue;
                ref int iterations = ref sequence.Iterations[position];
                bool joins = !IsInStep || rows.Count == 0 || rows.Iterations[0] == iterations;
                if (iterations < most && joins && _random.Next(10) > 0)
                    rows.Add(sequence.Number, position, iterations++);
                most = Math.Min(most, iterations);
            }
        }

        if (rows.Count == 0)
            return;
        _store.BeginIteration(rows);
        for (int row = 0; row < rows.Count; row++)
            _twin.BeginIteration(rows.Sequences[row], rows.Positions[row], rows.Iterations[row]);
        for (int block = 0; block < _config.CoreBlocks; block++)
            Core(block, rows, NewRows(rows.Count));
        for (int row = 0; row < rows.Count; row++)
        {
            var sequence = Of(rows.Sequences[row]);
            int iterations = sequence.Iterations[rows.Positions[row]];
            RowsBehindStopped += sequence.Iterations.Take(rows.Positions[row]).Any(behind => behind < iterations) ? 1 : 0;
            sequence.HasStopped[rows.Positions[row]] = iterations == sequence.Limit || _random.Next(5) == 0;
        }
    }

    void Core(int block, RowBatch rows, float[] queryKeyValue) => Compare(
        ModelPart.Core, block, rows, queryKeyValue,
        (row, x) => _twin.Write(
            rows.Sequences[row], ModelPart.Core, Of(rows.Sequences[row]).Slots(rows.Iterations[row], block), rows.Positions[row], x),
        (row, x) =>
        {
            var sequence = Of(rows.Sequences[row]);
            return _twin.Attend(
                sequence.Number, sequence.Slots, sequence.Missing, rows.Iterations[row], block, rows.Positions[row], x);
        });

    void Compare(
        ModelPart part, int block, RowBatch rows, float[] queryKeyValue, Action<int, float[]> write, Func<int, float[], double[]> attend)
    {
        int width = _store.Layout.Width;
        float[] actual = new float[rows.Count * width];
        Attend(_store.Locate(part, block, rows, _places), queryKeyValue, rows.Count, actual);
        float[][] split = [.. queryKeyValue.Chunk(3 * width)];
        for (int row = 0; row < rows.Count; row++)
            write(row, split[row]);
        for (int row = 0; row < rows.Count; row++)
        {
            double[] expected = attend(row, split[row]);
            for (int i = 0; i < width; i++)
            {
                if (!(Math.Abs(actual[row * width + i] - expected[i]) <= Bound))
                    Assert.Fail($"{part} block {block}, position {rows.Positions[row]}, iteration {rows.Iterations[row]}: {actual[row * width + i]} is not {expected[i]}.");
            }
        }
    }

    void Attend(PanelLane lane, float[] queryKeyValue, int count, float[] attention)
    {
        var layout = _store.Layout;
        if (_store.Format == KeyValueFormat.Float32)
        {
            Attention.Write(layout, queryKeyValue, count, _places.Written(count), lane.Keys, lane.Values);
            Attention.Read(layout, queryKeyValue, count, _places.Visible(count), lane.Keys, lane.Values, attention, _pool);
        }
        else
        {
            Attention.Write(layout, queryKeyValue, count, _places.Written(count), lane.NarrowKeys, lane.NarrowValues);
            Attention.Read(layout, queryKeyValue, count, _places.Visible(count), lane.NarrowKeys, lane.NarrowValues, attention, _pool);
        }
    }

    OpenSequence Of(int number) => _open.Single(sequence => sequence.Number == number);

    float[] NewRows(int rows) => Noise.Floats(rows * 3 * _store.Layout.Width, ++_written);

    /// <summary>How far a sequence and each of its positions came.</summary>
    sealed class OpenSequence(int number, MissingEntries missing, SlotRule slots, int limit, int positions)
    {
        public int Number { get; } = number;

        public MissingEntries Missing { get; } = missing;

        public SlotRule Slots { get; } = slots;

        public int Limit { get; } = limit;

        public int Positions { get; } = positions;

        public int[] Iterations { get; } = new int[positions];

        public bool[] HasStopped { get; } = new bool[positions];

        public int Length { get; private set; }

        public int CodaLength { get; private set; }

        public void Reach(ModelPart part, int end)
        {
            if (part == ModelPart.Prelude)
                Length = Math.Max(Length, end);
            else
                CodaLength = Math.Max(CodaLength, end);
        }

        public void BeginAnew(int first)
        {
            Iterations.AsSpan(first).Clear();
            HasStopped.AsSpan(first).Clear();
        }

        public void Cut(int length)
        {
            BeginAnew(Math.Min(length, Positions));
            Length = Math.Min(Length, length);
            CodaLength = Math.Min(CodaLength, length);
        }
    }
}
