using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using Muninn.Microscope.Measures;

namespace Muninn.Cli.Results;

/// <summary>How near two models' states and next tokens are, as a table and as JSON.</summary>
static class FidelityTable
{
    /// <summary>Prints a line for each iteration that doubles, one for the last, and one for the next tokens.</summary>
    public static void Print(Fidelity fidelity, TextWriter output)
    {
        output.WriteLine("iteration   distance     worst     cosine      worst");
        var shown = Fidelity.Iterations(fidelity.States[^1].Iteration);
        foreach (var s in fidelity.States.Where(state => shown.Contains(state.Iteration)))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{s.Iteration,9} {s.DistanceMean,10:0.00000} {s.DistanceWorst,9:0.00000} {s.CosineMean,10:0.000000} {s.CosineWorst,10:0.000000}"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"next token: divergence {fidelity.DivergenceMean:0.000000} nats (worst {fidelity.DivergenceWorst:0.000000}), same likeliest token after {100 * fidelity.TopAgreement:0.0} %"));
    }

    /// <summary>Writes the members <c>states</c>, <c>kl_mean</c>, <c>kl_worst</c> and <c>top1_agreement</c>.</summary>
    /// <param name="json">Stands inside an object.</param>
    /// <param name="fidelity">The figures.</param>
    public static void Write(Utf8JsonWriter json, Fidelity fidelity)
    {
        json.WriteStartArray("states");
        foreach (var state in fidelity.States)
        {
            json.WriteStartObject();
            json.WriteNumber("iteration", state.Iteration);
            JsonOutput.WriteNumber(json, "relative_l2_mean", state.DistanceMean);
            JsonOutput.WriteNumber(json, "relative_l2_worst", state.DistanceWorst);
            JsonOutput.WriteNumber(json, "cosine_mean", state.CosineMean);
            JsonOutput.WriteNumber(json, "cosine_worst", state.CosineWorst);
            WriteQuartiles(json, "relative_l2_quartiles", state.Distance);
            WriteQuartiles(json, "cosine_distance_quartiles", state.CosineDistance);
            json.WriteNumber("tokens_equal", state.Equal);
            json.WriteNumber("tokens_finite_and_apart", state.Distance.Count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        JsonOutput.WriteNumber(json, "kl_mean", fidelity.DivergenceMean);
        JsonOutput.WriteNumber(json, "kl_worst", fidelity.DivergenceWorst);
        JsonOutput.WriteNumber(json, "top1_agreement", fidelity.TopAgreement);
    }

    static void WriteQuartiles(Utf8JsonWriter json, string name, Quartiles quartiles)
    {
        json.WriteStartArray(name);
        foreach (double value in (double[])[quartiles.Low, quartiles.Median, quartiles.High])
        {
            if (double.IsFinite(value)) json.WriteNumberValue(value);
            else json.WriteNullValue();
        }

        json.WriteEndArray();
    }
}
