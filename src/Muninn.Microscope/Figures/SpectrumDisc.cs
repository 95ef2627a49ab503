using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Figures.Parts;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures;

/// <summary>
/// Eigenvalues of the Jacobian of one iteration in the complex plane, with the unit circle and, for each token, the circle
/// of its spectral radius. Eigenvalues whose residual is too large are crosses: not certified.
/// </summary>
public sealed record SpectrumDisc : Figure
{
    /// <summary>Tokens that have a colour and their numbers beside the disc; those behind them are grey: the most important come first.</summary>
    public const int NamedMost = 12;

    const int CirclesMost = 7;

    /// <summary>Residuals that are rounding, whatever the modulus.</summary>
    const double ResidualRounding = 1e-12;

    /// <summary>Where the largest modulus is smaller, the picture zooms in and the unit circle stays outside.</summary>
    const double ZoomUnder = 0.35;

    /// <summary>An empty figure with the usual titles.</summary>
    public SpectrumDisc()
    {
        Title = "Spectrum of the Iteration at s*";
        Caption = "Leading eigenvalues of the Jacobian at s*, found from Jacobian-vector products. Inside the unit circle small disturbances die out near s*; "
            + "that says nothing about far states, nor about growth before they do.";
    }

    /// <summary>The text of each token (or run) that has eigenvalues, <c>[T]</c>.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>The token of each eigenvalue, 0 … T − 1, <c>[m]</c>.</summary>
    public required int[] Tokens { get; init; }

    /// <summary>The real parts, <c>[m]</c>.</summary>
    public required double[] Real { get; init; }

    /// <summary>The imaginary parts, <c>[m]</c>.</summary>
    public required double[] Imaginary { get; init; }

    /// <summary>‖Jv − λv‖ / ‖v‖ of each eigenvalue, <c>[m]</c>; empty where unknown.</summary>
    public double[] Residuals { get; init; } = [];

    /// <summary>The largest residual of an eigenvalue that counts as certified.</summary>
    public double ResidualMax { get; init; } = 1e-3;

    /// <summary>The same as a share of the modulus; null: <see cref="ResidualMax"/> holds.</summary>
    public double? ResidualShareMax { get; init; }

    /// <summary>Modulus of an eigenvalue.</summary>
    double Modulus(int i) => Math.Sqrt(Real[i] * Real[i] + Imaginary[i] * Imaginary[i]);

    bool Certified(int i) => Residuals.Length == 0
        || Residuals[i] <= (ResidualShareMax is { } share ? Math.Max(ResidualRounding, share * Modulus(i)) : ResidualMax);

    bool Named(int token) => Labels.Count <= NamedMost || token < NamedMost;

    bool IsFinite(int i) => double.IsFinite(Real[i]) && double.IsFinite(Imaginary[i]);

    IEnumerable<int> Finite => Enumerable.Range(0, Real.Length).Where(IsFinite);

    /// <summary>The eigenvalue of largest modulus of a token; null where it has no finite one.</summary>
    int? Leading(int token) => Finite.Where(i => Tokens[i] == token).Select(i => (int?)i).MaxBy(i => Modulus(i!.Value));

    /// <inheritdoc/>
    public override string Describe()
    {
        var leading = Finite.Select(i => (int?)i).MaxBy(i => Modulus(i ?? 0));
        string largest = leading is { } i
            ? $" The largest modulus is {ColorRange.NumberText(Modulus(i))}, of {Labels[Tokens[i]]}."
            : " None is finite.";
        return string.Create(CultureInfo.InvariantCulture, $"{Real.Length} eigenvalues of {Labels.Count} tokens in the complex plane.") + largest;
    }

