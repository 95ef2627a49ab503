using System.IO;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Text;

namespace Muninn.Cli.Benches;

/// <summary>The model that comes with Muninn.</summary>
static class DefaultModel
{
    /// <summary>The token that ends its texts.</summary>
    public const string EndToken = "<|end_text|>";

    const string Name = "seedling";

    /// <summary>Where it lies.</summary>
    public static string Folder => new ModelLocator(ModelPlaces.FromProcess()).Find(Name).Folder;

    /// <summary>Its tokenizer.</summary>
    public static ModelText Text =>
        ModelText.Open(Folder) ?? throw new InvalidDataException($"{Name} has no tokenizer.json. Install Muninn's own {Name}.");
}
