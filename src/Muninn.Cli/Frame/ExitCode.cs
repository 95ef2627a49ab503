namespace Muninn.Cli.Frame;

/// <summary>What the process answers to its caller.</summary>
static class ExitCode
{
    /// <summary>The work was done.</summary>
    public const int Success = 0;

    /// <summary>The work was understood and could not be done: a bad file, a full disk.</summary>
    public const int Failure = 1;

    /// <summary>The command line or the environment asks for something that does not exist.</summary>
    public const int Usage = 2;

    /// <summary>A model or a file that was named is not there.</summary>
    public const int NotFound = 3;

    /// <summary>Ended by Ctrl-C: 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>Ended by a request to terminate: 128 + SIGTERM.</summary>
    public const int Terminated = 143;
}
