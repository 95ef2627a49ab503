using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Muninn.Cli.Benches;
using Muninn.Engine.Training.Worlds;
using Muninn.Tests.Repository;
using Xunit;

namespace Muninn.Tests.Engine.Training.Worlds;

public sealed class WorldTests
{
    static readonly WorldTask[] _tasks = Enum.GetValues<WorldTask>();

    public static TheoryData<WorldTask> Tasks => [.. _tasks];

    static readonly World _training = new() { Seed = 1 };
    static readonly World _heldOut = new() { Seed = 1, Part = WorldPart.HeldOut };

    static IEnumerable<string> Texts(World world, WorldTask task, int steps, int count) =>
        Enumerable.Range(0, count).Select(number => world.Question(task, steps, number).Text);

    static HashSet<string> Words(IEnumerable<string> texts) =>
        [.. texts.SelectMany(static text => Regex.Matches(text, @"[A-Za-z']+").Select(static match => match.Value))];

    [Theory]
    [MemberData(nameof(Tasks))]
    public void Every_answer_is_what_a_slow_reader_finds_in_exactly_the_steps_asked_for(WorldTask task)
    {
        foreach (var world in new[] { _training, _heldOut, _training with { Seed = 77, Decoys = 1 }, _training with { Seed = 78, Decoys = 5 } })
        {
            int most = World.StepsMax(task) - task switch
            {
                WorldTask.Chain => world.Decoys,
                WorldTask.Relay when world.Decoys > 0 => world.Decoys + 1,
                _ => 0,
            };
            for (int steps = 1; steps <= most; steps++)
            {
                for (int number = 0; number < 30; number++)
                {
                    var question = world.Question(task, steps, number);
                    Assert.Equal((task, steps), (question.Task, question.Steps));
                    Assert.Equal((question.Answer, steps), SlowSolver.Solve(question.Text));
                    Assert.Matches(@"^\w+$", question.Answer);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Tasks))]
    public void Answers_are_spread_over_what_they_can_be(WorldTask task)
    {
        const int count = 2000;
        var answers = Enumerable.Range(0, count).Select(number => _training.Question(task, 4, number).Answer).CountBy(static answer => answer).ToArray();
        var (kinds, share) = task switch { WorldTask.Toggle => (2, 0.55), WorldTask.Chain => (10, 0.13), WorldTask.Sum => (20, 0.13), _ => (20, 0.08) };
        Assert.True(answers.Length >= kinds, $"{answers.Length} answers");
        Assert.All(answers, answer => Assert.InRange(answer.Value, 1, share * count));
    }

    /// <summary>
    /// Few steps have so few questions that two seeds of training do meet, and 20 training worlds would meet a held-out one many times
    /// by chance. They never do, in whatever order the facts are told.
    /// </summary>
    [Theory]
    [MemberData(nameof(Tasks))]
    public void No_held_out_question_occurs_in_training(WorldTask task)
    {
        static string Facts(string text) => string.Join('|', Regex.Split(text, "(?<=[.?]) ").SkipLast(1).Select(static fact => fact.TrimEnd('.')).Order(StringComparer.Ordinal));
        foreach (int steps in new[] { 1, 2, 4 })
        {
            const int count = 1500;
            var heldOut = Enumerable.Range(100, 4).SelectMany(seed => Texts(_heldOut with { Seed = (ulong)seed }, task, steps, count)).ToHashSet();
            var facts = heldOut.Select(Facts).ToHashSet();
            var first = Texts(_training with { Seed = 0 }, task, steps, count).ToHashSet();
            int met = 0;
            for (ulong seed = 1; seed <= 20; seed++)
            {
                foreach (string text in Texts(_training with { Seed = seed }, task, steps, count))
                {
                    Assert.DoesNotContain(text, heldOut);
                    Assert.DoesNotContain(Facts(text), facts);
                    met += first.Contains(text) ? 1 : 0;
                }
            }

            if (steps == 1)
                Assert.True(met > 100, $"Training worlds met each other only {met} times: the test shows nothing.");
        }
    }

    [Fact]
    public void One_question_in_eight_is_held_out_whatever_the_task()
    {
        foreach (var task in _tasks)
        {
            const int count = 4000;
            int held = Enumerable.Range(0, count).Count(number =>
                WorldSplit.PartOfQuestion(QuestionForms.Draw(task, 8, 0, new WorldDraws(3, new WorldPlace((int)task, 8, number, 0))).Text) == WorldPart.HeldOut);
            Assert.Equal(1.0 / WorldSplit.HeldOutOneIn, held / (double)count, 5 * Math.Sqrt(0.125 * 0.875 / count));
        }
    }

    /// <summary>This must never change: it decides what models were trained on.</summary>
    [Theory]
    [InlineData("Ann gives the key to Ben. Ben gives the key to Hal. Ann has the key first. Who has it last?", "Ann gives the key to Ben. Ann has the key first. Ben gives the key to Hal")]
    [InlineData("Ben gives the key to Hal. Ann gives the key to Ben. Ann has the key first. Who has it last?", "Ann gives the key to Ben. Ann has the key first. Ben gives the key to Hal")]
    [InlineData("Ann is older than Ben. Who is the oldest?", "Ann is older than Ben")]
    [InlineData("Ann is older than Ben. Who is the youngest?", "Ann is older than Ben")]
    [InlineData("a = 3. b = a + 4. Modulo ten, what is b?", "a = 3. b = a + 4")]
    [InlineData("Who has it?", "Who has it?")]
    public void A_question_is_its_facts_in_any_order(string text, string canonical) => Assert.Equal(canonical, WorldSplit.Canonical(text));

    /// <summary>Texts, answers and parts from a second implementation, in Python: a seed must give the same questions for ever.</summary>
    [Fact]
    public void Known_questions_stay_what_they_are_and_where_they_are()
    {
        string[] actual = [.. _tasks.SelectMany(static task => new[] { _training, _heldOut }.Select(world => world.Question(task, 2, 0)).Select(static question => $"{question.Text} {question.Answer}"))];
        Assert.Equal(
        [
            "Hal gives the key to Quin. Cara gives the key to Hal. Cara has the key first. Who has it last? Quin",
            "Finn gives the ball to Tess. Mia gives the ball to Finn. Mia has the ball first. Who has it last? Tess",
            "Gus has 7 figs. Gus finds 4. Gus finds 2. How many figs are left? 13",
            "Ida has 5 eggs. Ida finds 5. Ida eats 5. How many eggs are left? 5",
            "b = u + 2. u = p + 6. p = 3. Modulo ten, what is b? 1",
            "w = u + 1. f = 3. u = f + 1. Modulo ten, what is w? 5",
            "The door is shut. Finn turns it. Mia waits. Sam turns it. Is the door open or shut? shut",
            "The door is shut. Ben waits. Ben turns it. Ned turns it. Is the door open or shut? shut",
            "Gus is older than Finn. Quin is older than Gus. Who is the youngest? Finn",
            "Ida is older than Hal. Mia is older than Ida. Who is the youngest? Hal",
        ], actual);
    }

    [Fact]
    public void A_question_is_the_same_whatever_was_drawn_before()
    {
        var questions = Enumerable.Range(0, 50).Select(number => _training.Question(WorldTask.Relay, 3, number)).ToArray();
        for (int number = 49; number >= 0; number -= 3)
            Assert.Equal(questions[number], (_training with { }).Question(WorldTask.Relay, 3, number));
        Assert.NotEqual(questions[0], (_training with { Seed = 2 }).Question(WorldTask.Relay, 3, 0));
        Assert.True(questions.Distinct().Count() > 45);
        Assert.Equal(3, SlowSolver.Solve(_training.Question(WorldTask.Sum, 3, int.MaxValue).Text).Steps);
    }

    [Fact]
    public void Questions_are_told_in_the_words_of_the_held_out_prompts()
    {
        var known = Words(new HeldOutPrompts(1).Questions(6000));
        var used = Words(_tasks.SelectMany(static task => new[] { 1, 6, 12 }.SelectMany(steps => Texts(_training with { Decoys = 3 }, task, steps, 300))));
        Assert.Empty(used.Except(known));
    }

    [Fact]
    public void Decoys_lead_nowhere_and_are_as_many_as_asked_for()
    {
        var world = _training with { Decoys = 4 };
        foreach (var task in new[] { WorldTask.Relay, WorldTask.Chain })
        {
            for (int number = 0; number < 50; number++)
            {
                var (plain, decoyed) = (_training.Question(task, 3, number), world.Question(task, 3, number));
                Assert.Equal(plain.Text.Split(". ").Length + 4, decoyed.Text.Split(". ").Length);
            }
        }

        int guessed = Enumerable.Range(0, 1000).Count(number =>
        {
            var question = world.Question(WorldTask.Chain, 3, number);
            int sum = question.Text.Where(char.IsDigit).Sum(static digit => digit - '0');
            return (sum % 10).ToString(System.Globalization.CultureInfo.InvariantCulture) == question.Answer;
        });
        Assert.InRange(guessed, 50, 170);

        // Two who only take: who it is takes following.
        Assert.All(Enumerable.Range(0, 100), number =>
        {
            var question = world.Question(WorldTask.Relay, 3, number);
            var takers = Regex.Matches(question.Text, @"to (\w+)\.").Select(match => match.Groups[1].Value).ToList();
            var givers = Regex.Matches(question.Text, @"(\w+) gives").Select(match => match.Groups[1].Value).ToList();
            var last = takers.Except(givers).ToList();
            Assert.Equal(2, last.Count);
            Assert.Contains(question.Answer, last);
        });
    }

    [Fact]
    public void Prose_holds_the_words_of_the_example_prompts()
    {
        string readMe = SourceTree.Text("README.md");
        string[] prompts =
        [
            .. Regex.Matches(readMe, "(heatmap|generate|report) \"(?<text>[^\"]+)\"").Select(static match => match.Groups["text"].Value),
            .. Directory.GetFiles(Path.Combine(SourceTree.Root, "docs", "gallery", "prompts")).Select(File.ReadAllText),
            "The raven remembers.", "You are Huginn, a helpful assistant. Your answers show: careful thought.",
        ];
        Assert.True(prompts.Length >= 6);
        var prose = Enumerable.Range(0, 3000).Select(_training.Prose).ToArray();
        var known = Words([.. prose, .. _tasks.SelectMany(static task => Texts(_training, task, 2, 300))]);
        Assert.Empty(Words(prompts).Except(known));
        Assert.Empty(prose.Intersect(Enumerable.Range(0, 3000).Select(_heldOut.Prose)));
    }

    [Fact]
    public void What_cannot_be_told_is_refused()
    {
        Assert.Contains("Relay question of 20 steps cannot be told; give 1 to 19", Assert.Throws<ArgumentOutOfRangeException>(() => _training.Question(WorldTask.Relay, 20, 0)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => _training.Question(WorldTask.Sum, 0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => _training.Question(WorldTask.Sum, 64, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => _training.Question(WorldTask.Sum, 1, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => _training.Prose(-1));
        Assert.Contains("Relay, Sum, Chain, Toggle, Ordering", Assert.Throws<ArgumentOutOfRangeException>(() => _training.Question((WorldTask)9, 1, 0)).Message, StringComparison.Ordinal);
        Assert.Contains("no words for 20 decoys; give 0 to 19", Assert.Throws<ArgumentException>(() => (_training with { Decoys = 20 }).Question(WorldTask.Chain, 2, 0)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => (_training with { Decoys = -1 }).Question(WorldTask.Sum, 2, 0));
        _ = (_training with { Decoys = 19 }).Question(WorldTask.Chain, 2, 0);
    }
}
