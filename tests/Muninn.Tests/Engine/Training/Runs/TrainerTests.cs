using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Files;
using Muninn.Engine.Training.Data;
using Muninn.Engine.Training.Runs;
using Muninn.Kernels;
using Xunit;

namespace Muninn.Tests.Engine.Training.Runs;

public sealed class TrainerTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(11)]
    public void A_run_that_is_taken_up_again_ends_with_the_same_bits(int cut)
    {
        var recipe = SmallRun.Read(_folder, SmallRun.Recipe());
        using var pool = new WorkerPool(1);
        var whole = SmallRun.Model(_folder, recipe, pool);
        var trainer = SmallRun.Trainer(recipe, whole, pool);
        Steps(trainer, 12);

        string kept = _folder.At("kept");
        {
            var first = SmallRun.Model(_folder, recipe, pool);
            var early = SmallRun.Trainer(recipe, first, pool);
            Steps(early, cut);
            TrainingCheckpoint.Write(FolderTarget.Of(kept), early, [], "recipe");
        }

        using var two = new WorkerPool(2);
        var second = SmallRun.Load(kept);
        var late = SmallRun.Trainer(recipe, second, two);
        TrainingCheckpoint.Restore(kept, late, "recipe");
        Assert.Equal(cut, late.Progress.Updates);
        // What looks must not touch.
        late.Probe();
        Steps(late, 12 - cut);
        AssertSame(trainer, late);
        Assert.Equal(((WorldSource)trainer.Source).Memory(), ((WorldSource)late.Source).Memory());
    }

    [Fact]
    public void A_run_learns()
    {
        var json = SmallRun.Recipe();
        json["budget"] = new JsonObject { ["tokens"] = 320 * 60 };
        var recipe = SmallRun.Read(_folder, json);
        using var pool = new WorkerPool(1);
        var model = SmallRun.Model(_folder, recipe, pool);
        var trainer = SmallRun.Trainer(recipe, model, pool);
        double[] losses = [.. Steps(trainer, 60).Select(step => step.Loss)];
        Assert.True(losses[..5].Average() > 5, $"{losses[0]}");
        Assert.True(losses[^5..].Average() < 0.5 * losses[..5].Average(), $"{losses[^5..].Average()}");
        Assert.Contains(((WorldSource)trainer.Source).Levels.Now, level => level.Steps > 2);
    }

    [Fact]
    public void An_update_is_the_mean_of_its_micro_batches_and_follows_the_schedule()
    {
        var recipe = SmallRun.Read(_folder, SmallRun.Recipe());
        using var pool = new WorkerPool(1);
        var model = SmallRun.Model(_folder, recipe, pool);
        var trainer = SmallRun.Trainer(recipe, model, pool);
        var steps = Steps(trainer, 3);
        Assert.Equal([1, 2, 3], steps.Select(step => step.Number));
        Assert.Equal(recipe.Settings(model.Config, 12).Schedule.At(2), steps[2].Rate);
        var sampler = recipe.Settings(model.Config, 12).Depth;
        Assert.Equal([sampler.At(4), sampler.At(5)], steps[2].Depths);
        Assert.All(steps, step => Assert.InRange(step.Rows, 220, 320));
        Assert.Equal(steps.Sum(step => step.Rows), trainer.Progress.Rows);
        Assert.Equal(steps.Sum(step => step.Documents), trainer.Progress.NextDocument);
    }

    [Fact]
    public void A_gradient_that_is_not_finite_is_skipped_and_counted()
    {
        var recipe = SmallRun.Read(_folder, SmallRun.Recipe());
        using var pool = new WorkerPool(1);
        var model = SmallRun.Model(_folder, recipe, pool);
        var trainer = SmallRun.Trainer(recipe, model, pool);
        var gain = model.Weight(WeightNames.FinalNorm);
        float kept = gain.Values[0];
        gain.Values[0] = float.PositiveInfinity;
        float[] before = [.. model.Weights[0].Values];
        var step = trainer.Step();
        Assert.False(step.Update.Applied);
        Assert.Equal(before, model.Weights[0].Values);
        Assert.Equal(new TrainingProgress(1, step.Documents, step.Rows, 1, 0), trainer.Progress);
        gain.Values[0] = kept;
        Assert.True(trainer.Step().Update.Applied);
        Assert.Equal(1, trainer.Progress.Skipped);
    }

    [Fact]
    public void A_checkpoint_of_another_recipe_or_spoiled_is_refused()
    {
        var recipe = SmallRun.Read(_folder, SmallRun.Recipe());
        using var pool = new WorkerPool(1);
        var model = SmallRun.Model(_folder, recipe, pool);
        var trainer = SmallRun.Trainer(recipe, model, pool);
        trainer.Step();
        string kept = _folder.At("kept");
        TrainingCheckpoint.Write(FolderTarget.Of(kept), trainer, [], "mine");
        Assert.Contains("another recipe (mine, not yours)", Assert.Throws<InvalidDataException>(() => TrainingCheckpoint.Restore(kept, trainer, "yours")).Message);

        string path = Path.Combine(kept, TrainingCheckpoint.FileName);
        byte[] bytes = File.ReadAllBytes(path);
        foreach (int length in (int[])[0, 7, 300, bytes.Length / 2, bytes.Length - 1])
        {
            File.WriteAllBytes(path, bytes[..length]);
            Assert.Throws<InvalidDataException>(() => TrainingCheckpoint.Restore(kept, trainer, "mine"));
        }

        Respell("\"updates\":\"1\"", "\"updates\":\"x\"", "updates is 'x', expected a whole number");
        Respell("\"data_memory\":\"", "\"data_memory\":\"1,", "numbers of the worlds' levels");
        Respell("\"first_moment.", "\"first_momenT.", "there is no tensor 'first_moment.");

        void Respell(string old, string spoiled, string message)
        {
            string header = System.Text.Encoding.UTF8.GetString(bytes.AsSpan(8, (int)BitConverter.ToInt64(bytes)));
            byte[] changed = System.Text.Encoding.UTF8.GetBytes(header.Replace(old, spoiled, StringComparison.Ordinal));
            Assert.NotEqual(header.Length, header.Replace(old, "", StringComparison.Ordinal).Length);
            File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)changed.Length), .. changed, .. bytes[(8 + header.Length)..]]);
            Assert.Contains(message, Assert.Throws<InvalidDataException>(() => TrainingCheckpoint.Restore(kept, trainer, "mine")).Message);
        }
    }

    static List<TrainingStep> Steps(Trainer trainer, int count) => [.. Enumerable.Range(0, count).Select(_ => trainer.Step())];

    static void AssertSame(Trainer expected, Trainer actual)
    {
        Assert.Equal(expected.Progress, actual.Progress);
        for (int i = 0; i < expected.Tensors.Count; i++)
        {
            var (one, other) = (expected.Tensors[i], actual.Tensors[i]);
            Assert.Equal(one.Parameter.ToArray(), other.Parameter.ToArray());
            Assert.Equal(one.State.FirstMoment, other.State.FirstMoment);
            Assert.Equal(one.State.SecondMoment, other.State.SecondMoment);
            Assert.Equal(one.State.Updates, other.State.Updates);
            Assert.Equal(expected.Averages[i].Values, actual.Averages[i].Values);
        }
    }
}
