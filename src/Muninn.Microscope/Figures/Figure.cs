using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures;

/// <summary>
/// A figure of the microscope: plain data and wording. <see cref="ToPicture"/> lays it out for the writers,
/// <see cref="ToTable"/> says its numbers where nothing can be drawn.
/// </summary>
public abstract record Figure
{
    const int WidthLeast = 200, PlotHeightLeast = 60;

    /// <summary>The line above the picture.</summary>
    public string Title { get; init; } = "";

    /// <summary>The smaller line under the title: model, tokens, start.</summary>
    public string Subtitle { get; init; } = "";

    /// <summary>The footnote: how the figure was computed, and what it does not prove.</summary>
    public string Caption { get; init; } = "";

    /// <summary>The size at which the figure is best read on a page.</summary>
    public virtual FigureSize PageSize => new();

    /// <summary>What the picture shows, in one sentence, for a reader who cannot see it.</summary>
    public abstract string Describe();

    /// <summary>The numbers as a small table; long figures give a selection and say so.</summary>
    /// <exception cref="ArgumentException">The figure holds no data, or counts that do not fit.</exception>
    public FigureTable ToTable()
    {
        Check();
        return Tabulate();
    }

    /// <summary>The drawing.</summary>
    /// <exception cref="ArgumentException">The figure holds no data, or counts that do not fit.</exception>
    public Picture ToPicture(FigureSize size)
    {
        Check();
        return Draw(size);
    }

    /// <summary>The drawing for a window of this many pixels.</summary>
    /// <returns>A picture no larger than the window; null where the figure does not fit into it.</returns>
    /// <exception cref="ArgumentException">The figure holds no data, or counts that do not fit.</exception>
    public Picture? ToPictureWithin(int width, int height)
    {
        Check();
        var size = new FigureSize { Width = width, PlotHeight = height, RowsHeight = height };
        // What stands around the plot is known only once it is laid out: the first try tells, the next ones correct it.
        for (int attempt = 0; attempt < 4 && size.Width >= WidthLeast && size.PlotHeight >= PlotHeightLeast; attempt++)
        {
            var picture = Draw(size);
            int wide = picture.Width - width, high = picture.Height - height;
            if (wide <= 0 && high <= 0)
                return picture;
            int plotHeight = size.PlotHeight - Math.Max(0, high);
            size = new FigureSize { Width = size.Width - Math.Max(0, wide), PlotHeight = plotHeight, RowsHeight = plotHeight };
        }
        return null;
    }

    /// <summary>Lays the figure out; its data are checked.</summary>
    private protected abstract Picture Draw(FigureSize size);

    /// <summary>Makes the table; the data are checked.</summary>
    private protected abstract FigureTable Tabulate();

    /// <summary>Throws where the data do not fit each other.</summary>
    private protected abstract void Check();

    /// <summary>Throws unless there is at least one of <paramref name="what"/>.</summary>
    private protected void NeedAny(int count, string what)
    {
        if (count == 0)
            throw new ArgumentException($"{GetType().Name} needs at least one of {what}; there is none.", what);
    }

    /// <summary>Throws unless <paramref name="what"/> holds as many as it must.</summary>
    private protected void NeedCount(string what, long count, long wanted, string shape)
    {
        if (count != wanted)
        {
            throw new ArgumentException(
                $"{GetType().Name}.{what} holds {count}, but must hold {wanted}. Hand over {shape}.", what);
        }
    }

    /// <summary>Throws unless <paramref name="what"/> is empty or holds as many as it must.</summary>
    private protected void NeedNoneOr(string what, long count, long wanted, string shape)
    {
        if (count != 0)
            NeedCount(what, count, wanted, $"{shape}, or none");
    }

    /// <summary>Throws unless the iterations rise.</summary>
    private protected void NeedRising(IReadOnlyList<int> iterations, string what)
    {
        for (int i = 1; i < iterations.Count; i++)
        {
            if (iterations[i] <= iterations[i - 1])
            {
                throw new ArgumentException(
                    $"{GetType().Name}.{what} goes from {iterations[i - 1]} to {iterations[i]}; iterations must rise. Sort them, each once.", what);
            }
        }
    }

    /// <summary>Throws unless a floor is null or a positive number.</summary>
    private protected void NeedFloor(double? floor)
    {
        if (floor is { } value && !(double.IsFinite(value) && value > 0))
            throw new ArgumentException($"{GetType().Name}.Floor is {value}; it must be a positive number, or null.", nameof(floor));
    }

    /// <summary>At most this many of the indices 0 … count − 1, evenly spread, with the first and the last.</summary>
    internal static IReadOnlyList<int> Spread(int count, int most) => count <= most
        ? [.. Enumerable.Range(0, count)]
        : most < 2 ? [count - 1]
        : [.. Enumerable.Range(0, most).Select(i => (int)((long)i * (count - 1) / (most - 1)))];
}

/// <summary>How large a figure is to be, in CSS pixels.</summary>
public sealed record FigureSize
{
    /// <summary>The width of the whole picture; long labels may not be worth more.</summary>
    public int Width { get; init; } = 720;

    /// <summary>The height that the plot should take, without title, axes and footnote.</summary>
    public int PlotHeight { get; init; } = 340;

    /// <summary>The height that rows of tokens or panels may take, so that each keeps a readable label; with very many they take more.</summary>
    public int RowsHeight { get; init; } = 1000;

    /// <summary>The height of a row that holds text; a terminal has its lines.</summary>
    public int TextRowHeight { get; init; } = 18;

    /// <summary>Whether rows must begin at multiples of <see cref="TextRowHeight"/>, as a terminal's lines do.</summary>
    internal bool SnapsToRows { get; init; }

    /// <summary>This y, or the next one at which a row may begin.</summary>
    internal double Snapped(double y) => SnapsToRows ? Math.Ceiling(y / TextRowHeight) * TextRowHeight : y;

    /// <summary>This x or width, or the last one at which a character may begin: characters are half as wide as high.</summary>
    internal double SnappedColumn(double x) => SnapsToRows ? Math.Floor(x * 2 / TextRowHeight) * TextRowHeight / 2 : x;
}

/// <summary>Numbers as a table for readers without a picture.</summary>
/// <param name="Headers">A title for each column.</param>
/// <param name="Rows">The cells, each row as long as <paramref name="Headers"/>.</param>
/// <param name="Note">What a reader has to know about the selection; null for nothing.</param>
public sealed record FigureTable(IReadOnlyList<string> Headers, IReadOnlyList<IReadOnlyList<string>> Rows, string? Note = null);
