using System;
using System.Collections.Generic;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;

namespace Muninn.Engine.Generation;

/// <summary>Drafts, then verifies: see <see cref="SpeculativeMode"/>.</summary>
/// <remarks>
/// Row j of a draft stands at position <c>Length − 1 + j</c> and gives the draft of the token behind it. The draft's last
/// token has no row: whether it follows is known, what follows it is the next round's question.
/// </remarks>
sealed class SpeculativeRun : RequestRun
{
    readonly SpeculativeMode _mode;
    readonly int _width;
    readonly int _vocabulary;
    readonly float[] _states;
    readonly float[] _injected;
    readonly RowEnding[] _endings;
    readonly double[] _values;
    readonly float[] _drafted;
    readonly float[] _verified;
    readonly List<int> _rounds;
    int _length;
    int _wanted;
    int _done;
    bool _isVerifying;

    internal SpeculativeRun(SpeculativeMode mode, GenerationRequest request, RecurrentModel model, TokenSink? sink)
        : base(request, model, mode.DraftTokens, sink)
    {
        _mode = mode;
        (_width, _vocabulary) = (model.Config.Width, model.Config.Vocabulary);
        _states = new float[mode.DraftTokens * _width];
        _injected = new float[mode.DraftTokens * _width];
        _endings = new RowEnding[mode.DraftTokens];
        _values = new double[mode.DraftTokens];
        _drafted = new float[mode.DraftTokens * _vocabulary];
        _verified = new float[_vocabulary];
        _rounds = new List<int>(PositionsMax - request.Prompt.Length);
        _length = mode.AdaptsLength ? Math.Min(4, mode.DraftTokens) : mode.DraftTokens;
    }

    /// <summary>Tokens that each round gave: accepted ones and the one that corrects the first that was not.</summary>
    internal override IReadOnlyList<int> Rounds => _rounds;

    protected override void LandPrompt(ReadOnlySpan<float> logits)
    {
        if (Choose(logits, Flight.Count - 1))
            BeginDraft();
    }

    protected override void LandContinuation(ReadOnlySpan<float> logits)
    {
        if (_isVerifying)
            Judge(logits);
        else
            KeepDraft(logits);
    }

    void BeginDraft()
    {
        _isVerifying = false;
        _done = 0;
        int left = Math.Min(Request.TokensMax - Generated, Model.Config.Context - Length);
        _wanted = Request.Reference is null ? Math.Min(_length, left) : Math.Min(_length, PositionsMax - Length + 1);
        DraftFlight();
    }

    void DraftFlight()
    {
        Flight.SetOut(Length - 1 + _done, 1, 0, _mode.DraftIterations);
        Flight.LogitsFrom = 0;
        Flight.Tokens[0] = Tokens[Length - 1 + _done];
        Fill(0);
        if (Monitor is not null)
            Flight.Judge(Request.Exit!, Monitor, _done);
    }

    void KeepDraft(ReadOnlySpan<float> logits)
    {
        var drafted = _drafted.AsSpan(_done * _vocabulary, _vocabulary);
        int position = Length + _done;
        if (Sampler.Distribution(logits, Tokens.AsSpan(0, position), drafted) != ChoiceOutcome.Chosen)
        {
            EndWith(GenerationEnd.NotFinite);
            return;
        }

        Flight.State(0).CopyTo(_states.AsSpan(_done * _width));
        Flight.Injected.AsSpan(0, _width).CopyTo(_injected.AsSpan(_done * _width));
        _endings[_done] = Flight.Ending(0);
        _values[_done] = Flight.Value(0);
        Tokens[position] = TokenSampler.Draw(drafted, Sampler.Uniform(position, DrawPurpose.Token));
        Drafted++;
        if (++_done < _wanted)
            DraftFlight();
        else
            VerifyFlight();
    }

    void VerifyFlight()
    {
        _isVerifying = true;
        int first = _mode.ContinuesDrafts && Request.Reference is null ? _mode.DraftIterations : 0;
        if (first == 0)
            Store.Truncate(Flight.Sequence, Length - 1);
        Flight.SetOut(Length - 1, _wanted, first, Request.Limit);
        Flight.LogitsFrom = 0;
        Tokens.AsSpan(Length - 1, _wanted).CopyTo(Flight.Tokens);
        if (Monitor is not null)
            Flight.Judge(Request.Exit!, Monitor);
        for (int row = 0; row < _wanted; row++)
        {
            if (first == 0)
                Fill(row);
            else if (_endings[row].Reason == ExitReason.RuleMet)
                Flight.HasStopped(row, _endings[row], _values[row]);
        }

        if (first == 0)
            return;
        _states.AsSpan(0, _wanted * _width).CopyTo(Flight.States);
        _injected.AsSpan(0, _wanted * _width).CopyTo(Flight.Injected);
        Flight.NeedsPrelude = false;
    }

    /// <summary>Takes drafts from the left while they stand, and what corrects the first that does not.</summary>
    void Judge(ReadOnlySpan<float> logits)
    {
        int taken = 0;
        bool stands = true;
        while (stands && taken < _wanted)
        {
            var row = logits.Slice(taken * _vocabulary, _vocabulary);
            if (Sampler.Distribution(row, Tokens.AsSpan(0, Length), _verified) != ChoiceOutcome.Chosen)
            {
                EndWith(GenerationEnd.NotFinite);
                return;
            }

            int draft = Tokens[Length];
            stands = Request.Reference is { } reference
                ? row[draft] - Softmax.Largest(row) >= Math.Log(reference.AcceptanceShare)
                : Stands(draft, taken);
            int token = stands ? draft : Corrected(taken);
            var choice = new TokenChoice(ChoiceOutcome.Chosen, token, LogProbabilities.Of(row, token));
            if (stands)
                Accepted++;
            if (!Report(choice, taken++, row))
                break;
        }

        _rounds.Add(taken);
        if (End != GenerationEnd.None)
            return;
        Store.Truncate(Flight.Sequence, Length - 1);
        if (_mode.AdaptsLength)
            _length = stands ? Math.Min(_length + 1, _mode.DraftTokens) : Math.Max(1, taken);
        BeginDraft();
    }

    bool Stands(int draft, int row)
    {
        float p = _verified[draft];
        float q = _drafted[row * _vocabulary + draft];
        return p >= q || Sampler.Uniform(Length, DrawPurpose.Acceptance) * q < p;
    }

    /// <summary>A token drawn from what p exceeds q by; under the original's rule, the likeliest.</summary>
    int Corrected(int row)
    {
        if (Request.Reference is not null)
            return TokenSampler.Draw(_verified, 0);
        var drafted = _drafted.AsSpan(row * _vocabulary, _vocabulary);
        double sum = 0;
        for (int token = 0; token < _vocabulary; token++)
        {
            _verified[token] = Math.Max(0, _verified[token] - drafted[token]);
            sum += _verified[token];
        }

        foreach (ref float probability in _verified.AsSpan())
            probability = (float)(probability / sum);
        return TokenSampler.Draw(_verified, Sampler.Uniform(Length, DrawPurpose.Residual));
    }
}
