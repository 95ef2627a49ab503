using System;
using System.Collections.Generic;
using System.Globalization;

namespace Muninn.Microscope.Figures;

/// <summary>How values become colours.</summary>
public enum ColorScale { Logarithmic, Linear }

/// <summary>What a cell holds.</summary>
public enum CellKind
{
    /// <summary>A number inside the range.</summary>
    Value,

    /// <summary>Under the floor, or exactly zero on a logarithmic scale: too small to tell from rounding.</summary>
    BelowFloor,

    /// <summary>NaN or infinite, or negative on a logarithmic scale: no distance at all.</summary>
    NotFinite,
}

/// <summary>A mark on a scale: where it stands (0 … 1), and its text; empty for a minor mark.</summary>
public sealed record Tick(double Fraction, string Text);

/// <summary>
/// The range of a colour scale, found from the finite values of a figure, and the way from a value to its place in it.
/// </summary>
/// <param name="Scale">Logarithmic or linear.</param>
/// <param name="Low">The value with the lowest colour; above zero on a logarithmic scale.</param>
/// <param name="High">The value with the highest colour; greater than <paramref name="Low"/>.</param>
/// <param name="Floor">The value under which cells are rounding noise, or null.</param>
public readonly record struct ColorRange(ColorScale Scale, double Low, double High, double? Floor)
{
    const double NarrowestDecades = 0.05;
    const int MostLabels = 9;

    /// <summary>
    /// The smallest range that holds every finite value from the floor upwards. A range of (almost) one value is widened
    /// around it; with no usable value at all it is 0.1 … 1 (or 0 … 1).
    /// </summary>
    public static ColorRange Of(ReadOnlySpan<float> values, ColorScale scale, float? floor)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        bool below = false;
        foreach (float value in values)
        {
            if (!float.IsFinite(value) || scale == ColorScale.Logarithmic && value < 0)
                continue;
            if (value < floor || scale == ColorScale.Logarithmic && value == 0)
            {
                below = true;
                continue;
            }
            low = Math.Min(low, value);
            high = Math.Max(high, value);
        }
        if (scale == ColorScale.Linear)
            return LinearRange(Math.Min(low, 0), high, floor);
        if (below && floor is { } bound)
            (low, high) = (bound, Math.Max(high, bound));
        if (low > high)
            return new ColorRange(scale, 0.1, 1, floor);
        if (Math.Log10(high / low) < NarrowestDecades)
            (low, high) = (low / Math.Sqrt(10), high * Math.Sqrt(10));
        return new ColorRange(scale, low, high, floor);
    }

    static ColorRange LinearRange(double low, double high, float? floor)
    {
        if (low > high)
            high = low + 1;
        if (high - low < 1e-12 * Math.Max(1, Math.Abs(high)))
            high = low + (high == 0 ? 1 : Math.Abs(high));
        return new ColorRange(ColorScale.Linear, low, high, floor);
    }

    /// <summary>What a cell with this value is.</summary>
    public CellKind KindOf(float value)
    {
        if (!float.IsFinite(value) || Scale == ColorScale.Logarithmic && value < 0)
            return CellKind.NotFinite;
        return value < Floor || Scale == ColorScale.Logarithmic && value == 0 ? CellKind.BelowFloor : CellKind.Value;
    }

    /// <summary>The place of a value in the range, 0 … 1, clamped.</summary>
    public double FractionOf(double value)
    {
        double fraction = Scale == ColorScale.Linear
            ? (value - Low) / (High - Low)
            : value <= 0 ? 0 : Math.Log10(value / Low) / Math.Log10(High / Low);
        return Math.Clamp(fraction, 0, 1);
    }

    /// <summary>
    /// The marks of the colour bar, from low to high: powers of ten with minor marks at 2 … 9; where fewer than two
    /// powers fit, round numbers; on a linear scale, round steps.
    /// </summary>
    public IReadOnlyList<Tick> Ticks()
    {
        if (Scale == ColorScale.Linear)
            return LinearTicks();
        int first = (int)Math.Ceiling(Math.Log10(Low) - 1e-9);
        int last = (int)Math.Floor(Math.Log10(High) + 1e-9);
        return last - first < 1 ? NarrowTicks(first - 1, last + 1) : PowerTicks(first, last);
    }

    List<Tick> PowerTicks(int first, int last)
    {
        var ticks = new List<Tick>();
        int step = (last - first) / MostLabels + 1;
        for (int power = first - 1; power <= last; power++)
        {
            double value = Math.Pow(10, power);
            if (power >= first)
                ticks.Add(new Tick(FractionOf(value), power % step == 0 ? PowerText(power) : ""));
            for (int digit = 2; step == 1 && digit <= 9; digit++)
            {
                if (digit * value >= Low && digit * value <= High)
                    ticks.Add(new Tick(FractionOf(digit * value), ""));
            }
        }
        return ticks;
    }

    List<Tick> NarrowTicks(int first, int last)
    {
        var ticks = new List<Tick>();
        double decades = Math.Log10(High / Low);
        for (int power = first; power <= last; power++)
        {
            for (int digit = 1; digit <= 9; digit++)
            {
                double value = digit * Math.Pow(10, power);
                bool labelled = decades < 0.7 || digit is 1 or 2 or 5;
                if (value >= Low && value <= High)
                    ticks.Add(new Tick(FractionOf(value), labelled ? NumberText(value) : ""));
            }
        }
        return ticks.Count >= 2
            ? ticks
            : [new Tick(0, NumberText(Low)), .. ticks, new Tick(1, NumberText(High))];
    }

    List<Tick> LinearTicks()
    {
        double step = RoundStep((High - Low) / 5);
        var ticks = new List<Tick>();
        for (double index = Math.Ceiling(Low / step - 1e-9); index <= High / step + 1e-9; index++)
            ticks.Add(new Tick(FractionOf(index * step), StepText(index * step, step)));
        return ticks;
    }

    /// <summary>A multiple of a step with as many digits as tell it from the next one.</summary>
    static string StepText(double value, double step)
    {
        int power = (int)Math.Floor(Math.Log10(step) + 1e-9);
        return Math.Abs(value) >= 1e4 || power < -6 || Math.Abs(value) < step / 2
            ? NumberText(Math.Abs(value) < step / 2 ? 0 : value)
            : value.ToString("0." + new string('0', Math.Max(0, -power)), CultureInfo.InvariantCulture);
    }

    /// <summary>The nearest of 1, 2, 5 × 10ⁿ that is at least <paramref name="step"/>.</summary>
    internal static double RoundStep(double step)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(step)));
        double digit = step / power;
        return power * (digit <= 1.0001 ? 1 : digit <= 2.0001 ? 2 : digit <= 5.0001 ? 5 : 10);
    }

    /// <summary>10ⁿ with superscript digits.</summary>
    public static string PowerText(int power)
    {
        const string Digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
        string plain = Math.Abs(power).ToString(CultureInfo.InvariantCulture);
        return "10" + (power < 0 ? "⁻" : "") + string.Concat(Array.ConvertAll(plain.ToCharArray(), digit => Digits[digit - '0']));
    }

    /// <summary>A number for a reader: three significant digits, as digit × 10ⁿ outside 0.001 … 10 000.</summary>
    public static string NumberText(double value)
    {
        if (double.IsNaN(value))
            return "not a number";
        if (double.IsInfinity(value))
            return value > 0 ? "infinite" : "minus infinite";
        if (value == 0)
            return "0";
        int power = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        if (power is >= -3 and < 4)
            return value.ToString("0." + new string('#', Math.Max(0, 2 - power)), CultureInfo.InvariantCulture);
        string digits = (value / Math.Pow(10, power)).ToString("0.##", CultureInfo.InvariantCulture);
        if (digits is "10" or "-10")
            (digits, power) = (digits[..^1], power + 1);
        return digits == "1" ? PowerText(power) : $"{digits} × {PowerText(power)}";
    }
}
