using System;
using System.Buffers.Binary;
using System.IO;
using System.Linq;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Muninn.Engine.Checkpoints;
using Xunit;

namespace Muninn.Tests.Engine.Checkpoints;

public sealed class SafetensorsHeaderTests
{
    const string A = "\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}";

    [Fact]
    public void Reads_tensors_in_the_order_of_their_bytes()
    {
        var header = Parse("""
            {"b":{"dtype":"U8","shape":[],"data_offsets":[24,25]},"empty":{"dtype":"F64","shape":[0,7],"data_offsets":[25,25]},
             "__metadata__":{"z":"1","format":"pt"},"a":{"data_offsets":[0,24],"dtype":"F32","shape":[2,3]}}
            """, 25);
        Assert.Equal(["a", "b", "empty"], header.Tensors.Select(static t => t.Name));
        Assert.Equal([24L, 1, 0], header.Tensors.Select(static t => t.Length));
        Assert.Equal([6L, 1, 0], header.Tensors.Select(static t => t.ElementCount));
        Assert.Equal("[2, 3]", header.Tensors[0].ShapeText);
        Assert.Equal(["format", "z"], header.Metadata.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Accepts_spaces_behind_the_header_and_no_tensors()
    {
        Assert.Single(Parse($"{{{A}}}     ", 24).Tensors);
        Assert.Empty(Parse("{}", 0).Tensors);
    }

    [Theory]
    [InlineData("[]", 0, "does not start with '{'")]
    [InlineData("", 0, "does not start with '{'")]
    [InlineData(" {}", 0, "does not start with '{'")]
    [InlineData("{", 0, "not valid JSON")]
    [InlineData("{} x", 0, "not valid JSON")]
    [InlineData("{}{}", 0, "not valid JSON")]
    [InlineData("{\"a\":1}", 0, "expected an object")]
    [InlineData("{\"\\ud800\":1}", 0, "not valid JSON")]
    [InlineData("{\"a\":{}}", 0, "at least one is missing")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "at least one is missing")]
    [InlineData("{\"a\":{\"dtype\":32,\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "dtype of tensor 'a' is 32")]
    [InlineData("{\"a\":{\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "unknown dtype 'F33'")]
    [InlineData("{\"a\":{\"dtype\":\"17\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "unknown dtype '17'")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4, "holds -1")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}", 4, "holds 1.5")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[\"1\"],\"data_offsets\":[0,4]}}", 4, "the text \"1\"")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":1,\"data_offsets\":[0,4]}}", 4, "expected a list")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,4]}}", 4, "holds 99999999999999999999")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}", 0, "too large")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904],\"data_offsets\":[0,0]}}", 0, "too large")]
    [InlineData("{\"a\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,1]}}", 1, "does not fill whole bytes")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4, "ends before it starts")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", 4, "more than 2")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4, "expected 2")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 3, "cut short")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,9223372036854775807]}}", 4, "cut short")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8, "has 8 bytes, its shape [1] of F32 needs 4")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "4 bytes before tensor 'a'")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 5, "1 bytes after the last tensor")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"more\":1}}", 4, "has the key 'more'")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "'dtype' stands twice")]
    [InlineData("{\"__metadata__\":{\"a\":1}}", 0, "expected a text")]
    [InlineData("{\"__metadata__\":[]}", 0, "expected an object")]
    [InlineData("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "stands twice")]
    [InlineData("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "stands twice")]
    public void Refuses_a_header_with_a_reason(string json, int dataLength, string reason) =>
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => Parse(json, dataLength)).Message);

    [Fact]
    public void Rejects_tensors_that_overlap()
    {
        var error = Assert.Throws<InvalidDataException>(() => Parse(
            $$$"""{{{{A}}},"b":{"dtype":"U8","shape":[4],"data_offsets":[23,27]}}""", 27));
        Assert.Contains("tensor 'b' overlaps tensor 'a'", error.Message);
        Assert.StartsWith("test.safetensors, byte ", error.Message);
    }

    [Fact]
    public void Rejects_a_name_that_stands_twice() =>
        Assert.Contains("'a' stands twice", Assert.Throws<InvalidDataException>(() => Parse($"{{{A},{A}}}", 24)).Message);

    [Fact]
    public void Rejects_an_escaped_twin_of_a_name() => Assert.Contains("'a' stands twice", Assert.Throws<InvalidDataException>(
        () => Parse($$$"""{{{{A}}},"\u0061":{"dtype":"U8","shape":[0],"data_offsets":[24,24]}}""", 24)).Message);

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void Refuses_a_file_shorter_than_its_prefix(int length) => Assert.Contains(
        $"the file has {length} bytes",
        Assert.Throws<InvalidDataException>(() => SafetensorsHeader.Parse(new byte[length], length, "f")).Message);

    [Theory]
    [InlineData(3ul, "only 2 follow")]
    [InlineData(100_000_001ul, "at most 100000000")]
    [InlineData(ulong.MaxValue, "at most 100000000")]
    [InlineData((ulong)long.MaxValue, "at most 100000000")]
    public void Refuses_a_length_that_lies(ulong claimed, string reason)
    {
        var bytes = new byte[10];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, claimed);
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(
            () => SafetensorsHeader.Parse(bytes, bytes.Length, "f")).Message);
    }

    [Fact]
    public void Refuses_bytes_that_are_not_utf8()
    {
        var file = File("{\"a?\":1}", 0);
        file[8 + 3] = 0xFF;
        Assert.Contains("not valid UTF-8", Assert.Throws<InvalidDataException>(
            () => SafetensorsHeader.Parse(file, file.Length, "f")).Message);
    }

    [Fact]
    public void Refuses_deep_nesting_and_long_names()
    {
        var deep = $"{{\"a\":{new string('[', 100_000)}";
        Assert.Throws<InvalidDataException>(() => Parse(deep, 0));
        Assert.Contains("a name of 5000 characters", Assert.Throws<InvalidDataException>(
            () => Parse($"{{\"{new string('n', 5000)}\":1}}", 0)).Message);
    }

    [Fact]
    public void Refuses_more_dimensions_or_tensors_than_its_limits()
    {
        var ones = string.Join(',', Enumerable.Repeat(1, SafetensorsHeader.RankMax + 1));
        Assert.Contains("more than 32 entries", Assert.Throws<InvalidDataException>(
            () => Parse($"{{\"a\":{{\"dtype\":\"U8\",\"shape\":[{ones}],\"data_offsets\":[0,1]}}}}", 1)).Message);
        var many = new StringBuilder("{");
        for (var i = 0; i <= SafetensorsHeader.TensorCountMax; i++)
            many.Append($"{(i == 0 ? "" : ",")}\"{i}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}");
        Assert.Contains("more than 262144 tensors", Assert.Throws<InvalidDataException>(
            () => Parse(many.Append('}').ToString(), 0)).Message);
    }

    [Fact]
    public void Reads_every_element_type_with_its_size()
    {
        foreach (var type in Enum.GetValues<DType>())
        {
            var length = 8 * type.Bits() / 8;
            var json = $$$"""{"t":{"dtype":"{{{type}}}","shape":[2,4],"data_offsets":[0,{{{length}}}]}}""";
            Assert.Equal(type, Parse(json, length).Tensors[0].DType);
            Assert.Throws<InvalidDataException>(() => Parse(json, length + 1));
        }
    }

    [Fact]
    public void Accepts_a_layout_exactly_when_its_tensors_tile_the_data()
    {
        // Any two byte ranges over eight bytes: the reader must agree with a look at each byte.
        var ranges = Gen.Choose(0, 8).Two().Two();
        Prop.ForAll(ranges.ToArbitrary(), static pair =>
        {
            var ((a, b), (c, d)) = pair;
            var json = $$$"""
                {"x":{"dtype":"U8","shape":[{{{Math.Max(0, b - a)}}}],"data_offsets":[{{{a}}},{{{b}}}]},
                 "y":{"dtype":"U8","shape":[{{{Math.Max(0, d - c)}}}],"data_offsets":[{{{c}}},{{{d}}}]}}
                """;
            var owners = Enumerable.Range(0, 8).Select(i => (i >= a && i < b ? 1 : 0) + (i >= c && i < d ? 1 : 0));
            var tiles = a <= b && c <= d && owners.All(static count => count == 1);
            // An empty tensor inside another one owns no byte, yet stands at no border.
            if (tiles && ((a == b && a > c && a < d) || (c == d && c > a && c < b)))
                return true;
            var accepted = true;
            try
            {
                _ = Parse(json, 8);
            }
            catch (InvalidDataException)
            {
                accepted = false;
            }

            return accepted == tiles;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    static SafetensorsHeader Parse(string json, int dataLength)
    {
        var file = File(json, dataLength);
        return SafetensorsHeader.Parse(file, file.Length, "test.safetensors");
    }

    static byte[] File(string json, int dataLength)
    {
        var header = Encoding.UTF8.GetBytes(json);
        var file = new byte[8 + header.Length + dataLength];
        BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)header.Length);
        header.CopyTo(file, 8);
        return file;
    }
}
