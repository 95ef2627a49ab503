using System;
using System.Collections.Generic;
using Muninn.Engine.Caching;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;

namespace Muninn.Engine.Generation;

/// <summary>
/// One request on its way: its tokens, its sequence in the store and its flight. Each <see cref="DecodingMode"/> has a run
/// that says which flight comes next when one has landed.
/// </summary>
abstract class RequestRun
{
    readonly TokenSink? _sink;
    readonly float[] _carried;
    bool _carries;

    protected RequestRun(RequestTicket ticket, RecurrentModel model)
    {
        var request = ticket.Request;
        Request = request;
        Model = model;
        _sink = ticket.Sink;
        Tokens = new int[model.Config.Context + 1];
        request.Prompt.Span.CopyTo(Tokens);
        Length = request.Prompt.Length;
        var size = RequestSize.Of(request, model.Config);
        PositionsMax = size.Positions;
        Flight = new Flight(size.FlightRows, model.Config.Width) { StopsTogether = request.Reference is not null };
        Monitor = request.Exit?.Start(size.MonitorRows, model.Config.Width, model.Config.Vocabulary);
        _carried = new float[model.Config.Width];
    }

    internal GenerationRequest Request { get; }

    internal Flight Flight { get; }

    /// <summary>Most positions that the prompt and its continuation take.</summary>
    internal int PositionsMax { get; }

    /// <summary>Why it ended; <see cref="GenerationEnd.None"/> while it runs.</summary>
    internal GenerationEnd End { get; set; }

    /// <summary>What ended it as <see cref="GenerationEnd.Failed"/>.</summary>
    internal Exception? Failure { get; private set; }

    /// <summary>Passes through blocks that it waited for, one after the other: its time at one row.</summary>
    internal long Passes { get; set; }

    /// <summary>Tokens of each round, where there are rounds.</summary>
    internal virtual IReadOnlyList<int> Rounds => [];

    /// <summary>Tokens that were drafted, where there are drafts.</summary>
    internal int Drafted { get; private protected set; }

    /// <summary>Drafted tokens that stood.</summary>
    internal int Accepted { get; private protected set; }

    /// <summary>Tokens generated so far.</summary>
    internal int Generated => Length - Request.Prompt.Length;

    protected RecurrentModel Model { get; }

    protected TokenSampler Sampler { get; private set; } = null!;

    protected ExitMonitor? Monitor { get; }

    /// <summary>Prompt and continuation, <see cref="Length"/> of them known.</summary>
    protected int[] Tokens { get; }

    /// <summary>Tokens known so far.</summary>
    protected int Length { get; private set; }

    protected KeyValueStore Store { get; private set; } = null!;

    /// <summary>Opens the sequence and prepares the first flight.</summary>
    /// <param name="store">Where its keys and values will lie.</param>
    /// <param name="memory">Scratch of its sampler: runs choose one after the other.</param>
    internal void Begin(KeyValueStore store, SamplingMemory memory)
    {
        Store = store;
        Sampler = new TokenSampler(Request.Sampler, memory);
        Flight.Sequence = store.Open(Request.Cache, Request.Limit, PositionsMax + Request.Mode.PositionsBeyond);
        PromptFlight(0);
    }

    /// <summary>Closes the sequence.</summary>
    internal void Finish() => Store.Close(Flight.Sequence);

    /// <summary>e of the flight has just been computed.</summary>
    internal virtual void OnInjected()
    {
    }

    /// <summary>The flight has landed: takes tokens from its logits and prepares the next flight, or ends.</summary>
    /// <param name="logits">Of the rows from <see cref="Flight.LogitsFrom"/> on, <c>[rows, vocabulary]</c>.</param>
    /// <remarks>What fails here, the receiver of its tokens for one, is this request's failure alone.</remarks>
    internal void Land(ReadOnlySpan<float> logits)
    {
        try
        {
            Continue(logits);
        }
        catch (Exception e)
        {
            Failure = e;
            EndWith(GenerationEnd.Failed);
        }
    }

    void Continue(ReadOnlySpan<float> logits)
    {
        int done = Flight.FirstPosition + Flight.Count;
        if (done < Request.Prompt.Length)
            PromptFlight(done);
        else if (done == Request.Prompt.Length && Generated == 0)
            LandPrompt(logits);
        else
            LandContinuation(logits);
    }

