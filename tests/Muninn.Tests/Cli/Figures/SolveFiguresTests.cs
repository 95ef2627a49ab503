using System.Linq;
using System.Threading.Tasks;
using Muninn.Microscope.Measures;
using Xunit;

namespace Muninn.Tests.Cli.Figures;

public sealed class SolveFiguresTests
{
    /// <summary>The median of a column of the residuals of one solver in the JSON, over all texts.</summary>
    static double Median(FigureRun run, string solver, int evaluation) => Quartiles.Of(run.Json.GetProperty("prompts").EnumerateArray()
        .SelectMany(prompt => prompt.GetProperty("trials").EnumerateArray()).Where(trial => trial.GetProperty("solver").GetString() == solver)
        .SelectMany(trial => trial.GetProperty("residual").EnumerateArray()).Select(row => FigureRun.Numbers(row)[evaluation - 1])).Median;

    [Fact]
    public async Task Curves_are_the_medians_of_the_residuals()
    {
        var run = await FigureRun.Of("solve", "--questions", "3", "--seed", "2", "--solver", "anderson:3,rre:4");
        int shown = 0;
        foreach (string[] line in run.Table.Skip(1).TakeWhile(line => line.Length == 4))
        {
            int evaluation = int.Parse(line[0], System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(((string[])["plain", "anderson:3", "rre:4"]).Select(solver => FigureRun.Text(Median(run, solver, evaluation))), line[1..]);
            shown++;
        }

        Assert.True(shown > 10);
        foreach (string text in (string[])["plain", "anderson:3", "rre:4", "solved at 10⁻⁴", "rounding floor 2 × 10⁻⁶", "Evaluations of the Core"]) Assert.Contains(text, run.Texts);
        Assert.Contains("Of 64 evaluations the first", run.Words);
    }

    [Fact]
    public async Task One_token_and_one_evaluation_are_a_curve()
    {
        var run = await FigureRun.Of("solve", "--tokens", "5", "-n", "1", "--solver", "rre:4");
        Assert.Equal(["1", FigureRun.Text(Median(run, "plain", 1)), FigureRun.Text(Median(run, "rre:4", 1))], run.Line("1"));
        Assert.Contains("No median comes to 10⁻⁴, the residual at which a token is solved.", run.Words);
    }

    [Fact]
    public async Task What_is_not_finite_is_left_out_or_refused()
    {
        using var folder = new TemporaryFolder();
        string[] line = ["solve", "--tokens", "5,6,7", "-n", "8", "--horizon", "16", "--solver", "rre:4", "--initial-state"];
        await FigureRun.Refused("the figure 'residuals' has nothing to show: no residual of the 3 tokens is finite", [.. line, FigureRun.BrokenStart(folder, 3, 0)]);
        var run = await FigureRun.Of([.. line, FigureRun.BrokenStart(folder, 3, 2)]);
        Assert.Contains("Of 3 tokens 1 is left out where it has no finite residual.", run.Words);
        Assert.Equal(9, run.Table.Count);
    }
}
