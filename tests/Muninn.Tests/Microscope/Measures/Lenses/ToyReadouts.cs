using System;
using Muninn.Microscope.Measures.Lenses;
using Muninn.Tests.Oracle;

namespace Muninn.Tests.Microscope.Measures.Lenses;

/// <summary>Lenses without a model: the state as it is, through a head of noise or through a given function.</summary>
static class ToyReadouts
{
    /// <summary>logits = 3 · noise · state.</summary>
    public static Readout Noisy(int width, int vocabulary)
    {
        float[] head = Noise.Floats(width * vocabulary, 77);
        return Of(width, vocabulary, (state, logits) =>
        {
            for (int token = 0; token < vocabulary; token++)
            {
                for (int i = 0; i < width; i++)
                    logits[token] += 3 * head[token * width + i] * state[i];
            }
        });
    }

    /// <summary>Logits of one row; what it does not write stays 0.</summary>
    public delegate void RowHead(ReadOnlySpan<float> state, Span<float> logits);

    public static Readout Of(int width, int vocabulary, RowHead head) => new()
    {
        Kind = LensKind.Raw,
        Width = width,
        Vocabulary = vocabulary,
        Read = (state, x) => state.CopyTo(x),
        Head = (x, rows, logits) =>
        {
            logits.Clear();
            for (int row = 0; row < rows; row++)
                head(x.Slice(row * width, width), logits.Slice(row * vocabulary, vocabulary));
        },
    };
}
