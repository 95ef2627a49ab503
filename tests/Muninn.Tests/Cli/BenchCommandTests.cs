using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Muninn.Tests.Cli;

public class BenchCommandTests
{
    [Fact]
    public async Task Every_figure_but_the_limits_has_a_ratio()
    {
        var answer = await MuninnProcess.Run("bench", "--quick", "--json");
        Assert.Equal("", answer.Error);
        var figures = JsonDocument.Parse(answer.Output).RootElement.GetProperty("figures").EnumerateArray().ToList();
        Assert.All(figures, f => Assert.True(f.GetProperty("value").GetDouble() > 0));
        Assert.All(figures.Skip(2), f => Assert.True(f.GetProperty("ratio").GetDouble() > 0));
        string[] names = [.. figures.Select(f => f.GetProperty("name").GetString() ?? "")];
        Assert.Contains("FMA peak, one thread", names);
        Assert.Contains("product f32, 64 rows", names);
        Assert.Contains("product bf16, 1 row", names);
        Assert.Contains(names, n => n.StartsWith("core iteration", System.StringComparison.Ordinal));
        Assert.Contains(names, n => n.StartsWith("prompt of 64 tokens", System.StringComparison.Ordinal));
        Assert.Contains(names, n => n.StartsWith("heatmap as a whole", System.StringComparison.Ordinal));
    }
}
