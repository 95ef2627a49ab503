using System;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;

namespace Muninn.Engine.Caching;

/// <summary>
/// Keys and values of every attention call, addressed by (sequence, block and slot, position), in panels of 16 positions
/// that are handed out as positions need them and taken back when a sequence is cut or closed.
/// </summary>
/// <remarks>
/// A sequence has a <see cref="CachePolicy"/> of its own. A row reads the entry of its own iteration of every earlier position;
/// where one stopped before that, <see cref="CachePolicy.Missing"/> says what is read. Positions of a sequence run in order:
/// a row never runs ahead of an earlier position that is still to go on. Not safe for two threads at once.
/// </remarks>
public sealed class KeyValueStore : IDisposable
{
    readonly ModelConfig _config;
    readonly PanelLane[] _lanes;
    readonly SequenceEntries?[] _sequences;

    /// <summary>An empty store.</summary>
    /// <param name="config">Shapes of the model.</param>
    /// <param name="capacity">How much it holds at most.</param>
    /// <param name="format">How keys and values are stored.</param>
    /// <exception cref="ArgumentException">More than one block can address: 2³¹ numbers.</exception>
    /// <exception cref="OutOfMemoryException">The system has not that much memory.</exception>
    public KeyValueStore(ModelConfig config, StoreCapacity capacity, KeyValueFormat format = KeyValueFormat.Float32)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity.Sequences, 1, nameof(capacity));
        _config = config;
        Capacity = capacity;
        Format = format;
        Layout = new KeyValueLayout(config.Heads, config.HeadWidth);
        capacity.RequireAddressable(Layout);
        _sequences = new SequenceEntries?[capacity.Sequences];
        _lanes = new PanelLane[config.Blocks];
        for (int block = 0; block < _lanes.Length; block++)
        {
            bool isCore = block >= config.PreludeBlocks && block < config.PreludeBlocks + config.CoreBlocks;
            _lanes[block] = new PanelLane(Layout, format, isCore ? capacity.CorePanels : capacity.OuterPanels);
        }
    }

    /// <summary>Heads and their width.</summary>
    public KeyValueLayout Layout { get; }

    /// <summary>How keys and values are stored.</summary>
    public KeyValueFormat Format { get; }

    /// <summary>How much it holds at most.</summary>
    public StoreCapacity Capacity { get; }

    /// <summary>Panels in use in all blocks together.</summary>
    public long PanelsInUse
    {
        get
        {
            long sum = 0;
            foreach (var lane in _lanes)
                sum += lane.InUse;
            return sum;
        }
    }

    /// <summary>Bytes of keys and values in use.</summary>
    public long BytesInUse => PanelsInUse * StoreCapacity.PanelBytes(Layout, Format);

    /// <summary>Opens an empty sequence.</summary>
    /// <param name="policy">Which entries it keeps.</param>
    /// <param name="limit">Most iterations of its rows, at least 0.</param>
    /// <param name="positions">Most positions, at least 1.</param>
    /// <returns>Its number, which may have been that of a closed one.</returns>
    /// <exception cref="InvalidOperationException">As many sequences are open as the store has room for.</exception>
    public int Open(CachePolicy policy, int limit, int positions)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        ArgumentOutOfRangeException.ThrowIfLessThan(positions, 1);
        int number = Array.IndexOf(_sequences, null);
        if (number < 0)
            throw new InvalidOperationException($"All {_sequences.Length} sequences of the store are open; close one first.");
        int coreEntries = policy.Entries(limit, _config.CoreBlocks);
        _sequences[number] = new SequenceEntries(policy, _lanes, LanesOfEntries(coreEntries), coreEntries, positions);
        return number;
    }

    /// <summary>Closes a sequence; its panels go back.</summary>
    /// <param name="sequence">An open sequence.</param>
    public void Close(int sequence)
    {
        Entries(sequence).Truncate(0);
        _sequences[sequence] = null;
    }

    /// <summary>Forgets the positions from <paramref name="length"/> on.</summary>
    /// <param name="sequence">An open sequence.</param>
    /// <param name="length">Positions that stay, at least 0.</param>
    public void Truncate(int sequence, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var entries = Entries(sequence);
        entries.Truncate(Math.Min(length, entries.Positions));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var lane in _lanes)
            lane.Dispose();
    }

    internal PanelLane Lane(int lane) => _lanes[lane];

    /// <summary>Notes that the rows of a pass through the core write the entries of the iteration before them.</summary>
    internal void BeginIteration(RowBatch rows)
    {
        for (int row = 0; row < rows.Count; row++)
        {
            var entries = Entries(rows.Sequences[row]);
            int position = rows.Positions[row];
            RequirePosition(rows, row, entries);
            if (rows.Iterations[row] == 0)
                entries.Unsettle(position);
            entries.Iterations[position] = rows.Iterations[row] + 1;
        }
    }

    /// <summary>Where the rows of a pass write in one block, and what they see.</summary>
    /// <param name="part">Part of the model.</param>
    /// <param name="block">Block of the part.</param>
    /// <param name="rows">The rows of the pass.</param>
    /// <param name="places">Overwritten.</param>
    /// <returns>The lane whose keys and values the places lie in.</returns>
    internal PanelLane Locate(ModelPart part, int block, RowBatch rows, RowPlaces places)
    {
        places.Clear(isMasked: false);
        if (part == ModelPart.Core && AnyMasked(rows))
            places.Clear(isMasked: true);
        int lane = -1;
        for (int first = 0, next; first < rows.Count; first = next)
        {
            var entries = Entries(rows.Sequences[first]);
            int iteration = rows.Iterations[first];
            for (next = first + 1; next < rows.Count && rows.Sequences[next] == rows.Sequences[first]; next++)
            {
                if (part == ModelPart.Core && rows.Iterations[next] != iteration)
                    break;
            }

            int coreEntry = part == ModelPart.Core ? entries.Policy.Entry(iteration, block, _config.CoreBlocks) : -1;
            int entry = part switch
            {
                ModelPart.Prelude => block,
                ModelPart.Coda => _config.PreludeBlocks + block,
                _ => OuterEntries + coreEntry,
            };
            RequireSameLane(lane, entries.Lane(entry));
            lane = entries.Lane(entry);
            int length = 0;
            for (int row = first; row < next; row++)
            {
                RequirePosition(rows, row, entries);
                places.SetPlace(row, entries.Place(entry, rows.Positions[row]));
                length = Math.Max(length, rows.Positions[row] + 1);
            }

            if (part == ModelPart.Core && entries.Policy.Missing != MissingEntries.LatestAvailable)
                MaskedView.Write(entries, block, _config.CoreBlocks, OuterEntries, rows, first, next, places);
            else
                WriteView(entries, entry, coreEntry, block, rows, first, next, length, places);
        }

        return _lanes[lane];
    }

    int OuterEntries => _config.PreludeBlocks + _config.CodaBlocks;

    void WriteView(
        SequenceEntries entries, int entry, int coreEntry, int block, RowBatch rows, int first, int next, int length, RowPlaces places)
    {
        if (coreEntry >= 0)
            BringForward(entries, coreEntry, block, length);
        int start = places.TableLength;
        places.Add(entries.Panels(entry, length));
        for (int row = first; row < next; row++)
            places.SetView(row, start, rows.Positions[row] + 1);
    }

    /// <summary>Positions that stopped before this entry's first iteration get a copy of their latest entry there.</summary>
    void BringForward(SequenceEntries entries, int coreEntry, int block, int length)
    {
        int blocks = _config.CoreBlocks;
        int needed = entries.Policy.FirstIteration(coreEntry, blocks);
        int to = OuterEntries + coreEntry;
        for (int position = entries.Settled(coreEntry); position < length; position++)
        {
            int behind = entries.Iterations[position];
            if (behind > needed)
                continue;
            if (behind == 0)
                throw new InvalidOperationException(
                    $"Position {position} was never run, but position {length - 1} of its sequence asks for it; run positions in order.");
            int from = OuterEntries + entries.Policy.Entry(behind - 1, block, blocks);
            if (from != to)
                Copy(_lanes[entries.Lane(to)], entries.Place(from, position), entries.Place(to, position));
        }

        entries.Settle(coreEntry, length);
    }

    void Copy(PanelLane lane, int from, int to)
    {
        if (Format == KeyValueFormat.Float32)
            Attention.Copy(Layout, from, to, lane.Keys, lane.Values);
        else
            Attention.Copy(Layout, from, to, lane.NarrowKeys, lane.NarrowValues);
    }

    bool AnyMasked(RowBatch rows)
    {
        foreach (int sequence in rows.Sequences)
        {
            if (Entries(sequence).Policy.Missing != MissingEntries.LatestAvailable)
                return true;
        }

        return false;
    }

    int[] LanesOfEntries(int coreEntries)
    {
        int[] lanes = new int[OuterEntries + coreEntries];
        for (int block = 0; block < _config.PreludeBlocks; block++)
            lanes[block] = block;
        for (int block = 0; block < _config.CodaBlocks; block++)
            lanes[_config.PreludeBlocks + block] = _config.PreludeBlocks + _config.CoreBlocks + block;
        for (int entry = 0; entry < coreEntries; entry++)
            lanes[OuterEntries + entry] = _config.PreludeBlocks + entry % _config.CoreBlocks;
        return lanes;
    }

    SequenceEntries Entries(int sequence) => (uint)sequence < (uint)_sequences.Length && _sequences[sequence] is { } entries
        ? entries
        : throw new ArgumentException($"Sequence {sequence} is not open; open it first.", nameof(sequence));

    static void RequireSameLane(int lane, int next)
    {
        if (lane >= 0 && lane != next)
            throw new InvalidOperationException(
                "Rows of this pass keep their entries with different blocks, because a cache shares entries between blocks, as " +
                "reference:compress-r does; run it alone, one iteration in each pass.");
    }

    static void RequirePosition(RowBatch rows, int row, SequenceEntries entries)
    {
        if (rows.Positions[row] >= entries.Positions)
            throw new ArgumentException(
                $"Row {row} is position {rows.Positions[row]} of sequence {rows.Sequences[row]}, which was opened for " +
                $"{entries.Positions} positions; open it for more.", nameof(rows));
    }
}