    /// <summary>The last chunk of the prompt has landed.</summary>
    protected virtual void LandPrompt(ReadOnlySpan<float> logits) => LandContinuation(logits);

    /// <summary>A flight behind the prompt has landed.</summary>
    protected abstract void LandContinuation(ReadOnlySpan<float> logits);

    /// <summary>Chooses the next token from the logits of a row of the flight, and reports it.</summary>
    /// <returns>Whether the request goes on.</returns>
    protected bool Choose(ReadOnlySpan<float> logits, int row)
    {
        var choice = Sampler.Choose(logits, Tokens.AsSpan(0, Length), Length);
        return choice.Outcome == ChoiceOutcome.Chosen ? Report(choice, row, logits) : EndWith(choice.Outcome);
    }

    /// <summary>Takes a chosen token that a row of the flight stands for, and reports it.</summary>
    /// <param name="choice">The token.</param>
    /// <param name="row">The row.</param>
    /// <param name="logits">The logits it was chosen from, <c>[vocabulary]</c>; empty where they are gone.</param>
    /// <returns>Whether the request goes on.</returns>
    protected bool Report(TokenChoice choice, int row, ReadOnlySpan<float> logits)
    {
        var ending = Flight.Ending(row);
        var token = new GeneratedToken(
            choice.Token, Length, choice.LogProbability, ending.Iterations, ending.Reason, Flight.Value(row));
        if (Request.Likeliest > 0)
            token = token with { Likeliest = LikeliestOf(logits) };
        Tokens[Length++] = choice.Token;
        if (_sink is not null && !_sink(token))
            return EndWith(GenerationEnd.StopText);
        if (IsStop(choice.Token))
            return EndWith(GenerationEnd.StopToken);
        if (Generated == Request.TokensMax)
            return EndWith(GenerationEnd.TokensMax);
        return Length < Model.Config.Context || EndWith(GenerationEnd.ContextFull);
    }

    /// <summary>A flight of one row: the last known token.</summary>
    protected void TokenFlight(int limit)
    {
        Flight.SetOut(Length - 1, 1, 0, limit);
        Flight.LogitsFrom = 0;
        Flight.Tokens[0] = Tokens[Length - 1];
        Fill(0);
        if (Monitor is not null)
            Flight.Judge(Request.Exit!, Monitor);
    }

    /// <summary>Start state of a row.</summary>
    protected void Fill(int row)
    {
        int position = Flight.FirstPosition + row;
        if (_carries && position >= Request.Prompt.Length)
            _carried.CopyTo(Flight.State(row));
        else
            Request.Start.FillRow(position, Flight.State(row));
    }

    /// <summary>Keeps the end of a row as the start of the next.</summary>
    protected void Carry(int row)
    {
        if (!Request.CarriesState)
            return;
        _carries = true;
        if (Request is { Reference: not null, Exit: null })
            Model.FinalNorm.Apply(Flight.State(row), 1, _carried);
        else
            Flight.State(row).CopyTo(_carried);
    }

    protected bool EndWith(GenerationEnd end)
    {
        End = end;
        return false;
    }

    /// <summary>Ends because there is no token to choose.</summary>
    protected bool EndWith(ChoiceOutcome outcome) =>
        EndWith(outcome == ChoiceOutcome.EveryTokenBanned ? GenerationEnd.EveryTokenBanned : GenerationEnd.NotFinite);

    TokenLogProbability[] LikeliestOf(ReadOnlySpan<float> logits)
    {
        var likeliest = new TokenLogProbability[Math.Min(Request.Likeliest, logits.Length)];
        return likeliest[..LogProbabilities.Top(logits, likeliest)];
    }

    /// <summary>Whether a token ends the text.</summary>
    protected bool IsStop(int token)
    {
        for (int i = 0; i < Request.StopTokens.Count; i++)
        {
            if (Request.StopTokens[i] == token)
                return true;
        }

        return false;
    }

    void PromptFlight(int first)
    {
        int end = Math.Min(first + Request.PromptChunk, Request.Prompt.Length);
        Flight.SetOut(first, end - first, 0, Request.Limit);
        if (end == Request.Prompt.Length)
            Flight.LogitsFrom = end - first - 1;
        Request.Prompt.Span[first..end].CopyTo(Flight.Tokens);
        for (int row = 0; row < Flight.Count; row++)
            Fill(row);
        if (Monitor is not null && Request.PromptExits)
            Flight.Judge(Request.Exit!, Monitor);
    }
}