    private protected override void Check()
    {
        NeedAny(Labels.Count, nameof(Labels));
        NeedAny(Real.Length, nameof(Real));
        NeedCount(nameof(Imaginary), Imaginary.Length, Real.Length, "one imaginary part for each real part");
        NeedCount(nameof(Tokens), Tokens.Length, Real.Length, "one token number for each eigenvalue");
        NeedNoneOr(nameof(Residuals), Residuals.Length, Real.Length, "one residual for each eigenvalue");
        if (!(ResidualMax > 0))
            throw new ArgumentException($"SpectrumDisc.ResidualMax is {ResidualMax}; it must be above zero.", nameof(ResidualMax));
        if (ResidualShareMax is { } share && !(share > 0))
            throw new ArgumentException($"SpectrumDisc.ResidualShareMax is {share}; it must be above zero, or null.", nameof(ResidualShareMax));
        foreach (int token in Tokens)
        {
            if (token < 0 || token >= Labels.Count)
                throw new ArgumentException($"Token {token} is not one of the {Labels.Count} tokens 0 … {Labels.Count - 1}.", nameof(Tokens));
        }
    }

    private protected override FigureTable Tabulate() => new(
        ["token", "modulus", "angle/pi", "residual", "count"],
        [.. Enumerable.Range(0, Labels.Count).Select(token => Leading(token) is { } i
            ? (IReadOnlyList<string>)
            [
                Labels[token], ColorRange.NumberText(Modulus(i)), ColorRange.NumberText(Angle(i)),
                Residuals.Length == 0 ? "" : ColorRange.NumberText(Residuals[i]), $"{Tokens.Count(t => t == token)}",
            ]
            : [Labels[token], "none", "", "", "0"])],
        "the eigenvalue of largest modulus of each token");

    /// <summary>The angle in units of π, 0 … 1: conjugates are one.</summary>
    double Angle(int i) => Math.Abs(Math.Atan2(Imaginary[i], Real[i])) / Math.PI;

    private protected override Picture Draw(FigureSize size)
    {
        var sheet = new FigureSheet(this, size.Width);
        double largest = Finite.Select(Modulus).DefaultIfEmpty(1).Max();
        bool zoomed = largest < ZoomUnder;
        double reach = zoomed ? (largest == 0 ? 0.1 : largest * 1.3) : Math.Max(1.12, largest * 1.08);
        bool beside = size.Width >= 520;
        double room = sheet.RightWanted - FigureSheet.Left - (beside ? 284 : 60);
        double side = Math.Floor(Math.Max(120, Math.Min(room, size.PlotHeight * 1.25)));
        var area = new Box(FigureSheet.Left + 26, sheet.Top + 14, side, side);
        var center = new Point(area.X + side / 2, area.Y + side / 2);
        double unit = side / 2 / reach;
        DrawPlane(sheet, area, center, unit, reach, zoomed);
        DrawRadii(sheet, center, unit);
        sheet.Add(new MarkLayer("eigenvalues", [.. Finite.OrderBy(i => Named(Tokens[i])).ThenBy(i => Certified(i)).ThenBy(Modulus).Select(i => MarkOf(i, center, unit))]));
        sheet.Reach(area.Right + 26, area.Bottom + 16);
        var entries = Entries(zoomed);
        if (beside)
            Legend.Column(sheet, entries, area.Right + 44, sheet.Top, Math.Max(200, sheet.RightWanted - area.Right - 44));
        else
            Legend.Flow(sheet, entries, FigureSheet.Left, sheet.RightWanted);
        return sheet.Finish();
    }

    Mark MarkOf(int i, Point center, double unit)
    {
        int token = Tokens[i];
        double x = center.X + Real[i] * unit, y = center.Y - Imaginary[i] * unit;
        if (!Named(token))
            return new Mark(x, y, 2, Certified(i) ? MarkShape.Circle : MarkShape.Cross, Look.Faint, Opacity: 0.6);
        // The spectral radius is told by the leading one (and its conjugate): the others step back.
        bool isLeading = Modulus(i) >= Modulus(Leading(token)!.Value) * (1 - 1e-9);
        return Certified(i)
            ? new Mark(x, y, isLeading ? 4 : 2.6, Categories.ShapeOf(token), Categories.ColorOf(token), Opacity: isLeading ? 0.9 : 0.7)
            : new Mark(x, y, 3, MarkShape.Cross, Categories.ColorOf(token), Opacity: 0.6);
    }

