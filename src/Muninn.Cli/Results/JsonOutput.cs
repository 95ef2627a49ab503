using System;
using System.IO;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Muninn.Cli.Frame;

namespace Muninn.Cli.Results;

/// <summary>Writes JSON the way all commands do: UTF-8, indented, text as it reads.</summary>
static class JsonOutput
{
    static readonly JsonWriterOptions _options = new()
    {
        Indented = true,
        NewLine = "\n",
        // The output is a file or a pipe, never a web page: quotes and signs stay legible.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes one object to standard output.</summary>
    /// <param name="shell">Where to.</param>
    /// <param name="members">Writes what stands between the braces.</param>
    public static void Print(Shell shell, Action<Utf8JsonWriter> members)
    {
        using var bytes = new MemoryStream();
        Write(bytes, members);
        shell.Output.Write(Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length));
    }

    /// <summary>Writes one object to standard output as one line, which is shown at once.</summary>
    /// <param name="shell">Where to.</param>
    /// <param name="members">Writes what stands between the braces.</param>
    public static void PrintLine(Shell shell, Action<Utf8JsonWriter> members)
    {
        using var bytes = new MemoryStream();
        Write(bytes, members, _options with { Indented = false });
        shell.Output.Write(Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length));
        shell.Output.Flush();
    }

    /// <summary>Writes a number, or null where it is none.</summary>
    /// <param name="json">Stands inside an object.</param>
    /// <param name="name">Of the member.</param>
    /// <param name="value">The number, NaN or an infinity.</param>
    public static void WriteNumber(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }

    /// <summary>Writes one object and a line end.</summary>
    /// <param name="stream">Appended to.</param>
    /// <param name="members">Writes what stands between the braces.</param>
    public static void Write(Stream stream, Action<Utf8JsonWriter> members) => Write(stream, members, _options);

    static void Write(Stream stream, Action<Utf8JsonWriter> members, JsonWriterOptions options)
    {
        using (var writer = new Utf8JsonWriter(stream, options))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
    }
}
