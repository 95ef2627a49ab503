using System;
using System.IO;
using System.Text;
using Muninn.Microscope.Writers;
using Xunit;

namespace Muninn.Tests.Microscope.Writers;

public sealed class CsvTableTests
{
    [Fact]
    public void Cells_are_quoted_where_they_must_be_and_numbers_read_back()
    {
        using var stream = new MemoryStream();
        CsvTable.Write(["a", "b,c"], [[1, "x"], [null, "say \"so\""], [0.1f, 1e-300], [float.NaN, "two\nlines"]], stream);
        Assert.Equal("a,\"b,c\"\r\n1,x\r\n,\"say \"\"so\"\"\"\r\n0.1,1E-300\r\nNaN,\"two\nlines\"\r\n", Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Fact]
    public void Every_row_has_a_cell_for_each_column() => Assert.Contains(
        "A row has 1 cells for 2 columns", Assert.Throws<ArgumentException>(() => CsvTable.Write(["a", "b"], [["x"]], new MemoryStream())).Message);
}
