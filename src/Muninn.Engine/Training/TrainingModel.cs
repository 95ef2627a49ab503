using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Kernels;

namespace Muninn.Engine.Training;

/// <summary>
/// The weights of a recurrent-depth transformer in float32, which may change, and their gradients. It computes nothing by itself;
/// <see cref="GradientPass"/> does.
/// </summary>
/// <remarks>
/// Every matrix is held once, row by row, as it is trained and written; products pack what they need into memory of their pool. A tied
/// head is the embedding: one weight and one gradient, which is the sum of both uses.
/// </remarks>
public sealed class TrainingModel
{
    readonly Dictionary<string, TrainingWeight> _byName = new(StringComparer.Ordinal);
    readonly List<TrainingWeight> _weights = [];

    TrainingModel(ModelConfig config, Func<string, IReadOnlyList<long>, float[]> values, float[] rotaryTable)
    {
        Config = config;
        RotaryTable = rotaryTable;
        foreach (var (name, shape) in WeightNames.Required(config))
        {
            var weight = new TrainingWeight(name, shape, values(name, shape));
            _weights.Add(weight);
            _byName.Add(name, weight);
        }

        Adapter = Matrix(WeightNames.Adapter);
        AdapterOfState = TrainingMatrix.TransposedOf(_byName[WeightNames.Adapter], 0, config.Width);
        AdapterOfInjected = TrainingMatrix.TransposedOf(_byName[WeightNames.Adapter], config.Width, config.Width);
        Prelude = Blocks(ModelPart.Prelude, config.PreludeBlocks);
        Core = Blocks(ModelPart.Core, config.CoreBlocks);
        Coda = Blocks(ModelPart.Coda, config.CodaBlocks);
        Head = Matrix(config.TiedEmbedding ? WeightNames.Embedding : WeightNames.Head);
    }

    /// <summary>Shapes and constants.</summary>
    public ModelConfig Config { get; }

    /// <summary>Every tensor that is trained; a tied head is not among them.</summary>
    public IReadOnlyList<TrainingWeight> Weights => _weights;

    internal float[] RotaryTable { get; }

    internal TrainingWeight Embedding => _byName[WeightNames.Embedding];

    internal TrainingWeight FinalGain => _byName[WeightNames.FinalNorm];

    internal TrainingMatrix Adapter { get; }

    /// <summary>The transpose of the adapter's half that acts on the state.</summary>
    internal PanelWeights AdapterOfState { get; }

    /// <summary>The transpose of the half that acts on what is injected.</summary>
    internal PanelWeights AdapterOfInjected { get; }

    internal TrainingMatrix Head { get; }

    internal TrainingBlock[] Prelude { get; }

    internal TrainingBlock[] Core { get; }

    internal TrainingBlock[] Coda { get; }

    /// <summary>Copies the weights of a checkpoint, widened to float32.</summary>
    /// <param name="checkpoint">Open files; not needed afterwards.</param>
    /// <param name="rotary">Where the rotary table comes from.</param>
    /// <exception cref="InvalidDataException">The weights are whole numbers, which do not train.</exception>
    public static TrainingModel Load(Checkpoint checkpoint, RotarySource rotary)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        if (checkpoint.IntegerWeights is { } integers)
            throw new InvalidDataException(
                $"{checkpoint.Folder}: the weights are stored as {integers}, and small steps would be lost in them; train from a checkpoint of floats.");
        var config = checkpoint.Config;
        float[] table = rotary == RotarySource.Stored && checkpoint.RotaryTable is { } stored
            ? stored.ToFloat32()
            : Model.RotaryTable.Compute(config.Context, config.HeadWidth, config.RotaryBase);
        return new TrainingModel(config, (name, _) => checkpoint.Tensor(name).ToFloat32(), table);
    }

    /// <summary>The weight of a name.</summary>
    /// <param name="name">One of <see cref="WeightNames"/>.</param>
    /// <exception cref="ArgumentException">This model trains no tensor of that name.</exception>
    public TrainingWeight Weight(string name) => _byName.TryGetValue(name, out var weight)
        ? weight
        : throw new ArgumentException($"This model trains no tensor '{name}'; it trains {NameList.Of(_byName.Keys)}.", nameof(name));

    /// <summary>Sets all gradients to zero.</summary>
    public void ClearGradients() => _weights.ForEach(static weight => weight.ClearGradient());

    TrainingMatrix Matrix(string name) => new(_byName[name]);

    TrainingBlock[] Blocks(ModelPart part, int count) =>
        [.. Enumerable.Range(0, count).Select(index => LoadBlock(WeightNames.Block(part, index)))];

    TrainingBlock LoadBlock(BlockWeightNames names)
    {
        var norms = Enumerable.Range(1, BlockWeightNames.Norms).Select(number => _byName[names.Norm(number)]).ToArray();
        var bias = Config.QueryKeyBias ? _byName[names.QueryKeyBias] : null;
        var queryKeyValue = Matrix(names.QueryKeyValue);
        var attentionOutput = Matrix(names.AttentionOutput);
        var gateAndFactor = Matrix(names.GateAndFactor);
        var mlpOutput = Matrix(names.HiddenOutput);
        return new TrainingBlock(
            new Block
            {
                AttentionInputGain = norms[0].Values,
                AttentionSumGain = norms[1].Values,
                MlpInputGain = norms[2].Values,
                MlpSumGain = norms[3].Values,
                QueryKeyValue = queryKeyValue.Forward,
                QueryKeyBias = bias?.Values ?? [],
                AttentionOutput = attentionOutput.Forward,
                GateAndFactor = gateAndFactor.Forward,
                MlpOutput = mlpOutput.Forward,
            },
            new TransposedBlock
            {
                QueryKeyValue = queryKeyValue.Transposed,
                AttentionOutput = attentionOutput.Transposed,
                GateAndFactor = gateAndFactor.Transposed,
                MlpOutput = mlpOutput.Transposed,
            },
            new BlockGradient
            {
                AttentionInputGain = norms[0].Gradient,
                AttentionSumGain = norms[1].Gradient,
                MlpInputGain = norms[2].Gradient,
                MlpSumGain = norms[3].Gradient,
                QueryKeyValue = queryKeyValue.Gradient,
                QueryKeyBias = bias?.Gradient ?? [],
                AttentionOutput = attentionOutput.Gradient,
                GateAndFactor = gateAndFactor.Gradient,
                MlpOutput = mlpOutput.Gradient,
            });
    }
}

/// <summary>A block that is trained: its weights there, its matrices for the way back, and where its gradients go.</summary>
/// <param name="Weights">Gains and packed matrices.</param>
/// <param name="Transposed">The matrices, transposed.</param>
/// <param name="Gradient">The gradients.</param>
sealed record TrainingBlock(Block Weights, TransposedBlock Transposed, BlockGradient Gradient);
