using System;
using System.Runtime.Intrinsics;

namespace Muninn.Engine.Training;

/// <summary>What the learning rate does between warming up and cooling down.</summary>
public enum RateShape
{
    /// <summary>It stays.</summary>
    Constant,

    /// <summary>It falls to the floor in a straight line from the end of the warm-up to the last step.</summary>
    Linear,

    /// <summary>It falls to the floor as half a wave of the cosine does.</summary>
    Cosine,
}

/// <summary>The learning rate as a function of the step alone.</summary>
/// <remarks>
/// <para>With warm-up U, cool-down C, total S, base rate η: η · s / U for s &lt; U; max(η · (S − s) / C, floor) for s &gt; S − C; else the
/// shape. Constant in between is the published trapezoid.</para>
/// <para>As in the original, the cool-down does not start from where a linear or cosine shape has come to, but from η: the rate jumps
/// back up. Give those shapes a cool-down of 0. A step is whatever the caller counts; the original counts micro-batches.</para>
/// </remarks>
public sealed record RateSchedule
{
    /// <summary>η; above 0.</summary>
    public required double BaseRate { get; init; }

    /// <summary>S, the step at which the rate has come down; above 0.</summary>
    public required long Steps { get; init; }

    /// <summary>U, steps from rate 0 to η; at least 0.</summary>
    public long WarmUp { get; init; }

    /// <summary>C, steps from η to 0 at the end; at least 0.</summary>
    public long CoolDown { get; init; }

    /// <summary>The rate that nothing after the warm-up falls below; from 0 to η.</summary>
    public double Floor { get; init; }

    /// <summary>What is between.</summary>
    public RateShape Shape { get; init; }

    /// <summary>This schedule, if it is one.</summary>
    /// <exception cref="ArgumentException">A number is out of its range, or warm-up and cool-down overlap.</exception>
    public RateSchedule Validated()
    {
        if (!(BaseRate > 0 && double.IsFinite(BaseRate)))
            throw new ArgumentException($"The base rate is {BaseRate}; give a number above 0, such as 4e-4.");
        if (!(Floor >= 0 && Floor <= BaseRate))
            throw new ArgumentException($"The lowest rate is {Floor} and the base rate {BaseRate}; give a number from 0 to the base rate.");
        if (Steps < 1)
            throw new ArgumentException($"The schedule has {Steps} steps; give at least 1.");
        if (WarmUp < 0 || CoolDown < 0 || WarmUp > Steps - CoolDown)
            throw new ArgumentException(
                $"A warm-up of {WarmUp} and a cool-down of {CoolDown} steps do not fit {Steps} steps; give numbers from 0 whose sum is at most that.");
        if (!Enum.IsDefined(Shape))
            throw new ArgumentException($"The shape is {Shape}; give one of {string.Join(", ", Enum.GetNames<RateShape>())}.");
        return this;
    }

    /// <summary>The rate at a step.</summary>
    /// <param name="step">s, from 0; beyond the last step the rate stays what it is there.</param>
    public double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        Validated();
        if (step < WarmUp)
            return BaseRate * step / WarmUp;
        if (CoolDown > 0 && step > Steps - CoolDown)
            return Math.Max(BaseRate * Math.Max(0, Steps - step) / CoolDown, Floor);
        double done = WarmUp == Steps ? 0 : Math.Min(1, (double)(step - WarmUp) / (Steps - WarmUp));
        return Shape switch
        {
            RateShape.Linear => Floor + (1 - done) * (BaseRate - Floor),
            RateShape.Cosine => Floor + 0.5 * (1 + Cosine(Math.PI * done)) * (BaseRate - Floor),
            _ => BaseRate,
        };
    }

    /// <summary>The framework's own cosine: the C runtime's differs by system.</summary>
    static double Cosine(double angle) => Vector512.Cos(Vector512.Create(angle)).ToScalar();
}
