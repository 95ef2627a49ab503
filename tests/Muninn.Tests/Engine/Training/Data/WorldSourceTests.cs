using System;
using System.Linq;
using Muninn.Engine.Text;
using Muninn.Engine.Training.Data;
using Muninn.Engine.Training.Worlds;
using Xunit;

namespace Muninn.Tests.Engine.Training.Data;

public sealed class WorldSourceTests
{
    static readonly ModelText _text = ModelText.Open(SmallRun.Tokenizer)!;

    static WorldSettings Settings => new()
    {
        Seed = 5,
        Tasks = [new(WorldTask.Relay, 1, 6), new(WorldTask.Sum, 3, 4)],
        StepsAtFirst = 2,
        RaisedAt = 0.75,
        RaisedOver = 4,
        DecoysMax = 2,
        ShareOfProse = 0.25,
        ShareOfChat = 0.25,
        AnswerWeight = 4,
        QuestionWeight = 0.5f,
        ProseWeight = 2,
    };

    static WorldSource Source(WorldSettings settings) => new(settings, new QuestionTokens(_text));

    [Fact]
    public void Shares_are_what_was_asked_for()
    {
        var source = Source(Settings);
        var examples = Enumerable.Range(0, 4000).Select(number => source.At(number)).ToList();
        var questions = examples.Where(example => example.Question is not null).ToList();
        // Three deviations of a share of 4000 draws are below 0.022.
        Assert.InRange(questions.Count / 4000.0, 0.72, 0.78);
        Assert.InRange(questions.Count(example => example.Question!.Task == WorldTask.Sum) / (double)questions.Count, 0.72, 0.78);
        Assert.InRange(questions.Count(IsChat) / (double)questions.Count, 0.22, 0.28);
        // The hardest two of two, and any.
        Assert.InRange(questions.Count(example => example.Question!.Steps == 2) / (double)questions.Count, 0.47, 0.53);
        Assert.All(questions, example => Assert.Equal(WorldPart.Training, WorldSplit.PartOfQuestion(example.Question!.Text)));
        var relays = questions.Where(example => example.Question!.Task == WorldTask.Relay).ToList();
        int decoyed = relays.Count(example => example.Question!.Text.Count(character => character == '.') > example.Question.Steps + 1);
        // Half of those of two steps.
        Assert.InRange(decoyed / (double)relays.Count, 0.25 - 0.06, 0.25 + 0.06);
        Assert.DoesNotContain(relays, example => example.Question!.Steps == 1 && example.Question.Text.Count(character => character == '.') > 2);
    }

    [Fact]
    public void A_document_is_the_question_and_its_answer_with_their_weights()
    {
        var source = Source(Settings);
        var examples = Enumerable.Range(0, 200).Select(number => source.At(number)).ToList();
        foreach (var example in examples.Where(example => example.Question is not null))
        {
            bool chat = IsChat(example);
            string text = _text.Tokenizer.Decode(example.Tokens.Span);
            Assert.Equal(
                chat
                    ? _text.RenderChat([new ChatMessage("user", example.Question!.Text)]) + example.Question.Answer + ".<|end_turn|>"
                    : $"<|begin_text|>{example.Question!.Text} {example.Question.Answer}.<|end_text|>",
                text);
            Assert.All(example.Weights.Span[..example.AnswerStart].ToArray(), weight => Assert.Equal(0.5f, weight));
            Assert.All(example.Weights.Span[example.AnswerStart..].ToArray(), weight => Assert.Equal(4f, weight));
            Assert.Equal(
                (chat ? "" : " ") + example.Question.Answer + (chat ? ".<|end_turn|>" : ".<|end_text|>"),
                _text.Tokenizer.Decode(example.Tokens.Span[example.AnswerStart..]));
        }

        Assert.Contains(examples, example => example.Question is null && example.Weights.Span[0] == 2 && example.AnswerStart > example.Tokens.Length);
    }

    [Fact]
    public void A_document_depends_on_its_number_alone()
    {
        var (forth, back) = (Source(Settings), Source(Settings));
        var expected = Enumerable.Range(0, 50).Select(number => forth.At(number).Tokens.ToArray()).ToList();
        for (int number = 49; number >= 0; number--)
            Assert.Equal(expected[number], back.At(number).Tokens.ToArray());
        Assert.NotEqual(expected, [.. Enumerable.Range(0, 50).Select(number => Source(Settings with { Seed = 6 }).At(number).Tokens.ToArray())]);
    }

