namespace Muninn.Fuzz;

/// <summary>Random numbers that are a function of (seed, input, draw): any input can be made again by itself.</summary>
/// <remarks>SplitMix64 (Steele, Lea and Flood, 2014) over a counter.</remarks>
struct CounterRandom(ulong seed, long input)
{
    const ulong Golden = 0x9E37_79B9_7F4A_7C15;
    readonly ulong _key = Mix(seed + Golden * (ulong)(input + 1));
    ulong _draw;

    public ulong Next() => Mix(_key + Golden * ++_draw);

    /// <summary>A number from 0 to <paramref name="bound"/> − 1.</summary>
    public int Below(int bound) => (int)(Next() % (ulong)bound);

    static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9;
        x = (x ^ (x >> 27)) * 0x94D0_49BB_1331_11EB;
        return x ^ (x >> 31);
    }
}
