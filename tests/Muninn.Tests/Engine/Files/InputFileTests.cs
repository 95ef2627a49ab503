using System;
using System.IO;
using System.Threading.Tasks;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Text;
using Muninn.Kernels;
using Muninn.Tests.Engine.Checkpoints;
using Muninn.Tests.Engine.Text;
using Xunit;

namespace Muninn.Tests.Engine.Files;

/// <summary>Every reader refuses what is no regular file, and does not wait for the other end of a pipe.</summary>
public sealed class InputFileTests
{
    /// <summary>Far longer than a refusal takes; a reader that needs more hangs.</summary>
    static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("config.json", FileKind.Pipe)]
    [InlineData("config.json", FileKind.Device)]
    [InlineData("config.json", FileKind.Socket)]
    [InlineData("model.safetensors", FileKind.Pipe)]
    [InlineData("model.safetensors", FileKind.Device)]
    [InlineData("model.safetensors.index.json", FileKind.Pipe)]
    public async Task Checkpoint_with_a_special_file_is_refused(string name, FileKind kind)
    {
        using var folder = new TemporaryFolder();
        new SmallCheckpoint().Write(folder);
        if (name == CheckpointFiles.Index) File.Delete(folder.At(CheckpointFiles.Weights));
        await Refused(folder, name, kind, () => Checkpoint.Open(folder.Root).Dispose());
    }

    [Fact]
    public async Task Shard_that_is_a_pipe_is_refused()
    {
        using var folder = new TemporaryFolder();
        new SmallCheckpoint().WriteShards(folder, static (_, _, _) => { });
        var shard = Path.GetFileName(Directory.GetFiles(folder.Root, "*.safetensors")[0]);
        await Refused(folder, shard, FileKind.Pipe, () => Checkpoint.Open(folder.Root).Dispose());
    }

    [Theory]
    [InlineData("tokenizer.json", FileKind.Pipe)]
    [InlineData("tokenizer.json", FileKind.Device)]
    [InlineData("tokenizer_config.json", FileKind.Pipe)]
    [InlineData("chat_template.jinja", FileKind.Pipe)]
    [InlineData("chat_template.jinja", FileKind.Device)]
    public async Task Text_file_that_is_special_is_refused(string name, FileKind kind)
    {
        using var folder = new TemporaryFolder();
        foreach (var file in new[] { "tokenizer.json", "tokenizer_config.json" })
            File.Copy(Path.Combine(TextGoldens.SeedlingFolder, file), folder.At(file));
        await Refused(folder, name, kind, () => _ = ModelText.Open(folder.Root)!.ChatTemplate);
    }

    [Fact]
    public async Task Pipe_in_the_cache_does_not_stop_the_list_of_models()
    {
        using var folder = new TemporaryFolder();
        folder.Write("hub/models--a--b/snapshots/0123abcd/x", "");
        Directory.CreateDirectory(folder.At("hub/models--a--b/refs"));
        SpecialFiles.Make(FileKind.Pipe, folder.At("hub/models--a--b/refs/main"));
        var locator = new ModelLocator(new ModelPlaces { WorkingFolder = folder.Root, AliasFolder = folder.At("none"), HubCache = folder.At("hub") });
        Assert.Empty(await Task.Run(locator.List).WaitAsync(_patience));
    }

    static async Task Refused(TemporaryFolder folder, string name, FileKind kind, Action read)
    {
        File.Delete(folder.At(name));
        SpecialFiles.Make(kind, folder.At(name));
        var error = await Assert.ThrowsAsync<IOException>(() => Task.Run(read).WaitAsync(_patience));
        Assert.Contains($"{name} is {FileKinds.Describe(kind)}, not a file; copy its content to a file first", error.Message);
    }
}