    [Fact]
    public void A_task_gets_harder_when_enough_of_its_hardest_is_right()
    {
        var source = Source(Settings);
        Hear(source, WorldTask.Relay, 2, true, true, false);
        Assert.Equal([(WorldTask.Relay, 2, double.NaN), (WorldTask.Sum, 2, double.NaN)], source.Levels.Now);
        // One step less is as hard.
        Hear(source, WorldTask.Relay, 1, true);
        Assert.Equal([(WorldTask.Relay, 3, 0.75), (WorldTask.Sum, 2, double.NaN)], source.Levels.Now);
        // Two less do not count.
        Hear(source, WorldTask.Relay, 1, true, true, true, true);
        Assert.Equal(3, source.Levels.Now.First().Steps);
        Hear(source, WorldTask.Relay, 3, true, true, false, false);
        Assert.Equal((WorldTask.Relay, 3, 0.5), source.Levels.Now.First());
        // The hardest two are asked half of the time, besides.
        var relays = Enumerable.Range(0, 4000).Select(number => source.At(number).Question).Where(question => question?.Task == WorldTask.Relay).ToList();
        Assert.InRange(relays.Count(question => question!.Steps == 1) / (double)relays.Count, 0.12, 0.21);
        Assert.Contains(Enumerable.Range(0, 500).Select(number => source.At(number).Question), question => question is { Task: WorldTask.Relay, Steps: 3 });
        for (int i = 0; i < 20; i++)
            Hear(source, WorldTask.Sum, source.Levels.Now.Last().Steps, true, true, true, true);
        Assert.Equal(4, source.Levels.Now.Last().Steps);
    }

    [Fact]
    public void What_is_mastered_is_asked_less()
    {
        var source = Source(Settings with { ShareOfMastered = 0.2, ShareOfProse = 0 });
        while (source.Levels.Now.Last().Steps < 4)
            Hear(source, WorldTask.Sum, source.Levels.Now.Last().Steps, true);
        Assert.InRange(Sums(), 0.72, 0.78);
        Hear(source, WorldTask.Sum, 4, true, true, true, true);
        // 3 · 0.2 beside 1.
        Assert.InRange(Sums(), 0.345, 0.405);
        Hear(source, WorldTask.Sum, 4, true, true, false, false);
        Assert.InRange(Sums(), 0.72, 0.78);

        double Sums() => Enumerable.Range(0, 4000).Count(number => source.At(number).Question!.Task == WorldTask.Sum) / 4000.0;
    }

    [Fact]
    public void Its_memory_can_be_put_back()
    {
        var (source, other) = (Source(Settings), Source(Settings));
        Hear(source, WorldTask.Relay, 2, true, true, true, true, true);
        Hear(source, WorldTask.Sum, 2, false);
        other.Restore(source.Memory());
        Assert.Equal(source.Memory(), other.Memory());
        Assert.Equal(source.Levels.Now, other.Levels.Now);
        Assert.Equal(source.At(7).Tokens.ToArray(), other.At(7).Tokens.ToArray());
        Assert.Contains("5 numbers", Assert.Throws<ArgumentException>(() => other.Restore(new long[5])).Message);
        long[] beyond = source.Memory();
        beyond[0] = 7;
        Assert.Contains("goes up to 6", Assert.Throws<ArgumentException>(() => other.Restore(beyond)).Message);
    }

    [Fact]
    public void Settings_that_cannot_be_are_refused()
    {
        Refused(Settings with { Tasks = [] }, "0 tasks");
        Refused(Settings with { Tasks = [new(WorldTask.Sum, 1, 2), new(WorldTask.Sum, 1, 3)] }, "each once");
        Refused(Settings with { Tasks = [new(WorldTask.Sum, 0, 2)] }, "share of Sum is 0");
        Refused(Settings with { Tasks = [new(WorldTask.Relay, 1, 20)] }, "give 1 to 19");
        Refused(Settings with { ShareOfProse = 1.5 }, "share of prose is 1.5");
        Refused(Settings with { AnswerWeight = -1 }, "answer counts -1");
        Refused(Settings with { RaisedAt = 0 }, "gets harder when 0 of 4");
        Refused(Settings with { ShareOfMastered = 0 }, "multiplied by 0");
        Refused(Settings with { DecoysMax = 9 }, "give 0 to 8");

        static void Refused(WorldSettings settings, string message) =>
            Assert.Contains(message, Assert.Throws<ArgumentException>(() => Source(settings)).Message);
    }

