using System;
using System.Collections.Generic;
using Muninn.Engine.Model;

namespace Muninn.Engine.Generation;

/// <summary>The original's parallel sampler: see <see cref="ReferenceWaveMode"/>.</summary>
/// <remarks>Names as in its description: frozen F, guess G, wave. It allocates, and is as slow as it is short.</remarks>
sealed class ReferenceWaveRun : RequestRun
{
    readonly ReferenceWaveMode _mode;
    readonly int _width;
    readonly int _vocabulary;
    readonly List<int> _guess = [];
    readonly Dictionary<int, float[]> _injected = [];
    readonly int[] _matches;
    readonly List<int> _dropped = [];
    float[] _wave;
    KeptWave _last = new(0, []);
    KeptWave _beforeLast = new(0, []);
    int _frozen;

    internal ReferenceWaveRun(ReferenceWaveMode mode, RequestTicket ticket, RecurrentModel model)
        : base(ticket, model)
    {
        _mode = mode;
        (_width, _vocabulary) = (model.Config.Width, model.Config.Vocabulary);
        _wave = new float[_width];
        _matches = new int[model.Config.Context + 1];
    }

    /// <summary>A wave as it was kept: shortened, but labelled with the position at which it began before.</summary>
    readonly record struct KeptWave(int FirstPosition, float[] States);

    /// <summary>Positions dropped from memory, sweep by sweep.</summary>
    internal override IReadOnlyList<int> Rounds => _dropped;

    int Sweeps => _dropped.Count;

    internal override void OnInjected()
    {
        if (Flight.FirstPosition + Flight.Count <= Request.Prompt.Length)
            return;
        for (int row = 0; row < Flight.Count; row++)
        {
            int position = Flight.FirstPosition + row;
            var e = Flight.Injected.AsSpan(row * _width, _width);
            bool isKnown = _injected.TryGetValue(position, out float[]? old);
            // Before the first sweep the prelude of F is the old e, and the same.
            if (!isKnown && Sweeps == 0)
                old = e.ToArray();
            for (int i = 0; i < _width; i++)
                e[i] = 0.9f * e[i] + (old is null ? 0 : 0.1f * old[i]);
        }

        _injected.Clear();
        for (int row = 0; row < Flight.Count; row++)
            _injected[Flight.FirstPosition + row] = Flight.Injected.AsSpan(row * _width, _width).ToArray();
    }

    protected override void LandPrompt(ReadOnlySpan<float> logits)
    {
        if (!Choose(logits, Flight.Count - 1))
            return;
        _guess.AddRange(Tokens.AsSpan(0, Length));
        _frozen = Length;
        SweepFrom(Length - 1);
    }

    protected override void LandContinuation(ReadOnlySpan<float> logits)
    {
        int memory = Flight.FirstPosition;
        _wave = Flight.States.AsSpan(0, Flight.Count * _width).ToArray();
        int[] gained = Gained(logits, memory);
        if (End != GenerationEnd.None)
            return;
        CountMatches(gained);
        _guess.RemoveRange(_frozen, _guess.Count - _frozen);
        _guess.AddRange(gained);
        int before = memory + Flight.Count;
        int? keep = Kept(memory);
        if (keep is { } frozen && frozen > 0)
            _frozen = frozen;
        int from = _frozen - 1;
        _wave = [.. _wave.AsSpan(Math.Min(_wave.Length, (from - memory) * _width)), .. new float[_width]];
        (_beforeLast, _last) = (_last, new KeptWave(memory, _wave));
        _dropped.Add(before - from);
        ReportFrozen();
        if (End == GenerationEnd.None)
            SweepFrom(from);
    }

    int[] Gained(ReadOnlySpan<float> logits, int memory)
    {
        int first = _frozen - 1 - memory;
        int[] gained = new int[Flight.Count - first];
        for (int i = 0; i < gained.Length; i++)
        {
            var choice = Sampler.Choose(logits.Slice((first + i) * _vocabulary, _vocabulary), [], 0);
            if (choice.Outcome != ChoiceOutcome.Chosen)
                EndWith(choice.Outcome);
            gained[i] = choice.Token;
        }

        return gained;
    }

    void CountMatches(int[] gained)
    {
        for (int position = 0; position < _guess.Count; position++)
        {
            bool isMatch = position < _frozen || _guess[position] == gained[position - _frozen];
            _matches[position] = isMatch ? _matches[position] + 1 : _matches[position];
        }
    }

    /// <summary>How many tokens are frozen now; null: as many as before.</summary>
    int? Kept(int memory)
    {
        if (_mode.Freeze == ReferenceFreeze.Fixed)
            return Sweeps > Request.Limit / _mode.Inner ? _frozen + 1 : null;
        int? hit = null;
        for (int position = memory; position < memory + Flight.Count; position++)
        {
            if (IsHit(position - memory, position))
                hit = position;
        }

        return hit + 1;
    }

    bool IsHit(int row, int position)
    {
        if (_mode.Freeze == ReferenceFreeze.TokenStability)
            return _matches[position] > Request.Limit / _mode.Inner;
        var wave = _wave.AsSpan(row * _width, _width);
        var last = Row(_last, position);
        var beforeLast = Row(_beforeLast, position);
        return _mode.Freeze == ReferenceFreeze.LatentDifference
            ? !last.IsEmpty && Norm(wave, last) / Norm(wave) < _mode.Threshold
            : !last.IsEmpty && !beforeLast.IsEmpty && SecondDifference(wave, last, beforeLast) / (Norm(wave) + 1e-6) < _mode.Threshold;
    }

    /// <summary>What a kept wave takes for the state of a position; empty beyond its ends.</summary>
    ReadOnlySpan<float> Row(KeptWave kept, int position)
    {
        int row = position - kept.FirstPosition;
        return row < 0 || (row + 1) * _width > kept.States.Length ? default : kept.States.AsSpan(row * _width, _width);
    }

    void ReportFrozen()
    {
        while (Length < Math.Min(_frozen, PositionsMax) && End == GenerationEnd.None)
            Report(new TokenChoice(ChoiceOutcome.Chosen, _guess[Length], float.NaN), 0, []);
        if (End == GenerationEnd.None && (_guess.Count > Model.Config.Context || _guess.Count - _frozen + 1 > _mode.WaveMax))
            EndWith(GenerationEnd.ContextFull);
    }

    void SweepFrom(int position)
    {
        Store.Truncate(Flight.Sequence, position);
        Flight.SetOut(position, _guess.Count - position, 0, _mode.Inner);
        Flight.LogitsFrom = 0;
        for (int row = 0; row < Flight.Count; row++)
            Flight.Tokens[row] = _guess[position + row];
        _wave.CopyTo(Flight.States, 0);
    }

    static double Norm(ReadOnlySpan<float> a, ReadOnlySpan<float> b = default)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double difference = b.IsEmpty ? a[i] : (double)a[i] - b[i];
            sum += difference * difference;
        }

        return Math.Sqrt(sum);
    }

    static double SecondDifference(ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += Math.Pow((double)a[i] - 2.0 * b[i] + c[i], 2);
        return Math.Sqrt(sum);
    }
}
