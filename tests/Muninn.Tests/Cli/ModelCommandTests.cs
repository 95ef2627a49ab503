using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Muninn.Tests.Cli;

public class ModelCommandTests
{
    static string Reference(string name) => Path.Combine(System.AppContext.BaseDirectory, "reference", name);

    [Fact]
    public async Task List_names_the_model_that_ships()
    {
        var answer = await MuninnProcess.Run("models", "list");
        Assert.Equal(0, answer.ExitCode);
        Assert.Matches(@"(?m)^seedling +\d+ k  .*models.seedling$", answer.Output);
    }

    [Fact]
    public async Task List_finds_the_cache_and_shows_what_is_damaged()
    {
        using var folder = new TemporaryFolder();
        var commit = new string('a', 40);
        var repository = Path.Combine(folder.Root, "models--raven--small");
        Directory.CreateDirectory(Path.Combine(repository, "refs"));
        await File.WriteAllTextAsync(Path.Combine(repository, "refs", "main"), commit);
        var snapshot = Directory.CreateDirectory(Path.Combine(repository, "snapshots", commit)).FullName;
        File.Copy(Path.Combine(Reference("tiny-f32"), "config.json"), Path.Combine(snapshot, "config.json"));
        await File.WriteAllTextAsync(Path.Combine(snapshot, "model.safetensors"), "no tensors");
        var environment = new Dictionary<string, string> { ["HF_HUB_CACHE"] = folder.Root };

        var list = await MuninnProcess.Run(new Call { Arguments = ["models", "list", "--json"], Environment = environment });
        Assert.Equal(0, list.ExitCode);
        var models = JsonDocument.Parse(list.Output).RootElement.GetProperty("models").EnumerateArray().ToList();
        Assert.Equal(["seedling", "raven/small"], models.Select(m => m.GetProperty("name").GetString()));
        Assert.True(models[0].TryGetProperty("parameters", out _));
        Assert.True(models[1].TryGetProperty("problem", out _));

        File.Copy(Path.Combine(Reference("tiny-f32"), "model.safetensors"), Path.Combine(snapshot, "model.safetensors"), overwrite: true);
        var show = await MuninnProcess.Run(new Call { Arguments = ["models", "show", "raven/small@aaaa"], Environment = environment });
        Assert.Equal(0, show.ExitCode);
        Assert.Contains("Width", show.Output);
    }

    [Fact]
    public async Task Show_has_shape_size_and_tensors()
    {
        var answer = await MuninnProcess.Run("models", "show", Reference("tiny-bf16"), "--tensors", "--json");
        Assert.Equal(0, answer.ExitCode);
        var model = JsonDocument.Parse(answer.Output).RootElement;
        Assert.Equal(96, model.GetProperty("width").GetInt32());
        Assert.Equal(3, model.GetProperty("heads").GetInt32());
        Assert.Equal(640, model.GetProperty("vocabulary").GetInt32());
        Assert.False(model.GetProperty("query_key_bias").GetBoolean());
        Assert.Matches("^[0-9a-f]{16}$", model.GetProperty("fingerprint").GetString());
        Assert.Contains(model.GetProperty("tensors").EnumerateArray(),
            t => t.GetProperty("name").GetString() == "transformer.wte.weight" && t.GetProperty("shape")[0].GetInt32() == 640);
    }

    [Fact]
    public async Task Show_without_a_name_shows_the_default()
    {
        var answer = await MuninnProcess.Run("models", "show");
        Assert.Matches(@"(?m)^Model +seedling$", answer.Output);
        Assert.Matches(@"(?m)^Width +128$", answer.Output);
        Assert.Matches(@"(?m)^Parameters +\d+ k$", answer.Output);
    }

    [Theory]
    [InlineData("models", "wants a second word: 'muninn models list' or 'muninn models show'")]
    [InlineData("models delete", "'models delete' is no command")]
    [InlineData("models list seedling", "'seedling' is too much")]
    [InlineData("models show a --model b", "MODEL and --model are both given")]
    public async Task Refuses_with_the_reason(string line, string expected)
    {
        var answer = await MuninnProcess.Run(line.Split(' '));
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains(expected, answer.Error);
    }

    [Fact]
    public async Task Help_of_the_group_shows_both()
    {
        var answer = await MuninnProcess.Run("models", "--help");
        Assert.Equal(0, answer.ExitCode);
        Assert.Contains("Usage: muninn models list", answer.Output);
        Assert.Contains("Usage: muninn models show", answer.Output);
    }

    [Fact]
    public async Task Missing_model_says_where_it_was_looked_for()
    {
        var answer = await MuninnProcess.Run("models", "show", "raven/none");
        Assert.Equal(3, answer.ExitCode);
        Assert.Contains("models--raven--none", answer.Error);
        Assert.Contains("seedling", answer.Error);
    }

    [Fact]
    public async Task Damaged_model_is_a_failure_that_names_the_file()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(Reference("tiny-f32"), "config.json"), folder.At("config.json"));
        var bytes = await File.ReadAllBytesAsync(Path.Combine(Reference("tiny-f32"), "model.safetensors"));
        await File.WriteAllBytesAsync(folder.At("model.safetensors"), bytes[..^1000]);
        var answer = await MuninnProcess.Run("models", "show", folder.Root);
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("model.safetensors", answer.Error);
        Assert.DoesNotContain(" at Muninn.", answer.Error);
    }

    [Fact]
    public async Task Doctor_reports_machine_models_and_terminal()
    {
        var answer = await MuninnProcess.Run(new Call
        {
            Arguments = ["doctor", "--json"],
            Environment = new Dictionary<string, string> { ["MUNINN_ITERATION"] = "3", ["NO_COLOR"] = "1" },
        });
        Assert.Equal(0, answer.ExitCode);
        var doctor = JsonDocument.Parse(answer.Output).RootElement;
        Assert.Equal("seedling", doctor.GetProperty("models").GetProperty("found").GetString()!.Split(',')[0]);
        Assert.NotEqual("", doctor.GetProperty("processor").GetProperty("threads").GetString());
        Assert.Equal("redirected", doctor.GetProperty("terminal").GetProperty("standard output").GetString());
        Assert.Equal("set", doctor.GetProperty("terminal").GetProperty("NO_COLOR").GetString());
        Assert.Contains("did you mean MUNINN_ITERATIONS?", doctor.GetProperty("environment").GetProperty("MUNINN_ITERATION").GetString());
        Assert.StartsWith("muninn\n  version ", (await MuninnProcess.Run("doctor")).Output);
    }
}
