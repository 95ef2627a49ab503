using System;
using System.Linq;

namespace Muninn.Microscope.Measures.Motion;

/// <summary>From tests and sizes to a class; the definitions stand at <see cref="MotionClass"/>.</summary>
static class MotionRules
{
    /// <summary>The class of one token.</summary>
    /// <param name="probe">What was observed.</param>
    /// <param name="conclude">A count with its adjusted p-values.</param>
    /// <param name="settings">Thresholds.</param>
    public static TokenMotion Classify(MotionProbe probe, Func<TestCount, MotionTest> conclude, MotionSettings settings)
    {
        var plain = new TokenMotion
        {
            Class = MotionClass.TooShort,
            StrictClass = MotionClass.TooShort,
            FirstNotFinite = probe.FirstNotFinite,
            Steps = probe.Steps,
            ReachesFloor = probe.FloorSteps > 0,
        };
        if (probe.FirstNotFinite is not null)
            return plain with { Class = MotionClass.NotFinite, StrictClass = MotionClass.NotFinite };
        if (probe.IsConstant)
            return plain with { Class = MotionClass.Constant, StrictClass = MotionClass.Constant };
        if (probe.Shrinking is null)
            return plain;
        int late = Math.Max(1, probe.LateSteps > 0 ? probe.LateSteps : probe.Steps);
        double ratio = Math.Exp(probe.LateLog / late);
        var token = plain with
        {
            LateSteps = probe.LateSteps,
            Shrinking = conclude(probe.Shrinking),
            Beating = probe.Beating is { } beating ? conclude(beating) : null,
            Heading = probe.Heading is { } heading ? conclude(heading) : null,
            Beat = probe.Beat,
            Ratio = ratio,
            AtRest = probe.AtRest,
            LateChange = Math.Exp(probe.LateLog) - 1,
            Evenness = probe.Evenness,
            LateTrend = probe.LateTrend.Change,
            LateTrendError = probe.LateTrend.HalfWidth,
            PhaseBlockSteps = probe.PhaseBlockSteps,
            Remaining = ratio < 1 ? probe.LastStep * ratio / (1 - ratio) / probe.Extent : double.PositiveInfinity,
        };
        return Judge(token, settings, test => test.Adjusted) with { StrictClass = Judge(token, settings, test => test.WholeAdjusted).Class };
    }

    static TokenMotion Judge(TokenMotion token, MotionSettings settings, Func<MotionTest, double> adjusted)
    {
        bool shrinks = IsClaimed(token.Shrinking);
        // Below these shares noise with a long memory passes the surrogates too often in few dimensions.
        bool beats = IsClaimed(token.Beating) && token.Beat!.Coherence >= settings.CoherenceMin;
        bool heads = IsClaimed(token.Heading) && token.Evenness >= settings.EvennessMin;
        double bound = Math.Log(1 + settings.SteadyChange);
        double change = Math.Log(1 + token.LateChange);
        bool isMoving = !token.ReachesFloor;
        // Steady is shown, and not what is left where no change is found: the whole interval lies within the bound.
        double negligible = Math.Log(1 + settings.NegligibleChange);
        bool isBounded = Math.Abs(change) <= bound && Math.Abs(token.LateTrend) + token.LateTrendError <= bound;
        bool isChanging = Math.Abs(token.LateTrend) - token.LateTrendError > negligible;
        bool isFalling = token.LateTrend + token.LateTrendError < -negligible;
        bool isSteady = isMoving && isBounded && !isChanging;
        bool isLasting = isMoving && change >= -bound && !isFalling;
        // With both, the one that holds more of the motion gives the name.
        bool beatLeads = beats && !(heads && token.Heading!.Statistic > token.Beating!.Statistic);
        if (isSteady && beatLeads)
            return token with { Class = MotionClass.Orbit, Carrier = token.Beating };
        if (isLasting && heads && !beatLeads)
        {
            bool isSlider = isSteady && token.Heading!.Statistic >= settings.StraightShare;
            return token with { Class = isSlider ? MotionClass.Slider : MotionClass.Drift, Carrier = token.Heading };
        }

        if (shrinks && (token.ReachesFloor || token.Remaining <= settings.RestShare))
        {
            var approach = beatLeads ? Approach.Turning : heads ? Approach.Straight : Approach.NotTold;
            return token with { Class = MotionClass.FixedPoint, Carrier = token.Shrinking, Approach = approach };
        }

        var nearest = new[] { token.Shrinking, token.Beating, token.Heading }.OfType<MotionTest>().MinBy(test => test.Adjusted);
        return token with { Class = shrinks || beats || heads ? MotionClass.Unsettled : MotionClass.NotToldApart, Carrier = nearest };

        bool IsClaimed(MotionTest? test) => test is not null && adjusted(test) < settings.Significance;
    }
}
