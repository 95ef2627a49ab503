using System;
using System.IO;
using Muninn.Cli.Commands;
using Muninn.Cli.Frame;

var unfinished = new UnfinishedFiles();
using var interruption = new Interruption(unfinished.Remove);
var shell = Shell.OfProcess(unfinished, interruption);
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
catch (Exception failure)
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
