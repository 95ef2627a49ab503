using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using Muninn.Cli.Frame;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Measures.Dynamics;
using Muninn.Microscope.Pictures;
using Muninn.Microscope.Writers;

namespace Muninn.Cli.Results;

/// <summary>The dynamics of a prompt for people, for programs and for files.</summary>
/// <param name="reading">What was read.</param>
/// <param name="dynamics">What was measured.</param>
/// <param name="settings">How.</param>
sealed class DynamicsOutput(Reading reading, PromptDynamics dynamics, DynamicsSettings settings)
{
    const int LabelColumns = 9;

    /// <summary>Pulls of other tokens that a line names.</summary>
    const int PullsShown = 3;

    readonly IReadOnlyList<Finding> _findings = DynamicsFindings.Describe(dynamics, reading.Tokens.Labels);

    /// <summary>The endings that are known.</summary>
    public static IReadOnlyList<string> Types { get; } = [".json", ".csv", ".npz"];

    /// <summary>What was read.</summary>
    public Reading Reading => reading;

    /// <summary>What was measured.</summary>
    public PromptDynamics Dynamics => dynamics;

    /// <summary>How.</summary>
    public DynamicsSettings Settings => settings;

    /// <summary>Writes a table, the pulls and the findings.</summary>
    public void Print(Shell shell)
    {
        var output = shell.Output;
        int count = reading.Tokens.Ids.Length;
        output.WriteLine($"{reading.ModelName} · {count} token{(count == 1 ? "" : "s")} · Jacobian at iteration {dynamics.RestIteration} · start {reading.Plan.StartText}");
        output.WriteLine();
        string arrival = "to " + settings.Rate.Epsilon.ToString("0e0", CultureInfo.InvariantCulture);
        output.WriteLine(
            $"{"token",4 + 1 + LabelColumns} {"rate",6} {"±",6} {"half",5} {arrival,7} {"ρ",6} {"residual",8}{"angle",6}"
            + (settings.Stretch is null ? "" : $" {"σ",6}") + (settings.Lyapunov is null ? "" : $" {"Lyap",6}"));
        foreach (var token in dynamics.Tokens) output.WriteLine(Line(token));
        if (dynamics.Pulls is { } pulls)
        {
            output.WriteLine();
            output.WriteLine(pulls.IsExact ? "pulls, ‖J‖ exact" : $"pulls, ‖J‖ from {pulls.Probes} probes each");
            for (int t = 0; t < count; t++) output.WriteLine(PullLine(pulls, t));
        }

        output.WriteLine();
        int columns = shell.WindowSize().Columns;
        foreach (var finding in _findings) Wrapping.Write("• ", finding.Text, columns, output);
        foreach (var note in reading.Notes) Wrapping.Write("Note: ", note, columns, output);
    }

    /// <summary>Writes the members of the object.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        var plan = reading.Plan;
        json.WriteString("version", Product.Version);
        json.WriteStartObject("model");
        json.WriteString("name", reading.ModelName);
        json.WriteString("fingerprint", reading.Fingerprint);
        json.WriteNumber("width", reading.Config.Width);
        json.WriteEndObject();
        json.WriteStartObject("options");
        json.WriteNumber("iterations", plan.Measure.Iterations);
        json.WriteNumber("horizon", plan.Measure.Horizon);
        json.WriteString("initial_state", Path.GetFileName(plan.Start.Name));
        json.WriteNumber("seed", plan.Seed);
        if (reading.StartHash is { } hash) json.WriteString("initial_state_sha256", hash);
        json.WriteString("rotary", plan.RotaryName);
        json.WriteNumber("epsilon", settings.Rate.Epsilon);
        json.WriteEndObject();
        JsonOutput.WriteNumber(json, "radius", dynamics.Radius);
        json.WriteStartArray("tokens");
        foreach (var token in dynamics.Tokens) WriteToken(json, token);
        json.WriteEndArray();
        if (dynamics.Pulls is { } pulls) WritePulls(json, pulls);
        json.WriteStartArray("findings");
        foreach (var finding in _findings)
        {
            json.WriteStartObject();
            json.WriteString("kind", finding.Kind.ToString().ToLowerInvariant());
            json.WriteString("text", finding.Text);
            WriteArray(json, "positions", finding.Positions.Select(static position => (double)position));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("notes");
        foreach (var note in reading.Notes) json.WriteStringValue(note);
        json.WriteEndArray();
    }

