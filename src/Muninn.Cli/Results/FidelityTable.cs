using System.Globalization;
using System.IO;
using System.Text.Json;
using Muninn.Microscope.Measures;

namespace Muninn.Cli.Results;

/// <summary>How near two models' states and next tokens are, as a table and as JSON.</summary>
static class FidelityTable
{
    /// <summary>Prints a line for each iteration, and one for the next tokens.</summary>
    public static void Print(Fidelity fidelity, TextWriter output)
    {
        output.WriteLine("iteration   distance     worst     cosine      worst");
        foreach (var s in fidelity.States)
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
            json.WriteEndObject();
        }

        json.WriteEndArray();
        JsonOutput.WriteNumber(json, "kl_mean", fidelity.DivergenceMean);
        JsonOutput.WriteNumber(json, "kl_worst", fidelity.DivergenceWorst);
        JsonOutput.WriteNumber(json, "top1_agreement", fidelity.TopAgreement);
    }
}
