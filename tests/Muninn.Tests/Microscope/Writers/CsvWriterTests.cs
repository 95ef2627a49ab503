using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Muninn.Microscope.Writers;
using Xunit;

namespace Muninn.Tests.Microscope.Writers;

public sealed class CsvWriterTests
{
    static string Write(string[] tokens, float[] distance, float[] residual, params int[] positions)
    {
        using var stream = new MemoryStream();
        CsvWriter.Write(positions, tokens, distance, residual, stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    [Fact]
    public void Every_token_and_iteration_has_a_line_of_its_own()
    {
        Assert.Equal(
            "position,token,iteration,distance,residual\r\n0,a,0,1.5,\r\n0,a,1,0.25,3\r\n1,b,0,2,\r\n1,b,1,1E-05,0.5\r\n",
            Write(["a", "b"], [1.5f, 0.25f, 2, 1e-5f], [3, 0.5f]));
    }

    [Fact]
    public void Chosen_tokens_keep_their_positions()
    {
        Assert.Equal(
            "position,token,iteration,distance,residual\r\n7,a,0,1,\r\n3,b,0,2,\r\n", Write(["a", "b"], [1, 2], [], 7, 3));
        Assert.Contains("1 positions were given for 2 tokens", Assert.Throws<ArgumentException>(() => Write(["a", "b"], [1, 2], [], 7)).Message);
    }

    [Fact]
    public void The_first_iteration_has_no_residual()
    {
        Assert.Equal(
            "position,token,iteration,distance,residual\r\n0,a,0,1,\r\n0,a,1,2,0.5\r\n0,a,2,3,0.25\r\n",
            Write(["a"], [1, 2, 3], [0.5f, 0.25f]));
    }

    [Fact]
    public void A_run_of_no_iterations_has_an_empty_residual() =>
        Assert.Equal("position,token,iteration,distance,residual\r\n0,a,0,1,\r\n", Write(["a"], [1], []));

    [Fact]
    public void Tokens_with_commas_quotes_and_line_ends_are_quoted()
    {
        string text = Write([",", "say \"hi\"", "a\nb", "\r", " ␣", "日本"], [1, 2, 3, 4, 5, 6], []);
        Assert.Contains("0,\",\",0,1,\r\n", text);
        Assert.Contains("1,\"say \"\"hi\"\"\",0,2,\r\n", text);
        Assert.Contains("2,\"a\nb\",0,3,\r\n", text);
        Assert.Contains("3,\"\r\",0,4,\r\n", text);
        Assert.Contains("4, ␣,0,5,\r\n", text);
        Assert.Contains("5,日本,0,6,\r\n", text);
    }

    [Fact]
    public void Every_float_reads_back_as_itself()
    {
        float[] values = [0.1f, 1f / 3, float.Epsilon, float.MaxValue, -0f, 16777217, float.NaN, float.PositiveInfinity, float.NegativeInfinity];
        string[] lines = Write(["t"], values, new float[values.Length - 1]).Split("\r\n")[1..^1];
        Assert.Equal(
            values.Select(BitConverter.SingleToInt32Bits),
            lines.Select(line => BitConverter.SingleToInt32Bits(float.Parse(line.Split(',')[3], CultureInfo.InvariantCulture))));
    }

    [Fact]
    public void No_byte_order_mark_stands_before_the_header()
    {
        using var stream = new MemoryStream();
        CsvWriter.Write([], ["a"], [1f], [], stream);
        Assert.Equal((byte)'p', stream.ToArray()[0]);
        Assert.True(stream.CanWrite);
    }

    [Fact]
    public void Numbers_that_do_not_fill_rows_are_refused()
    {
        Assert.Contains("3 distances are not whole rows of 2 tokens", Assert.Throws<ArgumentException>(() => Write(["a", "b"], [1, 2, 3], [])).Message);
        Assert.Throws<ArgumentException>(() => Write([], [], []));
        Assert.Throws<ArgumentException>(() => Write(["a"], [], []));
        Assert.Contains("go with 2 residuals", Assert.Throws<ArgumentException>(() => Write(["a"], [1, 2, 3], [1])).Message);
    }
}
