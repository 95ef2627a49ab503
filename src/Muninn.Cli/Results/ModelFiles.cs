using System;
using System.Threading;
using System.Threading.Tasks;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Text;

namespace Muninn.Cli.Results;

/// <summary>A model's checkpoint and text, both open; they are read at the same time, each on its own thread.</summary>
sealed class ModelFiles : IDisposable
{
    Task<string>? _fingerprint;

    ModelFiles(ModelLocation location, Checkpoint checkpoint, ModelText? text)
    {
        Location = location;
        Checkpoint = checkpoint;
        Text = text;
    }

    /// <summary>Where the model lies.</summary>
    public ModelLocation Location { get; }

    /// <summary>Its configuration and weights; goes with this object.</summary>
    public Checkpoint Checkpoint { get; }

    /// <summary>Its tokenizer and templates; null where it has none.</summary>
    public ModelText? Text { get; }

    /// <summary>Identifies configuration and weights; waits for what <see cref="BeginFingerprint"/> began.</summary>
    public string Fingerprint => _fingerprint is null ? Checkpoint.Fingerprint : _fingerprint.GetAwaiter().GetResult();

    /// <summary>Opens a model.</summary>
    /// <param name="model">An alias, a name or a folder.</param>
    /// <exception cref="ModelNotFoundException">There is no such model.</exception>
    public static ModelFiles Open(string model)
    {
        var location = new ModelLocator(ModelPlaces.FromProcess()).Find(model);
        var text = OnAThread(() => ModelText.Open(location.Folder));
        var checkpoint = Checkpoint.Open(location.Folder);
        try
        {
            return new ModelFiles(location, checkpoint, text.GetAwaiter().GetResult());
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Begins to compute the fingerprint, beside a run that its recording will name it in.</summary>
    public void BeginFingerprint() => _fingerprint ??= OnAThread(() => Checkpoint.Fingerprint);

    /// <summary>The tokens of a prompt for this model.</summary>
    /// <exception cref="UsageException">The model cannot read it.</exception>
    public PromptTokens TokensOf(Prompt prompt)
    {
        var tokens = PromptTokens.Of(prompt, Text, Location.Reference);
        tokens.Check(Checkpoint.Config, prompt);
        return tokens;
    }

    /// <summary>What to call a token of the vocabulary.</summary>
    public string LabelOf(int id) => PromptTokens.LabelOf(id, Text);

    /// <inheritdoc/>
    public void Dispose()
    {
        // It reads mapped weights; whether it failed is for those who asked for it.
        if (_fingerprint is not null) ((IAsyncResult)_fingerprint).AsyncWaitHandle.WaitOne();
        Checkpoint.Dispose();
    }

    /// <summary>Its own, not one of the pool's: a waiting caller would run what the pool has not begun itself.</summary>
    static Task<T> OnAThread<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
