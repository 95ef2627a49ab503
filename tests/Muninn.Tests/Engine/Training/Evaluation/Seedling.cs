using System;
using System.IO;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Text;
using Muninn.Engine.Training.Data;
using Muninn.Kernels;

namespace Muninn.Tests.Engine.Training.Evaluation;

/// <summary>The default model, loaded once for all tests of a class.</summary>
public sealed class Seedling : IDisposable
{
    readonly Checkpoint _checkpoint;

    public Seedling()
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "models", "seedling");
        _checkpoint = Checkpoint.Open(folder);
        Model = RecurrentModel.Load(_checkpoint, new ModelOptions(), Pool);
        Text = ModelText.Open(folder) ?? throw new InvalidDataException($"{folder} has no tokenizer.json");
        Tokens = new QuestionTokens(Text);
    }

    public WorkerPool Pool { get; } = new(2);

    public RecurrentModel Model { get; }

    public ModelText Text { get; }

    public QuestionTokens Tokens { get; }

    public void Dispose()
    {
        Model.Dispose();
        _checkpoint.Dispose();
        Pool.Dispose();
    }
}