    void WriteToken(Utf8JsonWriter json, TokenDynamics token)
    {
        json.WriteStartObject();
        json.WriteNumber("position", token.Position);
        json.WriteNumber("id", reading.Tokens.Ids[token.Position]);
        json.WriteString("text", reading.Tokens.Labels[token.Position]);
        JsonOutput.WriteNumber(json, "rate", token.Rate.Ratio);
        JsonOutput.WriteNumber(json, "rate_standard_error", token.Rate.StandardError);
        JsonOutput.WriteNumber(json, "rest_rate", token.Rate.AtRest?.Ratio ?? double.NaN);
        JsonOutput.WriteNumber(json, "rest_rate_standard_error", token.Rate.AtRest?.StandardError ?? double.NaN);
        json.WriteNumber("rate_first_iteration", token.Rate.First);
        json.WriteNumber("rate_last_iteration", token.Rate.Last);
        JsonOutput.WriteNumber(json, "floor_iteration", token.Rate.FloorIteration ?? double.NaN);
        JsonOutput.WriteNumber(json, "half_life", token.Rate.HalfLife);
        JsonOutput.WriteNumber(json, "iterations_to_epsilon", token.Rate.IterationsToEpsilon ?? double.NaN);
        json.WriteBoolean("is_extrapolated", token.Rate.IsExtrapolated);
        JsonOutput.WriteNumber(json, "rest_residual", token.RestResidual);
        JsonOutput.WriteNumber(json, "radius", token.Spectrum.Radius);
        json.WriteBoolean("radius_is_certified", token.Spectrum.IsConverged);
        JsonOutput.WriteNumber(json, "radius_up_to", token.RadiusUpTo);
        json.WriteNumber("slowest_up_to", token.SlowestUpTo);
        json.WriteStartArray("eigenvalues");
        foreach (var pair in token.Spectrum.Leading)
        {
            json.WriteStartObject();
            JsonOutput.WriteNumber(json, "real", pair.Real);
            JsonOutput.WriteNumber(json, "imaginary", pair.Imaginary);
            JsonOutput.WriteNumber(json, "modulus", pair.Modulus);
            JsonOutput.WriteNumber(json, "angle", pair.Angle);
            JsonOutput.WriteNumber(json, "residual", pair.Residual);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (token.Stretch is { } stretch)
        {
            JsonOutput.WriteNumber(json, "stretch", stretch.Largest);
            JsonOutput.WriteNumber(json, "stretch_residual", stretch.Residual);
            json.WriteBoolean("stretch_is_certified", stretch.IsConverged);
            JsonOutput.WriteNumber(json, "normality_gap", token.NormalityGap ?? double.NaN);
        }

        if (token.Lyapunov is { } lyapunov)
        {
            WriteArray(json, "lyapunov", lyapunov.Exponents);
            WriteArray(json, "lyapunov_standard_error", lyapunov.StandardErrors);
            json.WriteNumber("lyapunov_iterations", lyapunov.Iterations);
        }

        json.WriteEndObject();
    }

    static void WritePulls(Utf8JsonWriter json, TokenPulls pulls)
    {
        json.WriteStartObject("pulls");
        json.WriteBoolean("is_exact", pulls.IsExact);
        json.WriteNumber("probes", pulls.Probes);
        foreach (var (name, values) in new[] { ("norm", pulls.Norm), ("standard_error", pulls.StandardError) })
        {
            json.WriteStartArray(name);
            for (int t = 0; t < pulls.Positions; t++) WriteArray(json, null, values.Skip(t * pulls.Positions).Take(pulls.Positions));
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    // One line an array: a number a line would be thousands of lines.
    static void WriteArray(Utf8JsonWriter json, string? name, IEnumerable<double> values)
    {
        if (name is not null) json.WritePropertyName(name);
        var numbers = values.Select(static value => double.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : "null");
        json.WriteRawValue($"[{string.Join(',', numbers)}]", skipInputValidation: true);
    }

    /// <summary>The arrays of <c>.npz</c>.</summary>
    public IReadOnlyList<NpzArray> Arrays()
    {
        var tokens = dynamics.Tokens;
        int count = tokens.Count;
        int eigenvalues = settings.Spectrum.Count;
        List<NpzArray> arrays =
        [
            NpzArray.Of("tokens", reading.Tokens.Ids, count),
            Column("rate", static token => token.Rate.Ratio),
            Column("rate_standard_error", static token => token.Rate.StandardError),
            Column("half_life", static token => token.Rate.HalfLife),
            Column("iterations_to_epsilon", static token => token.Rate.IterationsToEpsilon ?? double.NaN),
            Column("rest_residual", static token => token.RestResidual),
            Table("eigenvalue_modulus", eigenvalues, static (token, k) => k < token.Spectrum.Leading.Count ? token.Spectrum.Leading[k].Modulus : double.NaN),
            Table("eigenvalue_angle", eigenvalues, static (token, k) => k < token.Spectrum.Leading.Count ? token.Spectrum.Leading[k].Angle : double.NaN),
            Table("eigenvalue_residual", eigenvalues, static (token, k) => k < token.Spectrum.Leading.Count ? token.Spectrum.Leading[k].Residual : double.NaN),
        ];
        if (settings.Stretch is not null) arrays.Add(Column("stretch", static token => token.Stretch?.Largest ?? double.NaN));
        if (settings.Lyapunov is { } lyapunov)
        {
            arrays.Add(Table("lyapunov", lyapunov.Count, static (token, k) => token.Lyapunov!.Exponents[k]));
            arrays.Add(Table("lyapunov_standard_error", lyapunov.Count, static (token, k) => token.Lyapunov!.StandardErrors[k]));
        }

        if (dynamics.Pulls is { } pulls)
        {
            arrays.Add(NpzArray.Of("pulls", [.. pulls.Norm.Select(static x => (float)x)], count, count));
            arrays.Add(NpzArray.Of("pulls_standard_error", [.. pulls.StandardError.Select(static x => (float)x)], count, count));
        }

        return arrays;

        NpzArray Column(string name, Func<TokenDynamics, double> value) => NpzArray.Of(name, [.. tokens.Select(token => (float)value(token))], count);

        NpzArray Table(string name, int columns, Func<TokenDynamics, int, double> value) =>
            NpzArray.Of(name, [.. tokens.SelectMany(token => Enumerable.Range(0, columns).Select(k => (float)value(token, k)))], count, columns);
    }

    string Line(TokenDynamics token)
    {
        var rate = token.Rate;
        string arrival = rate.IterationsToEpsilon is { } iterations ? (rate.IsExtrapolated ? "~" : "") + Number(Math.Ceiling(iterations), 4) : "never";
        if (double.IsNaN(rate.Ratio)) arrival = "";
        var line = $"{token.Position,4} {CharacterWidth.Fit(reading.Tokens.Labels[token.Position], LabelColumns)} "
            + $"{Fixed(rate.Ratio, 4),6} {Fixed(rate.StandardError, 4),6} {Number(rate.HalfLife, 2),5} {arrival,7} "
            + $"{Fixed(token.Spectrum.Radius, 4),6} {token.Spectrum.Residual.ToString("0e0", CultureInfo.InvariantCulture),7}{(token.Spectrum.IsConverged ? " " : "?")}"
            + $"{Fixed(token.Spectrum.Angle * 180 / Math.PI, 0),5}°";
        if (token.Stretch is { } stretch) line += $" {Fixed(stretch.Largest, 2),6}";
        if (token.Lyapunov is { } lyapunov) line += $" {Fixed(lyapunov.Exponents[0], 2),6}";
        return line.Replace('-', '−').Replace("e−", "e-", StringComparison.Ordinal);
    }

    string PullLine(TokenPulls pulls, int t)
    {
        var row = pulls.Norm.AsSpan(t * pulls.Positions, t + 1).ToArray();
        var others = Enumerable.Range(0, t).OrderByDescending(u => row[u]).Take(PullsShown)
            .Select(u => $"{CharacterWidth.Fit(reading.Tokens.Labels[u], LabelColumns).TrimStart()} ({u}) {Number(row[u], 3)}");
        return $"{t,4} {CharacterWidth.Fit(reading.Tokens.Labels[t], LabelColumns)}  itself {Number(row[t], 3),5}  {string.Join("  ", others)}".TrimEnd();
    }

    static string Fixed(double value, int digits) => double.IsFinite(value) ? value.ToString($"F{digits}", CultureInfo.InvariantCulture)
        : double.IsNaN(value) ? "" : value > 0 ? "∞" : "−∞";

    static string Number(double value, int digits) => double.IsFinite(value) ? value.ToString($"G{digits}", CultureInfo.InvariantCulture)
        : double.IsNaN(value) ? "" : "∞";
}
