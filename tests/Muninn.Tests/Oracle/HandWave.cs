using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Caching;
using Muninn.Engine.Generation;
using Muninn.Engine.Model;
using Muninn.Engine.Randomness;
using Muninn.Engine.Recurrence;
using Muninn.Tests.Engine.Generation;

namespace Muninn.Tests.Oracle;

/// <summary>The wave as its documentation tells it: a list of open positions, each an object. The slow twin of the engine's.</summary>
sealed class HandWave : IDisposable
{
    readonly GenerationRequest _request;
    readonly WavefrontMode _mode;
    readonly RecurrentModel _model;
    readonly KeyValueStore _store;
    readonly ForwardPass _pass;
    readonly TokenSampler _sampler;
    readonly List<int> _certain;
    readonly List<Open> _wave = [];

    HandWave(GenerationSubject subject, GenerationRequest request)
    {
        (_request, _mode, _model) = (request, (WavefrontMode)request.Mode, subject.Model);
        _certain = [.. request.Prompt.Span];
        _store = new KeyValueStore(_model.Config, StoreCapacity.For(CachePolicy.LatestOnly, 1, PositionsMax, _model.Config.CoreBlocks));
        _ = _store.Open(CachePolicy.LatestOnly, 1, PositionsMax);
        _pass = new ForwardPass(_model, subject.Pool, _store, Math.Max(_mode.WaveMax, request.Prompt.Length));
        _sampler = new TokenSampler(request.Sampler, _model.Config.Vocabulary);
    }

    public List<GeneratedToken> Tokens { get; } = [];

    public List<WaveSweep> Sweeps { get; } = [];

    int PositionsMax => Math.Min(_model.Config.Context, _request.Prompt.Length + _request.TokensMax);

    int Width => _model.Config.Width;

    bool IsOver => Tokens.Count == _request.TokensMax || _certain.Count == _model.Config.Context
        || (Tokens.Count > 0 && _request.StopTokens.Contains(Tokens[^1].Token));

    public static HandWave Run(GenerationSubject subject, GenerationRequest request)
    {
        using var wave = new HandWave(subject, request);
        // The prompt is decoded plainly, and gives the first token.
        var first = HandDecoder.Generate(subject, request with { TokensMax = 1 })[0];
        wave.Prompt();
        wave._certain.Add(first.Token);
        wave.Tokens.Add(first);
        wave.Join(1);
        while (!wave.IsOver)
            wave.Sweep();
        return wave;
    }

    public void Dispose() => _store.Dispose();

    /// <summary>Keys and values of the prompt, all of it in one chunk, without exits: what the tests ask for.</summary>
    void Prompt()
    {
        int count = _request.Prompt.Length;
        var rows = RowBatch.ForPrompt(count);
        float[] injected = new float[count * Width];
        float[] final = new float[count * Width];
        _pass.Prelude(rows, _request.Prompt.Span, injected);
        new RecurrentRun(_pass.Core, Width, count).Run(
            rows, injected, new RunSettings { Limit = _request.Limit, Start = _request.Start }, final, new RowEnding[count]);
        _pass.Coda(RowBatch.ForPrompt(count), final, new float[count * Width]);
    }

    /// <summary>Positions join behind the wave, but for the last one, whose token nobody wants; on the last certain token or the newest guess.</summary>
    void Join(int count)
    {
        int guess = _wave.Count == 0 ? _certain[^1] : _wave[^1].Guess;
        for (; count > 0 && _wave.Count < _mode.WaveMax && _certain.Count + _wave.Count < PositionsMax; count--)
        {
            int position = _certain.Count - 1 + _wave.Count;
            var open = new Open { Position = position, Token = guess, State = new float[Width] };
            var rows = RowBatch.WithRoom(1);
            rows.Add(0, position);
            _request.Start.Fill(rows, Width, open.State);
            _wave.Add(open);
        }
    }

