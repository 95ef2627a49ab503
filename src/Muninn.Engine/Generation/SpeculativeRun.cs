using System;
using System.Collections.Generic;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;

namespace Muninn.Engine.Generation;

/// <summary>Drafts, then verifies: see <see cref="SpeculativeMode"/>.</summary>
/// <remarks>
/// Row j of a draft stands at position <c>Length − 1 + j</c> and gives the draft of the token behind it. The draft's last
/// token has no row: whether it follows is known, what follows it is the next round's question.
/// </remarks>
class SpeculativeRun : RequestRun
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
    Stage _stage;

    internal SpeculativeRun(SpeculativeMode mode, RequestTicket ticket, RecurrentModel model)
        : base(ticket, model)
    {
        _mode = mode;
        (_width, _vocabulary) = (model.Config.Width, model.Config.Vocabulary);
        _states = new float[mode.DraftTokens * _width];
        _injected = new float[mode.DraftTokens * _width];
        _endings = new RowEnding[mode.DraftTokens];
        _values = new double[mode.DraftTokens];
        _drafted = new float[mode.DraftTokens * _vocabulary];
        _verified = new float[_vocabulary];
        _rounds = new List<int>(PositionsMax - Request.Prompt.Length);
        _length = mode.AdaptsLength ? Math.Min(4, mode.DraftTokens) : mode.DraftTokens;
    }

    /// <summary>What the flight in the air is.</summary>
    enum Stage
    {
        Draft,
        Verification,

        /// <summary>One token with all iterations: its draft had no number.</summary>
        Plain,
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
        switch (_stage)
        {
            case Stage.Draft:
                KeepDraft(logits);
                break;
            case Stage.Verification:
                Judge(logits);
                break;
            default:
                _rounds.Add(1);
                if (Choose(logits, 0))
                    BeginDraft();
                break;
        }
    }

    void BeginDraft()
    {
        _stage = Stage.Draft;
        _done = 0;
        _wanted = Wanted(_length, Math.Min(Request.TokensMax - Generated, Model.Config.Context - Length));
        DraftFlight();
    }

    /// <summary>How many tokens to draft.</summary>
    /// <param name="length">As many as seem worth it.</param>
    /// <param name="left">As many as the text may still have.</param>
    protected virtual int Wanted(int length, int left) => Math.Min(length, left);

    /// <summary>Whether verification goes on where drafts ended.</summary>
    protected virtual bool ContinuesDrafts => _mode.ContinuesDrafts;

    /// <summary>Whether a drafted token is accepted: with probability min(1, p/q).</summary>
    /// <param name="draft">The token.</param>
    /// <param name="logits">Of its row, <c>[vocabulary]</c>.</param>
    /// <param name="verified">p, <c>[vocabulary]</c>.</param>
    /// <param name="drafted">q, <c>[vocabulary]</c>.</param>
    protected virtual bool Stands(int draft, ReadOnlySpan<float> logits, ReadOnlySpan<float> verified, ReadOnlySpan<float> drafted) =>
        verified[draft] >= drafted[draft] || Sampler.Uniform(Length, DrawPurpose.Acceptance) * drafted[draft] < verified[draft];

    /// <summary>The token in place of a draft that does not stand: drawn from what p exceeds q by.</summary>
    /// <param name="verified">p, <c>[vocabulary]</c>; overwritten.</param>
    /// <param name="drafted">q, <c>[vocabulary]</c>.</param>
    /// <returns>The token; −1 where p exceeds q nowhere: they differ by rounding alone, and the draft stands.</returns>
    protected virtual int Corrected(Span<float> verified, ReadOnlySpan<float> drafted)
    {
        for (int token = 0; token < verified.Length; token++)
            verified[token] = Math.Max(0, verified[token] - drafted[token]);
        return TokenSampler.Draw(verified, Sampler.Uniform(Length, DrawPurpose.Residual));
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
            // No end: what a few iterations cannot tell, all of them may. What was drafted is verified, the rest is plain.
            if (_done > 0)
                VerifyFlight();
            else
                PlainFlight();
            return;
        }

        Flight.State(0).CopyTo(_states.AsSpan(_done * _width));
        Flight.Injected.AsSpan(0, _width).CopyTo(_injected.AsSpan(_done * _width));
        _endings[_done] = Flight.Ending(0);
        _values[_done] = Flight.Value(0);
        Tokens[position] = TokenSampler.Draw(drafted, Sampler.Uniform(position, DrawPurpose.Token));
        Drafted++;
        // Nothing follows a stop token.
        if (++_done < _wanted && !IsStop(Tokens[position]))
            DraftFlight();
        else
            VerifyFlight();
    }

    void PlainFlight()
    {
        _stage = Stage.Plain;
        TokenFlight(Request.Limit);
    }

    void VerifyFlight()
    {
        _stage = Stage.Verification;
        _wanted = _done;
        int first = ContinuesDrafts ? _mode.DraftIterations : 0;
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
            var outcome = Sampler.Distribution(row, Tokens.AsSpan(0, Length), _verified);
            if (outcome != ChoiceOutcome.Chosen)
            {
                EndWith(outcome);
                break;
            }

            int token = Tokens[Length];
            var drafted = _drafted.AsSpan(taken * _vocabulary, _vocabulary);
            stands = Stands(token, row, _verified, drafted);
            int corrected = stands ? -1 : Corrected(_verified, drafted);
            if (corrected < 0)
                (stands, Accepted) = (true, Accepted + 1);
            else
                token = corrected;
            var choice = new TokenChoice(ChoiceOutcome.Chosen, token, LogProbabilities.Of(row, token));
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
}
