using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;
using Muninn.Tests.Kernels;
using Muninn.Tests.Oracle;
using Muninn.Tests.Reference;
using Xunit;

namespace Muninn.Tests.Engine.Model;

/// <summary>Every site against the textbook, computed in double from the weights and from the sites before it.</summary>
public sealed class SiteTests : IDisposable
{
    /// <summary>Relative L2 of one product or norm in float32 against double; all that was seen is below 6e-7.</summary>
    const double Bound = 5e-6;

    const int Limit = 3;

    static readonly int[] _tokens = [5, 17, 100, 2, 127, 8, 8, 42, 99, 101, 3, 61, 7, 50, 12, 13, 14, 15, 16, 1];

    public static TheoryData<string> Cases { get; } = [.. GoldenFile.Cases];

    readonly WorkerPool _pool = new(1);

    public void Dispose() => _pool.Dispose();

    /// <summary>Every site of a run as it was shown, by place and iteration.</summary>
    static Dictionary<(SitePlace Place, int Iteration), float[]> Watch(RecurrentModel model, PromptRun run, Func<RunSettings> settings, List<SitePlace>? order = null)
    {
        var seen = new Dictionary<(SitePlace, int), float[]>();
        run.SiteWatch = new SiteWatch(static (_, _) => true, (in SiteView view) =>
        {
            seen.Add((view.Place, SiteView.IterationOf(view.Place, view.Rows, 0)), view.Values.ToArray());
            order?.Add(view.Place);
        });
        run.Logits(run.Run(settings()), new float[run.Positions * model.Config.Vocabulary]);
        run.SiteWatch = null;
        return seen;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_site_is_what_the_textbook_makes_of_the_sites_before_it(string name)
    {
        using var checkpoint = Checkpoint.Open(GoldenFile.FolderOf(name));
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var run = new PromptRun(model, _pool, _tokens);
        var order = new List<SitePlace>();
        var seen = Watch(model, run, static () => new RunSettings { Limit = Limit, Start = InitialState.Random(4) }, order);
        var config = model.Config;
        Assert.Equal((config.PreludeBlocks + Limit * config.CoreBlocks + config.CodaBlocks) * Enum.GetValues<BlockSite>().Length, seen.Count);
        Assert.Equal(Enum.GetValues<BlockSite>(), order.Take(9).Select(static place => place.Site));
        foreach (var (place, iteration) in seen.Keys.Where(static key => key.Place.Site == BlockSite.Input))
        {
            float[] At(BlockSite site) => seen[(place with { Site = site }, iteration)];
            CheckBlock(checkpoint, model, WeightNames.Block(place.Part, place.Block), At);
            if (place.Block > 0)
                Assert.Equal(seen[(place with { Block = place.Block - 1, Site = BlockSite.Output }, iteration)], At(BlockSite.Input));
        }
    }

    static void CheckBlock(Checkpoint checkpoint, RecurrentModel model, BlockWeightNames names, Func<BlockSite, float[]> at)
    {
        var config = model.Config;
        int rows = _tokens.Length;
        int width = config.Width;
        float[] Weights(string tensor) => checkpoint.Tensor(tensor).ToFloat32();
        float[] Norm(float[] x, int number) =>
            Narrow(Textbook.RmsNorm(x, Weights(names.Norm(number)), rows, width, config.NormEpsilon));
        float[] Product(float[] x, string tensor, int outputs, int inputs) =>
            Narrow(Textbook.Product(x, rows, Weights(tensor), outputs, inputs));
        void Same(double[] expected, BlockSite site) => Near.Relative(expected, at(site), Bound, $"{names} {site}");

        float[] product = Product(Norm(at(BlockSite.Input), 1), names.QueryKeyValue, 3 * width, width);
        float[] bias = config.QueryKeyBias ? Weights(names.QueryKeyBias) : [];
        double[] turned = Textbook.Rotary(
            product, rows, config.Heads, config.HeadWidth, bias, model.RotaryTable, [.. Enumerable.Range(0, rows)]);
        double[] Third(int which) => [.. Enumerable.Range(0, rows).SelectMany(row => turned.Skip((3 * row + which) * width).Take(width))];
        Same(Third(0), BlockSite.Query);
        Same(Third(1), BlockSite.Key);
        Same(Third(2), BlockSite.Value);
        Same(Pattern(at(BlockSite.Query), at(BlockSite.Key), config.Heads, config.HeadWidth), BlockSite.Pattern);
        // Pattern · V, projected, is the attention branch.
        float[] read = Narrow(Average(at(BlockSite.Pattern), at(BlockSite.Value), config.Heads, config.HeadWidth));
        Same(Textbook.Product(read, rows, Weights(names.AttentionOutput), width, width), BlockSite.Attention);
        Same(Wide(Norm(Sum(at(BlockSite.Input), at(BlockSite.Attention)), 2)), BlockSite.AfterAttention);
        float[] gated = Narrow(Textbook.GatedSilu(
            Product(Norm(at(BlockSite.AfterAttention), 3), names.GateAndFactor, 2 * config.Hidden, width), rows, config.Hidden));
        Same(Textbook.Product(gated, rows, Weights(names.HiddenOutput), width, config.Hidden), BlockSite.Mlp);
        Same(Wide(Norm(Sum(at(BlockSite.AfterAttention), at(BlockSite.Mlp)), 4)), BlockSite.Output);
    }

    static double[] Pattern(float[] queries, float[] keys, int heads, int headWidth)
    {
        int rows = _tokens.Length;
        var weights = new double[rows * heads * rows];
        for (int row = 0; row < rows; row++)
        {
            for (int head = 0; head < heads; head++)
            {
                var own = weights.AsSpan((row * heads + head) * rows, row + 1);
                for (int place = 0; place <= row; place++)
                {
                    for (int d = head * headWidth; d < (head + 1) * headWidth; d++)
                        own[place] += (double)queries[row * heads * headWidth + d] * keys[place * heads * headWidth + d];
                    own[place] = Math.Exp(own[place] / Math.Sqrt(headWidth));
                }

                double total = 0;
                foreach (double weight in own)
                    total += weight;
                foreach (ref double weight in own)
                    weight /= total;
            }
        }

        return weights;
    }

    static double[] Average(float[] pattern, float[] values, int heads, int headWidth)
    {
        int rows = _tokens.Length;
        int width = heads * headWidth;
        var y = new double[rows * width];
        for (int row = 0; row < rows; row++)
        {
            for (int place = 0; place < rows; place++)
            {
                for (int column = 0; column < width; column++)
                    y[row * width + column] += (double)pattern[(row * heads + column / headWidth) * rows + place] * values[place * width + column];
            }
        }

        return y;
    }

    static float[] Sum(float[] a, float[] b) => [.. a.Zip(b, static (x, y) => x + y)];

    static float[] Narrow(double[] values) => [.. values.Select(static value => (float)value)];

    static double[] Wide(float[] values) => [.. values.Select(static value => (double)value)];

    [Fact]
    public void What_is_injected_and_what_is_iterated_are_sites_too()
    {
        using var checkpoint = Checkpoint.Open(GoldenFile.FolderOf("tiny-f32"));
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var run = new PromptRun(model, _pool, _tokens);
        var seen = Watch(model, run, static () => new RunSettings { Limit = Limit, Start = InitialState.Random(4) });
        var states = new List<float[]>();
        float[] final = run.Run(
            new RunSettings { Limit = Limit, Start = InitialState.Random(4) }, null,
            (in IterationView view) => states.Add(view.State.ToArray())).ToArray();
        Assert.Equal(final, states[^1]);
        int width = model.Config.Width;
        float[] injected = seen[(new SitePlace(ModelPart.Prelude, model.Config.PreludeBlocks - 1, BlockSite.Output), 0)];
        float[] adapter = checkpoint.Tensor(WeightNames.Adapter).ToFloat32();
        for (int i = 1; i <= Limit; i++)
        {
            float[] pair = [.. Enumerable.Range(0, _tokens.Length).SelectMany(row =>
                states[i - 1].Skip(row * width).Take(width).Concat(injected.Skip(row * width).Take(width)))];
            Near.Relative(
                Textbook.Product(pair, _tokens.Length, adapter, width, 2 * width),
                seen[(new SitePlace(ModelPart.Core, 0, BlockSite.Input), i)], Bound, $"input of iteration {i}");
            Assert.Equal(states[i], seen[(new SitePlace(ModelPart.Core, model.Config.CoreBlocks - 1, BlockSite.Output), i)]);
        }

        float[] normed = new float[final.Length];
        model.FinalNorm.Apply(final, _tokens.Length, normed);
        Assert.Equal(normed, seen[(new SitePlace(ModelPart.Coda, 0, BlockSite.Input), 0)]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Looking_changes_no_bit(int threads)
    {
        using var pool = new WorkerPool(threads);
        using var checkpoint = Checkpoint.Open(GoldenFile.FolderOf("tiny-f32"));
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var run = new PromptRun(model, pool, _tokens);
        float[] expected = run.Run(new RunSettings { Limit = 5 }).ToArray();
        int shown = 0;
        run.SiteWatch = new SiteWatch(static (_, _) => true, (in SiteView view) => shown += view.Values.Length > 0 ? 1 : 0);
        run.SiteChange = new SiteChange(static (_, _) => true, static (_, _, _, _) => { });
        Assert.Equal(expected, run.Run(new RunSettings { Limit = 5 }).ToArray());
        Assert.Equal((model.Config.PreludeBlocks + 5 * model.Config.CoreBlocks) * 9, shown);
    }

    /// <summary>Each site in turn is multiplied by 2 in one block of one iteration: all before it stays, something behind it changes.</summary>
    [Theory]
    [InlineData(BlockSite.Input)]
    [InlineData(BlockSite.Query)]
    [InlineData(BlockSite.Key)]
    [InlineData(BlockSite.Value)]
    [InlineData(BlockSite.Pattern)]
    [InlineData(BlockSite.Attention)]
    [InlineData(BlockSite.AfterAttention)]
    [InlineData(BlockSite.Mlp)]
    [InlineData(BlockSite.Output)]
    public void A_change_acts_from_its_site_on_and_is_what_is_seen(BlockSite site)
    {
        using var checkpoint = Checkpoint.Open(GoldenFile.FolderOf("tiny-f32"));
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var run = new PromptRun(model, _pool, _tokens);
        var order = new List<SitePlace>();
        var plain = Watch(model, run, static () => new RunSettings { Limit = Limit }, order);
        var target = new SitePlace(ModelPart.Core, 1, site);
        run.SiteChange = new SiteChange(
            (place, rows) => place == target && rows.Iterations[0] == 1,
            static (_, _, _, values) =>
            {
                foreach (ref float value in values)
                    value *= 2;
            });
        var changed = Watch(model, run, static () => new RunSettings { Limit = Limit });
        Assert.Equal(Sum(plain[(target, 2)], plain[(target, 2)]), changed[(target, 2)]);
        bool isBehind = false;
        foreach (var key in plain.Keys)
        {
            isBehind |= key == (target, 2);
            if (!isBehind)
                Near.SameBits(plain[key], changed[key], $"{key}");
        }

        // Twice the values of a branch or twice the weights are twice the branch: exactly, since 2 is a power of two.
        var attention = (target with { Site = BlockSite.Attention }, 2);
        if (site is BlockSite.Value or BlockSite.Pattern)
            Near.Relative(Wide(Sum(plain[attention], plain[attention])), changed[attention], Bound, "attention");
        Assert.NotEqual(plain[(target with { Block = 2, Site = BlockSite.Query }, 2)], changed[(target with { Block = 2, Site = BlockSite.Query }, 2)]);
    }

    [Fact]
    public void Weight_on_a_place_that_a_row_does_not_see_is_refused()
    {
        using var checkpoint = Checkpoint.Open(GoldenFile.FolderOf("tiny-f32"));
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var run = new PromptRun(model, _pool, _tokens);
        run.SiteChange = new SiteChange(
            static (place, _) => place.Site == BlockSite.Pattern, static (_, _, columns, values) => values[columns + 2] = 0.5f);
        Assert.Contains("Row 1 sees 2 places, but head 0 gives place 2 a weight of 0.5", Assert.Throws<ArgumentException>(() =>
        {
            run.Run(new RunSettings { Limit = 1 });
        }).Message);
    }
}
