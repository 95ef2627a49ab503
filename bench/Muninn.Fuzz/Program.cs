using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Muninn.Fuzz;

const string Usage = "usage: Muninn.Fuzz [--inputs N] [--seed S] [--target NAME|all] [--first I]";
const int MessageLengthMax = 1 << 20;
const long AllocationMax = 64L << 20;
var hangLimit = TimeSpan.FromSeconds(5);

long inputs = 100_000;
long first = 0;
ulong seed = 1;
var wanted = "all";
for (var i = 0; i < args.Length; i += 2)
{
    var value = i + 1 < args.Length ? args[i + 1] : string.Empty;
    var isUnderstood = args[i] switch
    {
        "--inputs" => long.TryParse(value, out inputs) && inputs > 0,
        "--first" => long.TryParse(value, out first) && first >= 0,
        "--seed" => ulong.TryParse(value, out seed),
        "--target" => (wanted = value).Length > 0,
        _ => false,
    };
    if (!isUnderstood)
        return Fail(2, $"'{args[i]} {value}' is not understood. {Usage}");
}

var all = FuzzTarget.All();
List<FuzzTarget> targets = [.. all.Where(target => wanted == "all" || target.Name == wanted)];
if (targets.Count == 0)
    return Fail(2, $"Unknown target '{wanted}'; known: all, {string.Join(", ", all.Select(static t => t.Name))}. {Usage}");
foreach (var target in targets)
{
    if (!Run(target))
        return 1;
}

return 0;

bool Run(FuzzTarget target)
{
    foreach (var good in target.Seeds)
        target.Read(good.Bytes, good);

    using var watchdog = new Watchdog(
        hangLimit,
        input =>
        {
            Report(target, input, $"no end after {hangLimit.TotalSeconds} s");
            Environment.Exit(1);
        });
    long accepted = 0;
    long allocatedMost = 0;
    var slowest = TimeSpan.Zero;
    var clock = Stopwatch.StartNew();
    for (var input = first; input < first + inputs; input++)
    {
        var random = new CounterRandom(seed, input);
        var good = target.Seeds[random.Below(target.Seeds.Count)];
        var bytes = Mutation.Apply(good.Bytes, target.Seeds[random.Below(target.Seeds.Count)].Bytes, ref random);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var started = clock.Elapsed;
        watchdog.Begin(input);
        try
        {
            target.Read(bytes, good);
            accepted++;
        }
        catch (InvalidDataException error) when (error.Message.Length is > 0 and < MessageLengthMax)
        {
            // The documented refusal.
        }
        catch (Exception error)
        {
            // Any other exception is what this program looks for.
            Report(target, input, error.ToString());
            return false;
        }

        slowest = clock.Elapsed - started > slowest ? clock.Elapsed - started : slowest;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        allocatedMost = Math.Max(allocatedMost, allocated);
        if (allocated > AllocationMax)
        {
            Report(target, input, $"{allocated} bytes allocated for {bytes.Length} bytes of input, at most {AllocationMax}");
            return false;
        }
    }

    Console.WriteLine(
        $"{target.Name}: {inputs} inputs from {target.Seeds.Count} seeds in {clock.Elapsed.TotalSeconds:F1} s, "
        + $"{accepted} accepted, slowest {slowest.TotalMilliseconds:F0} ms, most memory {allocatedMost / 1024} KiB");
    return true;
}

void Report(FuzzTarget target, long input, string what)
{
    Console.Error.WriteLine($"{target.Name}: input {input}: {what}");
    Console.Error.WriteLine($"again: --target {target.Name} --seed {seed} --first {input} --inputs 1");
}

static int Fail(int code, string message)
{
    Console.Error.WriteLine(message);
    return code;
}
