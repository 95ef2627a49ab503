using System;
using System.Linq;
using System.Runtime.InteropServices;
using Muninn.Engine.Training;
using Xunit;

namespace Muninn.Tests.Engine.Training;

public sealed class TrainingBitsTests
{
    /// <summary>Taken with AVX-512 and, the same, with DOTNET_EnableAVX512=0: a recipe gives the same weights on either.</summary>
    [Fact]
    public void Are_what_they_were_on_other_machines()
    {
        ulong hash = 14695981039346656037;
        foreach (var settings in new[] { AdamSettings.Published(0.01), AdamSettings.AdamW(0.01) })
        {
            var (parameter, state, average) = (AdamTests.Numbers(1003, 1), new AdamState(1003), new WeightAverage(1003, 0.9));
            for (int t = 0; t < 5; t++)
            {
                Adam.Update(settings, new AdamStep(0.003 * t, 0.7), AdamTests.Numbers(1003, 2 + t), state, parameter);
                average.Add(parameter);
            }

            Add(MemoryMarshal.AsBytes(parameter.AsSpan()));
            Add(MemoryMarshal.AsBytes(average.Values.AsSpan()));
            Add(BitConverter.GetBytes(GradientNorm.SquareSum(parameter)));
        }

        var schedule = new RateSchedule { BaseRate = 0.01, Steps = 1000, WarmUp = 10, Shape = RateShape.Cosine };
        foreach (int step in Enumerable.Range(0, 1000))
            Add(BitConverter.GetBytes(schedule.At(step)));
        foreach (int step in Enumerable.Range(0, 1000))
            Add(BitConverter.GetBytes(new DepthSampler { Mean = 32, Tracked = 8 }.At(step).Total));
        Assert.Equal(16643884917005391934ul, hash);

        void Add(ReadOnlySpan<byte> bytes)
        {
            foreach (byte value in bytes)
                hash = (hash ^ value) * 1099511628211;
        }
    }
}
