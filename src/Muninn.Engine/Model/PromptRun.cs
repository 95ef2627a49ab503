using System;
using System.Threading;
using Muninn.Engine.Caching;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Recurrence.Solvers;
using Muninn.Kernels;

namespace Muninn.Engine.Model;

/// <summary>One whole prompt through one model: prelude once, then the core as often as asked, all positions together.</summary>
public sealed class PromptRun : IDisposable
{
    readonly RecurrentModel _model;
    readonly KeyValueStore _store;
    readonly ForwardPass _pass;
    readonly RecurrentRun _recurrence;
    readonly float[] _injected;
    readonly float[] _final;
    readonly int[] _tokens;
    readonly RowEnding[] _endings;
    SolverRun? _solver;

    /// <summary>Memory for one prompt; nothing is computed yet.</summary>
    /// <param name="model">The weights; must outlive this object.</param>
    /// <param name="pool">Threads; must outlive this object.</param>
    /// <param name="tokens">Token ids, 1 … context of them, each in 0 … vocabulary − 1.</param>
    /// <exception cref="ArgumentException">No tokens, more than the context holds, or an id that the vocabulary lacks.</exception>
    public PromptRun(RecurrentModel model, WorkerPool pool, ReadOnlySpan<int> tokens)
    {
        ArgumentNullException.ThrowIfNull(model);
        model.RequireTokens(tokens);
        _model = model;
        _tokens = tokens.ToArray();
        // Iterations share one slot: a row that has stopped keeps its last entries, and rows that go on attend to them.
        _store = new KeyValueStore(model.Config, Capacity(model.Config, tokens.Length));
        _ = _store.Open(CachePolicy.LatestOnly, 1, tokens.Length);
        _pass = new ForwardPass(model, pool, _store, tokens.Length);
        _recurrence = new RecurrentRun(_pass.Core, model.Config.Width, tokens.Length, _pass.Logits, model.Config.Vocabulary);
        _injected = new float[checked(tokens.Length * model.Config.Width)];
        _final = new float[_injected.Length];
        _endings = new RowEnding[tokens.Length];
    }

    /// <summary>Memory that a run of a prompt holds, but for weights and what the pool holds, in bytes.</summary>
    /// <param name="config">Shapes of the model.</param>
    /// <param name="positions">Positions of the prompt.</param>
    public static long BytesFor(ModelConfig config, int positions)
    {
        ArgumentNullException.ThrowIfNull(config);
        // The injected and the final states here, and three in the recurrence.
        const int States = 5;
        return (long)States * sizeof(float) * positions * config.Width
            + ForwardPass.BytesFor(config, positions) + Capacity(config, positions).Bytes(config);
    }

    /// <summary>Positions of the prompt.</summary>
    public int Positions => _tokens.Length;

    /// <summary>Its token ids.</summary>
    public ReadOnlySpan<int> Tokens => _tokens;

    /// <summary>How each position of the last run ended.</summary>
    public ReadOnlySpan<RowEnding> Endings => _endings;

    /// <summary>Sites to be shown in every pass, those of the coda for logits included; null: none.</summary>
    public SiteWatch? SiteWatch { get => _pass.SiteWatch; set => _pass.SiteWatch = value; }

    /// <summary>Sites to be changed in every pass; null: none.</summary>
    public SiteChange? SiteChange { get => _pass.SiteChange; set => _pass.SiteChange = value; }

    /// <summary>Runs the prelude and then the recurrence.</summary>
    /// <param name="settings">Start, limit and exit rule.</param>
    /// <param name="edit">Changes s₀ and any s_i before anything else sees it; null: never.</param>
    /// <param name="observer">Sees s₀ and every s_i; null: none.</param>
    /// <param name="cancellation">Checked twice a block; a cancelled run throws.</param>
    /// <returns>Raw final states, <c>[positions, width]</c>, valid until the next run.</returns>
    public ReadOnlySpan<float> Run(
        RunSettings settings, StateEdit? edit = null, IterationObserver? observer = null, CancellationToken cancellation = default)
    {
        var rows = RowBatch.ForPrompt(Positions);
        _pass.Cancellation = cancellation;
        _pass.Prelude(rows, _tokens, _injected);
        _recurrence.Run(rows, _injected, settings, _final, _endings, edit, observer);
        return _final;
    }

    /// <summary>Runs the prelude and then seeks the fixed point of the core with a solver.</summary>
    /// <param name="settings">Solver, start, limit and tolerance.</param>
    /// <param name="endings">How each position ended, <c>[positions]</c>, overwritten.</param>
    /// <param name="observer">As in <see cref="SolverRun.Run"/>; null: none.</param>
    /// <param name="cancellation">Checked twice a block; a cancelled run throws.</param>
    /// <returns>Evaluations, what the solver did, and the answer: raw states, <c>[positions, width]</c>, valid until the next run.</returns>
    public SolverAnswer Solve(
        SolveSettings settings, Span<SolveEnding> endings, IterationObserver? observer = null, CancellationToken cancellation = default)
    {
        _solver ??= new SolverRun(_pass.Core, _model.Config.Width, Positions);
        var rows = RowBatch.ForPrompt(Positions);
        _pass.Cancellation = cancellation;
        _pass.Prelude(rows, _tokens, _injected);
        int evaluations = _solver.Run(rows, _injected, settings, _final, endings, observer);
        return new SolverAnswer(evaluations, _solver.Tally, _final);
    }

    /// <summary>logits = head · ln_f(coda(ln_f(s))) for raw states of all positions; may be called while a run observes.</summary>
    /// <param name="state">Raw states, <c>[positions, width]</c>.</param>
    /// <param name="logits"><c>[positions, vocabulary]</c>, overwritten.</param>
    public void Logits(ReadOnlySpan<float> state, Span<float> logits)
    {
        long expected = (long)Positions * _model.Config.Vocabulary;
        if (logits.Length != expected)
            throw new ArgumentException(
                $"Logits of {Positions} positions over {_model.Config.Vocabulary} tokens need {expected} places; got {logits.Length}.",
                nameof(logits));
        _pass.Logits(RowBatch.ForPrompt(Positions), state, logits);
    }

    /// <summary>x = ln_f(coda(ln_f(s))) of all positions: what the head reads; may be called while a run observes.</summary>
    /// <param name="state">Raw states, <c>[positions, width]</c>.</param>
    /// <param name="x"><c>[positions, width]</c>, overwritten.</param>
    public void Coda(ReadOnlySpan<float> state, Span<float> x) => _pass.Coda(RowBatch.ForPrompt(Positions), state, x);

    /// <summary>logits = head · x, of any rows; a row's bits do not depend on which others come with it.</summary>
    /// <param name="x">What <see cref="Coda"/> gave, or anything else behind ln_f, <c>[rows, width]</c>.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="logits"><c>[rows, vocabulary]</c>, overwritten.</param>
    public void Head(ReadOnlySpan<float> x, int rows, Span<float> logits) => _pass.Head(x, rows, logits);

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();

    static StoreCapacity Capacity(ModelConfig config, int positions) =>
        StoreCapacity.For(CachePolicy.LatestOnly, 1, positions, config.CoreBlocks);
}
