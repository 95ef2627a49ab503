using System.Threading.Tasks;
using Xunit;

namespace Muninn.Tests.Cli;

public class CommandLineTests
{
    [Fact]
    public async Task Version_is_one_line()
    {
        var answer = await MuninnProcess.Run("--version");
        Assert.Equal(0, answer.ExitCode);
        Assert.Matches(@"^muninn \d+\.\d+\.\d+\n$", answer.Output);
        Assert.Empty(answer.Error);
    }

    [Theory]
    [InlineData]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("help")]
    public async Task Overview_names_the_commands(params string[] arguments)
    {
        var answer = await MuninnProcess.Run(arguments);
        Assert.Equal(0, answer.ExitCode);
        Assert.StartsWith("muninn - ", answer.Output);
        Assert.Contains("\n  completion ", answer.Output);
        Assert.Empty(answer.Error);
    }

    [Theory]
    [InlineData("completion", "--help")]
    [InlineData("help", "completion")]
    [InlineData("--help", "completion")]
    public async Task Help_of_a_command_shows_usage_and_examples(params string[] arguments)
    {
        var answer = await MuninnProcess.Run(arguments);
        Assert.Equal(0, answer.ExitCode);
        Assert.Contains("Usage: muninn completion SHELL\n", answer.Output);
        Assert.Contains("Examples:\n", answer.Output);
    }

    [Fact]
    public async Task Mistyped_command_is_a_usage_error_with_a_suggestion()
    {
        var answer = await MuninnProcess.Run("completoin", "bash");
        Assert.Equal(2, answer.ExitCode);
        Assert.Empty(answer.Output);
        Assert.Contains("unknown command 'completoin'; did you mean completion?", answer.Error);
        Assert.Contains("Usage: muninn COMMAND", answer.Error);
    }

    [Fact]
    public async Task Option_before_the_command_is_a_usage_error()
    {
        var answer = await MuninnProcess.Run("--verbose", "completion");
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains("unknown option '--verbose'", answer.Error);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("pwsh")]
    public async Task Completion_script_names_the_commands(string shell)
    {
        var answer = await MuninnProcess.Run("completion", shell);
        Assert.Equal(0, answer.ExitCode);
        Assert.Contains("completion", answer.Output);
        Assert.Contains("muninn", answer.Output);
    }

    [Theory]
    [InlineData("tcsh", "'tcsh' is none of bash, zsh, fish, pwsh")]
    [InlineData("--bash", "unknown option '--bash'")]
    public async Task Completion_refuses_what_it_does_not_know(string word, string expected)
    {
        var answer = await MuninnProcess.Run("completion", word);
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains(expected, answer.Error);
        Assert.Contains("Usage: muninn completion SHELL", answer.Error);
    }

    [Fact]
    public async Task Completion_wants_a_shell()
    {
        var answer = await MuninnProcess.Run("completion");
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains("SHELL is missing", answer.Error);
    }
}
