using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Muninn.Cli.Frame;
using Muninn.Engine.Generation;
using Muninn.Kernels;

namespace Muninn.Cli.Benches;

/// <summary>
/// Texts one at a time on a model that no cache holds: every way beside plain decoding of the same text. It is the default model made
/// wider, so that texts, exits and drafts are those of a trained model.
/// </summary>
sealed class DecodeCases : BenchGroup
{
    const int Seed = 2;
    const int WarmUpTokens = 4;

    readonly BenchDepth _depth;
    readonly CancellationToken _stopping;
    readonly WorkerPool _pool;
    readonly Held<int, TemporaryModel> _models;
    readonly Dictionary<TextMode, List<(TextRun Plain, TextRun Other)>> _runs = [];

    /// <summary>Makes nothing yet.</summary>
    public DecodeCases(BenchDepth depth, WorkerPool pool, Shell shell)
    {
        (_depth, _pool, _stopping) = (depth, pool, shell.Stopping);
        _models = new(_ => TemporaryModel.Widen(DefaultModel.Folder, depth, pool, shell));
    }

    /// <inheritdoc/>
    public override string Name => "decode";

    /// <inheritdoc/>
    public override IEnumerable<BenchCase> Cases
    {
        get
        {
            foreach (var mode in TextMode.All)
            {
                yield return new(mode.Name, () =>
                {
                    var runs = Runs(mode);
                    return new(
                        Name, mode.Name, Figure.Median(runs.Select(static run => run.Other.TokensPerSecond)), "tokens/s",
                        Figure.Median(runs.Select(static run => run.Other.TokensPerSecond / run.Plain.TokensPerSecond)), "of plain",
                        mode.SpeedLeast is { } least ? new(least) : null);
                });
                var same = $"as plain: {mode.Name}";
                yield return new(same, () =>
                {
                    var runs = Runs(mode);
                    double tokens = runs.Sum(static run => run.Other.SameAs(run.Plain));
                    return new(Name, same, tokens, "tokens", tokens / runs.Sum(static run => run.Plain.Tokens.Count), "of all");
                });
                var allocated = $"allocated per token: {mode.Name}";
                yield return new(allocated, () =>
                {
                    var runs = Runs(mode);
                    double bytes = runs.Sum(static run => run.Other.AllocatedBytes);
                    return new(Name, allocated, bytes / runs.Sum(static run => run.Other.Counted), "B", Goal: new(0, AtMost: true));
                });
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _models.Dispose();

    /// <summary>Every text plainly and right behind it in every other way.</summary>
    List<(TextRun Plain, TextRun Other)> Runs(TextMode mode)
    {
        if (_runs.Count > 0) return _runs[mode];
        foreach (var one in TextMode.All) _runs[one] = [];
        var texts = new HeldOutPrompts(Seed).Beginnings(_depth.Texts).Select(text => DefaultModel.Text.EncodePrompt(text)).ToList();
        foreach (var one in TextMode.All) Run(one.Apply(Request(texts[0], WarmUpTokens)));
        foreach (var ids in texts)
        {
            var request = Request(ids, 1 + _depth.TextTokens);
            var plain = Run(request);
            foreach (var one in TextMode.All) _runs[one].Add((plain, Run(one.Apply(request))));
        }

        return _runs[mode];
    }

    static GenerationRequest Request(int[] ids, int tokens) => new() { Prompt = ids, Limit = TextMode.Limit, TokensMax = tokens };

    TextRun Run(GenerationRequest request) => TextRun.Of(request, _models.Get(0).Model, _pool, _stopping);
}
