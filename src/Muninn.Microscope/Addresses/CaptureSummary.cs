using System;
using Muninn.Engine.Model;

namespace Muninn.Microscope.Addresses;

/// <summary>
/// What there is to say of captured values row by row: their norm, and of softmax weights how they are spread. Every array is
/// <c>[iterations · blocks, positions, heads]</c>.
/// </summary>
/// <remarks>Sums run in double. A share of a row that was scaled by an edit need not be one of 1.</remarks>
public sealed class CaptureSummary
{
    readonly Selection _selection;

    /// <summary>Takes the numbers.</summary>
    /// <param name="values">Values of one address, whole.</param>
    public CaptureSummary(CapturedValues values)
    {
        ArgumentNullException.ThrowIfNull(values);
        _selection = values.Selection;
        int heads = _selection.Heads.Length;
        int length = checked(_selection.Groups * _selection.Positions.Length * heads);
        bool isPattern = _selection.Address is BlockAddress { Site: BlockSite.Pattern };
        Norm = new double[length];
        Entropy = new double[isPattern ? length : 0];
        OnItself = new double[isPattern ? length : 0];
        OnFirst = new double[isPattern ? length : 0];
        for (int at = 0; at < length; at++)
        {
            int row = at / heads % _selection.Positions.Length;
            var own = values.Row(at / heads / _selection.Positions.Length, row).Slice(at % heads * _selection.HeadColumns, _selection.HeadColumns);
            Norm[at] = NormOf(own);
            if (!isPattern)
                continue;
            Entropy[at] = EntropyOf(own);
            OnItself[at] = own[_selection.Positions[row]];
            OnFirst[at] = own[0];
        }
    }

    /// <summary>‖x‖₂ of a row, or of one head of it.</summary>
    public double[] Norm { get; }

    /// <summary>−Σ w ln w of softmax weights, in nats; empty for other sites.</summary>
    public double[] Entropy { get; }

    /// <summary>Weight that a position gives to itself; empty for other sites.</summary>
    public double[] OnItself { get; }

    /// <summary>Weight that a position gives to the first one; empty for other sites.</summary>
    public double[] OnFirst { get; }

    /// <summary>Where a number stands in the arrays.</summary>
    /// <param name="group">Number of the iteration and block.</param>
    /// <param name="row">Number of the position.</param>
    /// <param name="head">Number of the head.</param>
    public int IndexOf(int group, int row, int head) => (group * _selection.Positions.Length + row) * _selection.Heads.Length + head;

    /// <summary>Mean over positions.</summary>
    /// <param name="numbers">One of the arrays.</param>
    /// <param name="group">Number of the iteration and block.</param>
    /// <param name="head">Number of the head.</param>
    public double MeanOf(double[] numbers, int group, int head)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        double sum = 0;
        for (int row = 0; row < _selection.Positions.Length; row++)
            sum += numbers[IndexOf(group, row, head)];
        return sum / _selection.Positions.Length;
    }

    /// <summary>Numbers of the rows with the smallest and the largest number; what is none counts as the largest.</summary>
    /// <param name="numbers">One of the arrays.</param>
    /// <param name="group">Number of the iteration and block.</param>
    /// <param name="head">Number of the head.</param>
    public (int Least, int Most) EndsOf(double[] numbers, int group, int head)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        int least = 0;
        int most = 0;
        for (int row = 1; row < _selection.Positions.Length; row++)
        {
            double number = numbers[IndexOf(group, row, head)];
            if (number < numbers[IndexOf(group, least, head)])
                least = row;
            double largest = numbers[IndexOf(group, most, head)];
            if (!double.IsNaN(largest) && !(number <= largest))
                most = row;
        }

        return (least, most);
    }

    static double NormOf(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
            sum += (double)value * value;
        return Math.Sqrt(sum);
    }

    static double EntropyOf(ReadOnlySpan<float> weights)
    {
        double sum = 0;
        foreach (float weight in weights)
            sum -= weight > 0 ? weight * Math.Log(weight) : 0;
        return sum;
    }
}
