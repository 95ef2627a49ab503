using System;
using System.IO;
using System.Text;

namespace Muninn.Cli.Frame;

/// <summary>Standard error, UTF-8. Where it is closed or full there is nobody to tell, and the exit code must still come out.</summary>
sealed class StandardError(Stream console) : TextWriter
{
    readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <inheritdoc/>
    public override Encoding Encoding => _utf8;

    /// <inheritdoc/>
    public override void Write(char value) => Write(value.ToString());

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Write(value + "\n");

    /// <inheritdoc/>
    public override void Write(string? value)
    {
        try
        {
            console.Write(_utf8.GetBytes(value ?? ""));
            console.Flush();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // See above.
        }
    }
}
