using System;

namespace Muninn.Engine.Recurrence.Solvers;

/// <summary>
/// The last evaluations of each window, and the mixture of them whose residuals add up to the least:
/// <c>minimise ‖f_k − Σ γ_j · Δf_j‖, next = x_k − Σ γ_j · Δx_j + share · (f_k − Σ γ_j · Δf_j)</c>, f = core(e, x) − x.
/// </summary>
/// <remarks>
/// Held as the floats they were; differences, sums and the least squares run in double. Anderson mixes at every evaluation,
/// reduced-rank extrapolation at the end of a cycle, whose evaluations it then forgets.
/// </remarks>
sealed class WindowMemory : GuardedMemory
{
    readonly int _evaluations;
    readonly double _share;
    readonly double _regularization;
    readonly int _delay;
    readonly bool _inCycles;
    readonly float[] _states;
    readonly float[] _images;
    readonly int[] _count;
    readonly int[] _newest;
    readonly int[] _seen;
    readonly LeastSquares _fit;
    readonly double[] _weights;

    /// <summary>Room for windows of so many evaluations.</summary>
    public WindowMemory(Shape shape, SolverGuard guard, int windows, int length)
        : base(guard, windows, length)
    {
        _evaluations = shape.Evaluations;
        _share = shape.Share;
        _regularization = shape.Regularization;
        _delay = shape.Delay;
        _inCycles = shape.InCycles;
        int held = checked(windows * _evaluations * length);
        _states = new float[held];
        _images = new float[held];
        _count = new int[windows];
        _newest = new int[windows];
        _seen = new int[windows];
        _fit = new LeastSquares(length, _evaluations - 1);
        _weights = new double[_evaluations - 1];
    }

    /// <summary>What tells one method from another.</summary>
    /// <param name="Evaluations">Evaluations held, at least 2.</param>
    /// <param name="Share">Part of the mixed residual that is added.</param>
    /// <param name="Regularization">λ of the least squares.</param>
    /// <param name="Delay">Plain evaluations at the beginning, of which none is held.</param>
    /// <param name="InCycles">Whether it mixes only when all are there, and then forgets them.</param>
    internal readonly record struct Shape(int Evaluations, double Share, double Regularization, int Delay, bool InCycles);

    /// <summary>Memory of a window, in bytes.</summary>
    public static long BytesPerWindow(int evaluations, int length) =>
        GuardedMemory.BytesPerWindow(length) + 2L * sizeof(float) * evaluations * length;

    protected override void Forget(int window)
    {
        _count[window] = 0;
        _newest[window] = -1;
        _seen[window] = 0;
    }

    protected override bool Mix(int window, ReadOnlySpan<float> state, ReadOnlySpan<float> image, Span<float> next)
    {
        if (_seen[window] < _delay)
        {
            _seen[window]++;
            return false;
        }

        int newest = (_newest[window] + 1) % _evaluations;
        _newest[window] = newest;
        state.CopyTo(Held(_states, window, newest));
        image.CopyTo(Held(_images, window, newest));
        int count = Math.Min(_count[window] + 1, _evaluations);
        _count[window] = count;
        if (_inCycles ? count < _evaluations : count < 2 && _share == 1)
            return false;
        Fit(window, newest, count - 1);
        Write(window, newest, count - 1, next);
        if (_inCycles)
        {
            _count[window] = 0;
            _newest[window] = -1;
        }

        return true;
    }

    /// <summary>Column j is the difference between the residuals of the j-th and the (j + 1)-th evaluation, counted from the newest.</summary>
    void Fit(int window, int newest, int columns)
    {
        Residuals(window, newest, _fit.Target(Length));
        for (int j = 0; j < columns; j++)
        {
            Span<double> column = _fit.Column(j, Length);
            ReadOnlySpan<float> state = Held(_states, window, Back(newest, j));
            ReadOnlySpan<float> image = Held(_images, window, Back(newest, j));
            ReadOnlySpan<float> olderState = Held(_states, window, Back(newest, j + 1));
            ReadOnlySpan<float> olderImage = Held(_images, window, Back(newest, j + 1));
            for (int i = 0; i < column.Length; i++)
                column[i] = ((double)image[i] - state[i]) - ((double)olderImage[i] - olderState[i]);
        }

        _fit.Solve(Length, _regularization, _weights.AsSpan(0, columns));
    }

    void Write(int window, int newest, int columns, Span<float> next)
    {
        // The weights of differences, told as weights of the evaluations themselves, which add up to 1.
        Span<double> sum = _fit.Target(Length);
        sum.Clear();
        for (int j = 0; j <= columns; j++)
        {
            double weight = (j == 0 ? 1 : _weights[j - 1]) - (j < columns ? _weights[j] : 0);
            ReadOnlySpan<float> state = Held(_states, window, Back(newest, j));
            ReadOnlySpan<float> image = Held(_images, window, Back(newest, j));
            for (int i = 0; i < sum.Length; i++)
                sum[i] += weight * (state[i] + _share * ((double)image[i] - state[i]));
        }

        for (int i = 0; i < sum.Length; i++)
            next[i] = (float)sum[i];
    }

    void Residuals(int window, int slot, Span<double> residuals)
    {
        ReadOnlySpan<float> state = Held(_states, window, slot);
        ReadOnlySpan<float> image = Held(_images, window, slot);
        for (int i = 0; i < residuals.Length; i++)
            residuals[i] = (double)image[i] - state[i];
    }

    int Back(int newest, int steps) => (newest - steps + _evaluations) % _evaluations;

    Span<float> Held(float[] all, int window, int slot) => all.AsSpan((window * _evaluations + slot) * Length, Length);
}
