namespace Muninn.Engine.Generation;

/// <summary>Passes of a scheduler, and the rows that took part in them.</summary>
public readonly record struct PassCounts
{
    /// <summary>Passes through the prelude.</summary>
    public long PreludePasses { get; init; }

    /// <summary>Rows of all of them.</summary>
    public long PreludeRows { get; init; }

    /// <summary>Passes through the core: iterations of whatever was in the air.</summary>
    public long CorePasses { get; init; }

    /// <summary>Rows of all of them.</summary>
    public long CoreRows { get; init; }

    /// <summary>Passes through the coda.</summary>
    public long CodaPasses { get; init; }

    /// <summary>Rows of all of them.</summary>
    public long CodaRows { get; init; }

    /// <summary>Products with the head.</summary>
    public long HeadPasses { get; init; }

    /// <summary>Rows of all of them.</summary>
    public long HeadRows { get; init; }
}