    [Fact]
    public void Batches_take_documents_in_order_and_keep_them_apart()
    {
        var source = Source(Settings);
        var packer = new BatchPacker(source, 200, 128);
        long next = 0;
        for (int i = 0; i < 5; i++)
        {
            var packed = packer.Take();
            Assert.Equal(next, packed.Numbers[0]);
            Assert.Equal(packed.Documents.Select(document => document.Rows), packed.Batch.Lengths.ToArray());
            Assert.Equal(packed.Batch.Tokens.Length, packed.Batch.Lengths.ToArray().Sum());
            Assert.InRange(packed.Batch.Tokens.Length, 100, 200);
            int row = 0;
            foreach (var document in packed.Documents)
            {
                Assert.Equal(source.At(next++).Tokens.ToArray(), document.Tokens.ToArray());
                Assert.Equal(document.Tokens[..^1].ToArray(), packed.Batch.Tokens.Slice(row, document.Rows).ToArray());
                Assert.Equal(document.Tokens[1..].ToArray(), packed.Batch.Labels.Slice(row, document.Rows).ToArray());
                Assert.Equal(document.Weights[1..].ToArray(), packed.Batch.LabelWeights.Slice(row, document.Rows).ToArray());
                row += document.Rows;
            }

            Assert.Equal(next, packer.Next);
        }
    }

    [Fact]
    public void What_counts_nothing_is_no_label()
    {
        var packed = new BatchPacker(Source(Settings with { QuestionWeight = 0, ShareOfProse = 0 }), 200, 128).Take();
        int counted = packed.Documents.Sum(document => document.Tokens.Length - document.AnswerStart);
        Assert.Equal(counted, packed.Batch.Labels.ToArray().Count(label => label != Muninn.Kernels.CrossEntropy.Ignored));
    }

    [Fact]
    public void An_answer_is_right_when_every_token_of_it_was_the_likeliest()
    {
        var packed = new BatchPacker(Source(Settings), 400, 128).Take();
        bool[] hits = new bool[packed.Batch.Tokens.Length];
        Assert.All(packed.Answered(hits), answered => Assert.Equal(answered.Document.Question is null, answered.Right));
        int row = 0;
        foreach (var document in packed.Documents.Where(document => true))
        {
            if (document.Question is not null)
                hits.AsSpan(row + document.AnswerStart - 1, document.Tokens.Length - document.AnswerStart).Fill(true);
            row += document.Rows;
        }

        Assert.All(packed.Answered(hits), answered => Assert.True(answered.Right));
        hits[^1] = false;
        Assert.Equal(packed.Documents[^1].Question is null, packed.Answered(hits).Last().Right);
    }

    [Fact]
    public void A_document_that_no_batch_holds_is_passed_over_and_counted()
    {
        var packer = new BatchPacker(Source(Settings), 200, 30);
        var packed = packer.Take();
        Assert.All(packed.Documents, document => Assert.InRange(document.Rows, 1, 30));
        Assert.True(packer.Passed > 0);
        Assert.Equal(packer.Next, packed.Numbers.Count + packer.Passed);
        Assert.Equal(packed.Numbers, packed.Answered(new bool[200]).Select(answered => answered.Number));
        Assert.Contains("a batch has 2", Assert.Throws<InvalidOperationException>(() => new BatchPacker(Source(Settings), 2, 128).Take()).Message);
    }

    [Fact]
    public void A_document_in_which_nothing_counts_is_passed_over()
    {
        var packer = new BatchPacker(Source(Settings with { ProseWeight = 0 }), 200, 128);
        Assert.All(packer.Take().Documents, document => Assert.NotNull(document.Question));
        Assert.True(packer.Passed > 0);
    }

    static bool IsChat(TrainingExample example) =>
        example.Question is not null && _text.Tokenizer.Decode(example.Tokens.Span).EndsWith("<|end_turn|>", StringComparison.Ordinal);

    static void Hear(WorldSource source, WorldTask task, int steps, params bool[] right)
    {
        foreach (bool answer in right)
        {
            source.Heard(0, new TrainingExample(new int[2], new float[2]) { Question = new WorldQuestion("", "", task, steps) }, answer);
        }
    }
}
