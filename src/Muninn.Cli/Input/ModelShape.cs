using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Initialization;

namespace Muninn.Cli.Input;

/// <summary>The shape of a model that is to be made.</summary>
/// <param name="Name">Where it comes from, for people.</param>
/// <param name="Config">Shape and constants.</param>
sealed record ModelShape(string Name, ModelConfig Config)
{
    const string OtherShapes = "\nFor any other shape write a config.json and give it with --config.";

    /// <summary>The shape of a published model or of one that can be found.</summary>
    /// <param name="name">A published model's name, or what <c>--model</c> takes.</param>
    /// <param name="option">The option that names it, for messages.</param>
    /// <param name="remedy">A line about what else can be done where there is no such model.</param>
    /// <exception cref="ModelNotFoundException">Neither; the message lists what there is.</exception>
    public static ModelShape Like(string name, string option = "--like", string remedy = OtherShapes)
    {
        if (PublishedShape.Find(name) is { } published) return new ModelShape(published.Name, published.Config);
        var locator = new ModelLocator(ModelPlaces.FromProcess());
        try
        {
            var location = locator.Find(name);
            return new ModelShape(location.Reference, ModelConfig.Read(System.IO.Path.Combine(location.Folder, CheckpointFiles.Config)));
        }
        catch (ModelNotFoundException notFound)
        {
            var names = PublishedShape.All.Select(static shape => shape.Name).ToList();
            var near = Suggestion.Phrase(name, [.. names, .. locator.List().Select(static model => model.Reference)]);
            throw new ModelNotFoundException(
                name,
                $"{option}: '{name}' is neither a known shape ({string.Join(", ", names)}) nor a model{near} {notFound.Message}{remedy}",
                notFound.Places);
        }
    }

    /// <summary>The shape that a <c>config.json</c> describes.</summary>
    /// <param name="path">The file.</param>
    public static ModelShape Of(string path) => new(path, ModelConfig.Read(path));
}