    void Sweep()
    {
        _wave[0].Token = _certain[^1];
        foreach (var open in _wave)
            AddNoise(open);
        float[][] before = [.. _wave.Select(open => open.State)];
        float[][] logits = Iterate();
        double[] residuals = [.. _wave.Select((open, i) => Residual.Of(open.State, before[i]))];
        int front = _wave[0].Position;
        int count = _wave.Count;
        int frozen = 0;
        bool guessWasRight = true;
        while (frozen < count && !IsOver && guessWasRight)
        {
            bool rests = residuals[frozen] < _mode.Threshold;
            if (!rests && _wave[frozen].Iterations + _mode.Inner <= _request.Limit)
                break;
            var choice = _sampler.Choose(logits[frozen], [.. _certain], _certain.Count);
            Tokens.Add(new GeneratedToken(
                choice.Token, _certain.Count, choice.LogProbability, _wave[frozen].Iterations,
                rests ? ExitReason.RuleMet : ExitReason.LimitReached, residuals[frozen]));
            _certain.Add(choice.Token);
            frozen++;
            guessWasRight = frozen < count && _wave[frozen].Token == choice.Token;
        }

        Sweeps.Add(new WaveSweep(front, count, frozen, residuals.Max()));
        if (IsOver)
            return;
        int[] swept = [.. _wave.Select(open => open.Token)];
        Guess(frozen, logits);
        _wave.RemoveRange(0, frozen);
        // Whatever thought about another text begins to count anew.
        bool isChanged = false;
        for (int row = 0; row < _wave.Count; row++)
        {
            int token = row == 0 ? _certain[^1] : _wave[row].Token;
            isChanged |= token != swept[row + frozen];
            if (isChanged)
                (_wave[row].Iterations, _wave[row].Injected) = (0, null);
        }

        Join(Math.Max(_mode.Headway, 1 - _wave.Count));
    }

    /// <summary>Each open row's choice is the token of the row behind it.</summary>
    void Guess(int frozen, float[][] logits)
    {
        List<int> tokens = [.. _certain];
        for (int row = frozen; row < _wave.Count; row++)
        {
            int guess = _sampler.Choose(logits[row], [.. tokens], tokens.Count).Token;
            _wave[row].Guess = guess;
            tokens.Add(guess);
            if (row + 1 < _wave.Count)
                _wave[row + 1].Token = guess;
        }
    }

    void AddNoise(Open open)
    {
        double deviation = _mode.StateNoise * Math.Sqrt(0.4) * (1 - (double)open.Iterations / _request.Limit);
        if (!(deviation > 0))
            return;
        open.State = [.. open.State.Select((value, i) => value + (float)(deviation * CounterRandom.TruncatedNormal(
            _mode.NoiseSeed, RandomStream.WaveNoise, open.Position, open.Iterations * Width + i)))];
    }

    /// <summary>Prelude, some iterations and coda of all open rows; their logits.</summary>
    float[][] Iterate()
    {
        float[] injected = new float[_wave.Count * Width];
        float[] logits = new float[_wave.Count * _model.Config.Vocabulary];
        _pass.Prelude(Rows(0), [.. _wave.Select(open => open.Token)], injected);
        for (int row = 0; row < _wave.Count; row++)
        {
            float stays = (float)_mode.EmbeddingMomentum;
            var e = injected.AsSpan(row * Width, Width);
            for (int i = 0; _wave[row].Injected is { } last && stays > 0 && i < Width; i++)
                e[i] = (1 - stays) * e[i] + stays * last[i];
            _wave[row].Injected = e.ToArray();
        }

        for (int iteration = 0; iteration < _mode.Inner; iteration++)
        {
            float[] next = new float[injected.Length];
            _pass.Core(Rows(iteration), injected, [.. _wave.SelectMany(open => open.State)], next);
            for (int row = 0; row < _wave.Count; row++)
                _wave[row].State = next[(row * Width)..((row + 1) * Width)];
        }

        _pass.Logits(Rows(0), [.. _wave.SelectMany(open => open.State)], logits);
        _wave.ForEach(open => open.Iterations += _mode.Inner);
        return [.. logits.Chunk(_model.Config.Vocabulary)];
    }

    RowBatch Rows(int iteration)
    {
        var rows = RowBatch.WithRoom(_wave.Count);
        foreach (var open in _wave)
            rows.Add(0, open.Position, iteration);
        return rows;
    }

    sealed class Open
    {
        public required int Position { get; init; }

        public required int Token { get; set; }

        public required float[] State { get; set; }

        public float[]? Injected { get; set; }

        public int Iterations { get; set; }

        public int Guess { get; set; }
    }
}