    static void DrawPlane(Sheet sheet, Box area, Point center, double unit, double reach, bool zoomed)
    {
        sheet.Strokes("axes",
        [
            new Segment(area.X, center.Y, area.Right, center.Y), new Segment(center.X, area.Y, center.X, area.Bottom),
        ], Look.Grid);
        var ticks = new ColorRange(ColorScale.Linear, 0, reach, null).Ticks();
        foreach (var tick in ticks.Where(tick => tick.Fraction > 0))
        {
            double radius = tick.Fraction * reach * unit;
            if (Math.Abs(radius - unit) > 1)
                sheet.Add(new CircleLayer("radius", center, radius, new LineStyle { Color = Look.Grid, Thickness = 1 }));
            double x = center.X + radius * 0.7071, y = center.Y + radius * 0.7071;
            if (tick.Fraction <= 0.999)
                sheet.Text("radius label", x + 2, y + 11, tick.Text, Look.Small);
        }
        if (!zoomed)
            sheet.Add(new CircleLayer("unit circle", center, unit, new LineStyle { Color = Look.Ink, Thickness = 1.2 }));
        var middle = Look.Small with { Anchor = TextAnchor.Middle };
        sheet.Text("angle", area.Right + 5, center.Y + 4, "0", Look.Small);
        sheet.Text("angle", center.X, area.Y - 5, "π/2", middle);
        sheet.Text("angle", area.X - 5, center.Y + 4, "π", Look.Small with { Anchor = TextAnchor.End });
        sheet.Text("angle", center.X, area.Bottom + 13, "−π/2", middle);
    }

    /// <summary>The circle of each token's spectral radius; with many tokens, of the largest alone.</summary>
    void DrawRadii(Sheet sheet, Point center, double unit)
    {
        var tokens = Enumerable.Range(0, Labels.Count).Where(token => Leading(token) is not null).ToList();
        if (AreManyCircles)
            tokens = [tokens.MaxBy(token => Modulus(Leading(token)!.Value))];
        foreach (int token in tokens)
        {
            double radius = Modulus(Leading(token)!.Value) * unit;
            if (radius > 0)
            {
                sheet.Add(new CircleLayer("spectral radius", center, radius,
                    new LineStyle { Color = Categories.ColorOf(token), Thickness = 1, Dashes = [4, 4], Opacity = 0.8 }));
            }
        }
    }

    bool AreManyCircles => Finite.Select(i => Tokens[i]).Distinct().Skip(CirclesMost).Any();

    // The numbers are worth more than the end of a long token.
    string Label(int token) => TextMetrics.Shorten(TextMetrics.Shown(Labels[token]), Look.SubtitleSize, 84);

    List<LegendEntry> Entries(bool zoomed)
    {
        var entries = new List<LegendEntry>();
        for (int token = 0; token < Math.Min(Labels.Count, NamedMost); token++)
        {
            string text = Leading(token) is { } i
                ? string.Create(CultureInfo.InvariantCulture, $"{Label(token)}   ρ {ColorRange.NumberText(Modulus(i))}  ∠ {Angle(i):0.00} π")
                : $"{Label(token)}   no finite eigenvalue";
            entries.Add(new(text) { Mark = new Mark(0, 0, 4, Categories.ShapeOf(token), Categories.ColorOf(token)) });
        }
        if (Labels.Count > NamedMost)
            entries.Add(new($"and {Labels.Count - NamedMost} more") { Mark = new Mark(0, 0, 2, MarkShape.Circle, Look.Faint) });
        entries.Add(new(AreManyCircles ? "largest spectral radius" : "spectral radius ρ of a token")
        {
            Line = new LineStyle { Color = Look.Faint, Thickness = 1, Dashes = [4, 4] },
        });
        entries.Add(zoomed ? new("unit circle: outside the picture") : new("unit circle") { Line = new LineStyle { Thickness = 1.2 } });
        if (!Enumerable.Range(0, Real.Length).All(Certified))
            entries.Add(new($"residual above {(ResidualShareMax is { } share ? $"{ColorRange.NumberText(share)} |λ|" : ColorRange.NumberText(ResidualMax))}: uncertain") { Mark = new Mark(0, 0, 3, MarkShape.Cross, Look.Faint) });
        int lost = Real.Length - Finite.Count();
        if (lost > 0)
            entries.Add(new($"{lost} not finite, left out"));
        return entries;
    }
}
