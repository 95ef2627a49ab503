namespace Muninn.Engine.Training;

/// <summary>Whole powers with the same bits on every machine, which the C runtime's do not promise.</summary>
static class Powers
{
    /// <summary>factor^exponent by squaring.</summary>
    /// <param name="factor">Any number.</param>
    /// <param name="exponent">At least 0.</param>
    internal static double Of(double factor, long exponent)
    {
        double power = 1;
        for (; exponent > 0; exponent >>= 1, factor *= factor)
        {
            if ((exponent & 1) != 0)
                power *= factor;
        }

        return power;
    }
}
