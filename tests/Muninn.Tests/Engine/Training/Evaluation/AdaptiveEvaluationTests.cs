using System;
using System.Linq;
using System.Threading;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Training.Evaluation;
using Muninn.Engine.Training.Worlds;
using Xunit;

namespace Muninn.Tests.Engine.Training.Evaluation;

public sealed class AdaptiveEvaluationTests(Seedling seedling) : IClassFixture<Seedling>
{
    static readonly WorldEvaluationSettings _settings = new()
    {
        Limit = 16,
        Steps = [2, 8],
        Questions = 5,
        Tasks = [WorldTask.Toggle, WorldTask.Sum],
    };

    [Fact]
    public void A_rule_that_never_stops_answers_as_full_depth_does()
    {
        var cells = AdaptiveEvaluation.Run(seedling.Model, seedling.Tokens, _settings, new ResidualExit(1e-30), seedling.Pool);
        var whole = WorldEvaluation.Run(seedling.Model, seedling.Tokens, _settings, seedling.Pool);
        Assert.Equal(whole.Cells.Select(static cell => (cell.Task, cell.Steps, cell.Questions, cell.Right[^1])), cells.Select(static cell => (cell.Task, cell.Steps, cell.Questions, cell.Right)));
        Assert.All(cells, static cell => Assert.Equal((16, cell.Tokens), (cell.Iterations, cell.AtLimit)));
        Assert.All(cells, static cell => Assert.InRange(cell.Tokens, cell.Questions, 10 * cell.Questions));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_rule_that_stops_saves_iterations_whoever_counts(bool readsLogits)
    {
        ExitRule rule = readsLogits ? new StableTokenExit(3) : new ResidualExit(1e-2);
        int asked = 0;
        var cells = AdaptiveEvaluation.Run(seedling.Model, seedling.Tokens, _settings, rule, seedling.Pool, count => asked += count);
        Assert.Equal(20, asked);
        Assert.All(cells, static cell => Assert.InRange(cell.Iterations, 2, 15));
        Assert.All(cells, static cell => Assert.InRange(cell.AtLimit, 0, cell.Tokens - 1));
        Assert.Equal(cells, AdaptiveEvaluation.Run(seedling.Model, seedling.Tokens, _settings, rule, seedling.Pool));
    }

    [Fact]
    public void Ends_when_cancelled_and_refuses_bad_rules()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => AdaptiveEvaluation.Run(
            seedling.Model, seedling.Tokens, _settings, new ResidualExit(), seedling.Pool, cancellation: source.Token));
        Assert.Contains("threshold is -1", Assert.ThrowsAny<ArgumentException>(() => AdaptiveEvaluation.Run(
            seedling.Model, seedling.Tokens, _settings, new ResidualExit(-1), seedling.Pool)).Message, StringComparison.Ordinal);
    }
}
