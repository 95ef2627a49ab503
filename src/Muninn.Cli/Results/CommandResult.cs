using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using Muninn.Engine.Files;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Writers;

namespace Muninn.Cli.Results;

/// <summary>What a command has measured, in every form that --out, --json and a terminal may ask for.</summary>
sealed record CommandResult
{
    /// <summary>Writes the members of a JSON object.</summary>
    public required Action<Utf8JsonWriter> Json { get; init; }

    /// <summary>Prints tables and findings; told whether the figure stands above them.</summary>
    public required Action<bool> Print { get; init; }

    /// <summary>Makes the figure of a name, one of <see cref="OutputSettings.FigureNames"/>.</summary>
    /// <remarks>Throws <see cref="Frame.UsageException"/> where what was measured has no such figure, and says why.</remarks>
    public Func<string, Figure>? Figure { get; init; }

    /// <summary>Writes <c>.csv</c>.</summary>
    public Action<Stream>? Csv { get; init; }

    /// <summary>Makes the arrays of <c>.npz</c>.</summary>
    public Func<IReadOnlyList<NpzArray>>? Arrays { get; init; }

    /// <summary>Writes any other kind of file.</summary>
    public Action<OutputFile, FileTarget>? Other { get; init; }
}
