using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;

namespace Muninn.Cli.Frame;

/// <summary>What the process was started in: streams, environment, terminal, and the wish to stop.</summary>
sealed class Shell
{
    /// <summary>The rows of a page that has no end.</summary>
    public const int Endless = 10_000;

    /// <summary>Standard output, UTF-8, written when it is flushed.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Standard error, UTF-8, written line by line.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Opens standard input as bytes.</summary>
    public required Func<Stream> OpenInput { get; init; }

    /// <summary>The value of an environment variable, or null; an empty value counts as absent.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>The names of all environment variables.</summary>
    public required IReadOnlyList<string> VariableNames { get; init; }

    /// <summary>Whether standard input is no terminal.</summary>
    public required bool InputRedirected { get; init; }

    /// <summary>Whether standard output is no terminal.</summary>
    public required bool OutputRedirected { get; init; }

    /// <summary>Whether standard error is no terminal.</summary>
    public required bool ErrorRedirected { get; init; }

    /// <summary>The files that are being written.</summary>
    public required UnfinishedFiles Unfinished { get; init; }

    /// <summary>Cancelled by SIGINT and SIGTERM.</summary>
    public required CancellationToken Stopping { get; init; }

    /// <summary>
    /// Until what it gives is disposed, Ctrl-C cancels the source it is given, once, and does not end the process.
    /// </summary>
    public required Func<CancellationTokenSource, IDisposable> DivertInterrupt { get; init; }

    /// <summary>The shell of this process.</summary>
    /// <param name="unfinished">Learns of the files that are being written.</param>
    /// <param name="interruption">Listens to signals.</param>
    public static Shell OfProcess(UnfinishedFiles unfinished, Interruption interruption)
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return new Shell
        {
            Output = new StreamWriter(new StandardOutput(Console.OpenStandardOutput()), utf8, bufferSize: 1 << 16)
            {
                NewLine = "\n",
            },
            Error = new StandardError(Console.OpenStandardError()),
            OpenInput = Console.OpenStandardInput,
            Variable = static name => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null,
            VariableNames = [.. Environment.GetEnvironmentVariables().Keys.OfType<string>()],
            InputRedirected = Console.IsInputRedirected,
            OutputRedirected = Console.IsOutputRedirected,
            ErrorRedirected = Console.IsErrorRedirected,
            Unfinished = unfinished,
            Stopping = interruption.Token,
            DivertInterrupt = interruption.Divert,
        };
    }

    /// <summary>
    /// Columns and rows of the terminal behind standard output. A pipe or a file is 80 columns wide and as long as it
    /// takes; COLUMNS and LINES say otherwise.
    /// </summary>
    public (int Columns, int Rows) WindowSize()
    {
        var columns = OutputRedirected ? 0 : Console.WindowWidth;
        var rows = OutputRedirected ? 0 : Console.WindowHeight;
        // COLUMNS and LINES are how a caller without a terminal (a pager, a test) says how wide to draw.
        if (columns <= 0) columns = NumberIn("COLUMNS") ?? 80;
        if (rows <= 0) rows = NumberIn("LINES") ?? Endless;
        return (columns, rows);
    }

    /// <summary>
    /// A text for standard output that this program did not write: on a terminal without control characters, which could do
    /// anything there; elsewhere as it is.
    /// </summary>
    public string Harmless(string text) => OutputRedirected || !text.Any(IsControl)
        ? text
        : string.Concat(text.Select(static character => IsControl(character) ? '\uFFFD' : character));

    static bool IsControl(char character) => char.IsControl(character) && character is not ('\n' or '\t');

    int? NumberIn(string variable) =>
        int.TryParse(Variable(variable), out int number) && number is > 0 and <= 10_000 ? number : null;
}
