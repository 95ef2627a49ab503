namespace Muninn.Microscope.Measures.Motion;

/// <summary>What classes and approaches are called in tables, files and pictures.</summary>
public static class MotionNames
{
    /// <summary>A class.</summary>
    /// <param name="kind">The class.</param>
    public static string Of(MotionClass kind) => kind switch
    {
        MotionClass.FixedPoint => "fixed point",
        MotionClass.Orbit => "orbit",
        MotionClass.Slider => "slider",
        MotionClass.Drift => "drift",
        MotionClass.Unsettled => "unsettled",
        MotionClass.Constant => "constant",
        MotionClass.TooShort => "too short",
        MotionClass.NotFinite => "not finite",
        _ => "not told apart",
    };

    /// <summary>An approach; null where it was not told.</summary>
    /// <param name="approach">The approach.</param>
    public static string? Of(Approach approach) => approach switch
    {
        Approach.Straight => "straight",
        Approach.Turning => "turning",
        _ => null,
    };
}
