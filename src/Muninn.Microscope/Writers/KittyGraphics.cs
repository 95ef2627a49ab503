using System;
using System.Globalization;
using System.IO;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Writers;

/// <summary>The kitty graphics protocol: a PNG in base64, in chunks of at most 4096 characters.</summary>
static class KittyGraphics
{
    const int ChunkLength = 4096;

    internal static void Write(Canvas canvas, TextWriter destination)
    {
        using var png = new MemoryStream();
        PngWriter.Write(canvas.Pixels, canvas.Width, canvas.Height, png);
        string data = Convert.ToBase64String(png.GetBuffer(), 0, (int)png.Length);
        for (int start = 0; start < data.Length; start += ChunkLength)
        {
            int length = Math.Min(ChunkLength, data.Length - start);
            int more = start + length < data.Length ? 1 : 0;
            // a=T shows at once, f=100 is PNG, q=2 keeps the terminal from answering into the user's input.
            string keys = start == 0 ? $"a=T,f=100,q=2,m={more}" : $"m={more}";
            destination.Write(string.Create(CultureInfo.InvariantCulture, $"\e_G{keys};"));
            destination.Write(data.AsSpan(start, length));
            destination.Write("\e\\");
        }
        destination.Write('\n');
    }
}
