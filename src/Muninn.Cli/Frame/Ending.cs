using System;
using System.IO;
using Muninn.Engine.Checkpoints;

namespace Muninn.Cli.Frame;

/// <summary>How a run that did not succeed is told: an exit code and words on standard error.</summary>
static class Ending
{
    /// <summary>The exit code and the words for <paramref name="failure"/>.</summary>
    /// <param name="failure">What ended the run.</param>
    /// <param name="verb">What was called, or null when that is not known.</param>
    public static (int ExitCode, string Message) Of(Exception failure, Verb? verb)
    {
        var name = verb is null ? "muninn" : "muninn " + verb.Name;
        return failure switch
        {
            UsageException => (ExitCode.Usage,
                $"{name}: {failure.Message}\nUsage: {verb?.Usage ?? "muninn COMMAND [options]"}\n" +
                $"See '{name} --help'."),
            ModelNotFoundException or FileNotFoundException or DirectoryNotFoundException => (ExitCode.NotFound, $"{name}: {failure.Message}"),
            InvalidDataException or IOException or UnauthorizedAccessException or PlatformNotSupportedException =>
                (ExitCode.Failure, $"{name}: {failure.Message}"),
            OutOfMemoryException => (ExitCode.Failure,
                $"{name}: not enough memory. Give a shorter text, fewer iterations or fewer recorded states."),
            // Whatever else comes is our mistake: say all that helps to find it.
            _ => (ExitCode.Failure, $"{name}: internal error, please report it\n{failure}"),
        };
    }
}
