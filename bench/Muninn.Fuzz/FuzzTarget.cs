using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Text;

namespace Muninn.Fuzz;

/// <summary>A good input, or the start of one.</summary>
/// <param name="Bytes">What is changed.</param>
/// <param name="RestLength">Bytes of the file that follow and that the reader does not look at.</param>
sealed record Seed(byte[] Bytes, long RestLength = 0);

/// <summary>A reader under test, and the good files that its inputs are made from.</summary>
/// <param name="Name">Name on the command line.</param>
/// <param name="Seeds">Good inputs.</param>
/// <param name="Read">Reads changed bytes of a seed; may throw <see cref="InvalidDataException"/> and nothing else.</param>
sealed record FuzzTarget(string Name, IReadOnlyList<Seed> Seeds, Action<byte[], Seed> Read)
{
    const string File = "fuzz";

    /// <summary>All targets. A new reader needs one line here and its seeds beside the others.</summary>
    public static IReadOnlyList<FuzzTarget> All() =>
    [
        new("safetensors", Headers(), ReadHeader),
        new("config", Files("config.json"), static (input, _) => ModelConfig.Parse(input, File)),
        new("index", Files("*.index.json"), static (input, _) => ShardIndex.Parse(input, File)),
        new("tokenizer", Files("tokenizer.json"), ReadTokenizer),
        new("contents", Files("config.json"), Contents(Headers())),
        new("shard", CorpusSeeds.Shards(), static (input, _) => CorpusSeeds.ReadShard(input)),
        new("lines", CorpusSeeds.Lines(), static (input, _) => CorpusSeeds.ReadLines(input)),
        new("recording", RecordingSeeds.All(), static (input, _) => RecordingSeeds.Read(input)),
    ];

    // Once as it is, and once with a true length in front, since most changes end at a wrong one.
    static void ReadHeader(byte[] input, Seed seed)
    {
        if (input.Length >= sizeof(ulong))
        {
            var repaired = input.ToArray();
            BinaryPrimitives.WriteInt64LittleEndian(repaired, repaired.Length - sizeof(ulong));
            try
            {
                ReadHeaderOnce(repaired, seed);
            }
            catch (InvalidDataException)
            {
                // The documented refusal; the input as it is comes next.
            }
        }

        ReadHeaderOnce(input, seed);
    }

    static void ReadHeaderOnce(byte[] input, Seed seed)
    {
        var length = input.Length + seed.RestLength;
        var needed = SafetensorsHeader.LengthNeeded(input, length, File);
        if (needed > input.Length)
            throw new InvalidDataException("The header would reach into the rest, which is not here.");
        var header = SafetensorsHeader.Parse(input.AsSpan(0, needed), length, File);

        // What the reader lets pass must be true: one tensor behind the other up to the end of the file.
        long end = needed;
        foreach (var tensor in header.Tensors)
        {
            if (tensor.Offset != end || tensor.Length < 0)
                throw new InvalidOperationException($"Tensor '{tensor.Name}' was let pass at byte {tensor.Offset}.");
            end = tensor.Offset + tensor.Length;
        }

        if (end != length)
            throw new InvalidOperationException($"{length - end} bytes without a tensor were let pass.");
    }

    // What the reader lets pass must also work: a text goes through it and comes back.
    static void ReadTokenizer(byte[] input, Seed seed)
    {
        var tokenizer = BytePairTokenizer.Parse(input, File);
        _ = tokenizer.Decode(tokenizer.Encode("Ann gives 12 keys\n to Zoë ⁂ <|end_text|>"));
    }

    static List<Seed> Headers()
    {
        var json = """
            {"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]},"c":{"dtype":"I64","shape":[],"data_offsets":[32,40]},"d":{"dtype":"U8","shape":[0,9],"data_offsets":[40,40]}}
            """u8;
        var small = new byte[8 + json.Length];
        BinaryPrimitives.WriteInt64LittleEndian(small, json.Length);
        json.CopyTo(small.AsSpan(8));
        List<Seed> seeds = [new(small, 40)];
        foreach (var (bytes, _) in Files("*.safetensors"))
        {
            var start = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
            seeds.Add(new Seed(bytes[..start], bytes.Length - start));
        }

        return seeds;
    }

    static List<Seed> Files(string pattern)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "seeds");
        List<Seed> found =
        [
            .. Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(static path => new Seed(System.IO.File.ReadAllBytes(path))),
        ];
        return found.Count > 0 ? found : throw new FileNotFoundException($"No seed {pattern} in {folder}: build again.");
    }

    // A changed configuration against the tensors of every good file.
    static Action<byte[], Seed> Contents(List<Seed> headers)
    {
        List<Dictionary<string, TensorEntry>> files =
        [
            .. headers.Select(static seed =>
                SafetensorsHeader.Parse(seed.Bytes, seed.Bytes.Length + seed.RestLength, File).Tensors
                    .ToDictionary(static tensor => tensor.Name, StringComparer.Ordinal)),
        ];
        return (input, _) =>
        {
            var config = ModelConfig.Parse(input, File);
            foreach (var tensors in files)
            {
                try
                {
                    CheckpointContents.Check(config, tensors, File);
                }
                catch (InvalidDataException)
                {
                    // Most configurations fit no file: what counts is that the comparison ends.
                }
            }
        };
    }
}
