using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Muninn.Engine.Recurrence;

/// <summary>
/// Stops a row when the entropy of the next token, H = −Σ p ln(p + 10⁻¹⁰), changes by less than a threshold from one check to
/// the next, in nats.
/// </summary>
/// <param name="Threshold">The change below which a row has come to rest; above 0.</param>
/// <remarks>The original's "entropy-diff", with its threshold. The first check compares with 100 nats, and stops nothing.</remarks>
public sealed record EntropyExit(double Threshold = EntropyExit.DefaultThreshold) : ExitRule
{
    /// <summary>The original's threshold.</summary>
    public const double DefaultThreshold = 1e-3;

    /// <summary>What the first check compares with, in nats.</summary>
    const double Beginning = 100;

    /// <inheritdoc/>
    public override bool ReadsLogits => true;

    /// <inheritdoc/>
    public override bool IsMet(double value) => value < Threshold;

    /// <inheritdoc/>
    public override ExitMonitor Start(int rows, int width, int vocabulary)
    {
        RequireSizes(rows, width, vocabulary);
        RequireThreshold("entropy", Threshold);
        return new Monitor(this, rows, vocabulary);
    }

    sealed class Monitor : ExitMonitor
    {
        readonly EntropyExit _rule;
        readonly int _vocabulary;
        readonly double[] _before;

        public Monitor(EntropyExit rule, int rows, int vocabulary)
        {
            _rule = rule;
            _vocabulary = vocabulary;
            _before = new double[rows];
            Array.Fill(_before, double.NaN);
        }

        public override void Begin(int row) => _before[row] = Beginning;

        public override ExitCheck Check(int row, in ExitView view)
        {
            if (!Coda.WasRun(view, _vocabulary))
                return new ExitCheck(false, double.NaN);
            double entropy = -LogitSums.Sum(view.Logits, view.Logits, new Term(LogitMeasure.Of(view.Logits, 0)));
            double value = Math.Abs(entropy - _before[row]);
            _before[row] = entropy;
            return new ExitCheck(_rule.IsMet(value), value);
        }
    }

    /// <summary>p ln(p + 10⁻¹⁰).</summary>
    readonly struct Term(LogitMeasure measure) : ILogitTerm
    {
        readonly LogitMeasure _measure = measure;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<double> Of(Vector512<double> logits, Vector512<double> before)
        {
            var p = Vector512.Exp(_measure.LogProbability(logits));
            return p * Vector512.Log(p + Vector512.Create(1e-10));
        }
    }
}

/// <summary>
/// Stops a row when the divergence of the next token's distribution from that of the check before,
/// Σ p_before (ln p_before − ln p), falls below a threshold, in nats (Kullback and Leibler 1951).
/// </summary>
/// <param name="Threshold">The divergence below which a row has come to rest; above 0.</param>
/// <remarks>
/// The original's "kl", with its threshold. The first check compares with the uniform distribution. A monitor keeps the last
/// logits of every row.
/// </remarks>
public sealed record DivergenceExit(double Threshold = DivergenceExit.DefaultThreshold) : ExitRule
{
    internal override long BytesPerRow(int width, int vocabulary) => (long)sizeof(float) * vocabulary;

    /// <summary>The original's threshold.</summary>
    public const double DefaultThreshold = 1e-3;

    /// <inheritdoc/>
    public override bool ReadsLogits => true;

    /// <inheritdoc/>
    public override bool IsMet(double value) => value < Threshold;

    /// <inheritdoc/>
    public override ExitMonitor Start(int rows, int width, int vocabulary)
    {
        RequireSizes(rows, width, vocabulary);
        RequireThreshold("divergence", Threshold);
        return new DivergenceMonitor(this, 0, rows, vocabulary);
    }
}

/// <summary>
/// As <see cref="DivergenceExit"/>, after every probability below a share of the largest is replaced by 1 / vocabulary and the
/// whole rescaled: what happens among unlikely tokens does not count.
/// </summary>
/// <param name="Threshold">The divergence below which a row has come to rest; above 0.</param>
/// <param name="MinP">Share of the largest probability below which others are replaced; above 0, at most 1.</param>
/// <remarks>
/// The original's "minp-kl", with its threshold and share. The first check compares with the uniform distribution.
/// </remarks>
public sealed record MinPDivergenceExit(
    double Threshold = MinPDivergenceExit.DefaultThreshold, double MinP = MinPDivergenceExit.DefaultMinP) : ExitRule
{
    internal override long BytesPerRow(int width, int vocabulary) => (long)sizeof(float) * vocabulary;

    /// <summary>The original's threshold.</summary>
    public const double DefaultThreshold = 1e-5;

    /// <summary>The original's share.</summary>
    public const double DefaultMinP = 0.1;

    /// <inheritdoc/>
    public override bool ReadsLogits => true;

    /// <inheritdoc/>
    public override bool IsMet(double value) => value < Threshold;

    /// <inheritdoc/>
    public override ExitMonitor Start(int rows, int width, int vocabulary)
    {
        RequireSizes(rows, width, vocabulary);
        RequireThreshold("min-p divergence", Threshold);
        if (!(MinP > 0 && MinP <= 1))
            throw new ArgumentOutOfRangeException(nameof(vocabulary),
                $"The min-p share is {MinP}; give a number above 0 and at most 1, such as {DefaultMinP}.");
        return new DivergenceMonitor(this, MinP, rows, vocabulary);
    }
}

