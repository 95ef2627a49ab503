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

    /// <summary>Writes one object and a line end.</summary>
    /// <param name="stream">Appended to.</param>
    /// <param name="members">Writes what stands between the braces.</param>
    public static void Write(Stream stream, Action<Utf8JsonWriter> members)
    {
        using (var writer = new Utf8JsonWriter(stream, _options))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
    }
}
