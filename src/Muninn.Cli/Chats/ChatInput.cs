using System;
using System.IO;
using System.Text;
using Muninn.Cli.Frame;

namespace Muninn.Cli.Chats;

/// <summary>Messages from standard input: a line each, continued where a line ends with a backslash.</summary>
sealed class ChatInput : IDisposable
{
    readonly Shell _shell;
    readonly StreamReader _lines;

    /// <summary>Begins to read.</summary>
    public ChatInput(Shell shell)
    {
        _shell = shell;
        _lines = new StreamReader(shell.OpenInput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
    }

    /// <summary>Whether a person sits at both ends.</summary>
    public bool IsInteractive => !_shell.InputRedirected && !_shell.OutputRedirected;

    /// <summary>The next message that is not empty, or null at the end.</summary>
    /// <exception cref="InvalidDataException">The input is not UTF-8.</exception>
    public string? Next()
    {
        while (true)
        {
            var message = new StringBuilder();
            var line = Line("> ");
            if (line is null) return null;
            while (line is not null && line.EndsWith('\\'))
            {
                message.Append(line, 0, line.Length - 1).Append('\n');
                line = Line(". ");
            }

            message.Append(line);
            if (message.ToString().Trim() is { Length: > 0 } whole) return whole;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lines.Dispose();

    string? Line(string sign)
    {
        if (IsInteractive)
        {
            _shell.Output.Write(sign);
            _shell.Output.Flush();
        }

        try
        {
            return _lines.ReadLine();
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException("standard input is not UTF-8. Convert it first, e.g. with iconv -t UTF-8.", e);
        }
    }
}
