using System.Buffers;
using System.IO;
using System.Text.Json;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Files;
using Muninn.Kernels;

namespace Muninn.Engine.Quantization;

/// <summary>The <c>config.json</c> of a quantised checkpoint: the original's, with what it says of the weights made true.</summary>
public static class QuantizedConfig
{
    const string TypeKey = "torch_dtype";
    const string NewTypeKey = "dtype";
    const string QuantizationKey = "quantization_config";

    /// <summary>The text, UTF-8.</summary>
    /// <remarks>
    /// Other libraries stop at a <c>quant_method</c> that they do not know, instead of taking codes for weights; Muninn itself goes by
    /// the tensors and their metadata.
    /// </remarks>
    /// <param name="path">The original <c>config.json</c>.</param>
    /// <param name="format">Int8, Int4 or BrainFloat16.</param>
    /// <exception cref="InvalidDataException">The original is no JSON object.</exception>
    public static byte[] Of(string path, WeightFormat format) =>
        JsonFile.ReadObject(JsonFile.ReadBytes(path, ModelConfigReader.FileLengthMax), path, root => Rewrite(root, format));

    static byte[] Rewrite(JsonElement root, WeightFormat format)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            foreach (var property in root.EnumerateObject())
            {
                if (property.Name == QuantizationKey) continue;
                if (property.Name is TypeKey or NewTypeKey) json.WriteString(property.Name, "bfloat16");
                else property.WriteTo(json);
            }

            if (format.IsInteger())
            {
                json.WriteStartObject(QuantizationKey);
                json.WriteString("quant_method", WeightStorage.Format);
                json.WriteString("weights", WeightStorage.NameOf(format));
                json.WriteNumber("group_size", WeightFormats.GroupInputs);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }
}
