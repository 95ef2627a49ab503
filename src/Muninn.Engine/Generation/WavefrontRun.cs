using System;
using Muninn.Engine.Model;
using Muninn.Engine.Randomness;
using Muninn.Engine.Recurrence;

namespace Muninn.Engine.Generation;

/// <summary>A wave of open positions: see <see cref="WavefrontMode"/>.</summary>
/// <remarks>
/// Row r of the wave stands at position <c>Length − 1 + r</c>: row 0 has the last certain token, row r the guess of row r − 1.
/// </remarks>
sealed class WavefrontRun : RequestRun
{
    readonly WavefrontMode _mode;
    readonly WaveObserver? _observer;
    readonly int _width;
    readonly int _vocabulary;
    readonly float[] _before;
    readonly float[] _injected;
    readonly int[] _iterations;
    readonly double[] _residuals;
    int _open;

    /// <summary>Rows that had an e in the sweep before.</summary>
    int _injectedRows;

    internal WavefrontRun(WavefrontMode mode, RequestTicket ticket, RecurrentModel model)
        : base(ticket, model)
    {
        (_mode, _observer) = (mode, ticket.WaveObserver);
        (_width, _vocabulary) = (model.Config.Width, model.Config.Vocabulary);
        _before = new float[mode.WaveMax * _width];
        _injected = new float[mode.WaveMax * _width];
        _iterations = new int[mode.WaveMax];
        _residuals = new double[mode.WaveMax];
    }

    internal override void OnInjected()
    {
        if (Flight.FirstPosition < Request.Prompt.Length || _mode.EmbeddingMomentum == 0)
            return;
        float stays = (float)_mode.EmbeddingMomentum;
        for (int i = 0; i < _injectedRows * _width; i++)
            Flight.Injected[i] = (1 - stays) * Flight.Injected[i] + stays * _injected[i];
        Flight.Injected.AsSpan(0, _open * _width).CopyTo(_injected);
        _injectedRows = _open;
    }

    protected override void LandPrompt(ReadOnlySpan<float> logits)
    {
        if (!Choose(logits, Flight.Count - 1))
            return;
        _open = 0;
        Join(1, Tokens[Length - 1]);
        Sweep();
    }

    protected override void LandContinuation(ReadOnlySpan<float> logits)
    {
        double largest = 0;
        for (int row = 0; row < _open; row++)
        {
            _iterations[row] += _mode.Inner;
            _residuals[row] = Residual.Of(Flight.State(row), _before.AsSpan(row * _width, _width));
            largest = Math.Max(largest, _residuals[row]);
        }

        int front = Flight.FirstPosition;
        int open = _open;
        int frozen = Freeze(logits);
        _observer?.Invoke(new WaveSweep(front, open, frozen, largest));
        if (End != GenerationEnd.None)
            return;
        Guess(logits, frozen);
        Drop(frozen);
        Restart(frozen);
        Join(Math.Max(_mode.Headway, 1 - _open), Tokens[Length - 1 + _open]);
        Sweep();
    }

    /// <summary>Makes the tokens behind the converged prefix certain.</summary>
    /// <returns>How many rows are done with.</returns>
    int Freeze(ReadOnlySpan<float> logits)
    {
        int frozen = 0;
        while (frozen < _open && End == GenerationEnd.None)
        {
            bool isAtRest = _residuals[frozen] < _mode.Threshold;
            if (!isAtRest && _iterations[frozen] + _mode.Inner <= Request.Limit)
                break;
            int guessed = Tokens[Length];
            Flight.Conclude(frozen, new RowEnding(_iterations[frozen], isAtRest ? ExitReason.RuleMet : ExitReason.LimitReached), _residuals[frozen]);
            bool goesOn = Choose(logits.Slice(frozen * _vocabulary, _vocabulary), frozen);
            frozen++;
            // The next row iterated on a guess: it counts only if that was right.
            if (!goesOn || (frozen < _open && Tokens[Length - 1] != guessed))
                break;
        }

        return frozen;
    }

    /// <summary>New guesses behind the certain tokens.</summary>
    void Guess(ReadOnlySpan<float> logits, int frozen)
    {
        for (int row = frozen; row < _open; row++)
        {
            int position = Flight.FirstPosition + row + 1;
            // The certain tokens end with the choice of the last frozen row: the first open one has it as its input.
            var choice = Sampler.Choose(logits.Slice(row * _vocabulary, _vocabulary), Tokens.AsSpan(0, position), position);
            // A guess may fail where the certain token will not: then the last one stays, or the token in front of it.
            if (choice.Outcome == ChoiceOutcome.Chosen)
                Tokens[position] = choice.Token;
            else if (row + 1 == _open)
                Tokens[position] = Tokens[position - 1];
        }
    }

    /// <summary>The frozen rows leave; those behind them close up.</summary>
    void Drop(int frozen)
    {
        _open -= frozen;
        _injectedRows = Math.Max(0, _injectedRows - frozen);
        Array.Copy(Flight.States, frozen * _width, Flight.States, 0, _open * _width);
        Array.Copy(_injected, frozen * _width, _injected, 0, _injectedRows * _width);
        Array.Copy(_iterations, frozen, _iterations, 0, _open);
    }

    /// <summary>
    /// From the first position whose token has changed on, rows begin to count anew and forget the e they had: what they did so far
    /// was thinking about another text.
    /// </summary>
    void Restart(int frozen)
    {
        int row = 0;
        while (row < _open && Tokens[Length - 1 + row] == Flight.Tokens[row + frozen])
            row++;
        _iterations.AsSpan(row, _open - row).Clear();
        _injectedRows = Math.Min(_injectedRows, row);
        // A guess without a number has left none in the states either.
        for (; row < _open; row++)
        {
            if (!double.IsFinite(_residuals[row + frozen]))
                Request.Start.FillRow(Length - 1 + row, Flight.State(row));
        }
    }

    /// <summary>Positions join behind the wave, on the last guess, as far as the text may still reach.</summary>
    void Join(int count, int guess)
    {
        int rows = Math.Min(Math.Min(_open + count, _mode.WaveMax), PositionsMax - Length);
        for (; _open < rows; _open++)
        {
            _iterations[_open] = 0;
            Request.Start.FillRow(Length - 1 + _open, Flight.State(_open));
            Tokens[Length - 1 + _open] = _open == 0 ? Tokens[Length - 1] : guess;
        }
    }

    void Sweep()
    {
        Flight.SetOut(Length - 1, _open, 0, _mode.Inner);
        Flight.LogitsFrom = 0;
        Tokens.AsSpan(Length - 1, _open).CopyTo(Flight.Tokens);
        for (int row = 0; row < _open && _mode.StateNoise > 0; row++)
            AddNoise(Flight.FirstPosition + row, _iterations[row], Flight.State(row));
        Flight.States.AsSpan(0, _open * _width).CopyTo(_before);
    }

    void AddNoise(int position, int iterations, Span<float> state)
    {
        double deviation = _mode.StateNoise * Math.Sqrt(2.0 / 5.0) * (1 - (double)iterations / Request.Limit);
        for (int i = 0; i < state.Length && deviation > 0; i++)
        {
            double noise = CounterRandom.TruncatedNormal(
                _mode.NoiseSeed, RandomStream.WaveNoise, position, checked(iterations * _width + i));
            state[i] += (float)(deviation * noise);
        }
    }
}
