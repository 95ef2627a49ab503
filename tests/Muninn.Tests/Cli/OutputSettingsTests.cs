using System.IO;
using System.Threading;
using Muninn.Cli.Commands;
using Muninn.Cli.Frame;
using Muninn.Tests.Cli.Figures;
using Xunit;

namespace Muninn.Tests.Cli;

/// <summary>What a command does on a terminal that draws, where its output is no pipe.</summary>
public sealed class OutputSettingsTests
{
    static string OnTerminal(params string[] arguments)
    {
        using var output = new StringWriter();
        var shell = new Shell
        {
            Output = output,
            Error = TextWriter.Null,
            OpenInput = () => Stream.Null,
            Variable = static name => name switch { "TERM" => "xterm-256color", "COLORTERM" => "truecolor", "LANG" => "C.UTF-8", _ => null },
            VariableNames = [],
            InputRedirected = true,
            OutputRedirected = false,
            ErrorRedirected = true,
            DivertInterrupt = static _ => Stream.Null,
            Unfinished = new UnfinishedFiles(),
            Stopping = CancellationToken.None,
        };
        Assert.Equal(ExitCode.Success, new CommandLine(Catalogue.Verbs).Run(arguments, shell));
        return output.ToString();
    }

    [Fact]
    public void A_terminal_draws_the_first_figure_above_the_table()
    {
        string drawn = OnTerminal("exits", "--tokens", "5,6,7", "-n", "4", "--rule", "residual");
        Assert.Contains("\u001b[", drawn);
        Assert.Contains("Exit Rules: Iterations against Divergence", drawn);
        Assert.Contains("\nfixed 4 ", drawn);
    }

    [Fact]
    public void Where_a_figure_that_nobody_asked_for_has_nothing_to_show_the_table_stands_alone()
    {
        using var folder = new TemporaryFolder();
        string[] line = ["exits", "--tokens", "5,6,7", "-n", "4", "--rule", "residual", "--initial-state", FigureRun.BrokenStart(folder, 3, 0)];
        string plain = OnTerminal(line);
        Assert.DoesNotContain("\u001b[", plain);
        Assert.Contains("3 of 3 tokens have logits that are not finite", plain);
        Assert.Throws<UsageException>(() => OnTerminal([.. line, "--figure", "pareto"]));
        Assert.Throws<UsageException>(() => OnTerminal([.. line, "--graphics", "blocks"]));
    }
}
