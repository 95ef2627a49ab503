using System;
using System.Linq;
using System.Threading;
using Muninn.Engine.Caching;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;

namespace Muninn.Engine.Training.Evaluation;

/// <summary>Most that goes through a model together.</summary>
/// <param name="Rows">Rows.</param>
/// <param name="Sequences">Sequences.</param>
/// <param name="Panels">Panels of keys and values.</param>
readonly record struct ReadRoom(int Rows, int Sequences, int Panels)
{
    internal static int PanelsFor(int rows) => (rows + KeyValueLayout.PanelPlaces - 1) / KeyValueLayout.PanelPlaces;
}

/// <summary>One thread's scratch memory for a <see cref="DepthReader"/>, and the run itself.</summary>
sealed class ReadLane : IDisposable
{
    /// <summary>Logits that are held at a time, where a row has fewer.</summary>
    const int LogitsMost = 1 << 18;

    readonly RecurrentModel _model;
    readonly ReadSettings _settings;
    readonly TokenScore _score;
    readonly int[] _readings;
    readonly WorkerPool _pool = new(1);
    readonly KeyValueStore _store;
    readonly ForwardPass _pass;
    readonly RecurrentRun _recurrence;
    readonly int _headRows;
    readonly float[] _injected;
    readonly float[] _final;
    readonly float[] _coda;
    readonly float[] _logits;
    readonly RowEnding[] _endings;
    readonly int[] _tokens;
    readonly int[] _live;
    readonly bool[] _begins;

    internal ReadLane(RecurrentModel model, ReadSettings settings, TokenScore score, ReadRoom room)
    {
        (_model, _settings, _score) = (model, settings, score);
        var config = model.Config;
        _readings = new int[settings.Iterations[^1] + 1];
        _readings.AsSpan().Fill(-1);
        for (int i = 0; i < settings.Iterations.Count; i++)
            _readings[settings.Iterations[i]] = i;
        // All rows are at the same iteration: one slot serves all.
        _store = new KeyValueStore(config, new StoreCapacity(room.Sequences, room.Panels, room.Panels));
        _pass = new ForwardPass(model, _pool, _store, room.Rows);
        _recurrence = new RecurrentRun(_pass.Core, config.Width, room.Rows);
        _headRows = Math.Clamp(LogitsMost / config.Vocabulary, 1, room.Rows);
        _injected = new float[checked(room.Rows * config.Width)];
        _final = new float[_injected.Length];
        _coda = new float[_injected.Length];
        _logits = new float[checked(_headRows * config.Vocabulary)];
        _endings = new RowEnding[room.Rows];
        _tokens = new int[room.Rows];
        _live = new int[room.Rows];
        _begins = new bool[room.Rows];
    }

    /// <summary>Reads some sequences.</summary>
    /// <param name="sequences">No more than there is room for.</param>
    /// <param name="scores">Overwritten: <c>[iterations, targets]</c> of each.</param>
    /// <param name="cancellation">Checked in every block.</param>
    internal void Read(ReadSequence[] sequences, Span<float[]> scores, CancellationToken cancellation)
    {
        var rows = RowBatch.ForSequences([.. sequences.Select(static sequence => sequence.Rows)]);
        var own = new float[sequences.Length][];
        int row = 0;
        for (int i = 0; i < sequences.Length; i++)
        {
            var sequence = sequences[i];
            own[i] = scores[i] = new float[checked(_settings.Iterations.Count * sequence.Targets)];
            _begins.AsSpan(row, sequence.Rows).Clear();
            _begins[row] = true;
            sequence.Tokens.AsSpan(0, sequence.Rows).CopyTo(_tokens.AsSpan(row));
            row += sequence.Rows;
            _ = _store.Open(CachePolicy.LatestOnly, 1, sequence.Rows);
        }

        _pass.Cancellation = cancellation;
        _pass.Prelude(rows, _tokens, _injected);
        int done = 0;
        var rest = _settings.RestResidual > 0 ? new RestExit(_settings.RestResidual, _begins, _readings) : null;
        _recurrence.Run(
            rows, _injected, new RunSettings { Limit = _settings.Iterations[^1], Start = _settings.Start, Exit = rest }, _final, _endings,
            observer: (in IterationView view) =>
            {
                if (_readings[view.Iteration] < 0) return;
                CarryForward(sequences, own, ref done, _readings[view.Iteration]);
                Score(view, sequences, own, _readings[view.Iteration]);
            });
        CarryForward(sequences, own, ref done, _settings.Iterations.Count - 1);
        for (int i = 0; i < sequences.Length; i++)
            _store.Close(i);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _store.Dispose();
        _pool.Dispose();
    }

