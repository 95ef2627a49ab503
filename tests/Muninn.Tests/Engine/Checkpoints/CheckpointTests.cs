using System;
using System.IO;
using Muninn.Engine.Checkpoints;
using Xunit;

namespace Muninn.Tests.Engine.Checkpoints;

public sealed class CheckpointTests
{
    [Theory]
    [InlineData("tiny-f32", 64, 4, 8)]
    [InlineData("tiny-bf16", 96, 3, 4)]
    [InlineData("tiny-trainlike", 40, 5, 5)]
    public void Opens_the_reference_models(string name, int width, int heads, int blocks)
    {
        using var checkpoint = Checkpoint.Open(Path.Combine(AppContext.BaseDirectory, "reference", name));
        Assert.Equal((width, heads, blocks), (checkpoint.Config.Width, checkpoint.Config.Heads, checkpoint.Config.Blocks));
        Assert.Equal(16, checkpoint.Fingerprint.Length);
        Assert.Empty(checkpoint.Notes);
        foreach (var tensor in checkpoint.Tensors)
            Assert.Equal(tensor.ElementCount, tensor.ToFloat32().Length);
    }
}
