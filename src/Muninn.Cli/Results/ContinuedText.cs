using System.Text;
using Muninn.Engine.Generation;
using Muninn.Engine.Text;

namespace Muninn.Cli.Results;

/// <summary>
/// Generated tokens as text that can be shown at once: bytes of a character that is not complete are held back, and so is what
/// may be the beginning of a stop string. Special tokens are signs for the model and no text.
/// </summary>
/// <param name="tokenizer">The model's; null where it has none, and tokens have no text.</param>
/// <param name="stops">Texts that end it.</param>
sealed class ContinuedText(Tokenizer? tokenizer, StopStrings stops)
{
    readonly TokenText? _text = tokenizer is null ? null : new TokenText(tokenizer);
    readonly StopMatcher _matcher = stops.Start();
    readonly StringBuilder _shown = new();

    /// <summary>All that was given out.</summary>
    public string Shown => _shown.ToString();

    /// <summary>The stop string that ended the text, or null.</summary>
    public string? Stop { get; private set; }

    /// <summary>Takes a token.</summary>
    /// <returns>The characters that it completes, and what of the text can be shown now.</returns>
    public (string Characters, string Released) Push(int token)
    {
        return Stop is not null || _text is null ? ("", "") : Take(_text.Push(token));
    }

    /// <summary>No token follows.</summary>
    /// <returns>What was held back; bytes that became no character are U+FFFD.</returns>
    public string Finish()
    {
        if (Stop is not null) return "";
        var (_, released) = Take(_text?.Finish() ?? "");
        var rest = _matcher.Finish();
        _shown.Append(rest);
        return released + rest;
    }

    (string Characters, string Released) Take(string characters)
    {
        var (released, stop) = _matcher.Push(characters);
        Stop = stop;
        _shown.Append(released);
        return (characters, released);
    }
}
