using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Generation;
using Muninn.Engine.Model;
using Muninn.Kernels;

namespace Muninn.Cli.Benches;

/// <summary>
/// Passes through blocks that a token waits for, one after the other, on the default model: what every way to generate is about,
/// and the same on every machine. Questions end with their answer, of a word; texts go on for 32 tokens behind the first.
/// </summary>
sealed class PassCases : BenchGroup
{
    const int AnswerTokens = 16;
    const int TextTokens = 33;
    const int Seed = 1;

    readonly Held<int, Loaded> _models;

    /// <summary>Loads nothing yet.</summary>
    public PassCases(BenchDepth depth, WorkerPool pool, Shell shell) => _models = new(_ => new Loaded(depth.Prompts, pool, shell));

    /// <inheritdoc/>
    public override string Name => "passes";

    /// <inheritdoc/>
    public override IEnumerable<BenchCase> Cases
    {
        get
        {
            foreach (bool questions in new[] { true, false })
            {
                foreach (var mode in TextMode.All)
                {
                    var name = $"{mode.Name}, {(questions ? "questions" : "texts")}";
                    yield return new(name, () =>
                    {
                        var (passes, share, _) = _models.Get(0).Of(questions).Compare(mode);
                        return new(Name, name, passes, "passes", share, "of plain", new(mode.PassesMost, AtMost: true));
                    });
                    var equal = $"as plain: {name}";
                    yield return new(equal, () =>
                    {
                        var prompts = _models.Get(0).Of(questions);
                        int same = prompts.Compare(mode).Equal;
                        return new(Name, equal, same, "prompts", (double)same / prompts.Count, "of all", new(mode.EqualLeast));
                    });
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _models.Dispose();

    sealed class Loaded : IDisposable
    {
        readonly Checkpoint _checkpoint;
        readonly RecurrentModel _model;
        readonly Prompts _questions;
        readonly Prompts _texts;

        public Loaded(int count, WorkerPool pool, Shell shell)
        {
            var folder = DefaultModel.Folder;
            _checkpoint = Checkpoint.Open(folder);
            _model = RecurrentModel.Load(_checkpoint, new ModelOptions());
            var text = DefaultModel.Text;
            var prompts = new HeldOutPrompts(Seed);
            int end = text.Tokenizer.IdOf(DefaultModel.EndToken) ?? throw new InvalidDataException($"No token is called {DefaultModel.EndToken}.");
            _questions = Of(prompts.Questions(count), AnswerTokens, [end]);
            _texts = Of(prompts.Beginnings(count), TextTokens, []);

            Prompts Of(IEnumerable<string> texts, int tokens, IReadOnlyList<int> stops) => new(
                [.. texts.Select(one => Request(text.EncodePrompt(one), tokens, stops))],
                request => TextRun.Of(request, _model, pool, shell.Stopping));
        }

        public Prompts Of(bool questions) => questions ? _questions : _texts;

        public void Dispose()
        {
            _model.Dispose();
            _checkpoint.Dispose();
        }

        static GenerationRequest Request(int[] ids, int tokens, IReadOnlyList<int> stops) =>
            new() { Prompt = ids, Limit = TextMode.Limit, TokensMax = tokens, StopTokens = stops };
    }

    /// <summary>Prompts of one kind; each way is run over them once.</summary>
    sealed class Prompts(IReadOnlyList<GenerationRequest> requests, Func<GenerationRequest, TextRun> run)
    {
        readonly Dictionary<TextMode, (double Passes, double Share, int Equal)> _compared = [];
        List<TextRun>? _plain;

        public int Count => requests.Count;

        /// <summary>Passes for a token, their share of plain decoding's, and prompts with the same tokens.</summary>
        public (double Passes, double Share, int Equal) Compare(TextMode mode)
        {
            if (_compared.TryGetValue(mode, out var compared)) return compared;
            _plain ??= [.. requests.Select(run)];
            var runs = requests.Select(request => run(mode.Apply(request))).ToList();
            double passes = PassesOf(runs);
            int equal = runs.Zip(_plain).Count(static pair => pair.First.Tokens.SequenceEqual(pair.Second.Tokens));
            return _compared[mode] = (passes, passes / PassesOf(_plain), equal);
        }

        static double PassesOf(List<TextRun> runs) => (double)runs.Sum(static run => run.BlockPasses) / runs.Sum(static run => run.Counted);
    }
}
