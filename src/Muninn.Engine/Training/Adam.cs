using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using D = System.Runtime.Intrinsics.Vector512<double>;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Engine.Training;

/// <summary>One update of one tensor.</summary>
/// <param name="Rate">η_t, from the schedule; at least 0.</param>
/// <param name="GradientScale">What every gradient is multiplied by first: clipping, and one over accumulated batches.</param>
/// <param name="Decays">Whether the tensor's weights decay.</param>
public readonly record struct AdamStep(double Rate, double GradientScale = 1, bool Decays = true);

/// <summary>
/// Adam on spans. At update t, with gradient g:
/// m ← m + (1 − β₁)(g − m); v ← max(β₂ v + (1 − β₂) g², ε²); a = η_t / max(1, √ mean(g² / v)) / (1 − β₁ᵗ);
/// w ← w (1 − λ η_t / η); w ← w − a · atan2(m, √(v / (1 − β₂ᵗ))). <see cref="AdamSettings"/> says what of it can be left out.
/// </summary>
/// <remarks>
/// Weights and moments are float32, everything between them double. A tensor is updated whole, on the thread that calls:
/// what comes out depends on no other tensor and no number of threads. Sources: Kingma and Ba, 2014; Geiping et al., 2025.
/// </remarks>
public static class Adam
{
    const int Group = 16;

