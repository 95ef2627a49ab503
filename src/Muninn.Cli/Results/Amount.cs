namespace Muninn.Cli.Results;

/// <summary>Writes large numbers the way people read them.</summary>
static class Amount
{
    /// <summary>A count with a decimal prefix: 912 k, 3.50 M, 1.20 G.</summary>
    public static string Count(double value) => Scaled(value, 1000, "", " k", " M", " G", " T");

    /// <summary>Bytes with a binary prefix: 512 B, 1.74 MiB.</summary>
    public static string Bytes(double value) => Scaled(value, 1024, " B", " KiB", " MiB", " GiB", " TiB");

    static string Scaled(double value, double step, params string[] units)
    {
        int unit = 0;
        // 999.6 k would print as 1000 k.
        while (value >= step - 0.5 && unit < units.Length - 1)
        {
            value /= step;
            unit++;
        }

        var digits = unit == 0 || value >= 99.95 ? "F0" : value >= 9.995 ? "F1" : "F2";
        return value.ToString(digits, System.Globalization.CultureInfo.InvariantCulture) + units[unit];
    }
}
