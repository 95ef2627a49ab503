using System;
using System.IO;
using Muninn.Cli.Commands;
using Muninn.Cli.Frame;

using var interruption = new Interruption(static () => { });
var shell = Shell.OfProcess(interruption.Token);
var commands = new CommandLine(Catalogue.Verbs);
int exitCode;
try
{
    exitCode = commands.Run(args, shell);
    shell.Output.Flush();
}
catch (OperationCanceledException) when (interruption.ExitCode != 0)
{
    exitCode = interruption.ExitCode;
}
#pragma warning disable CA1031 // Whatever happened is told here and nowhere else.
catch (Exception failure)
#pragma warning restore CA1031
{
    (exitCode, var message) = Ending.Of(failure, commands.Named(args));
    TryFlush(shell.Output);
    shell.Error.WriteLine(message);
}

return interruption.ExitCode != 0 ? interruption.ExitCode : exitCode;

static void TryFlush(TextWriter output)
{
    try
    {
        output.Flush();
    }
    catch (IOException)
    {
        // The failure that is about to be told is the cause or the better story.
    }
}
