using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Xunit;

namespace Muninn.Tests.Engine.Checkpoints;

public sealed class ModelLocatorTests
{
    const string Commit = "0123456789abcdef0123456789abcdef01234567";
    const string OtherCommit = "01234fff89abcdef0123456789abcdef01234567";

    [Fact]
    public void Finds_a_folder_and_a_file_in_it_by_path()
    {
        using var world = new World();
        world.Model("work/my model");
        foreach (var reference in new[]
            { "my model", "./my model/", "my model/config.json", world.Folder.At("work", "my model"), "../work/my model" })
        {
            var found = world.Locator.Find(reference);
            Assert.Equal(ModelOrigin.Path, found.Origin);
            using var checkpoint = Checkpoint.Open(found.Folder);
        }
    }

    [Fact]
    public void Finds_an_alias_even_beside_a_folder_of_that_name()
    {
        using var world = new World();
        world.Model("tool/models/seedling");
        Directory.CreateDirectory(world.Folder.At("work", "seedling"));
        Assert.Equal(ModelOrigin.Alias, world.Locator.Find("seedling").Origin);
        Assert.Equal(["seedling"], world.Locator.Aliases);
        world.Model("work/seedling");
        Assert.Equal(ModelOrigin.Path, world.Locator.Find("seedling").Origin);
    }

    [Theory]
    [InlineData("org/name")]
    [InlineData("org/name@main")]
    [InlineData("org/name@refs/pr/1")]
    [InlineData("org/name@" + Commit)]
    [InlineData("org/name@0123456")]
    public void Finds_a_revision_in_the_cache(string reference)
    {
        using var world = new World();
        world.Cached("org--name", Commit);
        world.Cached("org--name", OtherCommit);
        world.Folder.Write("hub/models--org--name/refs/main", Commit + "\n");
        world.Folder.Write("hub/models--org--name/refs/refs/pr/1", Commit);
        var found = world.Locator.Find(reference);
        Assert.Equal(world.Folder.At("hub", "models--org--name", "snapshots", Commit), found.Folder);
        Assert.Equal(ModelOrigin.HubCache, found.Origin);
        using var checkpoint = Checkpoint.Open(found.Folder);
    }

    [Theory]
    [InlineData("org/name", "no revision 'main'; it holds the revisions " + Commit)]
    [InlineData("org/name@0123", "more than one revision '0123'")]
    [InlineData("org/name@012", "no revision '012'")]
    [InlineData("org/name@v2", "is commit ffff")]
    [InlineData("org/name@ABCD", "no revision 'ABCD'")]
    [InlineData("org/other", "models--org--other: no such folder")]
    public void Says_what_the_cache_holds_instead(string reference, string reason)
    {
        using var world = new World();
        world.Cached("org--name", Commit);
        world.Cached("org--name", OtherCommit);
        world.Folder.Write("hub/models--org--name/refs/v2", "ffff");
        var error = Assert.Throws<ModelNotFoundException>(() => world.Locator.Find(reference));
        Assert.Contains(reason, error.Message);
        Assert.Equal(reference, error.Reference);
        Assert.NotEmpty(error.Places);
    }

