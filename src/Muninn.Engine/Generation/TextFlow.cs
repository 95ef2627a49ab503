using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Text;

namespace Muninn.Engine.Generation;

/// <summary>The text of one request as its tokens come: up to the first stop string, without the token that ended it.</summary>
/// <param name="tokenizer">Knows the bytes of each token.</param>
/// <param name="stops">Texts that end it.</param>
/// <param name="endTokens">Tokens that end it and are not shown.</param>
sealed class TextFlow(Tokenizer tokenizer, StopStrings stops, IReadOnlyList<int> endTokens)
{
    readonly TokenText _text = new(tokenizer);
    readonly StopMatcher _matcher = stops.Start();

    /// <summary>The stop string that is complete; null: none.</summary>
    internal string? Stop { get; private set; }

    /// <summary>Takes the next token.</summary>
    /// <returns>Text that can be shown now; often none.</returns>
    internal string Push(int token) => endTokens.Contains(token) ? "" : Match(_text.Push(token));

    /// <summary>Nothing follows: what was held back.</summary>
    internal string Finish() => _matcher.IsOver ? "" : Match(_text.Finish()) + _matcher.Finish();

    string Match(string piece)
    {
        if (piece.Length == 0)
            return "";
        var result = _matcher.Push(piece);
        Stop = result.Stop;
        return result.Text;
    }
}