/// <summary>Stops a row when its likeliest token has stayed the same for some checks in a row.</summary>
/// <param name="Count">How many checks in a row must agree with the one before; at least 1.</param>
/// <remarks>
/// The original's "argmax-stability", with its count. The first check has nothing to agree with: its value is 0. Of equally
/// likely tokens the lowest id counts. Logits that are not finite begin the count anew.
/// </remarks>
public sealed record StableTokenExit(int Count = StableTokenExit.DefaultCount) : ExitRule
{
    /// <summary>The original's count.</summary>
    public const int DefaultCount = 5;

    /// <summary>No token: nothing agrees with it.</summary>
    const int None = -1;

    /// <inheritdoc/>
    public override bool ReadsLogits => true;

    /// <inheritdoc/>
    public override bool IsMet(double value) => value >= Count;

    /// <inheritdoc/>
    public override ExitMonitor Start(int rows, int width, int vocabulary)
    {
        RequireSizes(rows, width, vocabulary);
        if (Count < 1)
            throw new ArgumentOutOfRangeException(nameof(vocabulary),
                $"The count of checks with the same token is {Count}; give at least 1.");
        return new Monitor(this, rows, vocabulary);
    }

    sealed class Monitor(StableTokenExit rule, int rows, int vocabulary) : ExitMonitor
    {
        readonly int[] _token = new int[rows];
        readonly int[] _agreed = new int[rows];

        public override void Begin(int row) => _token[row] = None;

        public override ExitCheck Check(int row, in ExitView view)
        {
            if (!Coda.WasRun(view, vocabulary))
                return new ExitCheck(false, double.NaN);
            float largest = LogitSums.Largest(view.Logits);
            int token = float.IsNaN(largest) ? None : view.Logits.IndexOf(largest);
            _agreed[row] = token == _token[row] && token != None ? _agreed[row] + 1 : 0;
            _token[row] = token;
            double value = token == None ? double.NaN : _agreed[row];
            return new ExitCheck(rule.IsMet(value), value);
        }
    }
}

/// <summary>Σ p_before (ln p_before − ln p), row by row.</summary>
sealed class DivergenceMonitor : ExitMonitor
{
    readonly ExitRule _rule;
    readonly double _share;
    readonly float[][] _logits;
    readonly LogitMeasure[] _measure;

    /// <summary>Memory for all rows.</summary>
    /// <param name="rule">Whose threshold decides.</param>
    /// <param name="share">Entries below this share of the largest are replaced; 0: none.</param>
    /// <param name="rows">Most rows at the same time.</param>
    /// <param name="vocabulary">Logits of a row.</param>
    public DivergenceMonitor(ExitRule rule, double share, int rows, int vocabulary)
    {
        _rule = rule;
        _share = share;
        _logits = new float[rows][];
        for (int row = 0; row < rows; row++)
            _logits[row] = new float[vocabulary];
        _measure = new LogitMeasure[rows];
        Array.Fill(_measure, LogitMeasure.None);
    }

    public override void Begin(int row)
    {
        _logits[row].AsSpan().Clear();
        _measure[row] = LogitMeasure.Uniform(_logits[row].Length);
    }

    public override ExitCheck Check(int row, in ExitView view)
    {
        float[] before = _logits[row];
        if (!Coda.WasRun(view, before.Length))
            return new ExitCheck(false, double.NaN);
        var measure = LogitMeasure.Of(view.Logits, _share);
        double value = LogitSums.Sum(view.Logits, before, new Term(measure, _measure[row]));
        view.Logits.CopyTo(before);
        _measure[row] = measure;
        return new ExitCheck(_rule.IsMet(value), value);
    }

    readonly struct Term(LogitMeasure measure, LogitMeasure before) : ILogitTerm
    {
        readonly LogitMeasure _measure = measure;
        readonly LogitMeasure _before = before;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<double> Of(Vector512<double> logits, Vector512<double> before)
        {
            var logBefore = _before.LogProbability(before);
            return Vector512.Exp(logBefore) * (logBefore - _measure.LogProbability(logits));
        }
    }
}

/// <summary>What the rules that read logits share.</summary>
static class Coda
{
    /// <summary>Whether this iteration has logits.</summary>
    /// <exception cref="ArgumentException">It has, and not as many as the vocabulary.</exception>
    internal static bool WasRun(in ExitView view, int vocabulary) => view.Logits.IsEmpty
        ? false
        : view.Logits.Length == vocabulary
            ? true
            : throw new ArgumentException(
                $"The row has {view.Logits.Length} logits; this monitor was started for a vocabulary of {vocabulary}.", nameof(view));
}
