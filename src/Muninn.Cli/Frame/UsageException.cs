using System;

namespace Muninn.Cli.Frame;

/// <summary>
/// The user asked for something the tool does not offer. Ends the process with
/// <see cref="ExitCode.Usage"/>; the message says what was found, what is valid and the remedy.
/// </summary>
sealed class UsageException(string message) : Exception(message);
