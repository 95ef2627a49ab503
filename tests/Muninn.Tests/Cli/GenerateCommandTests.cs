using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Muninn.Engine.Caching;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Generation;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Text;
using Muninn.Kernels;
using Muninn.Tests.Engine.Generation;
using Muninn.Tests.Reference;
using Xunit;

namespace Muninn.Tests.Cli;

public sealed class GenerateCommandTests
{
    const string Sentence = "Ann gives the key to Ben.";

    static readonly string _seedling = Path.Combine(AppContext.BaseDirectory, "models", "seedling");

    static Task<Answer> Generate(params string[] arguments) => MuninnProcess.Run(["generate", .. arguments]);

    static async Task<(List<JsonElement> Tokens, JsonElement End)> Lines(params string[] arguments)
    {
        var answer = await Generate(["--json", .. arguments]);
        Assert.Equal("", answer.Error);
        Assert.Equal(0, answer.ExitCode);
        List<JsonElement> lines = [.. answer.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        return (lines[..^1], lines[^1]);
    }

    public static TheoryData<string, Func<GenerationRequest, GenerationRequest>> Requests { get; } = new()
    {
        { "", request => request },
        { "--iterations 3 --cache shared:2", request => request with { Limit = 3, Cache = CachePolicy.Shared(2) } },
        { "--cache anchored:2,3 --carry-state", request => request with { Cache = CachePolicy.Anchored(2, 3), CarriesState = true } },
        { "--initial-state random --seed 7", request => request with { Start = InitialState.Random(7) } },
        { "--iterations 32 --exit kl:1e-3/2 --no-prompt-exits",
            request => request with { Limit = 32, Exit = new DivergenceExit(1e-3) { CodaInterval = 2 }, PromptExits = false } },
        { "--iterations 16 --draft-iterations 4 --draft-tokens 3",
            request => request with { Limit = 16, Mode = new SpeculativeMode { DraftIterations = 4, DraftTokens = 3 } } },
        { "--iterations 24 --wavefront --inner 3 --wave 9 --headway 2 --threshold 0.05 --momentum 0.1 --noise 0.2 --seed 5",
            request => request with
            {
                Limit = 24,
                Cache = CachePolicy.LatestOnly,
                Mode = new WavefrontMode
                {
                    Inner = 3,
                    WaveMax = 9,
                    Headway = 2,
                    Threshold = 0.05,
                    EmbeddingMomentum = 0.1,
                    StateNoise = 0.2,
                    NoiseSeed = 5,
                },
            } },
        { "--temperature 1.5 --top-k 40 --top-p 0.9 --min-p 0.01 --seed 3 --repetition-penalty 1.1",
            request => request with
            {
                Sampler = new FilteredSampler
                {
                    Temperature = 1.5f,
                    TopK = 40,
                    TopP = 0.9,
                    MinP = 0.01,
                    Seed = 3,
                    RepetitionPenalty = 1.1f,
                },
            } },
        { "--dry-multiplier 2 --dry-base 1.5 --dry-allowed-length 1 --dry-range 50 --logit-bias 282=-3 --logit-bias 763=-inf",
            request => request with
            {
                Sampler = Sampler.Greedy with
                {
                    Dry = new DryPenalty { Multiplier = 2, Base = 1.5f, AllowedLength = 1, Range = 50 },
                    LogitBias = new Dictionary<int, float> { [282] = -3, [763] = float.NegativeInfinity },
                },
            } },
        { "--reference-compatible --temperature 1 --top-p 0.8",
            request => request with
            {
                Reference = new ReferenceCompatibility(),
                Cache = CachePolicy.PerIteration with { Missing = MissingEntries.LeftOut },
                Sampler = new FilteredSampler { TopP = 0.8, Nucleus = NucleusRule.DropCrossing },
            } },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Text_is_that_of_the_scheduler(string options, Func<GenerationRequest, GenerationRequest> change)
    {
        var answer = await Generate([Sentence, "--max-tokens", "40", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Equal("", answer.Error);
        Assert.Equal(0, answer.ExitCode);

        using var checkpoint = Checkpoint.Open(_seedling);
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var pool = new WorkerPool(1);
        var text = ModelText.Open(_seedling)!;
        var request = change(new GenerationRequest
        {
            Prompt = text.EncodePrompt(Sentence),
            TokensMax = 40,
            Limit = model.Config.MeanRecurrence,
            StopTokens = [763],
        });
        using var scheduler = new DepthScheduler(model, pool, SchedulerSettings.For(request, model.Config));
        var tokens = new List<int>();
        scheduler.Submit(request, (in GeneratedToken token) =>
        {
            tokens.Add(token.Token);
            return true;
        });
        while (scheduler.Step())
        {
        }

        Assert.NotEmpty(tokens);
        Assert.Equal(text.Tokenizer.Decode([.. tokens.Where(token => !text.Tokenizer.IsSpecial(token))]), answer.Output);
    }

    [Theory]
    [InlineData("fixed.full.r16", "--iterations 16")]
    [InlineData("carry.r4", "--iterations 4 --carry-state")]
    [InlineData("fixed.compress-s8.r16", "--iterations 16 --cache shared:2")]
    [InlineData("fixed.compress-anchor.r16", "--iterations 16 --cache anchored:8,1")]
    [InlineData("speculative.1", "--iterations 16 --draft-iterations 4 --draft-tokens 4")]
    [InlineData("adaptive.latent-diff.full", "--iterations 32 --exit residual:0.1")]
    [InlineData("adaptive.latent-diff.compress-s4", "--iterations 32 --exit residual:0.1 --cache latest")]
    public async Task Compatible_tokens_are_the_originals(string job, string options)
    {
        var golden = GoldenFile.Open("tiny-f32");
        var (tokens, end) = await Lines(
            ["--model", golden.Folder, "--tokens", string.Join(',', golden.Integers("in.ids")), "--max-tokens", "24", "--rotary", "stored",
                "--reference-compatible", .. options.Split(' ')]);
        var expected = ReferencePlan.Open("tiny-f32").Result(job);
        Assert.Equal(ReferencePlan.Integers(expected.GetProperty("tokens")), tokens.Select(token => token.GetProperty("id").GetInt32()));
        Assert.Equal("max-tokens", end.GetProperty("end").GetString());
        Assert.Equal("", end.GetProperty("text").GetString());
    }

    [Fact]
    public async Task Json_lines_have_every_token_and_the_end()
    {
        var plain = await Generate(Sentence, "--max-tokens", "30", "--exit", "residual", "--iterations", "20");
        var (tokens, end) = await Lines(Sentence, "--max-tokens", "30", "--exit", "residual", "--iterations", "20", "--log-probabilities", "3");
        Assert.Equal(30, tokens.Count);
        Assert.Equal(plain.Output, string.Concat(tokens.Select(token => token.GetProperty("text").GetString())));
        Assert.Equal(plain.Output, end.GetProperty("text").GetString());
        Assert.Equal(30, end.GetProperty("tokens").GetInt32());
        Assert.Equal(9, end.GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(Enumerable.Range(9, 30), tokens.Select(token => token.GetProperty("position").GetInt32()));
        foreach (var token in tokens)
        {
            Assert.InRange(token.GetProperty("iterations").GetInt32(), 1, 19);
            Assert.Equal("rule", token.GetProperty("exit").GetString());
            Assert.InRange(token.GetProperty("value").GetDouble(), 0, 0.03);
            List<JsonElement> likeliest = [.. token.GetProperty("likeliest").EnumerateArray()];
            Assert.Equal(3, likeliest.Count);
            Assert.Equal(token.GetProperty("id").GetInt32(), likeliest[0].GetProperty("id").GetInt32());
            double[] values = [.. likeliest.Select(entry => entry.GetProperty("log_probability").GetDouble())];
            Assert.Equal(values.OrderDescending(), values);
            Assert.Equal(token.GetProperty("log_probability").GetDouble(), values[0], 5);
        }

        var stats = end.GetProperty("stats");
        Assert.Equal(tokens.Average(token => token.GetProperty("iterations").GetInt32()), stats.GetProperty("mean_iterations").GetDouble(), 9);
        Assert.Equal(30, stats.GetProperty("exits_by_rule").GetInt32());
        Assert.True(stats.GetProperty("key_value_bytes").GetInt64() > 0 && stats.GetProperty("weight_bytes").GetInt64() > 0);
    }

    [Fact]
    public async Task Seed_decides_the_draws()
    {
        string[] options = [Sentence, "--max-tokens", "30", "--temperature", "1.5", "--seed"];
        var first = (await Generate([.. options, "1"])).Output;
        Assert.Equal(first, (await Generate([.. options, "1", "--threads", "2"])).Output);
        Assert.NotEqual(first, (await Generate([.. options, "2"])).Output);
    }

    [Theory]
    [InlineData(" gives", " Ben")]
    [InlineData("s th", " Ben give")]
    [InlineData("\n", null)]
    public async Task Stop_text_ends_the_text_before_it(string stop, string? expected)
    {
        var whole = (await Generate(Sentence, "--max-tokens", "20")).Output;
        var (_, end) = await Lines(Sentence, "--max-tokens", "20", "--stop", "nowhere to be seen", "--stop", stop);
        Assert.Equal(expected ?? whole, (await Generate(Sentence, "--max-tokens", "20", "--stop", stop)).Output);
        Assert.Equal(expected ?? whole, end.GetProperty("text").GetString());
        Assert.Equal(expected is null ? "max-tokens" : "stop-text", end.GetProperty("end").GetString());
        Assert.Equal(expected is null ? null : stop, end.GetProperty("stop").GetString());
    }

    [Fact]
    public async Task Stats_stand_on_standard_error_alone()
    {
        string[] options = [Sentence, "--max-tokens", "30", "--iterations", "16"];
        var plain = await Generate(options);
        var speculative = await Generate([.. options, "--draft-iterations", "4", "--stats"]);
        Assert.Equal(plain.Output, speculative.Output);
        string[] labels = [.. speculative.Error.TrimEnd('\n').Split('\n').Select(line => line[..13].TrimEnd())];
        Assert.Equal(["end", "prompt", "decode", "iterations", "exits", "block passes", "acceptance", "memory"], labels);
        Assert.Matches(@"acceptance +[0-9.]+ %: \d+ of \d+ drafted tokens", speculative.Error);
        Assert.Contains("max-tokens, 30 tokens behind 9 of the prompt", speculative.Error);
        var adaptive = await Generate([.. options, "--exit", "residual:0.01", "--stats"]);
        Assert.Matches(@"exits +\d+ by residual, \d+ at the limit", adaptive.Error);
        Assert.DoesNotContain("acceptance", adaptive.Error);
    }

    public static TheoryData<string, string> Refusals { get; } = new()
    {
        { "--exit sudden", "'sudden' is no exit rule; give one of fixed, residual, cosine, acceleration, contraction, entropy, kl, minp-kl, stable-token" },
        { "--cache share:3", "'share:3' is no cache; give per-iteration, shared:N, anchored:F,N or latest" },
        { "--cache shared", "takes the number of slots" },
        { "--cache latest:1", "latest takes no number" },
        { "--cache-format f16", "'f16' is none of float32, bfloat16" },
        { "--iterations 0", "'0' is no whole number from 1 to 10000" },
        { "--max-tokens 0", "'0' is no whole number from 1" },
        { "--temperature -1", "'-1' is no number from 0 to 100" },
        { "--top-p 0.9", "--top-p says among which tokens to draw, and without a temperature none is drawn" },
        { "--temperature 1 --top-p 0", "'0' is no number above 0 to 1" },
        { "--dry-base 2", "Give --dry-multiplier too" },
        { "--logit-bias 5", "'5' is no bias; give a token id and a number" },
        { "--logit-bias 768=1", "token id 768 is outside the model's vocabulary, 0 to 767" },
        { "--logit-bias 5=1 --logit-bias 5=2", "token 5 is given twice" },
        { "--draft-tokens 3", "Give --draft-iterations too" },
        { "--draft-iterations 8", "Drafts of 8 iterations and 8 to verify them leave nothing to gain; give drafts 1 to 7" },
        { "--draft-iterations 2 --cache latest", "take per-iteration" },
        { "--draft-iterations 2 --exit kl", "take residual, for one" },
        { "--draft-iterations 2 --wavefront", "two ways to decode" },
        { "--headway 2", "Give --wavefront too" },
        { "--wavefront --cache per-iteration", "take latest" },
        { "--wavefront --inner 9", "give 1 to 8" },
        { "--wavefront --carry-state", "take either the wavefront or carried states" },
        { "--wavefront --reference-compatible", "not the original's sampler" },
        { "--log-probabilities 2", "Give --json too" },
        { "--initial-state one", "neither zero nor random" },
        { "--tokens 5", "TEXT and --tokens are both given" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Refuses_what_it_cannot_do(string options, string message)
    {
        var answer = await Generate([Sentence, .. options.Split(' ')]);
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains(message, answer.Error);
        Assert.Equal("", answer.Output);
    }

    [Fact]
    public async Task A_model_without_a_tokenizer_prints_ids_alone()
    {
        string[] options = ["--model", GoldenFile.FolderOf("tiny-bf16"), "--tokens", "5,17,3", "--max-tokens", "2"];
        Assert.Contains("Give --json, which prints ids", (await Generate(options)).Error);
        Assert.Contains("--stop is a text", (await Generate([.. options, "--json", "--stop", "x"])).Error);
        Assert.Equal(2, (await Lines(options)).Tokens.Count);
    }

    [Fact]
    public async Task A_full_context_ends_the_text_with_a_note()
    {
        var ids = string.Join(',', Enumerable.Repeat(295, 1020));
        var answer = await Generate("--tokens", ids, "--iterations", "1", "--logit-bias", "763=-inf", "--stats");
        Assert.Equal(0, answer.ExitCode);
        Assert.Contains("context-full, 4 tokens behind 1020", answer.Error);
        Assert.Contains("note: the context of seedling, 1024 tokens, is full", answer.Error);
        var full = await Generate("--tokens", ids + ",295,295,295,295");
        Assert.Equal(2, full.ExitCode);
        Assert.Contains("shorten it by 1", full.Error);
    }

    [Fact]
    public async Task More_memory_than_there_is_is_a_failure_with_the_figures()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(_seedling)) File.Copy(file, folder.At(Path.GetFileName(file)));
        File.WriteAllText(folder.At("config.json"), File.ReadAllText(folder.At("config.json")).Replace("\"block_size\": 1024", "\"block_size\": 4194304"));
        var answer = await Generate(Sentence, "--model", folder.Root, "--max-tokens", "4000000", "--iterations", "10000");
        Assert.Equal(1, answer.ExitCode);
        Assert.Matches("keys and values of .+ positions with per-iteration and 10000 iterations need .+ TiB.* e.g. --cache latest", answer.Error);
    }

    [Fact]
    public async Task Text_comes_from_pipe_file_and_environment_alike()
    {
        using var folder = new TemporaryFolder();
        var expected = (await Generate(Sentence, "--max-tokens", "12")).Output;
        var piped = await MuninnProcess.Run(new Call
        {
            Arguments = ["generate"],
            Input = Encoding.UTF8.GetBytes(Sentence),
            Environment = new Dictionary<string, string> { ["MUNINN_MAX_TOKENS"] = "12" },
        });
        Assert.Equal(expected, piped.Output);
        Assert.Equal(expected, (await Generate("--file", folder.Write("a.txt", Sentence), "--max-tokens", "12")).Output);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Interrupt_ends_it_at_once_and_keeps_what_came(bool json)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent with kill");
        string[] options = ["generate", Sentence, "--max-tokens", "900", "--logit-bias", "763=-inf", "--iterations", "4000"];
        using var process = MuninnProcess.Start(new Call { Arguments = json ? [.. options, "--json"] : options });
        process.StandardInput.Close();
        var first = new char[1];
        Assert.Equal(1, await process.StandardOutput.ReadAsync(first));
        var clock = Stopwatch.StartNew();
        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"])) await kill.WaitForExitAsync();
        await MuninnProcess.Ended(process);
        Assert.Equal(130, process.ExitCode);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);
        Assert.Equal("", await process.StandardError.ReadToEndAsync());
        var output = first[0] + await process.StandardOutput.ReadToEndAsync();
        if (!json) Assert.StartsWith(" Ben gives the key", output + " Ben gives the key"[Math.Min(output.Length, 18)..]);
        else Assert.Equal("cancelled", JsonDocument.Parse(output.TrimEnd('\n').Split('\n')[^1]).RootElement.GetProperty("end").GetString());
    }
}
