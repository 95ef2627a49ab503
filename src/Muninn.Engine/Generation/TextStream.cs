using System.Collections.Generic;
using System.Threading;

namespace Muninn.Engine.Generation;

/// <summary>A piece of generated text.</summary>
/// <param name="Text">Whole characters that cannot belong to a stop string any more; often empty.</param>
/// <param name="Token">The token that brought it; null for what was held back until the end.</param>
public readonly record struct TextPiece(string Text, GeneratedToken? Token);

/// <summary>
/// The text of one request of a <see cref="Generator"/> as it comes about: a piece for each token. It is read once, and like a
/// <see cref="GenerationStream"/>.
/// </summary>
public sealed class TextStream : IAsyncEnumerable<TextPiece>
{
    readonly TextFlow _text;

    internal TextStream(GenerationStream generation, TextFlow text) => (Generation, _text) = (generation, text);

    /// <summary>The request: how it ended, what it took, and how to cancel it. Read either its tokens or this text.</summary>
    public GenerationStream Generation { get; }

    /// <summary>The stop string that ended the text; null: something else did. To be read when the request has ended.</summary>
    public string? StopString => Generation.End == GenerationEnd.StopText ? _text.Stop : null;

    /// <summary>Reads the text, to its end.</summary>
    /// <param name="cancellationToken">Ends the reading at once and cancels the request.</param>
    /// <exception cref="System.InvalidOperationException">The stream is read a second time.</exception>
    /// <exception cref="System.OperationCanceledException">A token of the caller was cancelled.</exception>
    public IAsyncEnumerator<TextPiece> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        Generation.Pieces(cancellationToken).GetAsyncEnumerator(CancellationToken.None);
}
