using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Kernels;

namespace Muninn.Engine.Model;

/// <summary>The matrices of one block, transposed: from what they give to what they take.</summary>
sealed class TransposedBlock
{
    /// <summary><c>[width, 3·width]</c></summary>
    public required PanelWeights QueryKeyValue { get; init; }

    /// <summary><c>[width, width]</c></summary>
    public required PanelWeights AttentionOutput { get; init; }

    /// <summary><c>[width, 2·hidden]</c></summary>
    public required PanelWeights GateAndFactor { get; init; }

    /// <summary><c>[hidden, width]</c></summary>
    public required PanelWeights MlpOutput { get; init; }
}

/// <summary>The weights of the core, transposed and in float32: what products with Jᵀ read. As large as the core in float32.</summary>
sealed class TransposedCore : IDisposable
{
    readonly List<PanelWeights> _owned = [];

    /// <summary>Copies the matrices of a model.</summary>
    /// <param name="model">Its weights, float32 or bfloat16.</param>
    /// <param name="pool">Who copies; not needed afterwards.</param>
    public TransposedCore(RecurrentModel model, WorkerPool pool)
    {
        try
        {
            // The half that acts on the state; the other half acts on what is injected and does not change.
            Adapter = Transposed(model.Adapter, model.Config.Width, pool);
            Blocks =
            [
                .. model.Core.Select(block => new TransposedBlock
                {
                    QueryKeyValue = Transposed(block.QueryKeyValue, block.QueryKeyValue.Inputs, pool),
                    AttentionOutput = Transposed(block.AttentionOutput, block.AttentionOutput.Inputs, pool),
                    GateAndFactor = Transposed(block.GateAndFactor, block.GateAndFactor.Inputs, pool),
                    MlpOutput = Transposed(block.MlpOutput, block.MlpOutput.Inputs, pool),
                }),
            ];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The state's half of the adapter, <c>[width, width]</c>.</summary>
    public PanelWeights Adapter { get; }

    /// <summary>The blocks of the core.</summary>
    public TransposedBlock[] Blocks { get; }

    /// <summary>All matrices of the core.</summary>
    /// <param name="model">The model.</param>
    public static List<PanelWeights> Matrices(RecurrentModel model) =>
    [
        model.Adapter,
        .. model.Core.SelectMany(block => new[] { block.QueryKeyValue, block.AttentionOutput, block.GateAndFactor, block.MlpOutput }),
    ];

    /// <inheritdoc/>
    public void Dispose() => _owned.ForEach(static matrix => matrix.Dispose());

    /// <summary>The first columns of a matrix as rows: what the matrix makes of the unit vectors, which is exact.</summary>
    PanelWeights Transposed(PanelWeights matrix, int columns, WorkerPool pool)
    {
        // Some rows at a time: unit vectors are mostly zeros.
        const int Together = 64;
        float[] rows = new float[checked(columns * matrix.Outputs)];
        float[] units = new float[Together * matrix.Inputs];
        for (int first = 0; first < columns; first += Together)
        {
            int count = Math.Min(Together, columns - first);
            for (int row = 0; row < count; row++)
                units[row * matrix.Inputs + first + row] = 1;
            MatrixProduct.Multiply(units, count, matrix, rows.AsSpan(first * matrix.Outputs), pool);
            for (int row = 0; row < count; row++)
                units[row * matrix.Inputs + first + row] = 0;
        }

        var transposed = PanelWeights.Pack(rows, columns, matrix.Outputs);
        _owned.Add(transposed);
        return transposed;
    }
}