    /// <summary>Updates moments and weights, and counts the update.</summary>
    /// <param name="settings">The rule.</param>
    /// <param name="step">What changes from update to update.</param>
    /// <param name="gradient">∂loss/∂weight, finite; as many numbers as weights.</param>
    /// <param name="state">Overwritten: both moments, and one update more.</param>
    /// <param name="parameter">The weights; overwritten.</param>
    /// <returns>√ mean(g² / v), v after this update: 1 where gradients are as they were, large where they jump.</returns>
    /// <exception cref="ArgumentException">The lengths differ, the settings are out of range, or the rate is not a number from 0.</exception>
    public static double Update(
        AdamSettings settings, in AdamStep step, ReadOnlySpan<float> gradient, AdamState state, Span<float> parameter)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(state);
        settings.Validated();
        if (gradient.Length != parameter.Length || state.FirstMoment.Length != parameter.Length)
            throw new ArgumentException(
                $"There are {parameter.Length} weights, {gradient.Length} gradients and moments of {state.FirstMoment.Length} weights; "
                + "give all of one tensor.", nameof(gradient));
        if (!(step.Rate >= 0 && double.IsFinite(step.Rate)))
            throw new ArgumentException($"The learning rate is {step.Rate}; give a number from 0.", nameof(step));
        if (parameter.IsEmpty) return 0;
        state.Count();
        double surprise = UpdateMoments(settings, step.GradientScale, gradient, state);
        Move(settings, step, surprise, state, parameter);
        return surprise;
    }

    /// <summary>m and v; returns √ mean(g² / v).</summary>
    static double UpdateMoments(AdamSettings settings, double scale, ReadOnlySpan<float> gradient, AdamState state)
    {
        bool starts = settings.RunningStart && state.Updates == 1;
        var rule = new MomentRule(
            V.Create(scale), V.Create(settings.Beta1), V.Create(settings.Beta2),
            V.Create(settings.Floor ? settings.Epsilon * settings.Epsilon : 0), starts);
        Span<float> first = state.FirstMoment, second = state.SecondMoment;
        D lower = D.Zero, upper = D.Zero;
        int whole = gradient.Length / Group * Group;
        for (int i = 0; i < whole; i += Group)
            rule.Apply(gradient.Slice(i, Group), first.Slice(i, Group), second.Slice(i, Group), ref lower, ref upper);
        int rest = gradient.Length - whole;
        if (rest > 0)
        {
            Span<float> g = stackalloc float[Group], m = stackalloc float[Group], v = stackalloc float[Group];
            gradient[whole..].CopyTo(g);
            g[rest..].Clear();
            first[whole..].CopyTo(m);
            second[whole..].CopyTo(v);
            rule.Apply(g, m, v, ref lower, ref upper);
            m[..rest].CopyTo(first[whole..]);
            v[..rest].CopyTo(second[whole..]);
        }

        return Math.Sqrt(Lanes(lower, upper) / gradient.Length);
    }

    /// <summary>The weights, by the moments as they are.</summary>
    static void Move(AdamSettings settings, in AdamStep step, double surprise, AdamState state, Span<float> parameter)
    {
        double decay = !step.Decays ? 0
            : settings.WeightDecay * (settings.DecayFollowsSchedule ? step.Rate / settings.BaseRate : step.Rate);
        double rate = settings.UpdateClipping ? step.Rate / Math.Max(1, surprise) : step.Rate;
        var rule = new MoveRule(
            V.Create(1 - decay), V.Create(rate / (1 - Powers.Of(settings.Beta1, state.Updates))),
            V.Create(1 / (1 - Powers.Of(settings.Beta2, state.Updates))), V.Create(settings.Epsilon), settings.Arctangent);
        ReadOnlySpan<float> first = state.FirstMoment, second = state.SecondMoment;
        int whole = parameter.Length / Group * Group;
        for (int i = 0; i < whole; i += Group)
            rule.Apply(first.Slice(i, Group), second.Slice(i, Group), parameter.Slice(i, Group));
        int rest = parameter.Length - whole;
        if (rest == 0) return;
        Span<float> m = stackalloc float[Group], v = stackalloc float[Group], w = stackalloc float[Group];
        m.Clear();
        v.Clear();
        first[whole..].CopyTo(m);
        second[whole..].CopyTo(v);
        parameter[whole..].CopyTo(w);
        rule.Apply(m, v, w);
        w[..rest].CopyTo(parameter[whole..]);
    }

    /// <summary>The sum of all lanes, from the first to the last: a vector's own sum need not keep an order.</summary>
    internal static double Lanes(D lower, D upper)
    {
        double sum = 0;
        for (int i = 0; i < D.Count; i++)
            sum += lower[i] + upper[i];
        return sum;
    }

    // Inlined: without AVX-512 a vector that is passed to a method goes through memory.
    readonly struct MomentRule(D scale, D beta1, D beta2, D floor, bool starts)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ReadOnlySpan<float> gradient, Span<float> first, Span<float> second, ref D lower, ref D upper)
        {
            ref float g = ref MemoryMarshal.GetReference(gradient);
            ref float m = ref MemoryMarshal.GetReference(first);
            ref float v = ref MemoryMarshal.GetReference(second);
            var (gLower, gUpper) = V.Widen(V.LoadUnsafe(ref g));
            var (mLower, mUpper) = V.Widen(V.LoadUnsafe(ref m));
            var (vLower, vUpper) = V.Widen(V.LoadUnsafe(ref v));
            gLower *= scale;
            gUpper *= scale;
            V.StoreUnsafe(V.Narrow(First(gLower, mLower), First(gUpper, mUpper)), ref m);
            vLower = Second(gLower, vLower);
            vUpper = Second(gUpper, vUpper);
            V.StoreUnsafe(V.Narrow(vLower, vUpper), ref v);
            lower += Share(gLower, vLower);
            upper += Share(gUpper, vUpper);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        D First(D g, D m) => starts ? g : m + (D.One - beta1) * (g - m);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        D Second(D g, D v)
        {
            var square = g * g;
            var mean = starts ? square : beta2 * v + (D.One - beta2) * square;
            return V.ConditionalSelect(V.LessThan(mean, floor), floor, mean);
        }

        /// <summary>g² / v; 0 where v is.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static D Share(D g, D v) => V.ConditionalSelect(V.GreaterThan(v, D.Zero), g * g / v, D.Zero);
    }

    readonly struct MoveRule(D kept, D rate, D correction, D epsilon, bool arctangent)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ReadOnlySpan<float> first, ReadOnlySpan<float> second, Span<float> parameter)
        {
            ref float w = ref MemoryMarshal.GetReference(parameter);
            var (mLower, mUpper) = V.Widen(V.LoadUnsafe(ref MemoryMarshal.GetReference(first)));
            var (vLower, vUpper) = V.Widen(V.LoadUnsafe(ref MemoryMarshal.GetReference(second)));
            var (wLower, wUpper) = V.Widen(V.LoadUnsafe(ref w));
            V.StoreUnsafe(V.Narrow(Moved(mLower, vLower, wLower), Moved(mUpper, vUpper, wUpper)), ref w);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        D Moved(D m, D v, D w)
        {
            var size = V.Sqrt(v * correction);
            // Without a floor nothing may ever have reached a weight: 0 / 0 stays where it is.
            var direction = arctangent
                ? Arctangent.Of(m, size)
                : V.ConditionalSelect(V.Equals(m, D.Zero), D.Zero, m / (size + epsilon));
            return w * kept - rate * direction;
        }
    }
}
