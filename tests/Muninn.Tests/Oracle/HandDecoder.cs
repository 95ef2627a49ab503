using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Caching;
using Muninn.Engine.Generation;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Tests.Engine.Generation;

namespace Muninn.Tests.Oracle;

/// <summary>
/// Plain decoding as a loop over passes, one request, nothing shared: the obvious twin of the scheduler. Each row has a
/// monitor of its own, and the coda is run once more at the end of every row.
/// </summary>
sealed class HandDecoder : IDisposable
{
    readonly GenerationRequest _request;
    readonly RecurrentModel _model;
    readonly KeyValueStore _store;
    readonly ForwardPass _pass;
    readonly int _width;
    readonly List<int> _tokens;
    float[]? _carried;

    HandDecoder(GenerationSubject subject, GenerationRequest request)
    {
        (_request, _model) = (request, subject.Model);
        _width = _model.Config.Width;
        _tokens = [.. request.Prompt.Span];
        int positions = Math.Min(_model.Config.Context, request.Prompt.Length + request.TokensMax);
        _store = new KeyValueStore(_model.Config, StoreCapacity.For(request.Cache, request.Limit, positions, _model.Config.CoreBlocks));
        _ = _store.Open(request.Cache, request.Limit, positions);
        _pass = new ForwardPass(_model, subject.Pool, _store, request.Prompt.Length);
    }

    public static List<GeneratedToken> Generate(GenerationSubject subject, GenerationRequest request)
    {
        using var decoder = new HandDecoder(subject, request);
        return decoder.Generate();
    }

    public void Dispose() => _store.Dispose();

    List<GeneratedToken> Generate()
    {
        var sampler = new TokenSampler(_request.Sampler, _model.Config.Vocabulary);
        List<GeneratedToken> generated = [];
        for (int first = 0; ;)
        {
            int end = Math.Min(_tokens.Count, first + _request.PromptChunk);
            Row[] rows = [.. Enumerable.Range(first, end - first).Select(Begin)];
            Iterate(rows, _request.Exit is not null && (first >= _request.Prompt.Length || _request.PromptExits));
            float[] logits = Logits(rows)[^1];
            first = end;
            if (first < _request.Prompt.Length)
                continue;
            _carried = _request.CarriesState ? rows[^1].State : null;
            var choice = sampler.Choose(logits, [.. _tokens], _tokens.Count);
            generated.Add(new GeneratedToken(
                choice.Token, _tokens.Count, choice.LogProbability, rows[^1].Ending.Iterations, rows[^1].Ending.Reason, rows[^1].Value));
            _tokens.Add(choice.Token);
            if (_request.StopTokens.Contains(choice.Token) || generated.Count == _request.TokensMax || _tokens.Count == _model.Config.Context)
                return generated;
        }
    }

    /// <summary>A row at its start, with its e.</summary>
    Row Begin(int position)
    {
        var row = new Row { Position = position, State = new float[_width], Injected = new float[_width] };
        if (_carried is not null && position >= _request.Prompt.Length)
            _carried.CopyTo(row.State, 0);
        else
            _request.Start.Fill(Batch([row], 0), _width, row.State);
        _pass.Prelude(Batch([row], 0), [_tokens[position]], row.Injected);
        row.Monitor = _request.Exit?.Start(1, _width, _model.Config.Vocabulary);
        row.Monitor?.Begin(0);
        return row;
    }

    void Iterate(Row[] rows, bool mayStop)
    {
        for (int iteration = 1; iteration <= _request.Limit; iteration++)
        {
            Row[] live = [.. rows.Where(row => !row.HasStopped)];
            if (live.Length == 0)
                return;
            float[] next = new float[live.Length * _width];
            _pass.Core(Batch(live, iteration - 1), [.. live.SelectMany(row => row.Injected)], [.. live.SelectMany(row => row.State)], next);
            float[][] before = [.. live.Select(row => row.State)];
            for (int i = 0; i < live.Length; i++)
                live[i].State = next[(i * _width)..((i + 1) * _width)];
            bool reads = mayStop && _request.Exit!.ReadsLogits;
            if (mayStop && (!reads || iteration % _request.Exit!.CodaInterval == 0))
                Check(live, before, iteration, reads ? Logits(live) : null);
            foreach (var row in live.Where(row => !row.HasStopped))
                row.Ending = new RowEnding(iteration, ExitReason.LimitReached);
        }
    }

    static void Check(Row[] live, float[][] before, int iteration, float[][]? logits)
    {
        for (int i = 0; i < live.Length; i++)
        {
            var check = live[i].Monitor!.Check(0, new ExitView(iteration, live[i].State, before[i], logits is null ? default : logits[i]));
            live[i].Value = check.Value;
            live[i].HasStopped = check.Stops;
            live[i].Ending = new RowEnding(iteration, ExitReason.RuleMet);
        }
    }

    float[][] Logits(Row[] rows)
    {
        float[] logits = new float[rows.Length * _model.Config.Vocabulary];
        _pass.Logits(Batch(rows, 0), [.. rows.SelectMany(row => row.State)], logits);
        return [.. logits.Chunk(_model.Config.Vocabulary)];
    }

    static RowBatch Batch(Row[] rows, int iteration)
    {
        var batch = RowBatch.WithRoom(rows.Length);
        foreach (var row in rows)
            batch.Add(0, row.Position, iteration);
        return batch;
    }

    sealed class Row
    {
        public required int Position { get; init; }

        public required float[] State { get; set; }

        public required float[] Injected { get; init; }

        public ExitMonitor? Monitor { get; set; }

        public bool HasStopped { get; set; }

        public RowEnding Ending { get; set; }

        public double Value { get; set; } = double.NaN;
    }
}
