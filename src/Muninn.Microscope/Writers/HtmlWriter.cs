using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Writers;

/// <summary>
/// Writes a <see cref="Heatmap"/> as one HTML file that needs no network: a canvas with hover, zoom, keyboard and a switch
/// between logarithmic and linear colours. The page itself is <c>heatmap.html</c> beside this file.
/// </summary>
public static class HtmlWriter
{
    /// <summary>Writes the page as UTF-8.</summary>
    /// <param name="figure">What to show.</param>
    /// <param name="findings">Sentences under the picture; may be empty.</param>
    /// <param name="destination">Is left open.</param>
    public static void Write(Heatmap figure, IReadOnlyList<string> findings, Stream destination)
    {
        figure.Validated();
        string title = TextMetrics.Shown(figure.Title).Replace("&", "&amp;").Replace("<", "&lt;");
        // The data goes in last: whatever a token says, no placeholder in it is ever replaced.
        string page = Template().Replace("{{TITLE}}", title.Replace("{{", "{ {")).Replace("{{DATA}}", Data(figure, findings));
        destination.Write(Encoding.UTF8.GetBytes(page));
    }

    static string Template()
    {
        using var resource = typeof(HtmlWriter).Assembly.GetManifestResourceStream("Muninn.Microscope.Writers.heatmap.html")
            ?? throw new InvalidOperationException("The page heatmap.html is not inside the assembly. Build it as an embedded resource.");
        using var reader = new StreamReader(resource, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    static string Data(Heatmap figure, IReadOnlyList<string> findings)
    {
        var data = new JsonObject
        {
            ["title"] = figure.Title,
            ["subtitle"] = figure.Subtitle,
            ["columnTitle"] = figure.ColumnTitle,
            ["colorTitle"] = figure.ColorTitle,
            ["description"] = figure.Describe(),
            ["findings"] = Strings(findings),
            ["labels"] = Strings(figure.RowLabels.Select(TextMetrics.Shown)),
            ["positions"] = new JsonArray([.. Enumerable.Range(0, figure.Rows).Select(row => JsonValue.Create(figure.PositionOf(row)))]),
            ["columns"] = figure.Columns,
            ["scale"] = figure.Scale == ColorScale.Linear ? "linear" : "log",
            ["floor"] = figure.Floor,
            ["floorText"] = figure.Floor is { } floor ? ColorRange.NumberText(floor) : "",
            ["ranges"] = new JsonObject
            {
                ["log"] = Range(figure with { Scale = ColorScale.Logarithmic }),
                ["linear"] = Range(figure with { Scale = ColorScale.Linear }),
            },
            ["palette"] = Strings(Enumerable.Range(0, Viridis.Length).Select(i => Viridis.At(i).Hex)),
            ["notFinite"] = CellColors.NotFinite.Hex,
            ["belowFloor"] = CellColors.BelowFloor.Hex,
            ["values"] = Convert.ToBase64String(MemoryMarshal.AsBytes(figure.Values.AsSpan())),
        };
        // The default encoder writes <, > and & as \u003C …: no token can end the script element.
        return data.ToJsonString(JsonSerializerOptions.Default);
    }

    static JsonObject Range(Heatmap figure)
    {
        var range = figure.Range;
        return new JsonObject
        {
            ["low"] = range.Low,
            ["high"] = range.High,
            ["ticks"] = new JsonArray([.. range.Ticks().Select(tick => new JsonObject { ["at"] = tick.Fraction, ["text"] = tick.Text })]),
        };
    }

    static JsonArray Strings(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);
}
