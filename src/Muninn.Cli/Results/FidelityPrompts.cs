using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Input;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Randomness;
using Muninn.Engine.Text;

namespace Muninn.Cli.Results;

/// <summary>What both models of a <see cref="FidelityReport"/> read.</summary>
/// <param name="Ids">Token ids of each prompt.</param>
/// <param name="Origin">What they are, for people.</param>
sealed record FidelityPrompts(IReadOnlyList<int[]> Ids, string Origin)
{
    const int RandomPrompts = 3;
    const int RandomTokens = 32;

    static readonly string[] _sentences =
    [
        InputSettings.ExampleSentence,
        "Ann gives the key to Ben. Ben gives the key to Cleo. Who has it last?",
        "The raven remembers every state it passed through, and tells what it saw.",
        "There are 3 red boxes and 4 blue boxes. How many boxes are there?",
    ];

    /// <summary>The prompt asked for; without one a few sentences, or random tokens where there is no tokenizer.</summary>
    /// <param name="given">What was asked for, or null.</param>
    /// <param name="text">The tokenizer, or null.</param>
    /// <param name="config">The model, which must be able to read them.</param>
    /// <param name="model">Its name, for messages.</param>
    /// <param name="seed">Seed of random tokens.</param>
    public static FidelityPrompts Of(Prompt? given, ModelText? text, ModelConfig config, string model, ulong seed)
    {
        if (given is not null) return new FidelityPrompts([Checked(given)], given.Origin);
        if (text is not null)
        {
            return new FidelityPrompts(
                [.. _sentences.Select(sentence => Checked(new Prompt(sentence, null, "a built-in sentence", new PromptFrame.Special())))],
                $"{_sentences.Length} built-in sentences");
        }

        int length = System.Math.Min(RandomTokens, config.Context);
        return new FidelityPrompts(
            [.. Enumerable.Range(0, RandomPrompts).Select(prompt => Enumerable.Range(0, length).Select(place => RandomToken(prompt, place)).ToArray())],
            $"{RandomPrompts} prompts of random tokens");

        int[] Checked(Prompt prompt)
        {
            var tokens = PromptTokens.Of(prompt, text, model);
            tokens.Check(config, prompt);
            return tokens.Ids;
        }

        int RandomToken(int prompt, int place) =>
            (int)(CounterRandom.Uniform(seed, RandomStream.Tokens, prompt, place) * config.Vocabulary);
    }
}
