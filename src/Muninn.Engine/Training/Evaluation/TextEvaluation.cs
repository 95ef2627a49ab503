using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using Muninn.Engine.Generation;
using Muninn.Engine.Model;
using Muninn.Engine.Text;
using Muninn.Kernels;

namespace Muninn.Engine.Training.Evaluation;

/// <summary>How well texts are predicted, by iterations.</summary>
/// <param name="Iterations">Iterations that were read.</param>
/// <param name="Nats">Σ −ln p of the predicted tokens after each; NaN where logits were no finite numbers.</param>
/// <param name="Tokens">Tokens of the texts, without those that frame them.</param>
/// <param name="Predicted">Those that were predicted: all, but for the first of each text where nothing stands before it.</param>
/// <param name="Bytes">UTF-8 bytes of the predicted tokens.</param>
/// <param name="Windows">Stretches in which the texts were read.</param>
public sealed record TextPrediction(IReadOnlyList<int> Iterations, double[] Nats, int Tokens, int Predicted, long Bytes, int Windows)
{
    /// <summary>Tokens for each byte.</summary>
    public double TokensPerByte => Predicted / (double)Bytes;

    /// <summary>e to the mean of −ln p. Says how hard a token is to guess, so that it depends on how long tokens are.</summary>
    /// <param name="reading">Which of the iterations read.</param>
    public double Perplexity(int reading) => Math.Exp(Nats[reading] / Predicted);

    /// <summary>Bits for each predicted token.</summary>
    /// <param name="reading">Which of the iterations read.</param>
    public double BitsPerToken(int reading) => Nats[reading] / Math.Log(2) / Predicted;

    /// <summary>Bits for each byte: comparable between tokenizers.</summary>
    /// <param name="reading">Which of the iterations read.</param>
    public double BitsPerByte(int reading) => Nats[reading] / Math.Log(2) / Bytes;
}

/// <summary>Reads texts in windows and says how well each token is predicted after 1, 2, 4, … iterations.</summary>
/// <remarks>
/// Every window begins with the tokens that frame a prompt, and each token of the text is predicted once. Windows behind the first overlap
/// the one before by half: a token is predicted from all tokens before it, or from half a window at least. The first token of a text is
/// predicted from the frame; where the model has none, it is not predicted. The end of the text is not predicted.
/// </remarks>
public static class TextEvaluation
{
    /// <summary>Tokens of a window where none are asked for, if the model reads as many.</summary>
    public const int WindowDefault = 512;

    /// <summary>Reads texts.</summary>
    /// <param name="model">The weights.</param>
    /// <param name="text">Its tokenizer and frame.</param>
    /// <param name="documents">The texts, each read apart from the others.</param>
    /// <param name="window">Most tokens of a window, those of the frame included, from 4 to the context; null: <see cref="WindowDefault"/>, or the context.</param>
    /// <param name="settings">How deep.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="cancellation">A cancelled reading throws.</param>
    /// <exception cref="ArgumentException">A window that the model cannot read.</exception>
    /// <exception cref="InvalidDataException">A text without a token to predict.</exception>
    public static TextPrediction Read(
        RecurrentModel model, ModelText text, IReadOnlyList<string> documents, int? window, ReadSettings settings, WorkerPool pool,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentNullException.ThrowIfNull(settings);
        int length = window ?? Math.Min(WindowDefault, model.Config.Context);
        int[] frame = [.. text.Frame.Before];
        if (length < frame.Length + 4 || length > model.Config.Context)
            throw new ArgumentException(
                $"A window of {length} tokens cannot be read; give {frame.Length + 4} to {model.Config.Context}.", nameof(window));
        var sequences = new List<ReadSequence>();
        var (read, bytes) = (0, 0L);
        foreach (string document in documents)
        {
            int[] tokens = text.Tokenizer.Encode(document, SpecialTokens.AsText);
            sequences.AddRange(Windows(tokens, frame, length));
            read += tokens.Length;
            bytes += Encoding.UTF8.GetByteCount(document) - (frame.Length == 0 && tokens.Length > 0 ? text.Tokenizer.BytesOf(tokens[0]).Length : 0);
        }

        if (sequences.Count == 0)
            throw new InvalidDataException($"there are {read} tokens, and none of them can be predicted; give a longer text");
        float[][] scores = DepthReader.Read(model, sequences, settings, LogProbabilities.Of, pool, cancellation: cancellation);
        double[] nats = new double[settings.Iterations.Count];
        foreach (var (sequence, own) in sequences.Zip(scores))
        {
            for (int i = 0; i < own.Length; i++)
                nats[i / sequence.Targets] -= own[i];
        }

        return new TextPrediction(settings.Iterations, nats, read, sequences.Sum(static sequence => sequence.Targets), bytes, sequences.Count);
    }

    static List<ReadSequence> Windows(int[] tokens, int[] frame, int length)
    {
        int room = length - frame.Length;
        var windows = new List<ReadSequence>();
        for (int done = 0, end; done < tokens.Length; done = end)
        {
            end = Math.Min(tokens.Length, done == 0 ? room : done + room / 2);
            int targets = end - done - (done == 0 && frame.Length == 0 ? 1 : 0);
            if (targets > 0)
                windows.Add(new ReadSequence([.. frame, .. tokens[Math.Max(0, end - room)..end]], targets));
        }

        return windows;
    }
}
