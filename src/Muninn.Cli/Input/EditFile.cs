using System.IO;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Microscope.Addresses;
using Muninn.Microscope.Interventions;

namespace Muninn.Cli.Input;

/// <summary>Reads the values of an edit from a safetensors file, such as <c>muninn inspect --out</c> writes.</summary>
static class EditFile
{
    /// <summary>Values for an address.</summary>
    /// <param name="path">The file: one floating-point tensor, or several of which one is called like the address.</param>
    /// <param name="selection">What the address chooses: the tensor holds one row of it or all.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">No tensor serves, or its values are not finite.</exception>
    public static GivenValues Read(string path, Selection selection)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"there is no file '{path}' with values for {selection.Address}. Check the name.");
        using var file = SafetensorsFile.Open(path);
        var floats = file.Tensors.Where(static t => t.DType is DType.F32 or DType.F16 or DType.BF16).ToList();
        var tensor = floats.Find(t => t.Name == selection.Address.ToString()) ?? (floats.Count == 1 ? floats[0] : null);
        if (tensor is null)
        {
            var names = floats.Take(8).Select(static t => t.Name).ToList();
            throw new InvalidDataException(
                $"'{path}' has {floats.Count} tensors of floating-point numbers{(names.Count > 0 ? $" ({string.Join(", ", names)})" : "")}, and none is " +
                $"called {selection.Address}; give a file with one, or name one like the address.");
        }

        if (tensor.ElementCount != selection.Columns && tensor.ElementCount != selection.Count)
        {
            throw new InvalidDataException(
                $"'{path}': '{tensor.Name}' is {tensor.ShapeText}; {selection.Address} wants [{selection.Columns}], one row for all, or " +
                $"[{string.Join(", ", selection.Sizes)}].");
        }

        float[] values = tensor.ToFloat32();
        int bad = System.Array.FindIndex(values, static value => !float.IsFinite(value));
        return bad < 0
            ? new GivenValues(values, Path.GetFileName(path))
            : throw new InvalidDataException($"'{path}': value {bad} of '{tensor.Name}' is {values[bad]}; only finite values can be put into a run.");
    }
}