    [Fact]
    public void Lists_every_place_and_alias_when_nothing_is_found()
    {
        using var world = new World();
        world.Model("tool/models/seedling");
        Directory.CreateDirectory(world.Folder.At("work", "raven"));
        world.Folder.Write("work/raven/config.json", "{}");
        var message = Assert.Throws<ModelNotFoundException>(() => world.Locator.Find("raven")).Message;
        Assert.Contains($"{world.Folder.At("work", "raven")}: has neither model.safetensors nor", message);
        Assert.Contains($"{world.Folder.At("tool", "models", "raven")}: no such folder", message);
        Assert.Contains($"{world.Folder.At("hub", "models--raven")}: no such folder", message);
        Assert.Contains("an alias (seedling)", message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    [InlineData("../../etc")]
    [InlineData("org/../../x")]
    [InlineData("org/name@../../../x")]
    [InlineData("org/name@")]
    [InlineData("a/b/c")]
    [InlineData("org--x/name")]
    [InlineData("@main")]
    [InlineData("\ud800")]
    public void Refuses_names_that_lead_elsewhere(string reference)
    {
        using var world = new World();
        world.Model("hub/x");
        Assert.Throws<ModelNotFoundException>(() => world.Locator.Find(reference));
    }

    [Fact]
    public void Does_not_take_a_broken_download_for_a_model()
    {
        using var world = new World();
        world.Cached("org--name", Commit);
        world.Folder.Write("hub/models--org--name/refs/main", Commit);
        foreach (var blob in Directory.GetFiles(world.Folder.At("hub", "models--org--name", "blobs")))
        {
            if (Path.GetFileName(blob).EndsWith("model.safetensors", StringComparison.Ordinal))
                File.Delete(blob);
        }

        Assert.Contains("has neither", Assert.Throws<ModelNotFoundException>(() => world.Locator.Find("org/name")).Message);
        Assert.Empty(world.Locator.List());
    }

    [Fact]
    public void Lists_aliases_and_cached_models_of_this_architecture()
    {
        using var world = new World();
        world.Model("tool/models/seedling");
        Directory.CreateDirectory(world.Folder.At("tool", "models", "empty"));
        world.Cached("org--name", Commit);
        world.Cached("org--name", OtherCommit);
        world.Folder.Write("hub/models--org--name/refs/main", Commit);
        world.Folder.Write($"hub/models--org--llama/snapshots/{Commit}/config.json", """{"model_type":"llama"}""");
        world.Folder.Write($"hub/models--org--llama/snapshots/{Commit}/model.safetensors", "");
        world.Folder.Write($"hub/models--org--bad/snapshots/{Commit}/config.json", "{");
        world.Folder.Write($"hub/models--org--bad/snapshots/{Commit}/model.safetensors", "");
        Directory.CreateDirectory(world.Folder.At("hub", "datasets--org--data"));
        var list = world.Locator.List();
        Assert.Equal(["seedling", "org/name", $"org/name@{OtherCommit}"], list.Select(static m => m.Reference));
        Assert.All(list, model => Assert.Equal(model.Folder, world.Locator.Find(model.Reference).Folder));
    }

    [Fact]
    public void Works_where_no_folder_exists()
    {
        using var folder = new TemporaryFolder();
        var places = new ModelPlaces { AliasFolder = folder.At("a"), HubCache = folder.At("b"), WorkingFolder = folder.At("c") };
        Assert.Empty(new ModelLocator(places).List());
        Assert.Contains("an alias (none)",
            Assert.Throws<ModelNotFoundException>(() => new ModelLocator(places).Find("x")).Message);
    }

    [Theory]
    [InlineData("", "/home/u/.cache/huggingface/hub")]
    [InlineData("XDG_CACHE_HOME=/c", "/c/huggingface/hub")]
    [InlineData("XDG_CACHE_HOME=/c HF_HOME=/h", "/h/hub")]
    [InlineData("HF_HOME=~/h", "/home/u/h/hub")]
    [InlineData("HF_HOME=/h HUGGINGFACE_HUB_CACHE=/old", "/old")]
    [InlineData("HF_HOME=/h HUGGINGFACE_HUB_CACHE=/old HF_HUB_CACHE=/new", "/new")]
    [InlineData("HF_HOME=/h HF_HUB_CACHE=", "/h/hub")]
    [InlineData("HF_HUB_CACHE=~", "/home/u")]
    public void Takes_the_cache_that_the_environment_names(string environment, string expected)
    {
        var variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(static pair => pair.Split('=')).ToDictionary(static p => p[0], static p => p[1], StringComparer.Ordinal);
        Assert.Equal(expected, ModelPlaces.HubCacheOf(name => variables.GetValueOrDefault(name), "/home/u").Replace('\\', '/'));
    }

    [Fact]
    public void Finds_the_model_that_ships_with_the_tool()
    {
        var shipped = ModelPlaces.FromProcess();
        if (!Directory.Exists(Path.Combine(shipped.AliasFolder, "seedling")))
            Assert.Skip("The tests' folder holds no models.");
        using var checkpoint = Checkpoint.Open(new ModelLocator(shipped).Find("seedling").Folder);
        Assert.True(checkpoint.ParameterCount > 0);
    }

    /// <summary>A tool folder, a working folder and a cache with links into blobs, as the hub's client lays it out.</summary>
    sealed class World : IDisposable
    {
        public TemporaryFolder Folder { get; } = new();

        public ModelLocator Locator => new(new ModelPlaces
        {
            AliasFolder = Folder.At("tool", "models"),
            HubCache = Folder.At("hub"),
            WorkingFolder = Folder.At("work"),
        });

        public void Model(string name)
        {
            using var made = new TemporaryFolder();
            new SmallCheckpoint().Write(made);
            foreach (var file in Directory.GetFiles(made.Root))
                Folder.Write($"{name}/{Path.GetFileName(file)}", File.ReadAllBytes(file));
        }

        public void Cached(string repository, string commit)
        {
            using var made = new TemporaryFolder();
            new SmallCheckpoint().Write(made);
            foreach (var file in Directory.GetFiles(made.Root))
            {
                var name = Path.GetFileName(file);
                Folder.Write($"hub/models--{repository}/blobs/{name}", File.ReadAllBytes(file));
                var link = Folder.At("hub", $"models--{repository}", "snapshots", commit, name);
                Directory.CreateDirectory(Path.GetDirectoryName(link)!);
                File.CreateSymbolicLink(link, $"../../blobs/{name}");
            }
        }

        public void Dispose() => Folder.Dispose();
    }
}