    /// <summary>Until something else is read, every score is what it was: that of rows at rest stays so.</summary>
    static void CarryForward(ReadSequence[] sequences, float[][] scores, ref int done, int reading)
    {
        for (; done < reading; done++)
        {
            for (int i = 0; i < sequences.Length; i++)
            {
                int targets = sequences[i].Targets;
                scores[i].AsSpan(done * targets, targets).CopyTo(scores[i].AsSpan((done + 1) * targets));
            }
        }
    }

    /// <summary>Runs the coda over the rows that go on, and scores those of them that predict targets.</summary>
    void Score(in IterationView view, ReadSequence[] sequences, float[][] scores, int reading)
    {
        var rows = view.Rows;
        int width = _model.Config.Width;
        int vocabulary = _model.Config.Vocabulary;
        Span<float> x = _coda.AsSpan(0, rows.Count * width);
        _pass.Coda(rows, view.State, x);
        int count = 0;
        for (int row = 0; row < rows.Count; row++)
        {
            if (rows.Positions[row] < sequences[rows.Sequences[row]].FirstTarget) continue;
            x.Slice(row * width, width).CopyTo(x[(count * width)..]);
            _live[count++] = row;
        }

        for (int first = 0; first < count; first += _headRows)
        {
            int some = Math.Min(_headRows, count - first);
            _pass.Head(x[(first * width)..], some, _logits);
            for (int i = 0; i < some; i++)
            {
                int row = _live[first + i];
                int number = rows.Sequences[row];
                int position = rows.Positions[row];
                var sequence = sequences[number];
                scores[number][reading * sequence.Targets + position - sequence.FirstTarget] =
                    _score(_logits.AsSpan(i * vocabulary, vocabulary), sequence.Tokens[position + 1]);
            }
        }
    }
}

/// <summary>
/// A row leaves when an iteration moves its state by no more than a residual, and has moved no row before it in its sequence by more when
/// that one left. It leaves only where the coda has just read it, so that later rows find its keys and values there, too.
/// </summary>
/// <remarks>Asks for the rows in order, as a <see cref="RecurrentRun"/> goes through them: whether the row before has left decides.</remarks>
/// <param name="Threshold">The residual, above 0.</param>
/// <param name="Begins">For each row of the run whether it is the first of its sequence.</param>
/// <param name="Readings">For each iteration the number of its reading; below 0: none.</param>
sealed record RestExit(double Threshold, bool[] Begins, int[] Readings) : ExitRule
{
    /// <inheritdoc/>
    public override bool IsMet(double value) => value <= Threshold;

    /// <inheritdoc/>
    public override ExitMonitor Start(int rows, int width, int vocabulary) => new Monitor(this, rows);

    sealed class Monitor(RestExit rule, int rows) : ExitMonitor
    {
        readonly bool[] _isAtRest = new bool[rows];

        public override void Begin(int row) => _isAtRest[row] = false;

        public override ExitCheck Check(int row, in ExitView view)
        {
            if (rule.Readings[view.Iteration] < 0 || !(rule.Begins[row] || _isAtRest[row - 1]))
                return new ExitCheck(false, double.NaN);
            double value = Residual.Of(view.State, view.Previous);
            _isAtRest[row] = rule.IsMet(value);
            return new ExitCheck(_isAtRest[row], value);
        }
    }
}
