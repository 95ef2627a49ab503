using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Text;

namespace Muninn.Engine.Training.Data.Corpus;

/// <summary>One document of a corpus, before it is cut into tokens.</summary>
/// <param name="Place">File and line that it begins in, for messages.</param>
public abstract record CorpusDocument(string Place)
{
    /// <summary>What a tokenizer can learn from in it.</summary>
    public abstract IEnumerable<string> Texts { get; }

    /// <summary>A text to be learnt from its first to its last word, or, of a long one, a part.</summary>
    /// <param name="Place">File and line that it begins in.</param>
    /// <param name="Part">The text, or the part.</param>
    /// <param name="Begins">Whether a document begins here; else it goes on.</param>
    /// <param name="Ends">Whether it ends here.</param>
    public sealed record Plain(string Place, string Part, bool Begins = true, bool Ends = true) : CorpusDocument(Place)
    {
        /// <inheritdoc/>
        public override IEnumerable<string> Texts => [Part];
    }

    /// <summary>A text that is given, and how it goes on, which is to be learnt.</summary>
    /// <param name="Place">File and line that it begins in.</param>
    /// <param name="Prompt">What is given.</param>
    /// <param name="Answer">How it goes on, to the end.</param>
    public sealed record Completion(string Place, string Prompt, string Answer) : CorpusDocument(Place)
    {
        /// <inheritdoc/>
        public override IEnumerable<string> Texts => [Prompt, Answer];
    }

    /// <summary>A conversation, of which the model's turns are to be learnt.</summary>
    /// <param name="Place">File and line that it begins in.</param>
    /// <param name="Messages">The turns.</param>
    public sealed record Chat(string Place, IReadOnlyList<ChatMessage> Messages) : CorpusDocument(Place)
    {
        /// <inheritdoc/>
        public override IEnumerable<string> Texts => Messages.Select(static message => message.Content);
    }
}
