using System;

namespace Muninn.Engine.Training;

/// <summary>
/// How <see cref="Adam"/> updates a weight: the published recipe's rule (Geiping et al., 2025), and each of its changes to AdamW
/// (Loshchilov and Hutter, 2017) switched on or off.
/// </summary>
public sealed record AdamSettings
{
    /// <summary>η, the rate that the schedule reaches after warming up; above 0.</summary>
    public required double BaseRate { get; init; }

    /// <summary>β₁, the share of the first moment that an update keeps; in [0, 1).</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>β₂, the share of the second moment that an update keeps; in [0, 1).</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>ε: √ of the floor of the second moment, and what is added to the divisor where there is no arctangent; at least 0.</summary>
    public double Epsilon { get; init; } = 1e-6;

    /// <summary>λ, the share of a weight that decays in an update at the base rate (or at rate 1, if decay does not follow the
    /// schedule); in [0, 1).</summary>
    public double WeightDecay { get; init; } = 4e-5;

    /// <summary>The step is atan2(m, √v̂) and never longer than π/2, in place of m / (√v̂ + ε) (Everett et al., 2024).</summary>
    public bool Arctangent { get; init; } = true;

    /// <summary>A tensor whose gradients outgrow their second moments moves less: the rate is divided by max(1, √ mean(g² / v)).</summary>
    /// <remarks>Source: Shazeer and Stern, "Adafactor", 2018; Wortsman et al., "Stable and low-precision training", 2023.</remarks>
    public bool UpdateClipping { get; init; } = true;

    /// <summary>Moments begin at g and g² of the first update instead of 0.</summary>
    public bool RunningStart { get; init; } = true;

    /// <summary>Weights decay by λ · rate / base rate in an update: tied to the schedule, not to the rate's size; else by λ · rate.</summary>
    public bool DecayFollowsSchedule { get; init; } = true;

    /// <summary>The second moment never falls below ε².</summary>
    public bool Floor { get; init; } = true;

    /// <summary>The rule of the published model: β 0.9 and 0.95, ε 1e-6, decay 4e-5 (small recipe: 2e-5), every change on.</summary>
    /// <param name="baseRate">η; 4e-5 for the large model, 4e-4 in the small recipe.</param>
    public static AdamSettings Published(double baseRate) => new() { BaseRate = baseRate };

    /// <summary>AdamW as it is mostly meant: no change on, ε 1e-8.</summary>
    /// <param name="baseRate">η.</param>
    /// <param name="weightDecay">λ; a weight loses the share λ · rate in an update.</param>
    public static AdamSettings AdamW(double baseRate, double weightDecay = 0.01) => new()
    {
        BaseRate = baseRate,
        Epsilon = 1e-8,
        WeightDecay = weightDecay,
        Arctangent = false,
        UpdateClipping = false,
        RunningStart = false,
        DecayFollowsSchedule = false,
        Floor = false,
    };

    /// <summary>These settings, if they can be used.</summary>
    /// <exception cref="ArgumentException">One is out of its range; the message says which, its value and the range.</exception>
    public AdamSettings Validated()
    {
        Require(BaseRate > 0 && double.IsFinite(BaseRate), "base rate", BaseRate, "a number above 0, such as 4e-4");
        Require(Beta1 is >= 0 and < 1, "first beta", Beta1, "a number in [0, 1), such as 0.9");
        Require(Beta2 is >= 0 and < 1, "second beta", Beta2, "a number in [0, 1), such as 0.95");
        Require(Epsilon >= 0 && double.IsFinite(Epsilon), "epsilon", Epsilon, "a number from 0, such as 1e-6");
        Require(WeightDecay is >= 0 and < 1, "weight decay", WeightDecay, "a number in [0, 1), such as 4e-5");
        return this;
    }

    static void Require(bool holds, string name, double value, string instead)
    {
        if (!holds)
            throw new ArgumentException($"The {name} of the optimiser is {value}; give {instead}.");
    }
}
