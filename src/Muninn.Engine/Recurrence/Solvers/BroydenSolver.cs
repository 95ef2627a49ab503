using System;

namespace Muninn.Engine.Recurrence.Solvers;

/// <summary>
/// Broyden's method for core(e, x) − x = 0 with limited memory: a guess H of the inverse Jacobian, at first −1, is corrected by one
/// direction after every evaluation; the next is taken at <c>x − H·f</c>. When the memory is full the guess begins anew.
/// </summary>
/// <remarks>
/// The good update, by the formula of Sherman and Morrison; each correction is a product of two vectors. Sources: Broyden, "A class of
/// methods for solving nonlinear simultaneous equations", 1965; Bai et al., "Deep equilibrium models", 2019.
/// </remarks>
public sealed record BroydenSolver : Solver
{
    /// <summary>A memory to start from.</summary>
    public const int DefaultMemory = 8;

    /// <summary>Most corrections held.</summary>
    public const int MemoryMax = 64;

    /// <summary>Corrections held, 1 … <see cref="MemoryMax"/>.</summary>
    public int Memory { get; init; } = DefaultMemory;

    /// <summary>Plain evaluations before the first is used, at the beginning and whenever the window is emptied; 0 or more.</summary>
    public int Delay { get; init; }

    /// <summary>When a step is thrown away.</summary>
    public SolverGuard Guard { get; init; } = new();

    /// <inheritdoc/>
    public override SolverMemory Start(int windows, int length)
    {
        RequireSizes(windows, length);
        RequireRange("memory", Memory, 1, MemoryMax);
        RequireRange("delay", Delay, 0, int.MaxValue);
        Guard.Require();
        RequireRoom(windows, length, Memory);
        return new BroydenMemory(Memory, Delay, Guard, windows, length);
    }

    /// <inheritdoc/>
    public override long BytesPerWindow(int length) =>
        GuardedMemory.BytesPerWindow(length) + (2L * sizeof(float) + 2L * sizeof(double) * Memory) * length;

    sealed class BroydenMemory(int memory, int delay, SolverGuard guard, int windows, int length) : GuardedMemory(guard, windows, length)
    {
        /// <summary>A correction whose divisor is below this share of its factors would be noise, enlarged.</summary>
        const double DivisorShare = 1e-10;

        // H = −1 + Σ left · rightᵀ.
        readonly double[] _left = new double[checked(windows * memory * length)];
        readonly double[] _right = new double[checked(windows * memory * length)];
        readonly float[] _state = new float[checked(windows * length)];
        readonly float[] _image = new float[checked(windows * length)];
        readonly int[] _count = new int[windows];
        readonly int[] _seen = new int[windows];
        readonly double[] _moved = new double[length];
        readonly double[] _changed = new double[length];

        protected override void Forget(int window)
        {
            _count[window] = 0;
            _seen[window] = 0;
        }

        protected override bool Mix(int window, ReadOnlySpan<float> state, ReadOnlySpan<float> image, Span<float> next)
        {
            int seen = _seen[window];
            _seen[window] = Math.Min(seen, delay) + 1;
            if (seen > delay)
                Correct(window, state, image);
            if (seen >= delay)
            {
                state.CopyTo(_state.AsSpan(window * Length, Length));
                image.CopyTo(_image.AsSpan(window * Length, Length));
            }

            if (_count[window] == 0)
                return false;
            Span<double> residual = _changed;
            for (int i = 0; i < Length; i++)
                residual[i] = (double)image[i] - state[i];
            Span<double> step = _moved;
            ApplyInverse(window, residual, step);
            for (int i = 0; i < Length; i++)
                next[i] = (float)(state[i] - step[i]);
            return true;
        }

        /// <summary>H ← H + (Δx − H·Δf) · (Δxᵀ·H) / (Δxᵀ·H·Δf).</summary>
        void Correct(int window, ReadOnlySpan<float> state, ReadOnlySpan<float> image)
        {
            if (_count[window] == memory)
                _count[window] = 0;
            int count = _count[window];
            ReadOnlySpan<float> olderState = _state.AsSpan(window * Length, Length);
            ReadOnlySpan<float> olderImage = _image.AsSpan(window * Length, Length);
            for (int i = 0; i < Length; i++)
            {
                _moved[i] = (double)state[i] - olderState[i];
                _changed[i] = ((double)image[i] - state[i]) - ((double)olderImage[i] - olderState[i]);
            }

            Span<double> left = Vector(_left, window, count);
            Span<double> right = Vector(_right, window, count);
            ApplyInverse(window, _changed, left);
            ApplyTransposed(window, _moved, right);
            double divisor = Product(right, _changed);
            if (!(Math.Abs(divisor) > DivisorShare * Math.Sqrt(Product(right, right) * Product(_changed, _changed))))
                return;
            for (int i = 0; i < Length; i++)
                left[i] = (_moved[i] - left[i]) / divisor;
            _count[window]++;
        }

        void ApplyInverse(int window, ReadOnlySpan<double> x, Span<double> y) => Apply(_left, _right, window, x, y);

        void ApplyTransposed(int window, ReadOnlySpan<double> x, Span<double> y) => Apply(_right, _left, window, x, y);

        void Apply(double[] outer, double[] inner, int window, ReadOnlySpan<double> x, Span<double> y)
        {
            for (int i = 0; i < y.Length; i++)
                y[i] = -x[i];
            for (int j = 0; j < _count[window]; j++)
            {
                double factor = Product(Vector(inner, window, j), x);
                ReadOnlySpan<double> direction = Vector(outer, window, j);
                for (int i = 0; i < y.Length; i++)
                    y[i] += factor * direction[i];
            }
        }

        Span<double> Vector(double[] all, int window, int number) => all.AsSpan((window * memory + number) * Length, Length);

        static double Product(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
        {
            double sum = 0;
            for (int i = 0; i < a.Length; i++)
                sum += a[i] * b[i];
            return sum;
        }
    }
}
